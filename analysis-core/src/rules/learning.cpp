// SPDX-License-Identifier: GPL-2.0-or-later
// What an accepted hint teaches: the epoch that it begins, and what it proves of datagrams that it quotes.
#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "rules/judgement.h"
#include "rules/make_finding.h"
#include "rules/thresholds.h"

namespace pmtu {
namespace {

PathMtuHint hint_of(const PacketTooBig& message, const HintExamination& examined) {
  PathMtuHint hint;
  hint.mtu = message.next_hop_mtu;
  hint.reporter = message.reporter;
  hint.remark = examined.remark;
  hint.quoted_length = examined.length;
  hint.frame = message.frame;
  if (examined.quoted != nullptr) hint.quoted_frame = examined.quoted->frame;
  hint.time = message.time;
  hint.link = message.link;
  hint.checked = message.quote->protocol != ip_protocol::tcp || message.quote->has_sequence;
  return hint;
}

bool quotes_tcp_bytes(const PacketTooBig& message) {
  return message.quote->protocol == ip_protocol::tcp && message.quote->has_sequence;
}

bool is_icmp(std::uint8_t protocol) {
  return protocol == ip_protocol::icmp || protocol == ip_protocol::icmpv6;
}

}  // namespace

HintRemark Judgement::learn(const PacketTooBig& message, const HintExamination& examined, Events& events) {
  const DirectionId id = examined.direction;
  const PathMtuHint hint = hint_of(message, examined);
  // rule: hint-quic. RFC 9000 §14.2.1: QUIC cannot go below 1200 bytes of payload and must ignore what asks
  // for it.
  const std::uint32_t quic_minimum = kQuicMinimumPayload + kUdpHeader + ip_header(message.recipient.version);
  if (hint.mtu && hint.mtu->value() < quic_minimum && may_be_quic(id)) {
    events.add(id, event::BelowQuicMinimum{facts_[id].quic});
    return HintRemark::below_quic_minimum;
  }
  const std::optional<event::Ignored> accused = judge_re_elicited(message, examined);
  const auto tell_accused = [&] {
    if (accused) events.add(id, *accused);
  };
  // rule: hint-without-mtu. The quoted length is the measure then: it must be the captured one, for routers
  // write others.
  if (!hint.mtu && (examined.quoted == nullptr || facts_.hides_wire_size(*examined.quoted))) {
    tell_accused();
    return HintRemark::none;
  }
  paths_.learn(facts_.key(id).path, hint, message.reporter, preferences_.hint_max_age);
  Knowledge* const known = known_.find(id);
  const bool expired = known != nullptr && known->age(message.time) > preferences_.hint_max_age;
  // rule: hint-never-raises
  const bool raises = known != nullptr && hint.mtu && known->hint().mtu && *hint.mtu > *known->hint().mtu;
  if (raises && !expired) {
    tell_accused();
    return HintRemark::raises_path_mtu;
  }
  if (begins_epoch(known, hint, examined)) {
    Knowledge next = begin_epoch(message, examined, hint, known);
    // What this hint showed falls with it, should it be refuted.
    next.marks = accused ? 1 : 0;
    known_.open(id) = next;
    events.add(id, event::EpochBegan{cited(hint), hint.quoted_frame, hint.quoted_length});
  } else if (known->hint().mtu == hint.mtu) {
    known->refresh(message.time);  // rule: epoch
  }
  tell_accused();
  events.add(id, event::StallBegan{examined.quoted != nullptr ? examined.quoted->time : message.time});
  tell_stage(message, examined, events);
  return HintRemark::none;
}

bool Judgement::may_be_quic(DirectionId id) const {
  // A capture that begins late, or shows one interface of several, holds no long header. What is left is that
  // nothing speaks against it; and, on another port than those of QUIC (RFC 9114 §3.1, RFC 9250 §4.1.1), that
  // the headers look protected: a filler of one byte does not.
  if (facts_[id].quic) return true;
  const FlowKey key = facts_.key(id);
  if (key.protocol != ip_protocol::udp || facts_[id].no_quic || facts_[id.opposite()].no_quic) return false;
  const auto serves = [](std::uint16_t port) { return port == 443 || port == 853; };
  if (serves(key.source_port) || serves(key.destination_port)) return true;
  return facts_[id].quic_masked && udp_stage(key.source_port, key.destination_port, false) == Stage::udp_data;
}

bool Judgement::begins_epoch(const Knowledge* known, const PathMtuHint& hint,
                             const HintExamination& examined) const {
  if (known == nullptr || known->refuted() || known->age(hint.time) > preferences_.hint_max_age) return true;
  const bool lowers = hint.mtu && (!known->hint().mtu || *hint.mtu < *known->hint().mtu);
  const bool after_obeying =
      known->obeyed() && examined.quoted != nullptr && examined.quoted->frame > known->obeyed_frame;
  return lowers || after_obeying;
}

Knowledge Judgement::begin_epoch(const PacketTooBig& message, const HintExamination& examined,
                                 const PathMtuHint& hint, const Knowledge* before) const {
  Knowledge known(hint, baseline(message, examined));
  const bool captured = examined.quoted != nullptr;
  if (quotes_tcp_bytes(message)) known.quoted_begin = message.quote->sequence;
  if (message.quote->has_tsn) known.quoted_tsn = message.quote->tsn;
  known.quoted_hides_size = captured && examined.quoted->super_segment;
  known.met_larger = (before != nullptr && before->met_larger) || captured ||
                     known.exceeded_by(DatagramLength(facts_[examined.direction].largest_sent));
  known.delivered = before != nullptr && before->delivered;
  known.may_refuse = before != nullptr && before->may_refuse;
  // rule: severity. Who has not done as a higher hint said has no first late datagram to spend on a lower
  // one.
  const bool fresh = before != nullptr && before->age(message.time) <= preferences_.hint_max_age;
  if (fresh && before->conduct == Knowledge::Conduct::open) known.go_on_from(*before);
  return known;
}

Knowledge::Baseline Judgement::baseline(const PacketTooBig& message, const HintExamination& examined) const {
  const Direction& direction = facts_[examined.direction];
  const Direction& peer = facts_[examined.direction.opposite()];
  Knowledge::Baseline baseline;
  if (peer.timestamps_seen) baseline.timestamp = peer.highest_timestamp;
  if (peer.seen) baseline.sequence_end = peer.next;
  const std::uint32_t round_trip =
      std::max(direction.sender_round_trip_us, direction.handshake_round_trip_us);
  if (round_trip != 0) baseline.round_trip = Duration::microseconds(round_trip);
  baseline.round_trip_is_fresh = message.time - direction.sampled_at < threshold::longest_round_trip;
  facts_.log().latest_first(direction.sent, [&](const Transmission& sent) {
    if (!baseline.last_passed) baseline.last_passed = sent.time;
    if (direction.timestamps_seen) baseline.sender_clock.sample(sent.timestamp_value, sent.time);
    return direction.timestamps_seen;
  });
  return baseline;
}

std::optional<event::Ignored> Judgement::judge_re_elicited(const PacketTooBig& message,
                                                           const HintExamination& examined) {
  // rule: re-elicited. A new hint that quotes bytes sent after the sender knew proves the same as the
  // datagram itself, also where that was not captured or was a super-segment. Once per datagram.
  Knowledge* const known = known_.find(examined.direction);
  if (known == nullptr || known->refuted() || known->age(message.time) > preferences_.hint_max_age)
    return std::nullopt;
  if (message.time < known->hint().time) return std::nullopt;  // a clock that ran backwards
  if (!known->exceeded_by(message.quote->length) && !known->exceeded_by(examined.length)) return std::nullopt;
  const Proof proof = proof_by_quotation(*known, message, examined);
  if (proof == Proof::none || known->obeyed() || may_be_quic(examined.direction) ||
      is_icmp(message.quote->protocol)) {
    return std::nullopt;
  }
  event::Ignored ignored;
  ignored.at = message.time;
  ignored.hint = cited(known->hint());
  Finding& finding = ignored.finding;
  finding.frame = message.frame;
  finding.kind = FindingKind::ignored_hint;
  const bool full_age = known->age(message.time) <= preferences_.hint_full_age;
  const DatagramLength length = examined.quoted != nullptr ? message.quote->length : examined.length;
  finding.severity =
      known->delivered && known->insists_on(length) && full_age ? Severity::error : Severity::warn;
  finding.length = length;
  finding.dont_fragment = true;
  finding.path_mtu = known->hint().mtu;
  finding.hint_frame = known->hint().frame;
  finding.since_hint = known->since_learned(message.time);
  finding.proof = proof;
  if (examined.quoted != nullptr) finding.quoted_frame = examined.quoted->frame;
  ++known->marks;
  return ignored;
}

Proof Judgement::proof_by_quotation(Knowledge& known, const PacketTooBig& message,
                                    const HintExamination& examined) const {
  const Direction& direction = facts_[examined.direction];
  if (examined.quoted == nullptr) {
    // Not captured: it left before the hint came back, by a round trip that nobody measured.
    if (direction.seen && message.quote->has_sequence && direction.ack_seen) return Proof::none;
    if (known.since_learned(message.time) < threshold::longest_round_trip) return Proof::none;
    ++known.re_elicited;
    known.accused_unseen = message.quote->identification;
    known.accused_unseen_at = message.time;
    return Proof::default_time;
  }
  Knowledge::Late* const late = known.find_late(examined.quoted->frame);
  if (late == nullptr || late->frame < known.hint().frame) return Proof::none;
  ++known.re_elicited;
  if (late->marked || !known.exceeded_by(message.quote->length)) return Proof::none;
  late->marked = true;
  return late->proof;
}

void Judgement::tell_stage(const PacketTooBig& message, const HintExamination& examined,
                           Events& events) const {
  const FlowKey key = facts_.key(examined.direction);
  Stage stage = Stage::tunnel_payload;
  if (key.protocol == ip_protocol::tcp) {
    if (!message.quote->has_sequence)
      return;  // a snap length cut it off: which bytes it was about is not known
    const SequenceNumber begin = message.quote->sequence;
    const SequenceNumber end = examined.quoted != nullptr ? examined.quoted->end : begin + 1U;
    stage = facts_.stage(examined.direction, begin, end);
  } else if (key.protocol == ip_protocol::udp && !facts_[examined.direction].tunnel) {
    stage = udp_stage(key.source_port, key.destination_port, facts_[examined.direction].quic);
  } else if (key.protocol == ip_protocol::sctp) {
    stage = Stage::sctp_data;
  } else if (is_icmp(key.protocol)) {
    stage = Stage::icmp_echo;
  }
  events.add(examined.direction, event::StageKnown{stage});
}

}  // namespace pmtu
