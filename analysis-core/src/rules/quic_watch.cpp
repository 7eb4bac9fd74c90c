// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/quic_watch.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "track/reversed.h"

namespace pmtu {
std::optional<QuicHole> QuicWatch::observe(const QuicDatagram& datagram) {
  using Packet = QuicDatagram::Packet;
  if (const auto asked = cases_.find(reversed(datagram.flow)); asked != cases_.end())
    return take_answer(asked, datagram);
  const auto own = cases_.find(datagram.flow);
  if (own == cases_.end()) {
    const bool small_answer = datagram.packet == Packet::handshake && !datagram.sent_large;
    if (small_answer) return take_answer(open(reversed(datagram.flow), datagram.time), datagram);
    return std::nullopt;
  }
  if (datagram.packet == Packet::initial && datagram.payload >= kQuicMinimumPayload) {
    take_initial(own->second, datagram.time);
    return judge(own->first, own->second, datagram.time);
  }
  // The client has what it waited for, and goes on.
  const bool goes_on = datagram.packet == Packet::handshake || datagram.packet == Packet::short_header;
  return goes_on ? close(own, datagram.time) : std::nullopt;
}

QuicWatch::Cases::iterator QuicWatch::open(const FlowKey& client, Timestamp now) {
  if (cases_.size() >= kMaxCases) {
    const auto older = [](const auto& a, const auto& b) {
      return a.second.last_initial_at < b.second.last_initial_at;
    };
    const auto oldest = std::min_element(cases_.begin(), cases_.end(), older);
    told_ -= oldest->second.told ? 1 : 0;
    cases_.erase(oldest);
  }
  const auto opened = cases_.try_emplace(client).first;
  opened->second.initials = 1;  // that it answers
  opened->second.last_initial_at = now;
  return opened;
}

void QuicWatch::take_initial(Case& found, Timestamp now) {
  if (now - found.last_initial_at < kFlight) return;
  ++found.initials;
  found.last_initial_at = now;
}

std::optional<QuicHole> QuicWatch::take_answer(Cases::iterator place, const QuicDatagram& answer) {
  Case& found = place->second;
  if (answer.payload >= kQuicMinimumPayload) return close(place, answer.time);
  if (answer.packet != QuicDatagram::Packet::handshake) return std::nullopt;
  found.passed = std::max(found.passed, answer.length);
  if (found.answers == 0) {
    found.first_answer = answer.frame;
    found.first_answer_at = answer.time;
  } else if (answer.time - found.last_answer_at < kFlight) {
    return std::nullopt;
  }
  ++found.answers;
  found.last_answer_at = answer.time;
  return judge(place->first, found, answer.time);
}

std::optional<QuicHole> QuicWatch::judge(const FlowKey& client, Case& found, Timestamp now) {
  // rule: quic-too-small
  if (found.told || found.answers < kNeeded || found.initials < kNeeded ||
      now - found.first_answer_at < patience_) {
    return std::nullopt;
  }
  found.told = true;
  ++told_;
  return describe(client, found, now);
}

std::optional<QuicHole> QuicWatch::close(Cases::iterator place, Timestamp now) {
  std::optional<QuicHole> hole;
  if (place->second.told) {
    hole = describe(place->first, place->second, now);
    hole->withdrawn = true;
    --told_;
  }
  cases_.erase(place);
  return hole;
}

QuicHole QuicWatch::describe(const FlowKey& client, const Case& found, Timestamp now) {
  QuicHole hole;
  hole.flow = reversed(client);
  hole.initials = found.initials;
  hole.passed = found.passed;
  hole.lost = DatagramLength(kQuicMinimumPayload + kUdpHeader + ip_header(client.path.source.version));
  hole.first_answer = found.first_answer;
  hole.opened = found.first_answer_at;
  hole.at = now;
  return hole;
}

}  // namespace pmtu
