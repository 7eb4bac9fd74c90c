// SPDX-License-Identifier: GPL-2.0-or-later
//
// The short way for what most frames are: the next segment, or the next ACK, of a connection that nothing is
// wrong with, and UDP or ESP that nobody hinted. Each function first asks whether the long way (decode,
// engine_flows) would do no more than what follows, and leaves the frame to it otherwise. Both ways leave the
// same state behind. Another flow's hint on the path does not matter here: new bytes, and what has no
// sequence numbers, are never held against a sibling.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "decode/plain_frame.h"
#include "engine.h"
#include "track/round_trips.h"

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
  return observe(frame, FlowTable::NotAsked{}, observation);
}

template <class Likely>
[[gnu::always_inline]] inline bool Analyzer::Engine::observe(const Frame& frame, Likely likely,
                                                             Observation& observation) {
  if (may_be_plain(frame)) {
    if (PlainIp<IpVersion::v4>::begins(frame)) return observe_ip<IpVersion::v4>(frame, likely, observation);
    if (PlainIp<IpVersion::v6>::begins(frame)) return observe_ip<IpVersion::v6>(frame, likely, observation);
  }
  return observe_closely(frame, observation);
}

bool Analyzer::Engine::observe(std::span<const Frame> burst, Observation& observation) {
  bool something = false;
  while (!burst.empty()) {
    const auto next = burst.first(std::min(burst.size(), kBurst));
    const LikelyFlows likely = fetch_flows(next);
    for (std::size_t i = 0; i < next.size(); ++i) something |= observe(next[i], likely[i], observation);
    burst = burst.subspan(next.size());
  }
  return something;
}

Analyzer::Engine::LikelyFlows Analyzer::Engine::fetch_flows(std::span<const Frame> burst) {
  // Index slot, flow, transmissions: each is found by what the one before it holds. Done for many datagrams
  // side by side, the processor waits for memory three times a burst instead of three times a datagram.
  std::array<std::uint64_t, kBurst> hashes;
  LikelyFlows places;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    const Frame& frame = burst[i];
    places[i] = FlowTable::kNone;
    if (!may_be_plain(frame)) continue;
    if (PlainIp<IpVersion::v4>::begins(frame)) {
      hashes[i] = flows_.fetch_slot(plain_key<IpVersion::v4>(frame));
      places[i] = 0;
    } else if (PlainIp<IpVersion::v6>::begins(frame) &&
               frame.bytes.size() >= kPlainEthernet + PlainIp<IpVersion::v6>::kHeader + 4) {
      hashes[i] = flows_.fetch_slot(plain_key<IpVersion::v6>(frame));
      places[i] = 0;
    }
  }
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (places[i] != FlowTable::kNone) places[i] = flows_.fetch_flow(hashes[i]);
  }
  for (std::size_t i = 0; i < burst.size(); ++i) {
    if (places[i] == FlowTable::kNone) continue;
    for (const Direction& direction : flows_[places[i]].side) {
      log_.fetch(direction.sent.head);
      log_.fetch(direction.sent.tail);
    }
  }
  return places;
}

[[gnu::noinline]] bool Analyzer::Engine::observe_closely(const Frame& frame, Observation& observation) {
  decode(frame, observation);
  observe(observation);
  return !findings_.of(frame.number).empty();
}

template <IpVersion kVersion, class Likely>
[[gnu::noinline]] bool Analyzer::Engine::observe_ip(const Frame& frame, Likely likely,
                                                    Observation& observation) {
  if (!observe_plain<kVersion>(frame, likely)) return observe_closely(frame, observation);
  ++coverage_.frames;
  ++coverage_.datagrams;
  now_ = std::max(now_, frame.time);
  last_frame_ = frame.number;
  return false;
}

template <IpVersion kVersion, class Likely>
[[gnu::always_inline]] inline bool Analyzer::Engine::observe_plain(const Frame& frame, Likely likely) {
  constexpr std::uint32_t kHeader = PlainIp<kVersion>::kHeader;
  constexpr std::uint32_t kShortestTransport = 8;
  const PlainIp<kVersion> ip(frame);
  const std::uint32_t length = ip.length();
  const bool whole = length >= kHeader + kShortestTransport &&
                     frame.bytes.size() >= kPlainEthernet + kHeader + kShortestTransport;
  if (!whole || ip.is_fragment()) return false;
  switch (ip.protocol()) {
    case ip_protocol::tcp:
      return continue_connection<kVersion>(frame, length, likely);
    case ip_protocol::udp:
    case detail::ip_protocol::esp:
      return continue_datagrams<kVersion>(frame, length, likely);
    default:
      return false;
  }
}

template <IpVersion kVersion, class Likely>
[[gnu::always_inline]] inline bool Analyzer::Engine::continue_connection(const Frame& frame,
                                                                         std::uint32_t length,
                                                                         Likely likely) {
  constexpr std::uint32_t kBefore = kPlainEthernet + PlainIp<kVersion>::kHeader;
  const auto captured = static_cast<std::uint32_t>(frame.bytes.size()) - kBefore;
  const auto tcp = PlainTcp::of(frame.bytes.data() + kBefore, length - PlainIp<kVersion>::kHeader, captured);
  if (!tcp) return false;
  const PlainIp<kVersion> ip(frame);
  const FlowTable::Entry entry = flows_.find(plain_key<kVersion>(frame), likely);
  if (entry.place == FlowTable::kNone) return false;
  Flow& flow = held(flows_[entry.place]);
  Direction& me = held(flow.side[entry.side]);
  Direction& peer = held(flow.side[1 - entry.side]);

  const std::uint32_t payload_length = length - PlainIp<kVersion>::kHeader - tcp->header_length();
  const auto size = static_cast<std::int32_t>(payload_length != 0 ? length : 0);
  const SequenceNumber sequence = tcp->sequence();
  if (size > me.plain_up_to || sequence != me.next) return false;
  const SequenceNumber ack = tcp->acknowledgment();
  const bool progress = ack.after(peer.acknowledged);
  if (progress) {
    if (peer.seen && ack.after(peer.next)) return false;
    if (watched_ != 0 && peer.path == Direction::kNoPath) return false;
  } else if (ack != peer.acknowledged) {
    return false;
  }
  flow.last_frame = frame.number;
  // What was forwarded and captured again tells nothing of where its sender is.
  if (ip.ttl() != me.ttl && (me.ttl == 0 || plain_link_tag(frame) == me.link_tag)) me.ttl = ip.ttl();
  me.window = tcp->window() << me.window_scale;
  if (progress) {
    acknowledge_plainly(peer, entry.place, ack, frame.time);
    me.lowest_window = me.scale_known ? me.window : 0xffffffff;
  } else if (me.scale_known || me.window == 0) {
    me.lowest_window = std::min(me.lowest_window, me.window);
  }
  TcpSegment segment;
  segment.flags = tcp_flag::ack;  // what else is set changes nothing
  segment.sequence = sequence;
  segment.acknowledgment = ack;
  segment.payload_length = payload_length;
  segment.has_timestamps = tcp->has_timestamps();
  segment.timestamp_value = tcp->timestamp_value();
  segment.timestamp_echo = tcp->timestamp_echo();
  sample_round_trips(me, peer, segment, true, frame.time);
  if (payload_length != 0) send_plainly<kVersion>(frame, *tcp, me, entry);
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

template <IpVersion kVersion>
[[gnu::noinline]] void Analyzer::Engine::send_plainly(const Frame& frame, PlainTcp tcp, Direction& me,
                                                      FlowTable::Entry entry) {
  constexpr std::uint32_t kBefore = kPlainEthernet + PlainIp<kVersion>::kHeader;
  const std::uint32_t payload_at = kBefore + tcp.header_length();
  const std::uint32_t payload_length =
      PlainIp<kVersion>(frame).length() - PlainIp<kVersion>::kHeader - tcp.header_length();
  const SequenceNumber sequence = tcp.sequence();
  Transmission& sent = log_plain<kVersion>(frame, me, entry, tcp.checksum());
  sent.begin = sequence;
  sent.end = sequence + payload_length;
  sent.timestamp_value = tcp.timestamp_value();
  const std::uint32_t captured =
      std::min(static_cast<std::uint32_t>(frame.bytes.size()) - payload_at, payload_length);
  if (me.stage.may_tell(sequence, captured)) {
    const detail::Header<4> ports(frame.bytes.data() + kBefore);
    me.stage.passed(sequence, me.syn_seen ? me.first + 1U : me.first, payload_length,
                    frame.bytes.subspan(payload_at, captured), ports.u16<0>(), ports.u16<2>());
  }
  me.next = me.received_to = sequence + payload_length;
}

template <IpVersion kVersion, class Likely>
[[gnu::noinline]] bool Analyzer::Engine::continue_datagrams(const Frame& frame, std::uint32_t length,
                                                            Likely likely) {
  constexpr std::uint32_t kBefore = kPlainEthernet + PlainIp<kVersion>::kHeader;
  const PlainIp<kVersion> ip(frame);
  const std::uint8_t* const transport = frame.bytes.data() + kBefore;
  const bool esp = ip.protocol() == detail::ip_protocol::esp;
  const std::optional<PlainContent> content =
      esp ? plain_esp(transport)
          : plain_udp(frame, transport, length - PlainIp<kVersion>::kHeader,
                      static_cast<std::uint32_t>(frame.bytes.size()) - kBefore);
  if (!content) return false;
  const FlowTable::Entry entry = flows_.find(plain_key<kVersion>(frame), likely);
  if (entry.place == FlowTable::kNone) return !esp && length < kPathMattersFrom;
  Flow& flow = held(flows_[entry.place]);
  Direction& me = held(flow.side[entry.side]);
  if (!me.seen || me.knowledge != nullptr || length > me.largest_sent) return false;
  const Transmission* const last = log_.get(me.sent.tail);
  const bool maybe_copy = last != nullptr && last->length == length &&
                          last->identification == ip.identification() && last->checksum == content->mark;
  if (maybe_copy) return false;
  flow.last_frame = frame.number;
  me.ttl = ip.ttl();
  if (content->carries == Encapsulation::quic) me.quic = true;
  log_plain<kVersion>(frame, me, entry, content->mark);
  return true;
}

template <IpVersion kVersion>
[[gnu::always_inline]] inline Transmission& Analyzer::Engine::log_plain(const Frame& frame, Direction& sender,
                                                                        FlowTable::Entry entry,
                                                                        std::uint16_t checksum) {
  const PlainIp<kVersion> ip(frame);
  Transmission& sent = log_.append(sender.sent);
  sent.time = frame.time;
  sent.length = ip.length();
  sent.frame = frame.number;
  sent.direction = entry.place * 2 + entry.side;
  sent.identification = ip.identification();
  sent.checksum = checksum;
  sent.link_tag = plain_link_tag(frame);
  sent.ttl = ip.ttl();
  sent.dont_fragment = ip.dont_fragment();
  return sent;
}

}  // namespace pmtu
