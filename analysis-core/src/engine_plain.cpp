// SPDX-License-Identifier: GPL-2.0-or-later
//
// The short way for what most frames are: the next segment, or the next ACK, of a connection that nothing is
// wrong with, and UDP on a path that nobody hinted. Each function first asks whether the long way (decode,
// engine_flows) would do no more than what follows, and leaves the frame to it otherwise. Both ways leave the
// same state behind.
#include <algorithm>

#include "engine.h"
#include "plain_datagram.h"
#include "round_trips.h"

namespace pmtu {
namespace {

/// Neither a hint nor a loss is being followed.
bool is_quiet(const Direction& direction) {
  return direction.knowledge == nullptr && direction.loss == nullptr && direction.hole == nullptr;
}

}  // namespace

void Analyzer::Engine::observe(const Frame& frame, Observation& observation) {
  if (observe_plain(frame)) return;
  decode(frame, observation);
  observe(observation);
}

inline bool Analyzer::Engine::observe_plain(const Frame& frame) {
  PlainDatagram plain;
  if (!look_at(frame, plain)) return false;
  const std::uint32_t place = flows_.find(plain.key);
  if (place == FlowTable::kNone) return false;
  const bool taken =
      plain.is_tcp ? continue_connection(frame, plain, place) : continue_udp(frame, plain, place);
  if (!taken) return false;
  flows_[place].last_frame = frame.number;
  ++coverage_.frames;
  ++coverage_.datagrams;
  now_ = std::max(now_, frame.time);
  last_frame_ = frame.number;
  return true;
}

inline bool Analyzer::Engine::may_be_hinted(const Direction& direction) const {
  return paths_.any_hinted() && direction.path != Direction::kNoPath &&
         paths_.history(direction.path) != nullptr;
}

inline bool Analyzer::Engine::continue_connection(const Frame& frame, const PlainDatagram& plain,
                                                  std::uint32_t place) {
  Flow& flow = flows_[place];
  const unsigned side = plain.key.side();
  Direction& me = flow.side[side];
  Direction& peer = flow.side[1 - side];
  const TcpSegment& segment = plain.segment;

  if (!is_quiet(me) || !is_quiet(peer) || peer.conversation != kNoConversation) return false;
  if (!me.seen || !peer.ack_seen || peer.retransmitting) return false;
  if (segment.sequence != me.next || me.received_to != me.next) return false;
  const SequenceNumber ack = segment.acknowledgment;
  const bool progress = ack.after(peer.acknowledged);
  if (ack != peer.acknowledged && (!progress || (peer.seen && ack.after(peer.next)))) return false;
  if (segment.payload_length != 0) {
    constexpr std::uint32_t kEthernet = 1500;
    const bool fits = peer.mss != 0 ? segment.payload_length + segment.option_length() <= peer.mss
                                    : plain.length <= kEthernet;
    if (plain.length > me.largest_sent || !fits || may_be_hinted(me)) return false;
  }

  me.ttl = plain.ttl;
  me.seen_outermost = true;
  me.window = static_cast<std::uint32_t>(segment.window) << me.window_scale;
  me.window_seen = true;
  if (progress) {
    acknowledge_plainly(peer, place, ack, frame.time);
    me.lowest_window = me.scale_known ? me.window : 0xffffffff;
  } else if (me.scale_known || me.window == 0) {
    me.lowest_window = std::min(me.lowest_window, me.window);
  }
  sample_round_trips(me, peer, segment, true, frame.time);
  if (segment.payload_length == 0) return true;

  Transmission& sent = log_plain(frame, plain, me, place * 2 + side);
  sent.begin = segment.sequence;
  sent.end = segment.sequence + segment.payload_length;
  sent.timestamp_value = segment.timestamp_value;
  me.stage.passed(segment.sequence, me.syn_seen ? me.first + 1U : me.first, segment.payload_length,
                  frame.bytes.subspan(plain.payload, plain.payload_captured), plain.source_port,
                  plain.destination_port);
  me.next = me.received_to = sent.end;
  return true;
}

inline void Analyzer::Engine::acknowledge_plainly(Direction& owner, std::uint32_t flow, SequenceNumber ack,
                                                  Timestamp now) {
  const Transmission* oldest = nullptr;
  while ((oldest = log_.get(owner.sent.head)) != nullptr && !oldest->end.after(ack)) {
    if (!oldest->credited) credit(owner, flow, *oldest, now);
    owner.sent.head = oldest->next;
  }
  owner.acknowledged = ack;
  owner.resent = false;
  owner.error_reported = false;
}

inline Transmission& Analyzer::Engine::log_plain(const Frame& frame, const PlainDatagram& plain,
                                                 Direction& sender, std::uint32_t direction_id) {
  Transmission& sent = log_.append(sender.sent);
  sent.time = frame.time;
  sent.length = plain.length;
  sent.frame = frame.number;
  sent.direction = direction_id;
  sent.identification = plain.identification;
  sent.checksum = plain.checksum;
  sent.link_tag = plain.link_tag;
  sent.ttl = plain.ttl;
  sent.dont_fragment = plain.dont_fragment;
  return sent;
}

inline bool Analyzer::Engine::continue_udp(const Frame& frame, const PlainDatagram& plain,
                                           std::uint32_t place) {
  const unsigned side = plain.key.side();
  Direction& me = flows_[place].side[side];
  if (!me.seen || me.knowledge != nullptr || plain.length > me.largest_sent || may_be_hinted(me)) return false;
  const Transmission* const last = log_.get(me.sent.tail);
  const bool as_before = last == nullptr || (last->ttl == plain.ttl && last->link_tag == plain.link_tag);
  if (!as_before) return false;
  me.ttl = plain.ttl;
  if (plain.is_quic) me.quic = true;
  log_plain(frame, plain, me, place * 2 + side);
  return true;
}

}  // namespace pmtu
