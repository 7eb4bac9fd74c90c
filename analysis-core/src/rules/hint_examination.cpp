// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/hint_examination.h"

#include <algorithm>
#include <optional>

#include "pmtu/protocol_sizes.h"
#include "rules/reporter.h"
#include "rules/thresholds.h"
#include "track/quotation.h"

namespace pmtu {
namespace {

struct Refusal {
  HintStatus status;
  HintRemark remark;
};
using Doubt = std::optional<Refusal>;  ///< empty: nothing speaks against it

Doubt refuse(HintStatus status, HintRemark remark) {
  return Refusal{status, remark};
}

/// A message that is not addressed to whom it quotes: whose row is it?
DirectionId find_recipients_flow(const PacketTooBig& message, const Tracker& facts) {
  FlowKey key = key_of(*message.quote);
  key.path.source = message.recipient;
  return facts.find(key);
}

/// rule: untranslated. A translator left the quotation as it was (RFC 5508 §4.2), or wrote the outer address
/// on a message that was captured before it: no flow is called so, but the very datagram was captured.
bool quotes_untranslated(const PacketTooBig& message, const Tracker& facts, HintExamination& result) {
  const Transmission* const sent = find_translated_datagram(facts, *message.quote, message.recipient);
  if (sent == nullptr) return false;
  const std::uint32_t least = message.recipient.version == IpVersion::v4 ? kIpv4MinimumMtu : kIpv6MinimumMtu;
  if (!message.next_hop_mtu || message.next_hop_mtu->value() < least ||
      message.next_hop_mtu->value() >= sent->length) {
    return false;
  }
  result.status = HintStatus::unmatched;
  result.remark = HintRemark::untranslated;
  result.direction = DirectionId::from(sent->direction);
  result.quoted = sent;
  result.length = DatagramLength(sent->length);
  return true;
}

/// What the message says of itself.
Doubt examine_message(const PacketTooBig& message, DatagramLength length, bool length_captured) {
  const IpVersion version = message.recipient.version;
  // rule: reporter
  if (claims_to_be_recipient(message)) return refuse(HintStatus::invalid, HintRemark::reporter_is_recipient);
  // rule: hint-quote-df
  if (version == IpVersion::v4 && !message.quote->dont_fragment)
    return refuse(HintStatus::invalid, HintRemark::quote_without_df);
  if (!message.next_hop_mtu) return std::nullopt;
  const std::uint32_t mtu = message.next_hop_mtu->value();
  // rule: hint-minimum-v4, hint-minimum-v6
  if (mtu < (version == IpVersion::v4 ? kIpv4MinimumMtu : kIpv6MinimumMtu))
    return refuse(HintStatus::invalid, HintRemark::mtu_below_minimum);
  // rule: hint-mtu-sane. RFC 1191 §5: 4.2BSD counts the header twice or not at all in the length it quotes.
  const std::uint32_t tolerance = length_captured ? 0 : ip_header(version);
  if (length.value() != 0 && mtu >= length.value() + tolerance)
    return refuse(HintStatus::invalid, HintRemark::mtu_not_below_datagram);
  return std::nullopt;
}

Doubt examine_unknown_flow(const QuotedDatagram& quote, bool ambiguous, const Tracker& facts) {
  if (ambiguous) return refuse(HintStatus::unseen, HintRemark::quote_ambiguous);
  if (!has_whole_addresses(quote)) return refuse(HintStatus::unseen, HintRemark::quote_too_short);
  // rule: hint-unseen. Flows that the table had to drop were seen, too.
  const bool path_seen = facts.find_path({quote.source, quote.destination}) != PathTable::kNone;
  const bool could_be_known = path_seen && quote.has_ports && facts.evicted_flows() == 0;
  if (could_be_known) return refuse(HintStatus::unmatched, HintRemark::flow_never_seen);
  return refuse(HintStatus::unseen, path_seen ? HintRemark::flow_never_seen : HintRemark::path_never_seen);
}

/// Bytes at or beyond everything that was captured of the direction.
Doubt examine_beyond(SequenceNumber sequence, DirectionId id, const Tracker& facts) {
  // Just beyond what was captured, within the window: the capture may have missed it (a router that forwards
  // in hardware shows but the handshake). Farther, nobody could have sent it.
  const std::int32_t beyond = SequenceNumber::distance(facts[id].next, sequence);
  const std::uint32_t window = facts[id.opposite()].window;
  constexpr std::uint32_t kUnscaledWindow = 65535;
  const auto reach =
      static_cast<std::int32_t>(std::clamp<std::uint32_t>(window, kUnscaledWindow, threshold::blind_window));
  return beyond < reach ? refuse(HintStatus::unseen, HintRemark::none)
                        : refuse(HintStatus::unmatched, HintRemark::bytes_never_sent);
}

/// rule: hint-flow, hint-stale. Whether the quoted bytes were sent and are outstanding (RFC 5927 §4.1).
Doubt examine_sequence(SequenceNumber sequence, DirectionId id, const Tracker& facts) {
  const Direction& direction = facts[id];
  if (direction.ack_seen && sequence.before(direction.acknowledged)) {
    const bool before_sight = direction.syn_seen && sequence.before(direction.first);
    const bool far = SequenceNumber::distance(sequence, direction.acknowledged) > threshold::blind_window;
    const bool never_sent = direction.seen && (before_sight || (far && sequence.before(direction.first)));
    return never_sent ? refuse(HintStatus::unmatched, HintRemark::bytes_never_sent)
                      : refuse(HintStatus::stale, HintRemark::bytes_already_acknowledged);
  }
  if (direction.seen) {
    if (!sequence.before(direction.next)) return examine_beyond(sequence, id, facts);
    // What the other side has not acknowledged may have left before the capture began.
    if (!sequence.before(direction.first) || (!direction.syn_seen && direction.ack_seen)) return std::nullopt;
    return direction.syn_seen ? refuse(HintStatus::unmatched, HintRemark::bytes_never_sent)
                              : refuse(HintStatus::unseen, HintRemark::none);
  }
  if (!direction.ack_seen) return refuse(HintStatus::unseen, HintRemark::none);
  if (SequenceNumber::distance(direction.acknowledged, sequence) > threshold::blind_window)
    return refuse(HintStatus::unmatched, HintRemark::bytes_never_sent);
  return std::nullopt;
}

Doubt examine_sent(const QuotedDatagram& quote, const HintExamination& found, const Tracker& facts) {
  if (quote.protocol == ip_protocol::tcp && quote.has_sequence) {
    const Doubt doubt = examine_sequence(quote.sequence, found.direction, facts);
    // rule: hint-stale. Late for a connection that is over: nobody forged it.
    const bool never_sent = doubt && doubt->remark == HintRemark::bytes_never_sent;
    if (never_sent && sent_by_former_connection(facts, found.direction, quote))
      return refuse(HintStatus::stale, HintRemark::none);
    return doubt;
  }
  if (!facts[found.direction].seen) return refuse(HintStatus::unseen, HintRemark::none);
  // Whether such bytes were sent cannot be asked without their number: then only a datagram that is known by
  // its identification or its length will do.
  if (quote.protocol == ip_protocol::tcp && found.quoted == nullptr)
    return refuse(HintStatus::unseen, HintRemark::quote_too_short);
  return std::nullopt;
}

}  // namespace

HintExamination examine(const PacketTooBig& message, const Tracker& facts) {
  HintExamination result;
  const auto refused_by = [&](const Doubt& doubt) {
    if (!doubt) return false;
    result.status = doubt->status;
    result.remark = doubt->remark;
    return true;
  };
  if (message.quote == nullptr || message.quote->source_bytes == 0) {
    refused_by(refuse(HintStatus::unseen, HintRemark::quote_too_short));
    return result;
  }
  const QuotedDatagram& quote = *message.quote;
  result.length = quote.length;
  // rule: hint-recipient
  if (!prefix_matches(message.recipient, quote.source, quote.source_bytes)) {
    if (quotes_untranslated(message, facts, result)) return result;
    result.direction = find_recipients_flow(message, facts);
    refused_by(refuse(HintStatus::unmatched, HintRemark::wrong_recipient));
    return result;
  }
  const QuotedFlow flow = find_quoted_flow(facts, quote);
  if (!flow.direction.known() && quotes_untranslated(message, facts, result)) return result;
  result.direction = flow.direction;
  if (flow.direction.known()) result.quoted = find_quoted_datagram(facts, flow.direction, quote);
  // rule: hint-odd. If the quoted datagram is in the capture, its own length counts: routers and offloading
  // NICs write others.
  const bool length_captured = result.quoted != nullptr && !result.quoted->super_segment;
  if (length_captured) result.length = DatagramLength(result.quoted->length);
  if (refused_by(examine_message(message, result.length, length_captured))) return result;
  if (!flow.direction.known()) {
    refused_by(examine_unknown_flow(quote, flow.ambiguous, facts));
    return result;
  }
  if (refused_by(examine_sent(quote, result, facts))) return result;
  result.remark = doubt_about_reporter(message);
  // rule: hint-without-mtu
  if (!message.next_hop_mtu) result.status = HintStatus::no_mtu;
  return result;
}

}  // namespace pmtu
