// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/quic_unheard.h"

#include <algorithm>
#include <span>

#include "pmtu/protocol_sizes.h"
#include "rules/byte_hash.h"
#include "track/reversed.h"

namespace pmtu {
namespace {

using Packet = QuicDatagram::Packet;

struct ConnectionIds {
  std::uint64_t destination = 0;
  std::uint64_t source = 0;
};

/// Whoever makes two of them collide silences nothing but his own handshake.
std::uint64_t hash_of(std::span<const std::uint8_t> id) {
  return byte_hash(id, id.size());
}

/// RFC 9000 §17.2: first byte, version, and both IDs with their lengths.
std::optional<ConnectionIds> ids_of(std::span<const std::uint8_t> packet) {
  constexpr std::size_t kDestinationLength = 5;
  if (packet.size() <= kDestinationLength) return std::nullopt;
  const std::size_t source_length = kDestinationLength + 1 + packet[kDestinationLength];
  if (packet.size() <= source_length) return std::nullopt;
  const std::size_t end = source_length + 1 + packet[source_length];
  if (packet.size() < end) return std::nullopt;
  return ConnectionIds{hash_of(packet.subspan(kDestinationLength + 1, packet[kDestinationLength])),
                       hash_of(packet.subspan(source_length + 1, packet[source_length]))};
}

bool is_large(const QuicDatagram& datagram) {
  return datagram.payload >= kQuicMinimumPayload;
}

}  // namespace

bool QuicUnheard::Flights::take(const QuicDatagram& datagram) {
  const bool another = count == 0 || datagram.time - last >= kFlight;
  if (count == 0) {
    smallest = datagram.length;
    first_frame = datagram.frame;
    first = datagram.time;
  }
  smallest = std::min(smallest, datagram.length);
  if (!another) return false;
  ++count;
  last = datagram.time;
  last_frame = datagram.frame;
  return true;
}

std::optional<QuicSilence> QuicUnheard::observe(const QuicDatagram& datagram) {
  if (const auto asked = cases_.find(reversed(datagram.flow)); asked != cases_.end())
    return take_answer(asked, datagram);
  if (const auto own = cases_.find(datagram.flow); own != cases_.end()) return take_initial(own, datagram);
  return open(datagram);
}

std::optional<QuicSilence> QuicUnheard::open(const QuicDatagram& datagram) {
  if (datagram.packet == Packet::retry) {
    take_retry(make_room(reversed(datagram.flow)), datagram);
    return std::nullopt;
  }
  if (datagram.packet != Packet::initial || !is_large(datagram)) return std::nullopt;
  // Neither the first flight, which most servers answer at once, nor what only follows a small answer.
  if (!datagram.before || datagram.time - *datagram.before < kFlight) return std::nullopt;
  if (datagram.peer_seen && !datagram.peer_sent_large) return std::nullopt;
  const auto ids = ids_of(datagram.header);
  if (!ids) return std::nullopt;
  Case& opened = make_room(datagram.flow);
  opened.server_seen = datagram.peer_seen;
  opened.sent_to = ids->destination;
  opened.initials = {
      1, datagram.length, datagram.first_frame, datagram.first_frame, *datagram.before, *datagram.before};
  opened.initials.take(datagram);
  return std::nullopt;
}

QuicUnheard::Case& QuicUnheard::make_room(const FlowKey& client) {
  if (cases_.size() >= kMaxCases) {
    const auto older = [](const auto& a, const auto& b) {
      return a.second.initials.last < b.second.initials.last;
    };
    const auto oldest = std::min_element(cases_.begin(), cases_.end(), older);
    drop(oldest);
  }
  return cases_[client];
}

void QuicUnheard::take_retry(Case& found, const QuicDatagram& retry) {
  const auto ids = ids_of(retry.header);
  found = Case{};
  found.server_seen = true;
  if (ids) found.retry_chose = ids->source;
  found.retry = retry.length;
  found.retry_frame = retry.frame;
  found.initials.last = retry.time;
}

std::optional<QuicSilence> QuicUnheard::take_initial(Cases::iterator place, const QuicDatagram& datagram) {
  Case& found = place->second;
  // The client has what it waited for, and goes on.
  if (datagram.packet == Packet::handshake || datagram.packet == Packet::short_header) return close(place);
  if (datagram.packet != Packet::initial || !is_large(datagram)) return std::nullopt;
  const auto ids = ids_of(datagram.header);
  if (!ids) return std::nullopt;
  if (!found.sent_to) {
    // What left before the Retry came.
    if (ids->destination != found.retry_chose) return std::nullopt;
    found.sent_to = ids->destination;
    found.retry_taken = true;
  }
  if (ids->destination == found.server_chose) return close(place);
  if (ids->destination != found.sent_to) {
    drop(place);  // it begins anew
    return std::nullopt;
  }
  if (!found.initials.take(datagram)) return std::nullopt;
  if (found.answered_since) ++found.in_vain;
  found.answered_since = false;
  return judge(place->first, found);
}

std::optional<QuicSilence> QuicUnheard::take_answer(Cases::iterator place, const QuicDatagram& datagram) {
  Case& found = place->second;
  const auto ids = ids_of(datagram.header);
  const bool turned_round =
      datagram.packet == Packet::initial && ids && found.sent_to && ids->source == *found.sent_to;
  if (!found.server_seen || turned_round) {
    // Initials do arrive; or who seemed to be the client is the server.
    auto withdrawn = close(place);
    if (!withdrawn) (void)open(datagram);
    return withdrawn;
  }
  if (datagram.packet == Packet::retry) {
    if (!found.told) take_retry(found, datagram);
    return std::nullopt;
  }
  if (!is_large(datagram) || !ids) return std::nullopt;
  if (datagram.packet != Packet::initial && datagram.packet != Packet::handshake) return std::nullopt;
  found.server_chose = ids->source;
  found.answers.take(datagram);
  found.answered_since = true;
  return std::nullopt;
}

std::optional<QuicSilence> QuicUnheard::judge(const FlowKey& client, const Case& found) const {
  // rule: quic-unheard
  if (found.server_seen) {
    const bool lasts = found.initials.last - found.answers.first >= patience_;
    if (found.in_vain < kNeeded || !lasts) return std::nullopt;
  } else if (found.initials.count < kNeeded || found.initials.last - found.initials.first < patience_) {
    return std::nullopt;
  }
  return describe(client, found);
}

QuicSilence QuicUnheard::describe(const FlowKey& client, const Case& found) {
  const Flights& lost = found.server_seen ? found.answers : found.initials;
  QuicSilence silence;
  silence.flow = found.server_seen ? reversed(client) : client;
  silence.length = lost.smallest;
  silence.flights = found.server_seen ? found.in_vain : lost.count;
  silence.first_frame = lost.first_frame;
  silence.last_frame = lost.last_frame;
  silence.begin = lost.first;
  silence.last = found.initials.last;
  if (found.retry_taken) silence.retry = found.retry;
  silence.retry_frame = found.retry_frame;
  return silence;
}

std::vector<QuicSilence> QuicUnheard::on(const PathKey& path) const {
  std::vector<QuicSilence> silences;
  for (const auto& [client, found] : cases_) {
    const auto silence = judge(client, found);
    if (silence && silence->flow.path == path && !found.told) silences.push_back(*silence);
  }
  return silences;
}

void QuicUnheard::tell(const FlowKey& flow) {
  for (const FlowKey& client : {flow, reversed(flow)}) {
    const auto place = cases_.find(client);
    if (place == cases_.end() || place->second.told) continue;
    place->second.told = true;
    ++told_;
  }
}

bool QuicUnheard::was_told(const FlowKey& flow) const {
  const auto told = [this](const FlowKey& client) {
    const auto place = cases_.find(client);
    return place != cases_.end() && place->second.told;
  };
  return told(flow) || told(reversed(flow));
}

std::optional<QuicSilence> QuicUnheard::close(Cases::iterator place) {
  std::optional<QuicSilence> silence;
  if (place->second.told) {
    silence = describe(place->first, place->second);
    silence->withdrawn = true;
  }
  drop(place);
  return silence;
}

void QuicUnheard::drop(Cases::iterator place) {
  told_ -= place->second.told ? 1 : 0;
  cases_.erase(place);
}

}  // namespace pmtu
