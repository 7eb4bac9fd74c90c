// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/passage_log.h"

#include <algorithm>

#include "points/datagram_identity.h"
#include "rules/path_mtu_hint.h"

namespace pmtu {

void PassageLog::observe(PointId point, const Observation& observation) {
  for (const Datagram& datagram : observation.layers()) {
    if (full()) return;
    if (!datagram.source.is_unicast() || !datagram.destination.is_unicast()) continue;
    take(point, observation, datagram);
  }
}

void PassageLog::clear() {
  index_ = FlatIndex();
  conversations_ = {};
  passages_ = {};
  hints_ = {};
  saw_icmp_error_ = {};
}

std::optional<PassageLog::Lane> PassageLog::find(const FlowKey& key) const {
  const UndirectedKey undirected(key);
  unsigned side = 0;
  const std::uint32_t place = index_.find(undirected.hash(hash_), [&](std::uint32_t candidate) {
    side = conversations_[candidate].key.side_of(undirected);
    return side != UndirectedKey::kNeither;
  });
  if (place == FlatIndex::kNone) return std::nullopt;
  return place * 2 + side;
}

PassageLog::Lane PassageLog::lane_of(const FlowKey& key) {
  if (const auto known = find(key)) return *known;
  const auto added = static_cast<std::uint32_t>(conversations_.size());
  const UndirectedKey undirected(key);
  index_.make_room();
  conversations_.push_back({undirected, {}, {}});
  index_.insert(undirected.hash(hash_), added);
  return added * 2;
}

void PassageLog::take(PointId point, const Observation& observation, const Datagram& datagram) {
  const Lane lane = lane_of(flow_of(datagram));
  const DatagramIdentity identity = identity_of(observation, datagram);
  Passage passage;
  passage.time = observation.time;
  passage.content = identity.content;
  passage.identification = identity.identification;
  passage.frame = observation.frame;
  passage.length = datagram.length_unknown ? 0 : datagram.length.value();
  passage.lane = lane;
  passage.point = static_cast<std::uint8_t>(point.value());
  passage.ttl = datagram.ttl;
  passage.dont_fragment = datagram.dont_fragment;
  passage.fragment = datagram.is_fragment();
  passage.super_segment = datagram.length_unknown;
  if (datagram.transport == TransportKind::tcp && !datagram.is_fragment())
    take_tcp(datagram.tcp, conversations_[lane / 2], lane % 2, passage);
  passages_.push_back(passage);
  const bool icmp = datagram.transport == TransportKind::icmp || datagram.transport == TransportKind::icmpv6;
  if (!icmp || !datagram.icmp.is_error) return;
  saw_icmp_error_[point.value()] = true;
  take_hint(point, observation, datagram);
}

void PassageLog::take_tcp(const TcpSegment& segment, Conversation& conversation, unsigned side,
                          Passage& passage) {
  passage.sequence = segment.sequence;
  passage.payload = segment.payload_length;
  passage.has_timestamps = segment.has_timestamps;
  passage.timestamp_value = segment.timestamp_value;
  passage.syn = segment.has(tcp_flag::syn);
  if (passage.syn) {
    passage.mss = segment.mss;
    conversation.mss[side] = std::max(conversation.mss[side], segment.mss);
  }
  const std::uint16_t offered = conversation.mss[1 - side];
  // RFC 9293 §3.7.1: the option counts payload, options of the segment included.
  if (offered != 0 && segment.payload_length + segment.option_length() > offered)
    passage.super_segment = true;
  if (!segment.has(tcp_flag::ack) || segment.has(tcp_flag::rst)) return;
  std::optional<SequenceNumber>& highest = conversation.acknowledged[1 - side];
  if (!highest || segment.acknowledgment.after(*highest)) highest = segment.acknowledgment;
}

void PassageLog::take_hint(PointId point, const Observation& observation, const Datagram& datagram) {
  const auto message = packet_too_big(observation, datagram);
  if (!message || message->quote == nullptr || !message->quote->has_ports) return;
  const QuotedDatagram& quote = *message->quote;
  HintPassage hint;
  hint.time = observation.time;
  hint.frame = observation.frame;
  hint.point = static_cast<std::uint8_t>(point.value());
  hint.lane =
      lane_of({{quote.source, quote.destination}, quote.source_port, quote.destination_port, quote.protocol});
  hint.content = identity_of(observation, datagram).content;
  hints_.push_back(hint);
}

}  // namespace pmtu
