// SPDX-License-Identifier: GPL-2.0-or-later
//
// The short way for what most frames are: the next segment, or the next ACK, of a connection that nothing is
// wrong with, and UDP or ESP that nobody hinted. Each function first asks whether the long way (decode,
// engine_flows) would do no more than what follows, and leaves the frame to it otherwise. Both ways leave the
// same state behind. Another flow's hint on the path does not matter here: new bytes, and what has no
// sequence numbers, are never held against a sibling.
#include <algorithm>

#include "engine.h"
#include "plain_datagram.h"
#include "round_trips.h"

namespace pmtu {

void Analyzer::Engine::note_quiet(Flow& flow) {
  const auto follows_nothing = [](const Direction& direction) {
    return direction.knowledge == nullptr && direction.loss == nullptr && direction.hole == nullptr;
  };
  const bool both = follows_nothing(flow.side[0]) && follows_nothing(flow.side[1]);
  const std::uint32_t headers = flow.key.version() == IpVersion::v4 ? 40 : 60;
  constexpr std::uint32_t kEthernet = 1500;
  for (unsigned side = 0; side < 2; ++side) {
    Direction& me = flow.side[side];
    const Direction& peer = flow.side[1 - side];
    const bool quiet = both && me.seen && me.seen_outermost && me.window_seen && me.received_to == me.next &&
                       peer.ack_seen && !peer.retransmitting && peer.conversation == kNoConversation;
    // Neither larger than all before it nor a super-segment.
    const std::uint32_t largest = std::min(me.largest_sent, peer.mss != 0 ? peer.mss + headers : kEthernet);
    me.plain_up_to = quiet ? static_cast<std::int32_t>(largest) : Direction::kNotPlain;
  }
}

bool Analyzer::Engine::observe(const Frame& frame, Observation& observation) {
  if (observe_plain(frame)) return false;
  decode(frame, observation);
  observe(observation);
  return !findings_.of(frame.number).empty();
}

inline bool Analyzer::Engine::observe_plain(const Frame& frame) {
  if (frame.link_type != LinkType::ethernet || frame.bytes.size() < kShortestPlainFrame) return false;
  const std::uint32_t type_and_start = detail::Header<16>(frame.bytes.data()).u32<12>();
  if (detail::PlainIp<IpVersion::v4>::begins(type_and_start)) {
    return observe_plain_datagram<IpVersion::v4>(frame);
  }
  return detail::PlainIp<IpVersion::v6>::begins(type_and_start) &&
         observe_plain_datagram<IpVersion::v6>(frame);
}

template <IpVersion kVersion>
inline bool Analyzer::Engine::observe_plain_datagram(const Frame& frame) {
  PlainDatagram plain;
  const std::uint8_t protocol = look_at_ip<kVersion>(frame, plain);
  if (protocol == ip_protocol::tcp) {
    TcpSegment segment;
    if (!look_at_tcp(frame, plain, segment) || !continue_connection(frame, plain, segment)) return false;
  } else if (protocol == ip_protocol::udp) {
    Encapsulation carried{};
    if (!look_at_udp(frame, plain, carried) || !continue_datagrams(frame, plain, carried)) return false;
  } else if (protocol == detail::ip_protocol::esp) {
    look_at_esp(frame, plain);
    if (!continue_datagrams(frame, plain, Encapsulation::esp)) return false;
  } else {
    return false;
  }
  ++coverage_.frames;
  ++coverage_.datagrams;
  now_ = std::max(now_, frame.time);
  last_frame_ = frame.number;
  return true;
}

[[gnu::always_inline]] inline bool Analyzer::Engine::continue_connection(const Frame& frame,
                                                                         const PlainDatagram& plain,
                                                                         const TcpSegment& segment) {
  const FlowTable::Entry entry = flows_.find(plain.key);
  if (entry.place == FlowTable::kNone) return false;
  Flow& flow = flows_[entry.place];
  Direction& me = flow.side[entry.side];
  Direction& peer = flow.side[1 - entry.side];

  const auto size = static_cast<std::int32_t>(segment.payload_length != 0 ? plain.length : 0);
  if (size > me.plain_up_to || segment.sequence != me.next) return false;
  const SequenceNumber ack = segment.acknowledgment;
  const bool progress = ack.after(peer.acknowledged);
  if (progress) {
    if (peer.seen && ack.after(peer.next)) return false;
    if (watched_ != 0 && peer.path == Direction::kNoPath) return false;
  } else if (ack != peer.acknowledged) {
    return false;
  }
  flow.last_frame = frame.number;
  me.ttl = plain.ttl;
  me.window = static_cast<std::uint32_t>(segment.window) << me.window_scale;
  if (progress) {
    acknowledge_plainly(peer, entry.place, ack, frame.time);
    me.lowest_window = me.scale_known ? me.window : 0xffffffff;
  } else if (me.scale_known || me.window == 0) {
    me.lowest_window = std::min(me.lowest_window, me.window);
  }
  sample_round_trips(me, peer, segment, true, frame.time);
  if (segment.payload_length == 0) return true;

  Transmission& sent = log_plain(frame, plain, me, entry);
  sent.begin = segment.sequence;
  sent.end = segment.sequence + segment.payload_length;
  sent.timestamp_value = segment.timestamp_value;
  if (me.stage.may_tell(segment.sequence, plain.payload_captured)) {
    me.stage.passed(segment.sequence, me.syn_seen ? me.first + 1U : me.first, segment.payload_length,
                    frame.bytes.subspan(plain.payload, plain.payload_captured), plain.source_port,
                    plain.destination_port);
  }
  me.next = me.received_to = sent.end;
  return true;
}

[[gnu::always_inline]] inline void Analyzer::Engine::acknowledge_plainly(Direction& owner, std::uint32_t flow,
                                                                         SequenceNumber ack, Timestamp now) {
  const Transmission* passed = nullptr;
  const Transmission* oldest = nullptr;
  while ((oldest = log_.get(owner.sent.head)) != nullptr && !oldest->end.after(ack)) {
    if (!oldest->credited) {
      passed = oldest;
      if (oldest->length > owner.largest_passed || watched_ != 0) credit(owner, flow, *oldest, now);
    }
    owner.sent.head = oldest->next;
  }
  if (passed != nullptr) owner.peer_round_trip_us = round_trip_microseconds(now - passed->time);
  owner.acknowledged = ack;
  owner.resent = false;
  owner.error_reported = false;
}

[[gnu::always_inline]] inline bool Analyzer::Engine::continue_datagrams(const Frame& frame,
                                                                        const PlainDatagram& plain,
                                                                        Encapsulation carried) {
  const FlowTable::Entry entry = flows_.find(plain.key);
  if (entry.place == FlowTable::kNone)
    return carried != Encapsulation::esp && plain.length < kPathMattersFrom;
  Flow& flow = flows_[entry.place];
  Direction& me = flow.side[entry.side];
  if (!me.seen || me.knowledge != nullptr || plain.length > me.largest_sent) return false;
  const Transmission* const last = log_.get(me.sent.tail);
  const bool maybe_copy = last != nullptr && last->length == plain.length &&
                          last->identification == plain.identification && last->checksum == plain.checksum;
  if (maybe_copy) return false;
  flow.last_frame = frame.number;
  me.ttl = plain.ttl;
  if (carried == Encapsulation::quic) me.quic = true;
  log_plain(frame, plain, me, entry);
  return true;
}

[[gnu::always_inline]] inline Transmission& Analyzer::Engine::log_plain(const Frame& frame,
                                                                        const PlainDatagram& plain,
                                                                        Direction& sender,
                                                                        FlowTable::Entry entry) {
  Transmission& sent = log_.append(sender.sent);
  sent.time = frame.time;
  sent.length = plain.length;
  sent.frame = frame.number;
  sent.direction = entry.place * 2 + entry.side;
  sent.identification = plain.identification;
  sent.checksum = plain.checksum;
  sent.link_tag = plain_link_tag(frame);
  sent.ttl = plain.ttl;
  sent.dont_fragment = plain.dont_fragment;
  return sent;
}

}  // namespace pmtu
