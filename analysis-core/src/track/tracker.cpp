// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/tracker.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "track/late_cut.h"
#include "track/link_tag.h"
#include "track/payload.h"
#include "track/round_trips.h"

namespace pmtu {
namespace {

constexpr std::uint8_t kMaxWindowScale = 14;  // RFC 7323 §2.3

/// Below the smallest plateau that any sender falls to (RFC 1191 §7): no hint can call that too large.
constexpr std::uint32_t kPathMattersFrom = 296;

/// Same content at another place is a copy within this time, at the same place at once (measured: bridges,
/// mirror ports and routers on one host).
constexpr Duration kCopyElsewhere = Duration::milliseconds(20);
constexpr Duration kCopyHere = Duration::milliseconds(1);
constexpr Duration kForwardedCopy = Duration::milliseconds(100);
constexpr Duration kSameDatagramElsewhere = Duration::seconds(1);

/// Those that have no ports carry zeros, echo its identifier in both.
UndirectedKey undirected_key_of(const Datagram& datagram) {
  const bool echo = datagram.is_icmp();
  const std::uint16_t source = echo ? datagram.icmp.identifier : datagram.source_port;
  const std::uint16_t destination = echo ? datagram.icmp.identifier : datagram.destination_port;
  return {datagram.source, datagram.destination, source, destination, datagram.protocol};
}

/// What differs between two datagrams of a flow without sequence numbers that are alike otherwise: the
/// checksum of UDP, a TSN of SCTP, the sequence number of ESP (RFC 4303 §2.2), else nothing.
std::uint16_t content_mark(const Datagram& datagram, const Observation& observation) {
  constexpr std::size_t kEspHeader = 8;
  if (datagram.transport == TransportKind::udp) return datagram.udp_checksum;
  if (datagram.transport == TransportKind::sctp)
    return static_cast<std::uint16_t>(datagram.sctp.first_tsn.value() ^ datagram.sctp.heartbeat_mark);
  if (datagram.carries != Encapsulation::esp) return 0;
  const auto payload = captured_payload(observation, datagram);
  if (payload.size() < kEspHeader) return 0;
  return static_cast<std::uint16_t>(payload[6] << 8U | payload[7]);
}

bool is_echo(const Datagram& datagram) {
  const bool v4 = datagram.transport == TransportKind::icmp;
  const std::uint8_t request = v4 ? 8 : 128;  // RFC 792, RFC 4443 §4.1
  const std::uint8_t reply = v4 ? 0 : 129;
  return datagram.icmp.type == request || datagram.icmp.type == reply;
}

}  // namespace

Tracker::Tracker(const Preferences& preferences, std::uint64_t seed)
    : preferences_(preferences),
      flows_(seed, std::max<std::size_t>(1, preferences.max_flows)),
      paths_(seed, preferences.max_paths),
      offload_hosts_(0, AddressHash{KeyHash(seed)}),
      tunnel_ends_(0, AddressHash{KeyHash(seed)}) {}

void Tracker::begin_frame(const Observation& observation) {
  now_ = std::max(now_, observation.time);
  last_frame_ = observation.frame;
  look_back_left_ = kLookBackOfFrame;
}

DirectionId Tracker::find(const FlowKey& key) const {
  const FlowTable::Entry entry = flows_.find(key);
  return entry.place == FlowTable::kNone ? DirectionId{} : DirectionId(entry.place, entry.side);
}

bool Tracker::is_worth_keeping(const Datagram& datagram, const UndirectedKey& key) const {
  switch (datagram.transport) {
    case TransportKind::tcp:
    case TransportKind::sctp:
      return true;
    case TransportKind::udp: {
      // Each question to a name server comes from a port of its own: what no hint can be about is not kept.
      const bool small = datagram.length.value() < kPathMattersFrom && !datagram.length_unknown;
      return !small || flows_.knows(key);
    }
    case TransportKind::icmp:
    case TransportKind::icmpv6:
      return !datagram.icmp.is_error && is_echo(datagram);
    case TransportKind::none:
      return !datagram.truncated && datagram.protocol != ip_protocol::tcp &&
             datagram.protocol != ip_protocol::udp;
    case TransportKind::ports:
      return false;
  }
  return false;
}

const Sighting* Tracker::observe(const Observation& observation, const Datagram& datagram) {
  ended_.clear();
  arrivals_.clear();
  if (datagram.fragment_offset != 0) return nullptr;  // only the first fragment names a flow
  const UndirectedKey key = undirected_key_of(datagram);
  if (!is_worth_keeping(datagram, key)) return nullptr;
  const FlowTable::Entry entry = flows_.find_or_add(key, [this] { forget_least_missed_flow(); });
  Flow& flow = flows_[entry.place];
  if (!flow.live()) flow.first_frame = observation.frame;
  if (datagram.level != 0 && !flow.seen_inside_tunnel) {
    flow.seen_inside_tunnel = true;
    note_tunnel_ends(observation, datagram);
  }
  flow.last_frame = observation.frame;
  seen_ = Sighting{};
  seen_.observation = &observation;
  seen_.datagram = &datagram;
  seen_.direction = DirectionId(entry.place, entry.side);
  const bool tcp = datagram.transport == TransportKind::tcp;
  if (tcp) seen_.segment = &datagram.tcp;
  if (!(tcp ? observe_tcp(seen_) : observe_without_sequence(seen_))) return nullptr;
  seen_.arrivals = arrivals_;
  return &seen_;
}

void Tracker::note_tunnel_ends(const Observation& observation, const Datagram& inner) {
  // Of tunnels that carry Ethernet: the entrance has no address on the path inside.
  const Datagram& outer = observation.datagrams[inner.level - 1U];
  const bool bridged = outer.carries == Encapsulation::vxlan || outer.carries == Encapsulation::geneve;
  if (!bridged || tunnel_ends_.size() >= preferences_.max_paths) return;
  tunnel_ends_[{inner.source, inner.destination}] = outer.source;
  tunnel_ends_[{inner.destination, inner.source}] = outer.destination;
}

std::optional<IpAddress> Tracker::tunnel_entrance(const PathKey& inside) const {
  const auto found = tunnel_ends_.find(inside);
  return found == tunnel_ends_.end() ? std::nullopt : std::optional(found->second);
}

bool Tracker::observe_tcp(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  Direction& me = at(seen.direction);
  Direction& peer = at(seen.direction.opposite());
  const std::uint16_t tag = link_tag(seen.observation->link, seen.datagram->level);

  if (segment.has(tcp_flag::syn)) begin_connection(seen);
  if (!me.seen) {
    me.seen = true;
    me.first = me.next = segment.sequence;
    me.link_tag = tag;
  } else if (!me.syn_seen && segment.sequence.before(me.first)) {
    // The capture began in the middle, with something other than the oldest bytes under way.
    me.first = segment.sequence;
  }
  seen.next_before = me.next;
  seen.acknowledged_before = peer.acknowledged;
  seen.is_new = segment.end().after(me.next);
  if (segment.end() != segment.sequence && !seen.is_new && is_copy(seen)) return false;
  // A bare ACK that was forwarded and captured again tells nothing of where its sender is.
  if (me.ttl == 0 || tag == me.link_tag) me.ttl = seen.datagram->ttl;
  if (seen.datagram->level == 0) me.seen_outermost = true;

  if (segment.has(tcp_flag::fin)) me.fin_seen = true;
  seen.answers_repetition = peer.resent;
  const bool reset = segment.has(tcp_flag::rst);
  if (reset) {
    me.rst_seen = true;
  } else if (segment.has(tcp_flag::ack)) {
    take_acknowledgment(seen);
  }
  sample_round_trips(me, peer, segment, seen.is_new, seen.now());
  if (segment.payload_length != 0) take_payload(seen);
  if (seen.is_new && !reset) me.next = segment.end();
  return true;
}

void Tracker::take_payload(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  Direction& me = at(seen.direction);
  seen.super_segment = is_super_segment(seen);
  if (seen.super_segment && !me.super_segments) note_offload(seen);
  note_size(seen);
  if (!seen.is_new) {
    me.resent = true;
    me.retransmitting = true;
    me.retransmitted_to = me.next;
  }
  log_transmission(seen);
  const bool continues = seen.is_new && segment.sequence == me.next;
  if (continues && me.stage.may_tell(segment.sequence, seen.datagram->payload_captured)) {
    me.stage.passed(segment.sequence, me.syn_seen ? me.first + 1U : me.first, segment.payload_length,
                    captured_payload(*seen.observation, *seen.datagram), seen.datagram->source_port,
                    seen.datagram->destination_port);
  }
}

void Tracker::begin_connection(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  const Direction& me = at(seen.direction);
  const Direction& peer = at(seen.direction.opposite());
  const bool answers = segment.has(tcp_flag::ack);
  // The number of the SYN before is a repetition only as long as nothing followed that one: hosts may begin a
  // new connection with the number of the last.
  const bool again = me.syn_seen && me.first == segment.sequence && !me.next.after(segment.end());
  if (again) {
    // A router may have clamped the option between two sightings; the other side goes by what arrives.
    Direction& same = at(seen.direction);
    if (segment.mss == 0 || (same.mss != 0 && same.mss <= segment.mss)) return;
    same.mss = segment.mss;
    note_syn(seen);
    return;
  }
  if (!answers && (me.seen || me.ack_seen || peer.seen)) {
    // A new connection on the same ports: nothing of the old one holds.
    forget(seen.direction);
    forget(seen.direction.opposite());
    flows_[seen.direction.place()].first_frame = last_frame_;
  } else if (me.seen) {
    forget(seen.direction);
  }
  seen.begins_connection = true;
  begin_stream(seen, at(seen.direction));
  note_syn(seen);
  if (answers && segment.window_scale == 0xff) {
    Direction& asked = at(seen.direction.opposite());
    if (asked.syn_seen) asked.window_scale = 0;
  }
}

void Tracker::note_syn(const Sighting& seen) {
  Flow& connection = flows_[seen.direction.place()];
  const std::uint32_t frames = seen.frame().value() - connection.first_frame.value();
  connection.syn_after[seen.direction.side()] =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(frames, Flow::kTooLate));
}

void Tracker::begin_stream(const Sighting& seen, Direction& me) const {
  const TcpSegment& segment = *seen.segment;
  me.seen = true;
  me.syn_seen = true;
  me.first = segment.sequence;
  me.next = segment.end();
  me.link_tag = link_tag(seen.observation->link, seen.datagram->level);
  me.mss = segment.mss;
  me.sack_permitted = segment.sack_permitted;
  me.scale_known = true;
  me.window_scale = segment.window_scale == 0xff ? 0 : std::min(segment.window_scale, kMaxWindowScale) & 0xfU;
}

std::optional<std::uint8_t> Tracker::ttl(DirectionId id) const {
  const Direction& direction = (*this)[id];
  return direction.seen && direction.seen_outermost ? std::optional(direction.ttl) : std::nullopt;
}

void Tracker::forget(DirectionId id) {
  Direction& direction = at(id);
  if (flow(id).watched) {
    ended_.push_back({id, direction.largest_sent, flow(id).last_frame, ttl(id)});
  }
  if (direction.path != Direction::kNoPath) paths_.release(direction.path);
  direction = Direction{};
}

void Tracker::forget_least_missed_flow() {
  const std::uint32_t least = flows_.least_missed();
  if (least == FlowTable::kNone) return;
  forget(DirectionId(least, 0));
  forget(DirectionId(least, 1));
  flows_.forget(least);
}

bool Tracker::is_copy(const Sighting& seen) const {
  // The same datagram from another interface, VLAN or encapsulation, or forwarded (another TTL). Equal
  // content alone can be a real repeat.
  constexpr int kWithin = 32;
  const TcpSegment& segment = *seen.segment;
  const Datagram& datagram = *seen.datagram;
  const Direction& me = (*this)[seen.direction];
  const std::uint16_t tag = link_tag(seen.observation->link, datagram.level);
  const auto identification = static_cast<std::uint16_t>(datagram.identification);
  bool copy = false;
  int left = kWithin;
  log_.latest_first(me.sent, [&](const Transmission& sent) {
    const bool same_bytes = sent.begin == segment.sequence && sent.end == segment.end() &&
                            sent.length == datagram.length.value() &&
                            (sent.checksum == segment.checksum || sent.ttl != datagram.ttl) &&
                            (!segment.has_timestamps || sent.timestamp_value == segment.timestamp_value);
    if (same_bytes) {
      const bool same_datagram = identification != 0 && identification == sent.identification;
      // IPv6 has no identification (and RFC 6864 lets IPv4 leave it out): the clock of RFC 7323 has to do.
      const bool same_content = identification == 0 && sent.identification == 0 && segment.has_timestamps;
      // Forwarded: TTL and nothing else differs, save a checksum that a virtual link had left for later.
      // Through a bridge or a mirror, only a time far below the round trip tells a copy from a repeat.
      const bool forwarded = sent.ttl != datagram.ttl;
      const bool elsewhere = forwarded || sent.link_tag != tag;
      const Duration near =
          std::clamp(Duration::microseconds(me.peer_round_trip_us / 2), kCopyHere, kCopyElsewhere);
      // The same datagram from the same place is a copy, too (a mirror port that shows both directions of a
      // switch), but only at once: the identification wraps, and content may really be repeated.
      const Duration limit = same_datagram && elsewhere      ? kSameDatagramElsewhere
                             : forwarded                     ? kForwardedCopy
                             : elsewhere                     ? near
                             : same_datagram || same_content ? kCopyHere
                                                             : Duration{};
      // Clocks differ between interfaces, and may be set back between two transmissions.
      copy = apart(seen.now(), sent.time) < limit;
    }
    return !copy && --left > 0;
  });
  return copy;
}

bool Tracker::is_super_segment(const Sighting& seen) const {
  // rule: offload. RFC 9293 §3.7.1 MUST-16: payload and options fit the MSS that the receiver announced.
  if (seen.datagram->length_unknown) return true;
  const TcpSegment& segment = *seen.segment;
  const Direction& peer = (*this)[seen.direction.opposite()];
  if (peer.mss != 0) return segment.payload_length + segment.option_length() > peer.mss;
  // No SYN was captured: more than an Ethernet frame may be a jumbo LAN or offload. Cannot tell, so not
  // judged.
  return seen.datagram->length.value() > kEthernetMtu;
}

bool Tracker::is_super_datagram(const Sighting& seen) const {
  // rule: offload. More than an Ethernet frame may be a jumbo LAN or several datagrams in one, and what comes
  // after one may be the rest of another: cannot tell, unless a router quoted that size.
  const Datagram& datagram = *seen.datagram;
  if (datagram.length_unknown) return true;
  if (!hides_its_pieces(datagram)) return false;
  const Direction& me = (*this)[seen.direction];
  const std::uint32_t length = datagram.length.value();
  return length > me.largest_quoted && (me.super_segments || length > kEthernetMtu);
}

void Tracker::note_offload(Sighting& seen) {
  const Direction& peer = at(seen.direction.opposite());
  if (peer.mss == 0 && !seen.datagram->length_unknown) return;  // only perhaps
  const std::uint32_t path = ensure_path(seen.direction);
  if (path != PathTable::kNone) paths_[path].super_segment_seen = true;
  at(seen.direction).super_segments = true;
  seen.explains_offload = true;
  seen.shows_offload = !offload_told_;
  offload_told_ = true;
  if (offload_hosts_.size() < preferences_.max_paths) offload_hosts_.insert(seen.datagram->source);
}

std::uint32_t Tracker::ensure_path(DirectionId id) {
  Direction& direction = at(id);
  if (direction.path == Direction::kNoPath) {
    direction.path = paths_.find_or_add(key(id).path);
    if (direction.path != PathTable::kNone) paths_.hold(direction.path);
  }
  return direction.path;
}

std::uint32_t Tracker::largest_passed_on_paths() const {
  std::uint32_t largest = 0;
  for (std::uint32_t place = 0; place < paths_.size(); ++place)
    largest = std::max(largest, paths_[place].largest_passed);
  return largest;
}

void Tracker::note_size(const Sighting& seen) {
  const std::uint32_t length = seen.datagram->length.value();
  Direction& me = at(seen.direction);
  if (length <= me.largest_sent || seen.super_segment) return;
  me.largest_sent = length;
  if (length < kPathMattersFrom) return;
  const std::uint32_t place = ensure_path(seen.direction);
  if (place == PathTable::kNone) return;
  Path& path = paths_[place];
  path.largest_seen = std::max(path.largest_seen, length);
  path.largest_passed = std::max(path.largest_passed, me.largest_passed);
}

void Tracker::log_transmission(Sighting& seen) {
  Direction& me = at(seen.direction);
  if (const Transmission* const last = log_.get(me.sent.tail)) seen.last_sent_before = last->time;
  const Datagram& datagram = *seen.datagram;
  Transmission& sent = log_.append(me.sent);
  sent.time = seen.now();
  sent.length = datagram.length.value();
  sent.frame = seen.frame();
  sent.direction = seen.direction.value();
  sent.identification = static_cast<std::uint16_t>(datagram.identification);
  sent.link_tag = link_tag(seen.observation->link, datagram.level);
  sent.ttl = datagram.ttl;
  sent.super_segment = seen.super_segment;
  sent.dont_fragment = datagram.dont_fragment && !datagram.is_fragment();
  if (seen.segment != nullptr) {
    sent.begin = seen.segment->sequence;
    sent.end = seen.segment->end();
    sent.timestamp_value = seen.segment->timestamp_value;
    sent.checksum = seen.segment->checksum;
  } else {
    sent.checksum = content_mark(datagram, *seen.observation);
  }
  seen.sent = &sent;
}

bool Tracker::observe_without_sequence(Sighting& seen) {
  const Datagram& datagram = *seen.datagram;
  const std::uint16_t tag = link_tag(seen.observation->link, datagram.level);
  Direction& me = at(seen.direction);
  if (!me.seen) {
    me.seen = true;
    me.link_tag = tag;
  }
  me.ttl = datagram.ttl;
  if (datagram.level == 0) me.seen_outermost = true;
  // rule: hint-quic. A long header tells for both ways; the short ones that follow tell nothing, though
  // whoever dissects may know them by their flow.
  const bool quic = datagram.carries == Encapsulation::quic;
  const auto payload = captured_payload(*seen.observation, datagram);
  const bool long_header = quic && !payload.empty() && (payload[0] & 0x80U) != 0;
  if (quic && !me.quic) {
    Direction& peer = at(seen.direction.opposite());
    me.quic = peer.quic = true;
    me.quic_handshake = peer.quic_handshake = long_header;
  } else if (me.quic_handshake && !long_header) {
    me.quic_handshake = at(seen.direction.opposite()).quic_handshake = false;
  }
  if (datagram.carries != Encapsulation::none && datagram.carries != Encapsulation::quic) me.tunnel = true;
  if (!me.no_quic && datagram.transport == TransportKind::udp && !payload.empty()) {
    constexpr std::uint8_t kFixed = 0x40;
    constexpr std::uint8_t kMasked = 0x1f;
    const std::uint8_t first = payload[0];
    me.no_quic = me.tunnel || (first & kFixed) == 0;
    if (me.first_byte != 0 && ((first ^ me.first_byte) & kMasked) != 0) me.quic_masked = true;
    me.first_byte = first;
  }
  seen.super_segment = is_super_datagram(seen);
  if (seen.super_segment) me.super_segments = true;
  // A copy from another interface: same identification (where there is one), checksum and length, another TTL
  // or link. From a mirror port that shows both directions of a switch it comes at once.
  if (const Transmission* last = log_.get(me.sent.tail)) {
    const bool elsewhere = last->ttl != datagram.ttl || last->link_tag != tag;
    const bool same_content = last->length == datagram.length.value() &&
                              last->identification == static_cast<std::uint16_t>(datagram.identification) &&
                              last->checksum == content_mark(datagram, *seen.observation);
    if (same_content && apart(seen.now(), last->time) < (elsewhere ? kCopyElsewhere : kCopyHere))
      return false;
  }
  note_size(seen);
  log_transmission(seen);
  return true;
}

Stage Tracker::stage(DirectionId id, SequenceNumber begin, SequenceNumber end) const {
  const FlowKey flow = key(id);
  return (*this)[id].stage.at(begin, end, (*this)[id.opposite()].stage, flow.source_port,
                              flow.destination_port);
}

}  // namespace pmtu
