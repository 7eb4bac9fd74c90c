// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "engine.h"
#include "track/link_tag.h"
#include "track/round_trips.h"

namespace pmtu {
namespace {

constexpr std::uint8_t kMaxWindowScale = 14;  // RFC 7323 §2.3

/// The flow of a datagram with ports; those that have none carry zeros.
FlowKey ports_key(const Datagram& datagram) {
  return {{datagram.source, datagram.destination},
          datagram.source_port,
          datagram.destination_port,
          datagram.protocol};
}

/// What differs between two datagrams of a flow without sequence numbers that are alike otherwise: the
/// checksum of UDP, the sequence number of ESP (RFC 4303 §2.2), else nothing.
std::uint16_t content_mark(const Datagram& datagram, std::span<const std::uint8_t> payload) {
  constexpr std::size_t kEspHeader = 8;
  if (datagram.transport == TransportKind::udp) return datagram.udp_checksum;
  if (datagram.carries != Encapsulation::esp || payload.size() < kEspHeader) return 0;
  return static_cast<std::uint16_t>(payload[6] << 8U | payload[7]);
}

std::uint32_t header_overhead(const Datagram& datagram) {
  return datagram.version == IpVersion::v4 ? 40U : 60U;
}

}  // namespace

FlowKey Analyzer::Engine::directed_key(const Flow& flow, unsigned side) {
  return flow.key.directed(side);
}

void Analyzer::Engine::observe(const Observation& observation) {
  ++coverage_.frames;
  if (observation.end == WalkEnd::unknown_link_type) ++coverage_.opaque_frames;
  if (observation.end == WalkEnd::truncated) ++coverage_.truncated_frames;
  now_ = std::max(now_, observation.time);
  last_frame_ = observation.frame;
  look_back_left_ = kLookBackOfFrame;
  for (const Datagram& datagram : observation.layers()) observe_datagram(observation, datagram);
  if (observation.datagram_count > 1 && paths_.any_hinted()) judge_tunnel(observation);
}

void Analyzer::Engine::observe_datagram(const Observation& observation, const Datagram& datagram) {
  ++coverage_.datagrams;
  // Only the first fragment names a flow. The others are the result of compliance and carry nothing to judge.
  if (datagram.fragment_offset != 0) return;
  FlowKey key = ports_key(datagram);
  switch (datagram.transport) {
    case TransportKind::tcp:
    case TransportKind::ports:
      break;
    case TransportKind::udp:
      // Each question to a name server comes from a port of its own: what no hint can be about is not kept.
      if (datagram.length.value() < kPathMattersFrom && !datagram.length_unknown && !flows_.knows(key))
        return;
      break;
    case TransportKind::icmp:
    case TransportKind::icmpv6: {
      coverage_.any_icmp = true;
      if (const auto message = packet_too_big(observation, datagram)) {
        observe_hint(observation, datagram, *message);
        return;
      }
      if (datagram.icmp.is_error) {
        observe_other_error(observation, datagram);
        return;
      }
      const bool v4 = datagram.transport == TransportKind::icmp;
      const std::uint8_t request = v4 ? 8 : 128;  // RFC 792, RFC 4443 §4.1
      const std::uint8_t reply = v4 ? 0 : 129;
      if (datagram.icmp.type != request && datagram.icmp.type != reply) return;
      key.source_port = key.destination_port = datagram.icmp.identifier;
      break;
    }
    case TransportKind::none:
      if (datagram.truncated || datagram.protocol == ip_protocol::tcp ||
          datagram.protocol == ip_protocol::udp)
        return;
      break;
  }
  const FlowTable::Entry entry = flows_.find_or_add(key, [this] { forget_least_missed_flow(); });
  Flow& flow = flows_[entry.place];
  if (flow.first_frame == FrameNumber{}) flow.first_frame = observation.frame;
  flow.last_frame = observation.frame;
  const bool tcp = datagram.transport == TransportKind::tcp;
  Sighting seen{observation,
                datagram,
                flow,
                entry.place,
                entry.side,
                flow.side[entry.side],
                flow.side[1 - entry.side],
                tcp ? &datagram.tcp : nullptr};
  if (tcp) {
    if (seen.segment->has(tcp_flag::ack)) log_.fetch(seen.peer.sent.head);
    flow.watch_closely();
    observe_tcp(seen);
    note_quiet(flow);
  } else if (datagram.transport != TransportKind::ports) {
    observe_portless_or_udp(seen);
  }
}

void Analyzer::Engine::observe_tcp(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  Direction& me = seen.sender;
  Direction& peer = seen.peer;

  if (segment.has(tcp_flag::syn)) begin_connection(seen);
  if (!me.seen) {
    me.seen = true;
    me.first = me.next = me.received_to = segment.sequence;
    me.link_tag = link_tag(seen.observation.link, seen.datagram.level);
  } else if (!me.syn_seen && segment.sequence.before(me.first)) {
    // The capture began in the middle, with something other than the oldest bytes under way.
    me.first = segment.sequence;
  }
  const bool occupies = segment.end() != segment.sequence;
  seen.is_new = segment.end().after(me.next);
  if (occupies && !seen.is_new && is_copy(seen)) return;
  // A bare ACK that was forwarded and captured again tells nothing of where its sender is.
  if (me.ttl == 0 || link_tag(seen.observation.link, seen.datagram.level) == me.link_tag)
    me.ttl = seen.datagram.ttl;
  if (seen.datagram.level == 0) me.seen_outermost = true;

  if (peer.knowledge) {
    const LinkInfo& here = seen.observation.link;
    const LinkInfo& hint = peer.knowledge->hint().link;
    const bool same_way = here.source_mac == hint.source_mac &&
                          here.destination_mac == hint.destination_mac && here.vlan == hint.vlan &&
                          here.interface_id == hint.interface_id && here.direction == hint.direction;
    peer.knowledge->passed_toward_sender(segment, seen.now(), same_way, preferences_.processing_slack);
  }
  seen.answers_repetition = peer.resent;
  const bool reset = segment.has(tcp_flag::rst);
  if (reset) {
    me.rst_seen = true;
    if (peer.loss) peer.loss->exclude();
    if (me.hole) {
      // A middlebox acknowledges and resets; with nothing else beyond the hole it may be its work.
      if (!me.hole->data_beyond() && !me.hole->told) me.hole->exclude();
      me.hole->closed(seen.now());
    }
  } else if (segment.has(tcp_flag::ack)) {
    take_acknowledgment(seen);
  }
  if (me.knowledge) me.knowledge->sent(segment, seen.now());
  sample_round_trips(me, peer, segment, seen.is_new, seen.now());
  if (me.loss && segment.payload_length == 0 && segment.has(tcp_flag::ack)) {
    me.loss->acknowledged_peer(seen.datagram.length, seen.now());
  }

  if (segment.payload_length != 0) {
    seen.super_segment = is_super_segment(seen);
    if (seen.super_segment && !me.super_segments) note_offload(seen);
    note_size(seen);
    if (!seen.is_new) {
      me.resent = true;
      me.retransmitting = true;
      me.retransmitted_to = me.next;
      if (peer.loss) {
        const bool answered = me.ack_seen && !segment.end().after(me.acknowledged);
        const Transmission* before = log_.get(me.sent.tail);
        peer.loss->peer_resent(answered, before != nullptr ? seen.now() - before->time : Duration{},
                               seen.now());
      }
    }
    Transmission& sent = log_transmission(seen);
    if (seen.is_new && segment.sequence == me.next) {
      me.stage.passed(segment.sequence, me.syn_seen ? me.first + 1U : me.first, segment.payload_length,
                      seen.payload(), seen.datagram.source_port, seen.datagram.destination_port);
    }
    if (me.knowledge || paths_.any_hinted()) judge(seen, sent);
    watch_head(seen);
  } else if (segment.has(tcp_flag::fin) && me.loss) {
    me.loss->beyond_sent(seen.datagram.length, seen.now());
  }
  if (!reset) watch_hole(seen);
  if (me.hole || peer.hole) watch_hole_closely(seen);
  if (segment.has(tcp_flag::fin)) me.fin_seen = true;
  if (seen.is_new && !reset) me.next = segment.end();
}

void Analyzer::Engine::begin_connection(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  Direction& me = seen.sender;
  const bool answers = segment.has(tcp_flag::ack);
  // The number of the SYN before is a repetition only as long as nothing followed that one: hosts may begin a
  // new connection with the number of the last.
  const bool again = me.syn_seen && me.first == segment.sequence && !me.next.after(segment.end());
  if (again) {
    // A router may have clamped the option between two sightings; the other side goes by what arrives.
    if (segment.mss != 0) me.mss = me.mss == 0 ? segment.mss : std::min(me.mss, segment.mss);
    return;
  }
  if (!answers && (me.seen || me.ack_seen || seen.peer.seen)) {
    // A new connection on the same ports: nothing of the old one holds.
    forget_connection(seen.flow);
  } else if (me.seen) {
    forget_direction(seen.flow, seen.side);
  }
  me.seen = true;
  me.syn_seen = true;
  me.first = segment.sequence;
  me.next = segment.end();
  me.received_to = segment.end();
  me.link_tag = link_tag(seen.observation.link, seen.datagram.level);
  me.mss = segment.mss;
  me.sack_permitted = segment.sack_permitted;
  me.scale_known = true;
  me.window_scale = segment.window_scale == 0xff ? 0 : std::min(segment.window_scale, kMaxWindowScale) & 0xfU;
  if (answers && seen.peer.syn_seen && segment.window_scale == 0xff) seen.peer.window_scale = 0;
  if (paths_.any_hinted()) compare_mss(seen);
}

void Analyzer::Engine::forget_connection(Flow& flow) {
  for (unsigned side = 0; side < 2; ++side) forget_direction(flow, side);
  flow.first_frame = last_frame_;
}

void Analyzer::Engine::forget_direction(Flow& flow, unsigned side) {
  keep_last_values(flow, side);
  Direction& direction = flow.side[side];
  if (direction.loss) --watched_;
  if (direction.path != Direction::kNoPath) paths_.release(direction.path);
  direction = Direction{};
}

void Analyzer::Engine::forget_least_missed_flow() {
  const std::uint32_t least = flows_.least_missed();
  if (least == FlowTable::kNone) return;
  forget_connection(flows_[least]);
  flows_.forget(least);
}

void Analyzer::Engine::take_acknowledgment(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  Direction& me = seen.sender;
  Direction& peer = seen.peer;  // whose bytes are acknowledged
  const SequenceNumber ack = segment.acknowledgment;

  const std::uint32_t former_window = me.window;
  if (!segment.has(tcp_flag::syn)) {
    me.window = static_cast<std::uint32_t>(segment.window) << me.window_scale;
    me.window_seen = true;
    if (me.scale_known || me.window == 0) {
      me.lowest_window = std::min(me.lowest_window, me.window);
      if (peer.loss) peer.loss->window_advertised(me.window);
    }
  }
  const bool first = !peer.ack_seen;
  if (first) {
    peer.ack_seen = true;
    const bool what_was_seen = peer.seen && ack.after(peer.first) && !ack.after(peer.next);
    peer.acknowledged = what_was_seen ? peer.first : ack;
  }
  if (peer.hole) {
    // Options that the snapshot length cut may have held the block.
    const bool above = segment.options_truncated ||
                       std::any_of(segment.sacks.begin(), segment.sacks.begin() + segment.sack_count,
                                   [&](const SackBlock& b) { return !b.left.before(peer.hole->end()); });
    peer.hole->acknowledged(ack, above, seen.now());
  }
  if (ack.after(peer.acknowledged)) {
    if (peer.seen && ack.after(peer.next)) {
      // Acknowledged, never captured: this capture loses frames.
      const auto unseen = static_cast<std::uint32_t>(SequenceNumber::distance(peer.next, ack));
      if (unseen > 1280 - header_overhead(seen.datagram)) {
        const std::uint32_t path = ensure_path(seen.flow, 1 - seen.side);
        if (path != PathTable::kNone) paths_[path].capture_misses_large = true;
      }
      peer.next = ack;
      if (peer.received_to.before(ack)) peer.received_to = ack;
    }
    if (watched_ != 0) [[unlikely]]
      note_life(seen, first);
    Transmission* oldest = nullptr;
    while ((oldest = log_.get(peer.sent.head)) != nullptr && !oldest->end.after(ack)) {
      if (!oldest->credited) credit(peer, seen.place, *oldest, seen.now());
      peer.sent.head = oldest->next;
    }
    if (peer.loss && peer.loss->shrunk()) {
      // The head's first, larger transmission may not be acknowledged through yet: its smaller pieces are.
      log_.latest_first(peer.sent, [&](Transmission& sent) {
        if (!sent.credited && !sent.end.after(ack)) {
          credit(peer, seen.place, sent, seen.now());
          sent.credited = true;
        }
        return sent.end.after(peer.acknowledged);
      });
    }
    peer.acknowledged = ack;
    peer.resent = false;
    peer.error_reported = false;
    me.lowest_window = me.window_seen && me.scale_known ? me.window : 0xffffffff;
    if (peer.retransmitting && !ack.before(peer.retransmitted_to)) peer.retransmitting = false;
    if (peer.loss || peer.conversation != kNoConversation) watch_progress(seen);
  } else if (peer.loss && !first && is_duplicate_ack(seen, former_window)) {
    peer.loss->duplicate_ack(seen.now());
  }
  if (segment.sack_count != 0) take_selective_acknowledgments(seen);
}

bool Analyzer::Engine::is_duplicate_ack(const Sighting& seen, std::uint32_t former_window) const {
  // RFC 5681 §2: no data, no SYN or FIN, the same window; a keep-alive lies below SND.NXT. A copy from
  // another interface is none either.
  const TcpSegment& segment = *seen.segment;
  return segment.acknowledgment == seen.peer.acknowledged && segment.end() == segment.sequence &&
         segment.sack_count == 0 && segment.sequence == seen.sender.next &&
         seen.sender.window == former_window &&
         link_tag(seen.observation.link, seen.datagram.level) == seen.sender.link_tag;
}

void Analyzer::Engine::take_selective_acknowledgments(Sighting& seen) {
  Direction& peer = seen.peer;
  const TcpSegment& segment = *seen.segment;
  log_.latest_first(peer.sent, [&](Transmission& sent) {
    if (peer.sent.head == 0) return false;
    for (std::uint8_t i = 0; i < segment.sack_count; ++i) {
      const SackBlock& block = segment.sacks[i];
      if (!block.right.after(segment.acknowledgment)) continue;  // D-SACK, RFC 2883
      if (sent.begin.before(block.left) || sent.end.after(block.right)) continue;
      if (sent.credited) continue;  // blocks repeat with every ACK
      credit(peer, seen.place, sent, seen.now());
      sent.credited = true;
      if (peer.loss && !sent.super_segment) {
        peer.loss->selectively_acked(DatagramLength(smallest_transmission(peer.sent, sent)));
      }
    }
    return sent.end.after(peer.acknowledged);
  });
  if (peer.loss && (peer.super_segment || peer.super_segments)) note_sacked_parts(seen);
}

std::uint32_t Analyzer::Engine::smallest_transmission(const TransmissionChain& chain,
                                                      const Transmission& of) {
  // Karn: bytes that were sent at several sizes credit the smallest only. A frame that acknowledges many
  // transmissions asks many times; past the bound the larger size counts, which acquits.
  std::uint32_t smallest = of.length;
  if (look_back_left_ == 0) return smallest;
  log_.latest_first(chain, [&](const Transmission& other) {
    if (!other.begin.after(of.begin) && other.end.after(of.begin)) {
      smallest = std::min(smallest, other.dont_fragment ? other.length : 0);
    }
    return other.frame > of.frame && --look_back_left_ != 0;
  });
  return smallest;
}

void Analyzer::Engine::credit(Direction& owner, std::uint32_t flow, const Transmission& passed,
                              Timestamp now) {
  if (!owner.retransmitting) {
    owner.peer_round_trip_us = round_trip_microseconds(now - passed.time);
  }
  // Without DF the network may have cut it to any size.
  if (!passed.dont_fragment) return;
  const bool may_refute = owner.knowledge && passed.oversize && contradicts(*owner.knowledge, passed);
  const bool matters_to_others = watched_ != 0 && owner.path != Direction::kNoPath;
  if (passed.length <= owner.largest_passed && !may_refute && !matters_to_others) return;
  if (passed.super_segment) {
    if (owner.path != Direction::kNoPath) paths_[owner.path].super_segment_passed = true;
    return;
  }
  const std::uint32_t length =
      owner.retransmitting ? smallest_transmission(owner.sent, passed) : passed.length;
  owner.largest_passed = std::max(owner.largest_passed, length);
  if (owner.path != Direction::kNoPath) {
    Path& path = paths_[owner.path];
    path.largest_passed = std::max(path.largest_passed, length);
    path.last_passed_sent_at = passed.time;
    path.last_passed_length = length;
    path.last_passed_flow = flow;
  }
  if (may_refute && owner.knowledge->exceeded_by(DatagramLength(length))) refute(owner);
  if (owner.conversation != kNoConversation && !owner.knowledge)
    acquit_sibling(owner, DatagramLength(length));
}

bool Analyzer::Engine::is_copy(const Sighting& seen) {
  // The same datagram from another interface, VLAN or encapsulation, or forwarded (another TTL). Equal
  // content alone can be a real repeat.
  constexpr int kWithin = 32;
  const TcpSegment& segment = *seen.segment;
  const std::uint16_t tag = link_tag(seen.observation.link, seen.datagram.level);
  bool copy = false;
  int left = kWithin;
  log_.latest_first(seen.sender.sent, [&](const Transmission& sent) {
    if (sent.begin == segment.sequence && sent.end == segment.end() &&
        (sent.checksum == segment.checksum || sent.ttl != seen.datagram.ttl) &&
        sent.length == seen.datagram.length.value() &&
        (!segment.has_timestamps || sent.timestamp_value == segment.timestamp_value)) {
      const auto identification = static_cast<std::uint16_t>(seen.datagram.identification);
      const bool same_datagram = identification != 0 && identification == sent.identification;
      // IPv6 has no identification (and RFC 6864 lets IPv4 leave it out): the clock of RFC 7323 has to do.
      const bool same_content = identification == 0 && sent.identification == 0 && segment.has_timestamps;
      // Forwarded: TTL and nothing else differs, save a checksum that a virtual link had left for later.
      // Through a bridge or a mirror, only a time far below the round trip tells a copy from a repeat.
      const bool forwarded = sent.ttl != seen.datagram.ttl;
      const bool elsewhere = forwarded || sent.link_tag != tag;
      const Duration apart = seen.now() - sent.time;
      const Duration half_round_trip = Duration::microseconds(seen.sender.peer_round_trip_us / 2);
      const Duration near =
          std::clamp(half_round_trip, Duration::milliseconds(1), Duration::milliseconds(20));
      // The same datagram from the same place is a copy, too (a mirror port that shows both directions of a
      // switch), but only at once: the identification wraps, and content may really be repeated.
      const Duration limit = same_datagram && elsewhere      ? Duration::seconds(1)
                             : forwarded                     ? Duration::milliseconds(100)
                             : elsewhere                     ? near
                             : same_datagram || same_content ? Duration::milliseconds(1)
                                                             : Duration{};
      copy = apart < limit;
    }
    return !copy && --left > 0;
  });
  return copy;
}

bool Analyzer::Engine::is_super_segment(const Sighting& seen) const {
  // RFC 9293 §3.7.1 MUST-16: payload and options fit the MSS that the receiver announced.
  const Datagram& datagram = seen.datagram;
  if (datagram.length_unknown) return true;
  const TcpSegment& segment = *seen.segment;
  if (seen.peer.mss != 0) return segment.payload_length + segment.option_length() > seen.peer.mss;
  // No SYN was captured: more than an Ethernet frame may be a jumbo LAN or offload. Cannot tell, so not
  // judged.
  constexpr std::uint32_t kEthernet = 1500;
  return datagram.length.value() > kEthernet;
}

void Analyzer::Engine::note_offload(Sighting& seen) {
  if (seen.peer.mss == 0 && !seen.datagram.length_unknown) return;  // only perhaps
  const std::uint32_t path = ensure_path(seen.flow, seen.side);
  if (path != PathTable::kNone) paths_[path].super_segment_seen = true;
  // One odd segment is no property of a host: several, or one as long as two, are.
  const bool long_as_two = seen.segment->payload_length >= 2U * seen.peer.mss;
  if (!seen.sender.super_segment && !long_as_two) {
    seen.sender.super_segment = true;
    return;
  }
  seen.sender.super_segments = true;
  if (offload_hosts_.size() < preferences_.max_paths) offload_hosts_.insert(seen.datagram.source);
  if (seen.sender.knowledge) reconsider_refutation(seen.sender);
  if (coverage_.offload) return;
  coverage_.offload = true;
  Finding finding;
  finding.frame = seen.frame();
  finding.kind = FindingKind::offload;
  finding.severity = Severity::note;
  finding.length = seen.datagram.length;
  finding.dont_fragment = seen.datagram.dont_fragment;
  finding.level = seen.datagram.level;
  finding.count = seen.peer.mss;
  findings_.add(finding);
}

std::uint32_t Analyzer::Engine::ensure_path(Flow& flow, unsigned side) {
  Direction& direction = flow.side[side];
  if (direction.path == Direction::kNoPath) {
    direction.path = paths_.find_or_add(directed_key(flow, side).path);
    if (direction.path != PathTable::kNone) paths_.hold(direction.path);
  }
  return direction.path;
}

void Analyzer::Engine::note_size(Sighting& seen) {
  const std::uint32_t length = seen.datagram.length.value();
  Direction& me = seen.sender;
  if (length <= me.largest_sent || seen.super_segment) return;
  me.largest_sent = length;
  if (length < kPathMattersFrom) return;
  const std::uint32_t path = ensure_path(seen.flow, seen.side);
  if (path == PathTable::kNone) return;
  paths_[path].largest_seen = std::max(paths_[path].largest_seen, length);
  paths_[path].largest_passed = std::max(paths_[path].largest_passed, me.largest_passed);
}

Transmission& Analyzer::Engine::log_transmission(Sighting& seen) {
  Transmission& sent = log_.append(seen.sender.sent);
  sent.time = seen.now();
  sent.length = seen.datagram.length.value();
  sent.frame = seen.frame();
  sent.direction = seen.direction_id();
  sent.identification = static_cast<std::uint16_t>(seen.datagram.identification);
  sent.link_tag = link_tag(seen.observation.link, seen.datagram.level);
  sent.ttl = seen.datagram.ttl;
  sent.super_segment = seen.super_segment;
  sent.dont_fragment = seen.datagram.dont_fragment && !seen.datagram.is_fragment();
  if (seen.segment != nullptr) {
    sent.begin = seen.segment->sequence;
    sent.end = seen.segment->end();
    sent.timestamp_value = seen.segment->timestamp_value;
    sent.checksum = seen.segment->checksum;
  } else {
    sent.checksum = content_mark(seen.datagram, seen.payload());
  }
  return sent;
}

void Analyzer::Engine::observe_portless_or_udp(Sighting& seen) {
  Direction& me = seen.sender;
  if (!me.seen) {
    me.seen = true;
    me.link_tag = link_tag(seen.observation.link, seen.datagram.level);
  }
  me.ttl = seen.datagram.ttl;
  if (seen.datagram.carries == Encapsulation::quic) me.quic = true;
  seen.super_segment = seen.datagram.length_unknown;
  // A copy from another interface: same identification (where there is one), checksum and length, another TTL
  // or link. From a mirror port that shows both directions of a switch it comes at once.
  if (const Transmission* last = log_.get(me.sent.tail)) {
    const bool other_place = last->ttl != seen.datagram.ttl ||
                             last->link_tag != link_tag(seen.observation.link, seen.datagram.level);
    const bool same_content =
        last->length == seen.datagram.length.value() &&
        last->identification == static_cast<std::uint16_t>(seen.datagram.identification) &&
        last->checksum == content_mark(seen.datagram, seen.payload());
    const Duration limit = other_place ? Duration::milliseconds(20) : Duration::milliseconds(1);
    if (same_content && seen.now() - last->time < limit) return;
  }
  note_size(seen);
  Transmission& sent = log_transmission(seen);
  if (me.knowledge || paths_.any_hinted()) judge(seen, sent);
}

}  // namespace pmtu
