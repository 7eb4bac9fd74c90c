// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "engine.h"

namespace pmtu {
namespace {

constexpr std::uint32_t kV4Minimum = 68;             // RFC 1191 §3
constexpr std::uint32_t kV6Minimum = 1280;           // RFC 8200 §5
constexpr std::uint32_t kQuicMinimumPayload = 1200;  // RFC 9000 §14.1

std::uint32_t ip_header(const IpAddress& address) {
  return address.version == IpVersion::v4 ? 20 : 40;
}

/// Tells links apart when the same hint is captured on several interfaces.
std::uint64_t link_of(const LinkInfo& link) {
  return link.source_mac ^ static_cast<std::uint64_t>(link.vlan) << 16U ^
         static_cast<std::uint64_t>(link.interface_id) << 48U ^
         static_cast<std::uint64_t>(link.direction) << 60U;
}

bool is_refusal(HintStatus status) {
  return status == HintStatus::invalid || status == HintStatus::unmatched;
}

FindingKind kind_of(HintStatus status) {
  switch (status) {
    case HintStatus::valid:
      return FindingKind::hint_received;
    case HintStatus::no_mtu:
      return FindingKind::hint_no_mtu;
    case HintStatus::stale:
      return FindingKind::hint_stale;
    case HintStatus::unseen:
      return FindingKind::hint_unseen;
    case HintStatus::invalid:
      return FindingKind::hint_invalid;
    case HintStatus::unmatched:
      return FindingKind::hint_unmatched;
  }
  return FindingKind::hint_received;
}

Severity severity_of(HintStatus status) {
  if (is_refusal(status)) return Severity::warn;
  return status == HintStatus::no_mtu ? Severity::note : Severity::chat;
}

FlowKey key_of(const QuotedDatagram& quote) {
  FlowKey key{{quote.source, quote.destination}, 0, 0, quote.protocol};
  if (quote.has_ports) {
    key.source_port = quote.source_port;
    key.destination_port = quote.destination_port;
  }
  return key;
}

bool prefix_matches(const IpAddress& whole, const IpAddress& part, std::uint8_t bytes) {
  const std::size_t known = std::min<std::size_t>(bytes, 16);
  return whole.version == part.version &&
         std::equal(part.bytes.begin(), part.bytes.begin() + known, whole.bytes.begin());
}

bool has_whole_addresses(const QuotedDatagram& quote) {
  const std::uint8_t whole = quote.source.version == IpVersion::v4 ? 4 : 16;
  return quote.source_bytes >= whole && quote.destination_bytes >= whole;
}

}  // namespace

Transmission* Analyzer::Engine::find_quoted(Direction& direction, const QuotedDatagram& quote) {
  Transmission* best = nullptr;
  int best_rank = 0;
  log_.latest_first(direction.sent, [&](Transmission& sent) {
    if (quote.has_sequence && (quote.sequence.before(sent.begin) || !quote.sequence.before(sent.end)))
      return true;
    const bool same_identification = quote.identification != 0 && sent.identification == quote.identification;
    const bool same_length = sent.length == quote.length.value();
    if (!quote.has_sequence && !same_identification && !same_length) return true;
    // Bytes may have gone at several sizes: identification tells which, else the length does. A super-segment
    // left as segments with identifications of their own.
    const bool other_identification =
        quote.identification != 0 && sent.identification != 0 && !same_identification;
    const bool same_datagram = same_identification || (!other_identification && same_length);
    if (!same_datagram && !sent.super_segment) return true;
    const bool same_begin = quote.has_sequence && sent.begin == quote.sequence;
    const int rank = (same_identification ? 4 : 0) + (same_length ? 2 : 0) + (same_begin ? 1 : 0) + 1;
    if (rank > best_rank) {
      best = &sent;
      best_rank = rank;
    }
    return best_rank < 7;
  });
  return best;
}

FlowTable::Entry Analyzer::Engine::find_quoted_flow(const QuotedDatagram& quote, bool& ambiguous) const {
  ambiguous = false;
  if (has_whole_addresses(quote) &&
      (quote.has_ports ||
       (quote.protocol != ip_protocol::tcp && quote.protocol != ip_protocol::udp && !quote.truncated))) {
    return flows_.find(key_of(quote));
  }
  // Short quotation: what is left of it against the datagrams seen last; only a single flow will do.
  FlowTable::Entry found{FlowTable::kNone, 0};
  log_.latest_of_all([&](const Transmission& sent) {
    if (!fits(sent, quote)) return true;
    const FlowTable::Entry sender{sent.direction / 2, sent.direction % 2};
    ambiguous = found.place != FlowTable::kNone && (found.place != sender.place || found.side != sender.side);
    found = sender;
    return !ambiguous;
  });
  if (ambiguous) found = {FlowTable::kNone, 0};
  return found;
}

bool Analyzer::Engine::fits(const Transmission& sent, const QuotedDatagram& quote) const {
  // The flow may have been forgotten, and its place taken by another, since it sent this.
  const Flow& sender = flows_[sent.direction / 2];
  if (sender.first_frame == FrameNumber{} || sent.frame < sender.first_frame) return false;
  const FlowKey key = directed_key(sender, sent.direction % 2);
  return key.protocol == quote.protocol && sent.length == quote.length.value() &&
         (quote.identification == 0 || sent.identification == quote.identification) &&
         prefix_matches(key.path.source, quote.source, quote.source_bytes) &&
         prefix_matches(key.path.destination, quote.destination, quote.destination_bytes);
}

void Analyzer::Engine::note_cut_hint(const QuotedDatagram& quote) {
  // It is for one of these. None is accused of anything then: neither of ignoring it nor of a silent loss.
  log_.latest_of_all([&](const Transmission& sent) {
    if (!fits(sent, quote)) return true;
    Flow& flow = flows_[sent.direction / 2];
    Evidence& evidence = evidence_of(flow, sent.direction % 2);
    evidence.hint_cut = true;
    if (evidence.path != PathTable::kNone) paths_[evidence.path].hint_cut = true;
    return true;
  });
}

FlowTable::Entry Analyzer::Engine::find_untranslated_flow(const PacketTooBig& message) const {
  // A translator that rewrote the outer address but not the quotation (RFC 5508 §4.2): whose row is it?
  FlowKey key = key_of(*message.quote);
  key.path.source = message.recipient;
  return flows_.find(key);
}

Analyzer::Engine::HintExamination Analyzer::Engine::examine(const PacketTooBig& message) {
  HintExamination result;
  const auto refuse = [&](HintStatus status, HintRemark remark) {
    result.status = status;
    result.remark = remark;
    return result;
  };
  if (message.quote == nullptr || message.quote->source_bytes == 0) {
    return refuse(HintStatus::unseen, HintRemark::quote_too_short);
  }
  const QuotedDatagram& quote = *message.quote;
  result.length = quote.length;

  bool ambiguous = false;
  if (!prefix_matches(message.recipient, quote.source, quote.source_bytes)) {
    result.flow = find_untranslated_flow(message);
    return refuse(HintStatus::unmatched, HintRemark::wrong_recipient);
  }
  result.flow = find_quoted_flow(quote, ambiguous);
  Direction* direction =
      result.flow.place == FlowTable::kNone ? nullptr : &flows_[result.flow.place].side[result.flow.side];
  if (direction != nullptr) result.quoted = find_quoted(*direction, quote);
  // If the quoted datagram is in the capture, its own length counts: routers and offloading NICs write
  // others.
  const bool captured_length_counts = result.quoted != nullptr && !result.quoted->super_segment;
  if (captured_length_counts) result.length = DatagramLength(result.quoted->length);

  // What the message says of itself.
  const bool v4 = message.recipient.version == IpVersion::v4;
  if (v4 && !quote.dont_fragment) return refuse(HintStatus::invalid, HintRemark::quote_without_df);
  if (message.next_hop_mtu) {
    const std::uint32_t mtu = message.next_hop_mtu->value();
    if (mtu < (v4 ? kV4Minimum : kV6Minimum))
      return refuse(HintStatus::invalid, HintRemark::mtu_below_minimum);
    // RFC 1191 §5: 4.2BSD counts the header twice or not at all in the length it quotes.
    const std::uint32_t tolerance = captured_length_counts ? 0 : ip_header(message.recipient);
    if (result.length.value() != 0 && mtu >= result.length.value() + tolerance) {
      return refuse(HintStatus::invalid, HintRemark::mtu_not_below_datagram);
    }
  }

  // Whether it speaks of something that was sent (RFC 5927 §4.1).
  if (direction == nullptr) {
    if (ambiguous) return refuse(HintStatus::unseen, HintRemark::quote_ambiguous);
    if (!has_whole_addresses(quote)) return refuse(HintStatus::unseen, HintRemark::quote_too_short);
    const bool path_seen = paths_.find({quote.source, quote.destination}) != PathTable::kNone;
    // Flows that the table had to drop were seen, too.
    return path_seen && quote.has_ports && flows_.evicted() == 0
               ? refuse(HintStatus::unmatched, HintRemark::flow_never_seen)
               : refuse(HintStatus::unseen, HintRemark::flow_never_seen);
  }
  if (quote.protocol == ip_protocol::tcp && quote.has_sequence) {
    const SequenceNumber sequence = quote.sequence;
    constexpr std::int32_t kBlindWindow = 1 << 24;  // one-sided captures: as far as any window may reach
    if (direction->ack_seen && sequence.before(direction->acknowledged)) {
      const bool before_sight = direction->syn_seen && sequence.before(direction->first);
      const bool far = SequenceNumber::distance(sequence, direction->acknowledged) > kBlindWindow;
      const bool never_sent = direction->seen && (before_sight || (far && sequence.before(direction->first)));
      return never_sent ? refuse(HintStatus::unmatched, HintRemark::bytes_never_sent)
                        : refuse(HintStatus::stale, HintRemark::bytes_already_acknowledged);
    }
    if (direction->seen) {
      if (!sequence.before(direction->next)) {
        // Just beyond what was captured, within the window: the capture may have missed it (a router that
        // forwards in hardware shows but the handshake). Farther, nobody could have sent it.
        const Direction& receiver = flows_[result.flow.place].side[1 - result.flow.side];
        const std::int32_t beyond = SequenceNumber::distance(direction->next, sequence);
        const auto window =
            static_cast<std::int32_t>(std::clamp<std::uint32_t>(receiver.window, 65535, kBlindWindow));
        return beyond < window ? refuse(HintStatus::unseen, HintRemark::none)
                               : refuse(HintStatus::unmatched, HintRemark::bytes_never_sent);
      }
      // What the other side has not acknowledged may have left before the capture began.
      if (sequence.before(direction->first) && (direction->syn_seen || !direction->ack_seen)) {
        return direction->syn_seen ? refuse(HintStatus::unmatched, HintRemark::bytes_never_sent)
                                   : refuse(HintStatus::unseen, HintRemark::none);
      }
    } else if (!direction->ack_seen) {
      return refuse(HintStatus::unseen, HintRemark::none);
    } else if (SequenceNumber::distance(direction->acknowledged, sequence) > kBlindWindow) {
      return refuse(HintStatus::unmatched, HintRemark::bytes_never_sent);
    }
  } else if (!direction->seen) {
    return refuse(HintStatus::unseen, HintRemark::none);
  } else if (quote.protocol == ip_protocol::tcp && result.quoted == nullptr) {
    // Whether such bytes were sent cannot be asked without their number: then only a datagram that is known
    // by its identification or its length will do.
    return refuse(HintStatus::unseen, HintRemark::quote_too_short);
  }
  if (!message.next_hop_mtu) result.status = HintStatus::no_mtu;
  return result;
}

bool Analyzer::Engine::is_copy(Evidence& evidence, const PacketTooBig& message) const {
  const QuotedDatagram& quote = *message.quote;
  Evidence::SeenHint hint;
  hint.time = message.time;
  hint.link = link_of(message.link);
  hint.sequence = quote.sequence.value();
  hint.mtu = message.next_hop_mtu ? message.next_hop_mtu->value() : 0;
  hint.identification = message.identification;
  hint.quoted_identification = quote.identification;
  hint.ttl = message.ttl;
  const bool copy =
      std::any_of(evidence.seen_hints.begin(), evidence.seen_hints.end(), [&](const Evidence::SeenHint& s) {
        // The same from the same place is a copy only at once.
        const bool elsewhere = s.link != hint.link || s.ttl != hint.ttl;
        return s.sequence == hint.sequence && s.mtu == hint.mtu && s.identification == hint.identification &&
               s.quoted_identification == hint.quoted_identification && s.time != Timestamp{} &&
               hint.time - s.time < (elsewhere ? Duration::milliseconds(20) : Duration::milliseconds(1));
      });
  if (!copy) evidence.seen_hints[evidence.seen_hint_count++ % evidence.seen_hints.size()] = hint;
  return copy;
}

void Analyzer::Engine::observe_hint(const Observation& observation, const Datagram& datagram,
                                    const PacketTooBig& message) {
  const HintExamination examined = examine(message);
  Finding finding;
  finding.frame = observation.frame;
  finding.kind = kind_of(examined.status);
  finding.severity = severity_of(examined.status);
  finding.level = datagram.level;
  finding.hint_status = examined.status;
  finding.remark = examined.remark;
  finding.hint_mtu = message.next_hop_mtu;
  finding.reporter = message.reporter;
  finding.quoted_length = examined.length;
  if (examined.quoted != nullptr) finding.quoted_frame = examined.quoted->frame;

  if (examined.flow.place == FlowTable::kNone) {
    if (examined.remark == HintRemark::quote_ambiguous && message.quote->truncated)
      note_cut_hint(*message.quote);
    findings_.add(finding);
    return;
  }
  Flow& flow = flows_[examined.flow.place];
  Evidence& evidence = evidence_of(flow, examined.flow.side);
  Direction& direction = flow.side[examined.flow.side];
  finding.conversation = direction.conversation;
  if (is_copy(evidence, message)) {
    findings_.add(finding);
    return;
  }
  ++evidence.hints;
  if (evidence.hint_frames.size() < preferences_.max_listed_frames)
    evidence.hint_frames.push_back(message.frame);
  if (is_refusal(examined.status)) ++evidence.refused_hints;
  if (examined.status == HintStatus::stale) ++evidence.stale_hints;
  flow.last_frame = observation.frame;
  if (examined.status == HintStatus::valid || examined.status == HintStatus::no_mtu) {
    ++evidence.accepted_hints;
    evidence.reporter = message.reporter;
    learn(message, examined, finding);
    findings_.add(finding);
    compare_mss_with_hint(message, flow, examined.flow.side, evidence);
    if (direction.loss && direction.loss->told) review_suspicion(flow, examined.flow.side, message.time);
    return;
  }
  if (!evidence.reporter) evidence.reporter = message.reporter;
  findings_.add(finding);
}

void Analyzer::Engine::learn(const PacketTooBig& message, const HintExamination& examined, Finding& finding) {
  Flow& flow = flows_[examined.flow.place];
  const unsigned side = examined.flow.side;
  Direction& direction = flow.side[side];
  const Direction& peer = flow.side[1 - side];
  Evidence& evidence = *this->evidence(direction);

  PathMtuHint hint;
  hint.mtu = message.next_hop_mtu;
  hint.quoted_length = examined.length;
  hint.frame = message.frame;
  hint.quoted_frame = finding.quoted_frame;
  hint.time = message.time;
  hint.link = message.link;
  hint.checked = message.quote->protocol != ip_protocol::tcp || message.quote->has_sequence;

  // RFC 9000 §14.2.1: QUIC cannot go below 1200 bytes of payload and must ignore what asks for it.
  const std::uint32_t headers = ip_header(message.recipient) + 8;
  if (direction.quic && hint.mtu && hint.mtu->value() < kQuicMinimumPayload + headers) {
    finding.remark = HintRemark::below_quic_minimum;
    evidence.quic_minimum = true;
    return;
  }

  const DatagramLength accused =
      direction.knowledge ? judge_re_elicited(message, examined, direction, evidence) : DatagramLength{};

  // Without an MTU the quoted length is the measure: it must be the captured one, for routers write others.
  if (!hint.mtu && (examined.quoted == nullptr || examined.quoted->super_segment)) return;

  const std::uint32_t path = ensure_path(flow, side);
  if (path != PathTable::kNone) {
    paths_.learn(path, directed_key(flow, side), hint, message.reporter, preferences_.hint_max_age);
  }

  const bool quoted_captured = examined.quoted != nullptr;
  if (quoted_captured) examined.quoted->oversize = true;
  Knowledge* known = direction.knowledge.get();
  const bool expired = known != nullptr && known->age(message.time) > preferences_.hint_max_age;
  const bool lowers = known != nullptr && hint.mtu && (!known->hint().mtu || *hint.mtu < *known->hint().mtu);
  const bool after_obeying =
      known != nullptr && known->obeyed && quoted_captured && examined.quoted->frame > known->obeyed_frame;
  if (known != nullptr && hint.mtu && known->hint().mtu && *hint.mtu > *known->hint().mtu && !expired) {
    finding.remark = HintRemark::raises_path_mtu;  // counted only
    return;
  }
  if (known == nullptr || expired || lowers || after_obeying || known->refuted) {
    Knowledge::Baseline baseline;
    if (peer.timestamps_seen) baseline.timestamp = peer.highest_timestamp;
    if (peer.seen) baseline.sequence_end = peer.next;
    const std::uint32_t round_trip =
        std::max(direction.sender_round_trip_us, direction.handshake_round_trip_us);
    if (round_trip != 0) baseline.round_trip = Duration::microseconds(round_trip);
    baseline.round_trip_is_fresh = message.time - direction.sampled_at < Duration::seconds(1);
    if (quoted_captured && direction.timestamps_seen) {
      baseline.sender_clock = examined.quoted->timestamp_value;
      baseline.quoted_before = message.time - examined.quoted->time;
    }
    const bool was_larger = known != nullptr && known->was_larger;
    direction.knowledge = std::make_unique<Knowledge>(hint, baseline);
    // What this hint showed falls with it, should it be refuted.
    direction.knowledge->marks = accused != DatagramLength{} ? 1 : 0;
    direction.knowledge->marked_bytes = accused.value();
    if (message.quote->protocol == ip_protocol::tcp && message.quote->has_sequence)
      direction.knowledge->quoted_begin = message.quote->sequence;
    direction.knowledge->quoted_hides_size = quoted_captured && examined.quoted->super_segment;
    direction.knowledge->was_larger =
        was_larger || quoted_captured ||
        direction.knowledge->exceeded_by(DatagramLength(direction.largest_sent));
    evidence.path_mtu = hint.mtu;
    evidence.no_mtu = !hint.mtu;
    evidence.was_larger = evidence.was_larger || direction.knowledge->was_larger;
    if (evidence.first_hint == FrameNumber{}) evidence.first_hint = hint.frame;
  } else if (known->hint().mtu == hint.mtu) {
    known->refresh(message.time);
  }
  if (!evidence.stall_begin) evidence.stall_begin = quoted_captured ? examined.quoted->time : message.time;
  if (evidence.stage == Stage::unknown) {
    const FlowKey key = directed_key(flow, side);
    if (key.protocol == ip_protocol::tcp && message.quote->has_sequence) {
      const SequenceNumber begin = message.quote->sequence;
      const SequenceNumber end = quoted_captured ? examined.quoted->end : begin + 1U;
      evidence.stage = direction.stage.at(begin, end, peer.stage, key.source_port, key.destination_port);
    } else if (key.protocol == ip_protocol::udp) {
      evidence.stage = udp_stage(key.source_port, key.destination_port, {});
    } else if (key.protocol == ip_protocol::icmp || key.protocol == ip_protocol::icmpv6) {
      evidence.stage = Stage::icmp_echo;
    } else {
      evidence.stage = Stage::tunnel_payload;
    }
  }
}

DatagramLength Analyzer::Engine::judge_re_elicited(const PacketTooBig& message,
                                                   const HintExamination& examined, Direction& direction,
                                                   Evidence& evidence) {
  // A new hint that quotes bytes sent after the sender knew proves the same as the datagram itself, also
  // where that was not captured or was a super-segment. Once per datagram.
  Knowledge& known = *direction.knowledge;
  if (known.refuted || known.age(message.time) > preferences_.hint_max_age) return {};
  if (message.time < known.hint().time) return {};  // a clock that ran backwards
  if (!known.exceeded_by(message.quote->length) && !known.exceeded_by(examined.length)) return {};
  Proof proof = Proof::none;
  DatagramLength wire_length = examined.length;
  if (examined.quoted != nullptr) {
    Transmission& quoted = *examined.quoted;
    if (quoted.proof == Proof::none || quoted.frame < known.hint().frame) return {};
    ++known.re_elicited;
    if (quoted.marked) return {};
    wire_length = message.quote->length;
    if (!known.exceeded_by(wire_length)) return {};
    quoted.marked = true;
    proof = quoted.proof;
  } else {
    // Not captured: it left before the hint came back, by a round trip that nobody measured.
    if (direction.seen && message.quote->has_sequence && direction.ack_seen) return {};
    if (known.since_learned(message.time) < Duration::seconds(1)) return {};
    ++known.re_elicited;
    proof = Proof::default_time;
    known.accused_unseen = message.quote->identification;
    known.accused_unseen_at = message.time;
  }
  if (known.obeyed || direction.quic || message.quote->protocol == ip_protocol::icmp ||
      message.quote->protocol == ip_protocol::icmpv6) {
    return {};
  }
  Finding finding;
  finding.frame = message.frame;
  finding.kind = FindingKind::ignored_hint;
  const bool full_age = known.age(message.time) <= preferences_.hint_full_age;
  finding.severity =
      evidence.delivered && known.re_elicited >= 2 && full_age ? Severity::error : Severity::warn;
  finding.conversation = direction.conversation;
  finding.length = wire_length;
  finding.dont_fragment = true;
  finding.path_mtu = known.hint().mtu;
  finding.hint_frame = known.hint().frame;
  finding.since_hint = known.since_learned(message.time);
  finding.proof = proof;
  if (examined.quoted != nullptr) finding.quoted_frame = examined.quoted->frame;
  ++known.marks;
  known.marked_bytes += wire_length.value();
  accuse(evidence, finding, wire_length);
  evidence.stall_end = message.time;
  return wire_length;
}

void Analyzer::Engine::compare_mss_with_hint(const PacketTooBig& message, Flow& flow, unsigned side,
                                             Evidence& evidence) {
  // The receiver's SYN admits datagrams that the path does not take (RFC 9293 §3.7.1).
  const Direction& receiver = flow.side[1 - side];
  const std::uint32_t headers = ip_header(message.recipient) + 20;
  if (!message.next_hop_mtu || evidence.mss_told || receiver.mss == 0 ||
      receiver.mss + headers <= message.next_hop_mtu->value()) {
    return;
  }
  evidence.mss_told = true;
  Finding finding;
  finding.frame = message.frame;
  finding.kind = FindingKind::mss_exceeds_path_mtu;
  finding.severity = Severity::note;
  finding.conversation = flow.side[side].conversation;
  finding.path_mtu = message.next_hop_mtu;
  finding.hint_frame = message.frame;
  finding.related_frame = flow.first_frame;
  finding.count = receiver.mss;
  findings_.add(finding);
}

void Analyzer::Engine::compare_mss(const Sighting& syn) {
  // A SYN limits what the other side may send to this one; that path may have been hinted before.
  const HintHistory* history = paths_.history(paths_.find(directed_key(syn.flow, 1 - syn.side).path));
  if (history == nullptr || !history->in_force || !history->in_force->mtu || syn.sender.mss == 0) return;
  if (syn.now() - history->refreshed > preferences_.hint_max_age) return;
  const std::uint32_t headers = ip_header(syn.datagram.source) + 20;
  if (syn.sender.mss + headers <= history->in_force->mtu->value()) return;
  Finding finding;
  finding.frame = syn.frame();
  finding.kind = FindingKind::mss_exceeds_path_mtu;
  finding.severity = Severity::note;
  finding.path_mtu = history->in_force->mtu;
  finding.hint_frame = history->in_force->frame;
  finding.related_frame = syn.frame();
  finding.count = syn.sender.mss;
  findings_.add(finding);
}

void Analyzer::Engine::observe_other_error(const Observation& observation, const Datagram& datagram) {
  // Whatever else a router or host says of a flow explains its losses better than a black hole.
  if (!datagram.icmp.has_quote) return;
  bool ambiguous = false;
  const FlowTable::Entry entry = find_quoted_flow(observation.quotes[datagram.icmp.quote], ambiguous);
  if (entry.place == FlowTable::kNone) return;
  Direction& direction = flows_[entry.place].side[entry.side];
  constexpr std::uint8_t kSourceQuench = 4;
  constexpr std::uint8_t kRedirect = 5;
  const bool about_routes = datagram.transport == TransportKind::icmp &&
                            (datagram.icmp.type == kSourceQuench || datagram.icmp.type == kRedirect);
  if (about_routes) return;  // neither says that anything was lost
  direction.error_reported = true;
  if (direction.loss) direction.loss->exclude();
}

}  // namespace pmtu
