// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/quic_watch.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"

namespace pmtu {
namespace {

FlowKey reversed(const FlowKey& flow) {
  return {{flow.path.destination, flow.path.source}, flow.destination_port, flow.source_port, flow.protocol};
}

}  // namespace

std::optional<QuicHole> QuicWatch::observe(const QuicDatagram& datagram) {
  using Packet = QuicDatagram::Packet;
  if (const auto asked = cases_.find(reversed(datagram.flow)); asked != cases_.end())
    return take_answer(asked, datagram);
  if (datagram.packet == Packet::initial && datagram.payload >= kQuicMinimumPayload) {
    take_initial(datagram);
    const auto own = cases_.find(datagram.flow);
    return own == cases_.end() ? std::nullopt : judge(own->first, own->second, datagram.time);
  }
  // The client has what it waited for, and goes on.
  if (datagram.packet == Packet::handshake || datagram.packet == Packet::short_header)
    cases_.erase(datagram.flow);
  return std::nullopt;
}

void QuicWatch::take_initial(const QuicDatagram& datagram) {
  const auto found = cases_.find(datagram.flow);
  if (found == cases_.end() && cases_.size() >= kMaxCases) {
    const auto older = [](const auto& a, const auto& b) {
      return a.second.last_initial_at < b.second.last_initial_at;
    };
    cases_.erase(std::min_element(cases_.begin(), cases_.end(), older));
  }
  Case& one = cases_[datagram.flow];
  if (one.initials == 0) {
    one.first_initial = datagram.frame;
  } else if (datagram.time - one.last_initial_at < kFlight) {
    return;
  }
  ++one.initials;
  if (one.answers != 0) ++one.initials_since;
  one.last_initial_at = datagram.time;
}

std::optional<QuicHole> QuicWatch::take_answer(Cases::iterator place, const QuicDatagram& answer) {
  Case& found = place->second;
  if (answer.payload >= kQuicMinimumPayload) {
    found.large_arrived = true;
    if (!found.told) return std::nullopt;
    found.told = false;
    QuicHole hole = describe(place->first, found, answer.time);
    hole.withdrawn = true;
    return hole;
  }
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

std::optional<QuicHole> QuicWatch::judge(const FlowKey& client, Case& found, Timestamp now) const {
  // rule: quic-too-small
  if (found.told || found.large_arrived || found.answers < kNeeded || found.initials < kNeeded ||
      found.initials_since + 1 < kNeeded || now - found.first_answer_at < patience_) {
    return std::nullopt;
  }
  found.told = true;
  return describe(client, found, now);
}

QuicHole QuicWatch::describe(const FlowKey& client, const Case& found, Timestamp now) {
  QuicHole hole;
  hole.flow = reversed(client);
  hole.initials = found.initials;
  hole.passed = found.passed;
  hole.lost = DatagramLength(kQuicMinimumPayload + kUdpHeader + ip_header(client.path.source.version));
  hole.first_initial = found.first_initial;
  hole.first_answer = found.first_answer;
  hole.opened = found.first_answer_at;
  hole.at = now;
  return hole;
}

}  // namespace pmtu
