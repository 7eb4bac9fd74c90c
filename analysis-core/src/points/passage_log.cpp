// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/passage_log.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "points/datagram_identity.h"
#include "rules/path_mtu_hint.h"
#include "track/late_cut.h"
#include "track/quotation.h"

namespace pmtu {

void PassageLog::observe(PointId point, const Observation& observation) {
  note(point, observation);
  file();
}

void PassageLog::note(PointId point, const Observation& observation) {
  for (const Datagram& datagram : observation.layers()) {
    if (passages_.used() + notes_.size() >= max_) {
      ++left_out_;
      continue;
    }
    if (!datagram.source.is_unicast() || !datagram.destination.is_unicast()) continue;
    if (notes_.capacity() == 0) notes_.reserve(std::min(kFirstNotes, max_));
    write(point, observation, datagram, notes_.emplace_back());
  }
}

void PassageLog::file() {
  // What finds no memory is lost, and the rest is not taken in twice.
  filing_.clear();
  filing_.swap(notes_);
  for (Note& note : filing_) file(note);
  filing_.clear();
  quoted_.clear();
}

void PassageLog::forget_notes() {
  notes_ = {};
  filing_ = {};
  quoted_ = {};
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
  conversations_.push_back({undirected, {}, {}, {}});
  index_.insert(undirected.hash(hash_), added);
  return added * 2;
}

void PassageLog::write(PointId point, const Observation& observation, const Datagram& datagram, Note& note) {
  note.flow = flow_of(datagram);
  const DatagramIdentity identity = identity_of(observation, datagram);
  Passage& passage = note.passage;
  passage.time = observation.time;
  passage.content = identity.content;
  passage.identification = identity.identification;
  passage.frame = observation.frame;
  passage.length = datagram.length_unknown ? 0 : datagram.length.value();
  passage.point = static_cast<std::uint8_t>(point.value());
  passage.ttl = datagram.ttl;
  passage.dont_fragment = datagram.dont_fragment;
  passage.fragment = datagram.is_fragment();
  // rule: offload. Longer than an Ethernet frame: a jumbo LAN, or several datagrams in one.
  passage.super_segment =
      datagram.length_unknown || (hides_its_pieces(datagram) && datagram.length.value() > kEthernetMtu);
  if (datagram.transport == TransportKind::tcp && !datagram.is_fragment()) {
    const TcpSegment& segment = datagram.tcp;
    passage.sequence = segment.sequence;
    passage.payload = segment.payload_length;
    passage.has_timestamps = segment.has_timestamps;
    passage.timestamp_value = segment.timestamp_value;
    passage.syn = segment.has(tcp_flag::syn);
    if (passage.syn) passage.mss = segment.mss;
    note.option_length = static_cast<std::uint16_t>(segment.option_length());
    note.acknowledgment = segment.acknowledgment;
    note.acknowledges = segment.has(tcp_flag::ack) && !segment.has(tcp_flag::rst);
  } else if (datagram.is_icmp()) {
    note.icmp_error = datagram.icmp.is_error;
    const auto hint = note.icmp_error ? packet_too_big(observation, datagram) : std::nullopt;
    if (hint && hint->quote != nullptr && hint->quote->has_ports) {
      quoted_.push_back(key_of(*hint->quote));
      note.quoted = static_cast<std::uint32_t>(quoted_.size() - 1);
    } else {
      note.cut_hint = hint && (hint->quote == nullptr || hint->quote->truncated);
    }
  }
}

void PassageLog::file(Note& note) {
  Passage& passage = note.passage;
  passage.lane = lane_of(note.flow);
  if (note.flow.protocol == ip_protocol::tcp && !passage.fragment) file_tcp(note, passage);
  passages_[passages_.take()] = passage;
  conversations_[passage.lane / 2].points.set(passage.point);
  if (note.icmp_error) saw_icmp_error_[passage.point] = true;
  if (note.cut_hint) {
    CutHints& cut = cut_hints_[{note.flow.path.destination, passage.point}];
    cut.last = {passage.time, passage.frame};
    if (cut.count++ == 0) cut.first = cut.last;
  }
  if (note.quoted == kNoHint) return;
  hints_.push_back(
      {passage.time, passage.frame, lane_of(quoted_[note.quoted]), passage.content, passage.point});
}

void PassageLog::file_tcp(const Note& note, Passage& passage) {
  Conversation& conversation = conversations_[passage.lane / 2];
  const unsigned side = passage.lane % 2;
  if (passage.syn) conversation.mss[side] = std::max(conversation.mss[side], passage.mss);
  const std::uint16_t offered = conversation.mss[1 - side];
  // RFC 9293 §3.7.1: the option counts payload, options of the segment included.
  if (offered != 0 && passage.payload + note.option_length > offered) passage.super_segment = true;
  if (!note.acknowledges) return;
  std::optional<SequenceNumber>& highest = conversation.acknowledged[1 - side];
  if (!highest || note.acknowledgment.after(*highest)) highest = note.acknowledgment;
}

}  // namespace pmtu
