// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "engine.h"

namespace pmtu {
namespace {

constexpr std::uint32_t kMaxProbes = 3;  // MAX_PROBES, RFC 8899 §5.1.2

bool is_ack_clocked(const Datagram& datagram) {
  return datagram.transport == TransportKind::tcp;
}

/// More than half of what the path takes: no keep-alive, no request, but data made to fit.
bool reduces(const Knowledge& known, DatagramLength length) {
  const std::uint32_t limit =
      known.hint().mtu ? known.hint().mtu->value() : known.hint().quoted_length.value();
  return length.value() * 2 >= limit;
}

Finding finding_for(FindingKind kind, Severity severity, const Observation& observation,
                    const Datagram& datagram) {
  Finding finding;
  finding.frame = observation.frame;
  finding.kind = kind;
  finding.severity = severity;
  finding.length = datagram.length;
  finding.dont_fragment = datagram.dont_fragment;
  finding.level = datagram.level;
  return finding;
}

void measure_against(Finding& finding, const PathMtuHint& hint, Timestamp now) {
  finding.path_mtu = hint.mtu;
  finding.hint_frame = hint.frame;
  finding.since_hint = now - hint.time;
}

}  // namespace

void Analyzer::Engine::judge(Sighting& seen, Transmission& sent) {
  Direction& me = seen.sender;
  Knowledge* known = me.knowledge.get();
  if (known == nullptr) {
    const std::uint32_t path = me.path != Direction::kNoPath ? me.path : PathTable::kNone;
    if (const HintHistory* history = paths_.history(path)) judge_sibling(seen, *history);
    return;
  }
  Evidence& evidence = *this->evidence(me);
  evidence.delivered = evidence.delivered || is_delivered(seen, *known, Proof::none);
  if (!seen.super_segment) evidence.largest = std::max(evidence.largest, seen.datagram.length.value());
  if (!seen.is_new && seen.segment != nullptr) evidence.resent_bytes += seen.segment->payload_length;

  const bool by_fragmentation = !seen.datagram.dont_fragment || seen.datagram.is_fragment() ||
                                (seen.datagram.has_fragment_header && seen.datagram.version == IpVersion::v6);
  if (by_fragmentation) {
    // RFC 1191 §3: clearing DF, or fragmenting at the source, is the other way to comply.
    if (known->was_larger && !known->fragmented) {
      known->fragmented = true;
      evidence.fragmented = true;
      Finding finding = finding_for(FindingKind::honoured, Severity::chat, seen.observation, seen.datagram);
      measure_against(finding, known->hint(), seen.now());
      finding.conversation = me.conversation;
      findings_.add(finding);
    }
  } else if (!known->exceeded_by(seen.datagram.length)) {
    judge_smaller(seen, *known);
  } else {
    judge_larger(seen, *known, sent);
  }
  const DatagramLength length = seen.datagram.length;
  known->same_length = length == known->last_length ? known->same_length + 1 : 1;
  known->last_length = length;
  constexpr std::uint32_t kSegmentWorthNaming = 512;
  if (known->same_length >= 2 && length.value() >= kSegmentWorthNaming && !known->exceeded_by(length)) {
    known->stable_segment = length;
  }
}

bool Analyzer::Engine::was_usual_before(const Sighting& seen, Knowledge& known) {
  const DatagramLength length = seen.datagram.length;
  if (known.usual_length == length) return true;
  if (known.last_length == length) return false;  // asked before
  bool before = false;
  log_.latest_first(seen.sender.sent, [&](const Transmission& sent) {
    before = sent.frame < known.hint().quoted_frame && sent.length == length.value();
    return !before;
  });
  if (before) known.usual_length = length;
  return before;
}

void Analyzer::Engine::judge_smaller(Sighting& seen, Knowledge& known) {
  if (known.obeyed) return;
  Direction& me = seen.sender;
  bool resized = false;
  if (seen.segment != nullptr && !seen.is_new) {
    // Bytes that went oversize come again in a smaller datagram.
    const SequenceNumber begin = seen.segment->sequence;
    log_.latest_first(me.sent, [&](const Transmission& earlier) {
      // The last piece of a super-segment was small on the wire before, too.
      resized = !earlier.super_segment && known.exceeded_by(DatagramLength(earlier.length)) &&
                !begin.before(earlier.begin) && begin.before(earlier.end);
      return !resized && earlier.end.after(me.acknowledged);
    });
  }
  // A datagram of just that size may come by chance with the burst that the hint met.
  const bool by_design = known.last_length == seen.datagram.length ||
                         known.proof(seen.segment, seen.now(), preferences_) != Proof::none;
  const bool fills = by_design && known.fills_path(seen.datagram.length);
  // Other transports do not show which bytes come again: a reduced datagram of some size is their compliance,
  // but no proof against a later larger one.
  bool reduced = seen.segment == nullptr && reduces(known, seen.datagram.length);
  if (reduced && !known.told_reduced && was_usual_before(seen, known)) {
    // It always sent such datagrams, and what drew the hint was a lone larger one among them.
    reduced = false;
    Evidence& evidence = *this->evidence(me);
    evidence.probes = std::max(evidence.probes, 1U);
  }
  if (resized || fills) {
    known.obeyed = true;
    known.obeyed_frame = seen.frame();
  }
  if ((!resized && !fills && !reduced) || !known.was_larger || known.told_reduced) return;
  known.told_reduced = true;
  Evidence& evidence = *this->evidence(me);
  evidence.obeyed = true;
  if (!evidence.stall_end) evidence.stall_end = seen.now();
  Finding finding = finding_for(FindingKind::honoured, Severity::chat, seen.observation, seen.datagram);
  measure_against(finding, known.hint(), seen.now());
  finding.conversation = me.conversation;
  findings_.add(finding);
}

bool Analyzer::Engine::hides_wire_size(const Sighting& seen) const {
  return seen.super_segment || (!offload_hosts_.empty() && offload_hosts_.contains(seen.datagram.source));
}

bool Analyzer::Engine::is_probe(const Sighting& seen, Knowledge& known) const {
  // An isolated larger datagram among neighbours that obey, at most three tries per size (RFC 4821 §7, RFC
  // 8899 §5).
  const bool neighbour_obeys = known.last_length != DatagramLength{} && !known.exceeded_by(known.last_length);
  if (seen.datagram.transport == TransportKind::icmp || seen.datagram.transport == TransportKind::icmpv6)
    return true;
  if (is_ack_clocked(seen.datagram)) {
    if (!seen.is_new || known.stable_segment == DatagramLength{} || !neighbour_obeys ||
        seen.sender.retransmitting) {
      return false;
    }
  } else if (!neighbour_obeys) {
    return false;
  }
  if (known.probe_length != seen.datagram.length) {
    known.probe_length = seen.datagram.length;
    known.probe_tries = 0;
  }
  // A search tries a handful of sizes (RFC 8899 §5.3); who goes on for ever is no prober.
  constexpr std::uint32_t kMostOfASearch = 12;
  return known.probes < kMostOfASearch && ++known.probe_tries <= kMaxProbes;
}

bool Analyzer::Engine::is_delivered(const Sighting& seen, const Knowledge& known, Proof proof) const {
  const LinkInfo& data = seen.observation.link;
  const LinkInfo& hint = known.hint().link;
  // The sender sees the whole quotation and may have refused what nobody can check here.
  if (!known.hint().checked) return false;
  if (hops_from_ttl(seen.datagram.ttl) == 0) {
    if (data.has_addresses && hint.has_addresses && hint.destination_mac == data.source_mac) return true;
    if (data.direction == PacketDirection::outgoing && hint.direction == PacketDirection::to_us) return true;
    // A point-to-point link without addresses: whoever is on it with an initial TTL is its end.
    const bool no_link_layer = !data.has_addresses && data.source_mac == 0 &&
                               data.direction == PacketDirection::unknown && hint.source_mac == 0;
    if (no_link_layer) return true;
  }
  return proof == Proof::causal && known.causally_delivered();
}

void Analyzer::Engine::judge_larger(Sighting& seen, Knowledge& known, Transmission& sent) {
  Direction& me = seen.sender;
  Evidence& evidence = *this->evidence(me);
  Proof proof = known.proof(seen.segment, seen.now(), preferences_);
  // The rest of a window comes for a round trip, and nobody measured how long that is. What is sent again is
  // no rest of a window.
  constexpr Duration kLongestRoundTrip = Duration::seconds(1);
  const bool smaller_came = known.last_length != DatagramLength{} && !known.exceeded_by(known.last_length);
  const bool may_be_the_rest = seen.segment != nullptr && seen.is_new && !smaller_came;
  if (proof == Proof::default_time && may_be_the_rest && known.since_learned(seen.now()) < kLongestRoundTrip)
    proof = Proof::none;
  sent.oversize = true;
  const Duration age = known.age(seen.now());
  Finding finding = finding_for(FindingKind::in_flight, Severity::chat, seen.observation, seen.datagram);
  measure_against(finding, known.hint(), seen.now());
  finding.conversation = me.conversation;
  finding.proof = proof;

  if (known.refuted) return;
  if (hides_wire_size(seen)) {
    sent.super_segment = true;
    sent.proof = proof;  // its own hint, if it draws one, will tell its size
    evidence.offload = true;
    if (proof != Proof::none) ++evidence.unverifiable;
    return;
  }
  known.was_larger = true;
  evidence.was_larger = true;
  if (age > preferences_.hint_max_age) {
    finding.kind = FindingKind::reprobe;
    findings_.add(finding);
    return;
  }
  if (proof == Proof::none) {
    ++evidence.in_flight_packets;
    findings_.add(finding);
    return;
  }
  if (known.obeyed) {
    finding.kind = FindingKind::reprobe;
    ++evidence.probes;
    findings_.add(finding);
    return;
  }
  constexpr Duration kQuicPatience = Duration::seconds(10);
  const bool quic_may_wait = me.quic && known.since_learned(seen.now()) < kQuicPatience;  // RFC 8899 §4.6.1
  if (is_probe(seen, known) || quic_may_wait) {
    finding.kind = FindingKind::probe;
    ++evidence.probes;
    ++known.probes;
    findings_.add(finding);
    return;
  }

  sent.proof = proof;
  // Accused already, by a hint that the capture shows before the datagram it quotes.
  constexpr Duration kDisorder = Duration::milliseconds(100);
  if (known.accused_unseen != 0 && sent.identification == known.accused_unseen &&
      seen.now() - known.accused_unseen_at < kDisorder) {
    sent.marked = true;
    return;
  }
  std::uint32_t transmissions = 1;
  std::uint32_t late_before = 0;
  if (seen.segment != nullptr) {
    log_.latest_first(me.sent, [&](const Transmission& earlier) {
      if (earlier.frame != sent.frame && earlier.begin == sent.begin) {
        ++transmissions;
        if (earlier.oversize && earlier.proof != Proof::none) ++late_before;
      }
      return earlier.end.after(me.acknowledged);
    });
  }
  evidence.delivered = evidence.delivered || is_delivered(seen, known, proof);
  const bool again = late_before > 0 || known.re_elicited >= 2;
  finding.kind = FindingKind::ignored_hint;
  finding.severity =
      again && evidence.delivered && age <= preferences_.hint_full_age ? Severity::error : Severity::warn;
  finding.transmission = static_cast<std::uint16_t>(std::min(transmissions, 0xffffU));
  if (known.hint().quoted_frame != FrameNumber{}) finding.quoted_frame = known.hint().quoted_frame;
  sent.marked = true;
  ++known.marks;
  known.marked_bytes += seen.datagram.length.value();
  accuse(evidence, finding, seen.datagram.length);
  evidence.stall_end = seen.now();
  tell_one_way_clamp(seen.flow, seen.side, known.hint().mtu ? known.hint().mtu->value() : 0, seen.frame());
}

void Analyzer::Engine::accuse(Evidence& evidence, const Finding& finding, DatagramLength length) {
  findings_.add(finding);
  ++evidence.ignored_packets;
  evidence.ignored_bytes += length.value();
  evidence.last_ignored_frame = finding.frame;
  evidence.largest = std::max(evidence.largest, length.value());
  if (evidence.ignored_frames.size() < preferences_.max_listed_frames)
    evidence.ignored_frames.push_back(finding.frame);
}

bool Analyzer::Engine::contradicts(const Knowledge& knowledge, const Transmission& arrived) {
  // Sent after the hint; or the very datagram that the hint says was dropped.
  return arrived.frame > knowledge.hint().frame || arrived.frame == knowledge.hint().quoted_frame;
}

void Analyzer::Engine::refute(Direction& direction) {
  // What was larger than the hint, and sent after it, arrived: the hint does not bind this flow (another
  // route, a forged message, a path that changed). Nothing said on its strength holds, for this flow or for
  // the path.
  Knowledge& known = *direction.knowledge;
  if (known.refuted) return;
  known.refuted = true;
  const FrameNumber since = known.hint().frame;
  paths_.forget(direction.path, since, last_frame_);
  Evidence& evidence = *this->evidence(direction);
  evidence.refuted = true;
  if (known.marks == 0) return;
  findings_.retract(FindingKind::ignored_hint, direction.conversation, since);
  evidence.ignored_packets -= std::min(evidence.ignored_packets, known.marks);
  evidence.ignored_bytes -= std::min(evidence.ignored_bytes, known.marked_bytes);
  std::erase_if(evidence.ignored_frames, [&](FrameNumber frame) { return frame >= since; });
  known.marks = 0;
}

void Analyzer::Engine::judge_arrival(const Sighting& acknowledgment) {
  // Where offload hides the sizes on the wire, or the sender's datagrams were not captured: the quoted bytes
  // arrived in the end and drew no other hint, so they went in datagrams that were small enough.
  Direction& sender = acknowledgment.peer;
  Knowledge& known = *sender.knowledge;
  if (known.obeyed || known.refuted || known.marks != 0 || known.re_elicited != 0) return;
  if (!known.quoted_begin || !sender.acknowledged.after(*known.quoted_begin)) return;
  const bool hidden = known.was_larger && (known.quoted_hides_size ||
                                           offload_hosts_.contains(acknowledgment.datagram.destination));
  if (sender.seen && !hidden) return;
  known.obeyed = true;
  known.obeyed_frame = acknowledgment.frame();
  if (!hidden) return;  // nothing was seen that would make it compliance
  Evidence& evidence = *this->evidence(sender);
  evidence.obeyed = true;
  if (!evidence.stall_end) evidence.stall_end = acknowledgment.now();
}

void Analyzer::Engine::judge_sibling(Sighting& seen, const HintHistory& history) {
  // Another flow of the path was hinted. Policy routing and multipath exist, so this is weaker; and the first
  // burst is legitimate: only what is sent again, and was never acknowledged at such a size, is told.
  if (!history.in_force || !history.in_force->mtu || seen.segment == nullptr || seen.is_new) return;
  const PathMtuHint& hint = *history.in_force;
  Direction& me = seen.sender;
  const std::uint32_t length = seen.datagram.length.value();
  if (!seen.datagram.dont_fragment || seen.datagram.is_fragment() || length <= hint.mtu->value() ||
      length <= me.largest_passed || hides_wire_size(seen) || !me.ack_seen || seen.peer.rst_seen ||
      seen.now() - history.refreshed > preferences_.hint_max_age ||
      seen.now() - hint.time < preferences_.reaction_time) {
    return;
  }
  std::uint32_t transmissions = 1;
  Timestamp first_sent = seen.now();
  log_.latest_first(me.sent, [&](const Transmission& earlier) {
    if (earlier.frame != seen.frame() && earlier.begin == seen.segment->sequence &&
        earlier.length >= length) {
      ++transmissions;
      first_sent = earlier.time;
    }
    return earlier.end.after(me.acknowledged);
  });
  if (transmissions < 2 || seen.now() - first_sent < preferences_.reaction_time) return;
  Evidence& evidence = evidence_of(seen.flow, seen.side);
  Finding finding =
      finding_for(FindingKind::ignored_sibling_hint, transmissions >= 3 ? Severity::warn : Severity::note,
                  seen.observation, seen.datagram);
  measure_against(finding, hint, seen.now());
  finding.conversation = me.conversation;
  finding.transmission = static_cast<std::uint16_t>(std::min(transmissions, 0xffffU));
  findings_.add(finding);
  ++evidence.sibling_packets;
  evidence.largest = std::max(evidence.largest, length);
  evidence.path_mtu = hint.mtu;
  if (!evidence.stall_begin) evidence.stall_begin = first_sent;
  evidence.stall_end = seen.now();
}

void Analyzer::Engine::reconsider_refutation(const Direction& offloading) {
  // What arrived was of unknown size on the wire, as comes to light now; it drew no other hint, so it was
  // small.
  Knowledge& known = *offloading.knowledge;
  if (!known.refuted || known.re_elicited != 0) return;
  known.refuted = false;
  known.obeyed = true;
  known.obeyed_frame = last_frame_;
  Evidence& evidence = *this->evidence(offloading);
  evidence.refuted = false;
  evidence.obeyed = true;
}

void Analyzer::Engine::acquit_sibling(const Direction& direction, DatagramLength arrived) {
  // What is larger than the other flow's hint arrived after all: this flow takes another way.
  Evidence& evidence = *this->evidence(direction);
  if (evidence.sibling_packets == 0 || !evidence.path_mtu || arrived.value() <= evidence.path_mtu->value())
    return;
  evidence.sibling_packets = 0;
  evidence.path_mtu.reset();
  findings_.retract(FindingKind::ignored_sibling_hint, direction.conversation, FrameNumber{});
}

void Analyzer::Engine::judge_tunnel(const Observation& observation) {
  // RFC 2003 §4.1, RFC 4459 §3.2: who encapsulates should relay to the inner sender what it was told of the
  // outer path.
  const auto layers = observation.layers();
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    const Datagram& outer = layers[i];
    const Datagram& inner = layers[i + 1];
    if (!outer.dont_fragment || outer.is_fragment() || !inner.dont_fragment || inner.is_fragment()) continue;
    if (outer.carries == Encapsulation::none || inner.transport != TransportKind::tcp ||
        inner.tcp.payload_length == 0) {
      continue;
    }
    const HintHistory* history = paths_.history(paths_.find({outer.source, outer.destination}));
    if (history == nullptr || !history->in_force || !history->in_force->mtu) continue;
    const PathMtuHint& hint = *history->in_force;
    const Duration since = observation.time - hint.time;
    if (outer.length.value() <= hint.mtu->value() || since < Duration::seconds(1) ||
        observation.time - history->refreshed > preferences_.hint_max_age) {
      continue;
    }
    const HintHistory* relayed = paths_.history(paths_.find({inner.source, inner.destination}));
    if (relayed != nullptr && relayed->in_force && relayed->refreshed >= hint.time) continue;
    const FlowTable::Entry entry = flows_.find(
        {{inner.source, inner.destination}, inner.source_port, inner.destination_port, inner.protocol});
    if (entry.place == FlowTable::kNone) continue;
    Flow& flow = flows_[entry.place];
    Direction& sender = flow.side[entry.side];
    // The same inner bytes again: nobody told the inner sender, and nothing arrives.
    const bool sent_again = sender.retransmitting && sender.ack_seen &&
                            !inner.tcp.sequence.after(sender.acknowledged) &&
                            inner.tcp.end().after(sender.acknowledged);
    // A relayed hint leaves on the inner link: where only the outer one was captured it cannot be seen.
    if (!sent_again || !sender.seen_outermost || offload_hosts_.contains(inner.source)) continue;
    Evidence& evidence = evidence_of(flow, entry.side);
    if (evidence.tunnel_told) continue;
    evidence.tunnel_told = true;
    Finding finding = finding_for(FindingKind::tunnel_hint_not_relayed, Severity::warn, observation, inner);
    measure_against(finding, hint, observation.time);
    finding.conversation = sender.conversation;
    finding.reporter = outer.source;
    findings_.add(finding);
  }
}

void Analyzer::Engine::tell_one_way_clamp(const Flow& flow, unsigned side, std::uint32_t limit,
                                          FrameNumber frame) {
  // The failing direction is the one whose receiver's SYN is not clamped; the other one's SYN was.
  const Direction& sender = flow.side[side];
  const Direction& receiver = flow.side[1 - side];
  Evidence& evidence = *this->evidence(sender);
  const std::uint32_t headers = flow.key.version() == IpVersion::v4 ? 40 : 60;
  if (evidence.clamp_told || limit == 0 || sender.mss == 0 || receiver.mss == 0) return;
  if (receiver.mss + headers <= limit || sender.mss + headers > limit) return;
  evidence.clamp_told = true;
  Finding finding;
  finding.frame = frame;
  finding.kind = FindingKind::mss_clamped_one_way;
  finding.severity = Severity::warn;
  finding.conversation = sender.conversation;
  finding.path_mtu = Mtu(limit);
  finding.related_frame = flow.first_frame;
  finding.count = receiver.mss;
  findings_.add(finding);
}

}  // namespace pmtu
