// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/judgement.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "pmtu/protocol_sizes.h"
#include "rules/make_finding.h"
#include "rules/thresholds.h"
#include "track/hops.h"

namespace pmtu {
namespace {

bool is_tcp(const Sighting& seen) {
  return seen.segment != nullptr;
}

bool is_echo(const Sighting& seen) {
  return seen.datagram->transport == TransportKind::icmp || seen.datagram->transport == TransportKind::icmpv6;
}

/// RFC 8899 §6.2.1: how SCTP looks for a larger path MTU. What carries data is none.
bool is_padded_heartbeat(const Datagram& datagram) {
  return datagram.sctp.has(sctp_chunk::heartbeat) && datagram.sctp.has(sctp_chunk::pad) &&
         !datagram.sctp.has(sctp_chunk::data);
}

/// rule: offload. An SCTP packet whose bundle no Ethernet takes at once may be several on the wire, each with
/// chunks that fit (Linux cuts such packets late, as those of TCP).
bool may_be_several(const Datagram& datagram, const Knowledge& known) {
  if (datagram.transport != TransportKind::sctp || datagram.sctp.data_chunks < 2) return false;
  constexpr std::uint32_t kCommonHeader = 12;  // RFC 9260 §3.1
  const std::uint32_t longest = datagram.header_length + kCommonHeader + datagram.sctp.longest_data;
  return datagram.length.value() > kEthernetMtu && !known.exceeded_by(DatagramLength(longest));
}

/// Chunks of SCTP that were not sent before what the hint quotes. Unless its TSN was quoted nobody can tell.
bool may_be_new_data(const Datagram& datagram, const std::optional<SequenceNumber>& quoted_tsn) {
  if (datagram.transport != TransportKind::sctp || !datagram.sctp.has(sctp_chunk::data)) return false;
  return !quoted_tsn || datagram.sctp.first_tsn.after(*quoted_tsn);
}

/// More than half of what the path takes: no keep-alive, no request, but data made to fit.
bool reduces(const Knowledge& known, DatagramLength length) {
  const std::uint32_t limit =
      known.hint().mtu ? known.hint().mtu->value() : known.hint().quoted_length.value();
  return length.value() * 2 >= limit;
}

/// What was too large before the hint was no more than the tries of a search at one size.
bool was_lone(const Knowledge& known, const Direction& sender, const SentLog& log) {
  std::uint32_t larger = 0;
  log.latest_first(sender.sent, [&](const Transmission& sent) {
    if (sent.frame < known.hint().frame && known.exceeded_by(DatagramLength(sent.length))) ++larger;
    return larger <= threshold::probes_of_one_size;
  });
  return larger <= threshold::probes_of_one_size;
}

/// Datagrams as large as this one that the gap before it may have taken.
std::uint32_t datagrams_missing_before(const Sighting& seen) {
  if (!seen.leaves_gap() || seen.payload_length() == 0) return 0;
  constexpr std::int32_t kMost = 1 << 20;
  const std::int32_t gap = SequenceNumber::distance(seen.next_before, seen.segment->sequence);
  return (static_cast<std::uint32_t>(std::min(gap, kMost)) + seen.payload_length() - 1) /
         seen.payload_length();
}

/// rule: ipsec. RFC 4301 §6.1.1: an end may be configured to refuse ICMP that nobody authenticated. Seen at
/// its link is not accepted, then.
bool is_protected(const Datagram& datagram) {
  return datagram.authenticated || datagram.carries == Encapsulation::esp ||
         datagram.carries == Encapsulation::udp_esp;
}

/// rule: delivered. The TTL of what a tunnel carries counts no router on the tunnel's own way. The link is
/// that of the sender where its own address begins the tunnel here, or where an IP header directly inside
/// another shows no hop: whoever forwards into such a tunnel counts as one (RFC 2003 §3.1).
bool may_be_far_inside_a_tunnel(const Observation& observation, const Datagram& datagram) {
  for (std::uint8_t level = 0; level < datagram.level; ++level) {
    const Datagram& outer = observation.datagrams[level];
    if (hops_from_ttl(outer.ttl) != 0) return true;
    if (outer.carries != Encapsulation::ip_in_ip && outer.source != datagram.source) return true;
  }
  return false;
}

/// rule: fragments. A router may fragment in IPv4 what DF does not forbid; in IPv6 (RFC 8201 §4) each
/// fragment has to fit, and a fragment header alone (RFC 6946) makes nothing smaller.
bool is_fragmented(const Datagram& datagram) {
  return !datagram.dont_fragment || datagram.is_fragment() ||
         (datagram.has_fragment_header && datagram.version == IpVersion::v6);
}

}  // namespace

void Judgement::take_reflections(const Sighting& seen, Events& events) {
  if (known_.empty() || !is_tcp(seen)) return;
  const DirectionId owner = seen.direction.opposite();
  if (Knowledge* const known = known_.find(owner)) {
    known->passed_toward_sender(*seen.segment, seen.now(), preferences_.processing_slack);
    for (const Arrival& arrival : seen.arrivals) {
      // Sent after the hint; or the very datagram that the hint says was dropped.
      const bool contradicts =
          arrival.frame > known->hint().frame || arrival.frame == known->hint().quoted_frame;
      const bool size_known = arrival.dont_fragment && !arrival.super_segment &&
                              !facts_.segments_late(facts_.key(owner).path.source);
      if (contradicts && size_known && known->exceeded_by(DatagramLength(arrival.smallest)))
        refute(owner, *known, events);
    }
  }
  if (Knowledge* const known = known_.find(seen.direction)) {
    known->sent(*seen.segment, seen.now());
    // What arrived was of unknown size on the wire, as comes to light now; it drew no other hint, so it was
    // small.
    if (seen.explains_offload && known->refuted() && known->re_elicited == 0) {
      known->obey(seen.frame());
      events.add(seen.direction, event::RefutationWithdrawn{});
      events.add(seen.direction, event::Reduced{std::nullopt, seen.now()});
    }
  }
}

void Judgement::judge(const Sighting& seen, Events& events) {
  if (seen.sent == nullptr) return;
  Knowledge* const known = known_.find(seen.direction);
  if (known == nullptr) return judge_unhinted_flow(seen, events);
  known->passed(seen.now(), datagrams_missing_before(seen));
  if (!known->may_refuse && is_protected(*seen.datagram)) {
    known->may_refuse = true;
    events.add(seen.direction, event::MayRefuseHints{});
  }
  if (!known->delivered && is_delivered(seen, *known)) {
    known->delivered = true;
    events.add(seen.direction, event::HintDelivered{});
  }
  if (is_tcp(seen) && !seen.is_new) events.add(seen.direction, event::Resent{seen.payload_length()});
  const bool exceeds = known->exceeded_by(seen.datagram->length);
  if (is_fragmented(*seen.datagram) && !(exceeds && seen.datagram->version == IpVersion::v6)) {
    judge_fragmented(seen, *known, events);
  } else if (!exceeds) {
    judge_smaller(seen, *known, events);
    watch_obeying(seen, *known, events);
  } else if (!known->refuted()) {
    judge_larger(seen, *known, events);
  }
  known->note_length(seen.datagram->length);
}

void Judgement::judge_unhinted_flow(const Sighting& seen, Events& events) {
  // rule: not-exercised. Another flow of the path was hinted, and this one fills the path to the byte: the
  // sender keeps what it learnt.
  const Datagram& datagram = *seen.datagram;
  if (!paths_.names(datagram.length) || is_fragmented(datagram) || facts_.hides_wire_size(*seen.sent)) return;
  const PathKey path = facts_.key(seen.direction).path;
  const HintHistory* const history = paths_.find(path);
  const PathMtuHint* const hint =
      history != nullptr ? history->binding(seen.now(), preferences_.hint_max_age) : nullptr;
  if (hint == nullptr || !hint->mtu || datagram.length.value() != hint->mtu->value()) return;
  if (!paths_.note_kept(path, hint->frame)) return;
  Finding finding = finding_about(FindingKind::honoured, Severity::chat, seen);
  measure_against(finding, *hint, seen.now());
  events.add(DirectionId{}, event::Remark{finding});
}

void Judgement::judge_fragmented(const Sighting& seen, Knowledge& known, Events& events) {
  // rule: df-cleared. RFC 1191 §3: clearing DF, or fragmenting at the source, is the other way to comply.
  if (!known.met_larger || known.fragmented) return;
  known.fragmented = true;
  Finding finding = finding_about(FindingKind::honoured, Severity::chat, seen);
  measure_against(finding, known.hint(), seen.now());
  events.add(seen.direction, event::Fragmented{finding});
}

bool Judgement::comes_again_smaller(const Sighting& seen, const Knowledge& known) const {
  if (!is_tcp(seen) || seen.is_new) return false;
  const Direction& me = facts_[seen.direction];
  const SequenceNumber begin = seen.segment->sequence;
  std::vector<const Transmission*> too_big_since;
  bool resized = false;
  facts_.log().latest_first(me.sent, [&](const Transmission& earlier) {
    // The last piece of a super-segment was small on the wire before, too.
    const bool too_big = earlier.frame != seen.frame() && !facts_.hides_wire_size(earlier) &&
                         known.exceeded_by(DatagramLength(earlier.length));
    const bool covers = !begin.before(earlier.begin) && begin.before(earlier.end);
    if (too_big && covers) {
      // A remnant is no obedience while another piece of the same bytes is still too big.
      resized = std::none_of(too_big_since.begin(), too_big_since.end(), [&](const Transmission* piece) {
        return piece->begin.before(earlier.end) && piece->end.after(earlier.begin);
      });
      return false;
    }
    if (too_big) too_big_since.push_back(&earlier);
    return earlier.end.after(me.acknowledged);
  });
  return resized;
}

bool Judgement::is_sent_again(const Sighting& seen) const {
  // Other transports do not show which bytes come again. Lower numbers alone are no repetition: captures show
  // datagrams out of order.
  if (!is_tcp(seen) || seen.is_new) return false;
  bool again = false;
  facts_.log().latest_first(facts_[seen.direction].sent, [&](const Transmission& earlier) {
    again = earlier.frame != seen.frame() && earlier.begin.before(seen.segment->end()) &&
            earlier.end.after(seen.segment->sequence);
    return !again;
  });
  return again;
}

bool Judgement::was_usual_before(const Sighting& seen, const Knowledge& known) const {
  const DatagramLength length = seen.datagram->length;
  if (known.usual_length == length) return true;
  if (known.last_length == length) return false;  // asked before
  bool before = false;
  facts_.log().latest_first(facts_[seen.direction].sent, [&](const Transmission& sent) {
    before = sent.frame < known.hint().quoted_frame && sent.length == length.value();
    return !before;
  });
  return before;
}

void Judgement::judge_smaller(const Sighting& seen, Knowledge& known, Events& events) {
  if (known.obeyed()) return;
  const DatagramLength length = seen.datagram->length;
  // rule: obeyed. Bytes that went oversize come again in a smaller datagram; or a datagram fills the path,
  // which by chance may happen with the burst that the hint met.
  const bool resized = comes_again_smaller(seen, known);
  const bool by_design = known.last_length == length || known.proof(seen.segment, !is_sent_again(seen),
                                                                    seen.now(), preferences_) != Proof::none;
  const bool fills = by_design && known.fills_path(length);
  // Other transports do not show which bytes come again: a reduced datagram of some size is their compliance,
  // but no proof against a later larger one.
  bool reduced = !is_tcp(seen) && reduces(known, length);
  if (reduced && !known.told_reduced && was_usual_before(seen, known)) {
    // It always sent such datagrams, and what drew the hint was a lone larger one among them.
    known.usual_length = length;
    known.lone_larger = was_lone(known, facts_[seen.direction], facts_.log());
    reduced = false;
    events.add(seen.direction, event::ProbedBefore{});
  }
  if (resized || fills) known.obey(seen.frame());
  // rule: probe. A search that goes on between the two sizes came down from nothing.
  if (known.lone_larger) return;
  if ((!resized && !fills && !reduced) || !known.met_larger || known.told_reduced) return;
  // rule: reduced
  known.told_reduced = true;
  Finding finding = finding_about(FindingKind::honoured, Severity::chat, seen);
  measure_against(finding, known.hint(), seen.now());
  events.add(seen.direction, event::Reduced{finding, seen.now()});
}

void Judgement::watch_obeying(const Sighting& seen, Knowledge& known, Events& events) const {
  // rule: obeyed-and-stalled. It does as it was told, and its bytes do not arrive all the same.
  if (!known.obeyed() || !is_tcp(seen) || seen.is_new) return;
  const SequenceNumber head = facts_[seen.direction].acknowledged;
  if (seen.segment->sequence.after(head) || !seen.segment->end().after(head)) return;
  if (known.stuck.transmissions == 0 || known.stuck.head != head) known.stuck = {head, 0, seen.now()};
  if (++known.stuck.transmissions < preferences_.black_hole_transmissions) return;
  events.add(seen.direction, event::StuckObeying{seen.datagram->length, known.stuck.transmissions,
                                                 known.stuck.begin, seen.now()});
}

bool Judgement::is_probe(const Sighting& seen, const Knowledge& known) const {
  // rule: probe. An isolated larger datagram among neighbours that obey, at most three tries per size
  // (RFC 4821 §7, RFC 8899 §5).
  if (is_echo(seen)) return true;
  if (seen.datagram->transport == TransportKind::sctp) return is_padded_heartbeat(*seen.datagram);
  // QUIC may have nothing to send between the probes of a search, or the capture missed it.
  const bool quic = may_be_quic(seen.direction);
  if (!known.neighbour_obeys() && !quic) return false;
  const bool paced_by_loss =
      !seen.is_new || known.stable_segment == DatagramLength{} || facts_[seen.direction].retransmitting;
  if (is_tcp(seen) && paced_by_loss) return false;
  // Whoever ignored the hint as often as a search tries one size is searching for nothing.
  if (known.marks >= threshold::probes_of_one_size) return false;
  const std::uint32_t tries = known.probe_length == seen.datagram->length ? known.probe_tries : 0;
  const std::uint32_t most = quic ? threshold::probes_of_a_quic_search : threshold::probes_of_a_search;
  return known.probes < most && tries < threshold::probes_of_one_size;
}

bool Judgement::is_delivered(const Sighting& seen, const Knowledge& known) const {
  // rule: delivered. The own link of the sender shows it, nothing else does: what comes through farther away
  // tells that TCP passes, and a filter drops by type.
  const LinkInfo& data = seen.observation->link;
  const LinkInfo& hint = known.hint().link;
  // The sender sees the whole quotation and may have refused what nobody can check here.
  if (!known.hint().checked || known.may_refuse) return false;
  if (may_be_far_inside_a_tunnel(*seen.observation, *seen.datagram)) return false;
  if (hops_from_ttl(seen.datagram->ttl) == 0) {
    if (data.has_addresses && hint.has_addresses && hint.destination_mac == data.source_mac) return true;
    if (data.direction == PacketDirection::outgoing && hint.direction == PacketDirection::to_us) return true;
    // A point-to-point link without addresses: whoever is on it with an initial TTL is its end.
    const bool no_link_layer = !data.has_addresses && data.source_mac == 0 &&
                               data.direction == PacketDirection::unknown && hint.source_mac == 0;
    if (no_link_layer) return true;
  }
  return false;
}

Proof Judgement::proof_against(const Sighting& seen, const Knowledge& known) const {
  const bool again = is_sent_again(seen);
  const Proof proof = known.proof(seen.segment, !again, seen.now(), preferences_);
  // The rest of a window comes for a round trip, and nobody measured how long that is. What is sent again is
  // no rest of a window.
  const bool may_be_the_rest = may_be_new_data(*seen.datagram, known.quoted_tsn) ||
                               (is_tcp(seen) && !again && !known.neighbour_obeys());
  const bool early = known.since_learned(seen.now()) < threshold::longest_round_trip;
  return proof == Proof::default_time && may_be_the_rest && early ? Proof::none : proof;
}

bool Judgement::may_be_refuted(const Sighting& seen, const Knowledge& known) const {
  // rule: said-stands. For a whole round trip nobody knows whether what the hint quotes, or was sent since,
  // arrives: its acknowledgment would show that the hint does not bind.
  if (!is_tcp(seen) || !seen.is_new) return false;
  const Direction& sender = facts_[seen.direction];
  const Direction& receiver = facts_[seen.direction.opposite()];
  if (!receiver.seen) return false;
  const std::uint32_t to_sender = std::max(sender.sender_round_trip_us, sender.handshake_round_trip_us);
  const std::uint32_t to_receiver =
      std::max({sender.peer_round_trip_us, receiver.sender_round_trip_us, receiver.handshake_round_trip_us});
  const Duration round_trip = to_receiver == 0
                                  ? threshold::longest_round_trip
                                  : Duration::microseconds(std::int64_t{to_sender} + to_receiver);
  return known.since_learned(seen.now()) < round_trip + preferences_.processing_slack;
}

void Judgement::judge_larger(const Sighting& seen, Knowledge& known, Events& events) {
  const Proof proof = proof_against(seen, known);
  Finding finding = finding_about(FindingKind::in_flight, Severity::chat, seen);
  measure_against(finding, known.hint(), seen.now());
  finding.proof = proof;
  const SequenceNumber begin = is_tcp(seen) ? seen.segment->sequence : SequenceNumber{};
  if (facts_.hides_wire_size(*seen.sent) || may_be_several(*seen.datagram, known)) {
    // Its own hint, if it draws one, will tell its size.
    if (proof == Proof::none) return;
    known.note_late(seen.frame(), begin, proof, false);
    events.add(seen.direction, event::Unverifiable{});
    return;
  }
  known.met_larger = true;
  if (known.age(seen.now()) > preferences_.hint_max_age) {  // rule: age
    finding.kind = FindingKind::reprobe;
    events.add(seen.direction, event::TriedLarger{finding, false});
    if (is_sent_again(seen) && !known.obeyed()) events.add(seen.direction, event::StallLasted{seen.now()});
    return;
  }
  if (proof == Proof::none) {
    events.add(seen.direction, event::InFlight{finding});
    return;
  }
  if (may_be_refuted(seen, known)) {
    known.note_late(seen.frame(), begin, proof, false);
    finding.proof = Proof::none;
    events.add(seen.direction, event::InFlight{finding});
    return;
  }
  if (known.obeyed()) {
    finding.kind = FindingKind::reprobe;
    events.add(seen.direction, event::TriedLarger{finding, true});
    return;
  }
  const bool quic_may_wait =
      facts_[seen.direction].quic && known.since_learned(seen.now()) < threshold::quic_patience;
  if (is_probe(seen, known) || quic_may_wait) {
    finding.kind = FindingKind::probe;
    known.note_probe(seen.datagram->length);
    events.add(seen.direction, event::TriedLarger{finding, true});
    return;
  }
  accuse(seen, known, finding, events);
}

std::uint32_t Judgement::transmissions(const Sighting& seen) const {
  if (!is_tcp(seen)) return 1;
  const Direction& me = facts_[seen.direction];
  std::uint32_t count = 0;
  facts_.log().latest_first(me.sent, [&](const Transmission& earlier) {
    if (earlier.begin == seen.sent->begin) ++count;
    return earlier.end.after(me.acknowledged);
  });
  return std::max(count, 1U);
}

void Judgement::accuse(const Sighting& seen, Knowledge& known, Finding finding, Events& events) {
  // rule: ignored-hint
  const Proof proof = finding.proof;
  const SequenceNumber begin = is_tcp(seen) ? seen.segment->sequence : SequenceNumber{};
  const DatagramLength length = seen.datagram->length;
  const bool again =
      (is_tcp(seen) && known.was_late_before(begin, length, seen.frame())) || known.insists_on(length);
  known.note_late(seen.frame(), begin, proof, true);
  // Accused already, by a hint that the capture shows before the datagram it quotes.
  if (known.accused_unseen != 0 && seen.sent->identification == known.accused_unseen &&
      seen.now() - known.accused_unseen_at < threshold::disorder) {
    return;
  }
  if (!known.delivered && is_delivered(seen, known)) {
    known.delivered = true;
    events.add(seen.direction, event::HintDelivered{});
  }
  // rule: severity
  const bool full_age = known.age(seen.now()) <= preferences_.hint_full_age;
  finding.kind = FindingKind::ignored_hint;
  finding.severity = again && known.delivered && full_age ? Severity::error : Severity::warn;
  finding.transmission = static_cast<std::uint16_t>(
      std::min<std::uint32_t>(transmissions(seen), std::numeric_limits<std::uint16_t>::max()));
  if (known.hint().quoted_frame != FrameNumber{}) finding.quoted_frame = known.hint().quoted_frame;
  ++known.marks;
  // rule: said-stands. Bytes that are sent again were lost, as the hint says; new ones may be on their way.
  const bool may_fall = (is_tcp(seen) && seen.is_new) || may_be_new_data(*seen.datagram, known.quoted_tsn);
  events.add(seen.direction, event::Ignored{finding, seen.now(), cited(known.hint()), may_fall});
}

void Judgement::take_arrival(DirectionId direction, FrameNumber frame, DatagramLength length,
                             Events& events) {
  Knowledge* const known = known_.find(direction);
  if (known != nullptr && frame > known->hint().frame && known->exceeded_by(length))
    refute(direction, *known, events);
}

void Judgement::refute(DirectionId direction, Knowledge& known, Events& events) {
  // What was larger than the hint, and sent after it, arrived: the hint does not bind this flow (another
  // route, a forged message, a path that changed). Nothing said on its strength holds, for this flow or for
  // the path.
  if (known.refuted()) return;
  known.conduct = Knowledge::Conduct::refuted;
  known.marks = 0;
  paths_.forget(facts_.key(direction).path, known.hint().frame, facts_.last_frame());
  events.add(direction, event::MarksWithdrawn{known.hint().frame});
}

void Judgement::judge_arrival(const Sighting& acknowledgment, Events& events) {
  // Where offload hides the sizes on the wire, or the sender's datagrams were not captured: the quoted bytes
  // arrived in the end and drew no other hint, so they went in datagrams that were small enough.
  if (known_.empty() || !acknowledgment.acknowledges) return;
  const DirectionId owner = acknowledgment.direction.opposite();
  Knowledge* const known = known_.find(owner);
  if (known == nullptr || known->conduct != Knowledge::Conduct::open || known->marks != 0 ||
      known->re_elicited != 0) {
    return;
  }
  const Direction& sender = facts_[owner];
  if (!known->quoted_begin || !sender.acknowledged.after(*known->quoted_begin)) return;
  const bool hidden = known->met_larger && (known->quoted_hides_size ||
                                            facts_.segments_late(acknowledgment.datagram->destination));
  if (sender.seen && !hidden) return;
  known->obey(acknowledgment.frame());
  // Where nothing was seen, nothing would make it compliance.
  if (hidden) events.add(owner, event::Reduced{std::nullopt, acknowledgment.now()});
}

bool Judgement::explains(DirectionId direction, std::uint32_t length, Timestamp now) const {
  // rule: precedence
  const auto below = [&](const PathMtuHint& hint) { return !hint.mtu || hint.mtu->value() < length; };
  const Knowledge* const known = known_.find(direction);
  if (known != nullptr && !known->refuted() && below(known->hint())) return true;
  const PathKey path = facts_.key(direction).path;
  if (paths_.was_cut(path)) return true;
  const HintHistory* const history = paths_.find(path);
  if (history == nullptr) return false;
  const PathMtuHint* const hint = history->binding(now, preferences_.hint_max_age);
  return hint != nullptr && below(*hint);
}

}  // namespace pmtu
