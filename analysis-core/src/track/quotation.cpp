// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/quotation.h"

#include <algorithm>

namespace pmtu {
namespace {

bool fits(const Tracker& facts, const Transmission& sent, const QuotedDatagram& quote) {
  // The flow may have been forgotten, and its place taken by another, since it sent this.
  const auto direction = DirectionId::from(sent.direction);
  const Flow& sender = facts.flow(direction);
  if (!sender.live() || sent.frame < sender.first_frame) return false;
  const FlowKey key = facts.key(direction);
  return key.protocol == quote.protocol && sent.length == quote.length.value() &&
         (quote.identification == 0 || sent.identification == quote.identification) &&
         prefix_matches(key.path.source, quote.source, quote.source_bytes) &&
         prefix_matches(key.path.destination, quote.destination, quote.destination_bytes);
}

bool is_translation_of(const Tracker& facts, const Transmission& sent, const QuotedDatagram& quote,
                       const IpAddress& recipient) {
  const auto direction = DirectionId::from(sent.direction);
  const Flow& sender = facts.flow(direction);
  if (!sender.live() || sent.frame < sender.first_frame) return false;
  if (sent.length != quote.length.value() || sent.identification != quote.identification) return false;
  if (quote.has_sequence && sent.begin != quote.sequence) return false;
  const FlowKey key = facts.key(direction);
  if (key.protocol != quote.protocol || key.path.source.version != quote.source.version) return false;
  // What was translated is an address; only a port is another flow of the same hosts.
  if (key.path == key_of(quote).path || (recipient != key.path.source && recipient != quote.source))
    return false;
  const bool same_end = key.path.source == quote.source || key.path.destination == quote.destination;
  const bool same_port = quote.has_ports && (key.source_port == quote.source_port ||
                                             key.destination_port == quote.destination_port);
  // Without a sequence number a port alone is too little.
  return same_end || (same_port && quote.has_sequence);
}

bool names_a_flow(const QuotedDatagram& quote) {
  const bool needs_ports = quote.protocol == ip_protocol::tcp || quote.protocol == ip_protocol::udp;
  return has_whole_addresses(quote) && (quote.has_ports || (!needs_ports && !quote.truncated));
}

/// How well a transmission fits the quotation; 0: not at all.
int rank_of(const Transmission& sent, const QuotedDatagram& quote) {
  if (quote.has_sequence && (quote.sequence.before(sent.begin) || !quote.sequence.before(sent.end))) return 0;
  const bool same_identification = quote.identification != 0 && sent.identification == quote.identification;
  const bool same_length = sent.length == quote.length.value();
  if (!quote.has_sequence && !same_identification && !same_length) return 0;
  // Bytes may have gone at several sizes: identification tells which, else the length does. A super-segment
  // left as segments with identifications of their own.
  const bool other_identification =
      quote.identification != 0 && sent.identification != 0 && !same_identification;
  const bool same_datagram = same_identification || (!other_identification && same_length);
  if (!same_datagram && !sent.super_segment) return 0;
  const bool same_begin = quote.has_sequence && sent.begin == quote.sequence;
  return (same_identification ? 4 : 0) + (same_length ? 2 : 0) + (same_begin ? 1 : 0) + 1;
}

}  // namespace

FlowKey key_of(const QuotedDatagram& quote) {
  FlowKey key{{quote.source, quote.destination}, 0, 0, quote.protocol};
  if (quote.has_ports) {
    key.source_port = quote.source_port;
    key.destination_port = quote.destination_port;
  }
  return key;
}

FlowKey key_of(const Datagram& datagram) {
  return {{datagram.source, datagram.destination},
          datagram.source_port,
          datagram.destination_port,
          datagram.protocol};
}

bool prefix_matches(const IpAddress& whole, const IpAddress& part, std::uint8_t bytes) {
  const std::size_t known = std::min<std::size_t>(bytes, whole.bytes.size());
  return whole.version == part.version &&
         std::equal(part.bytes.begin(), part.bytes.begin() + known, whole.bytes.begin());
}

bool has_whole_addresses(const QuotedDatagram& quote) {
  const std::uint8_t whole = quote.source.version == IpVersion::v4 ? 4 : 16;
  return quote.source_bytes >= whole && quote.destination_bytes >= whole;
}

QuotedFlow find_quoted_flow(const Tracker& facts, const QuotedDatagram& quote) {
  if (names_a_flow(quote)) return {facts.find(key_of(quote)), false};
  QuotedFlow found;
  facts.log().latest_of_all([&](const Transmission& sent) {
    if (!fits(facts, sent, quote)) return true;
    const auto sender = DirectionId::from(sent.direction);
    found.ambiguous = found.direction.known() && found.direction != sender;
    found.direction = sender;
    return !found.ambiguous;
  });
  if (found.ambiguous) found.direction = DirectionId{};
  return found;
}

const Transmission* find_quoted_datagram(const Tracker& facts, DirectionId direction,
                                         const QuotedDatagram& quote) {
  constexpr int kBest = 7;
  const Transmission* best = nullptr;
  int best_rank = 0;
  facts.log().latest_first(facts[direction].sent, [&](const Transmission& sent) {
    const int rank = rank_of(sent, quote);
    if (rank > best_rank) {
      best = &sent;
      best_rank = rank;
    }
    return best_rank < kBest;
  });
  return best;
}

bool sent_by_former_connection(const Tracker& facts, DirectionId direction, const QuotedDatagram& quote) {
  // Both connections have the same place, which others may have had before: so all that is quoted has to fit.
  const FrameNumber begin = facts.flow(direction).first_frame;
  bool found = false;
  facts.log().latest_of_all([&](const Transmission& sent) {
    found = sent.direction == direction.value() && sent.frame < begin && sent.begin == quote.sequence &&
            sent.length == quote.length.value() && sent.identification == quote.identification;
    return !found;
  });
  return found;
}

const Transmission* find_translated_datagram(const Tracker& facts, const QuotedDatagram& quote,
                                             const IpAddress& recipient) {
  // Identification and length alone come together by chance; IPv6 has no identification (RFC 8200 §4.5).
  if (!has_whole_addresses(quote) || (quote.identification == 0 && !quote.has_sequence)) return nullptr;
  const Transmission* found = nullptr;
  facts.log().latest_of_all([&](const Transmission& sent) {
    if (is_translation_of(facts, sent, quote, recipient)) found = &sent;
    return found == nullptr;
  });
  return found;
}

std::vector<DirectionId> all_fitting(const Tracker& facts, const QuotedDatagram& quote) {
  std::vector<DirectionId> found;
  facts.log().latest_of_all([&](const Transmission& sent) {
    const auto sender = DirectionId::from(sent.direction);
    if (fits(facts, sent, quote) && std::find(found.begin(), found.end(), sender) == found.end())
      found.push_back(sender);
    return true;
  });
  return found;
}

}  // namespace pmtu
