// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/row.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "rules/thresholds.h"
#include "track/hops.h"

namespace pmtu {
namespace {

bool is_loss_by_size(Verdict verdict) {
  return verdict == Verdict::black_hole_suspected || verdict == Verdict::black_hole_confirmed ||
         verdict == Verdict::black_hole_recovered || verdict == Verdict::black_hole_receiver;
}

bool tells_of_hole(const Tally& tally) {
  return tally.hole != Tally::Hole::none && tally.black_hole == Tally::BlackHole::none;
}

/// rule: offload. The host segments late, and went smaller to get over the loss: what was captured of it at
/// the lost size since may have been cut, and its acknowledgment tells no size.
bool hides_later_sizes(const Tally& tally, const RowFacts& facts) {
  const bool got_over =
      tally.black_hole == Tally::BlackHole::confirmed || tally.black_hole == Tally::BlackHole::recovered;
  return got_over && facts.segments_late && tally.loss && tally.loss->kind == event::Loss::Kind::segment;
}

void set_bracket(ConversationRow& row, const Tally& tally, const RowFacts& facts, const MarkTally& marks) {
  if (facts.path != nullptr && facts.path->largest_passed != 0 && !hides_later_sizes(tally, facts))
    row.bracket.passed = DatagramLength(facts.path->largest_passed);
  if (tally.loss) {
    row.bracket.lost = tally.loss->length;
    if (tally.loss->passed && (!row.bracket.passed || *tally.loss->passed > *row.bracket.passed))
      row.bracket.passed = tally.loss->passed;
  } else if (tally.hole_found) {
    row.bracket.lost = tally.hole_found->lost;
  } else if (marks.packets != 0) {
    row.bracket.lost = row.smallest_ignored;
  }
  if (tally.hole_found && tally.hole_found->passed) row.bracket.passed = tally.hole_found->passed;
  // Sizes above the limit that "passed" were offloaded or went another way: no bracket then.
  if (row.bracket.passed && row.bracket.lost && *row.bracket.passed >= *row.bracket.lost)
    row.bracket.passed.reset();
}

void set_stall_and_stage(ConversationRow& row, const Tally& tally) {
  row.stage = tally.hinted_stage;
  Stall stall = tally.goes_on ? Stall{} : tally.hinted_stall;
  if (is_loss_by_size(row.verdict) && tells_of_hole(tally) && tally.hole_found) {
    row.stage = tally.hole_found->stage;
    stall = {tally.hole_found->opened, tally.hole_end};
  } else if (is_loss_by_size(row.verdict) && tally.loss) {
    row.stage = tally.loss->stage;
    stall = tally.loss->rerouted ? Stall{} : Stall{tally.loss_begin, tally.loss->end};
  } else if (row.verdict == Verdict::fragments_lost && tally.fragments_lost) {
    row.stage = tally.fragments_lost->stage;
    stall = {tally.fragments_lost->begin, tally.fragments_lost->end};
  } else if (tally.sibling) {
    stall.begin_once(tally.sibling->first_sent);
    stall.end = tally.sibling->at;
  }
  // Obedience ended the stall that the hint explains; what was stuck afterwards may have lasted longer.
  if (tally.stuck && tally.stuck->at - tally.stuck->begin > stall.length().value_or(Duration{}))
    stall = {tally.stuck->begin, tally.stuck->at};
  if (tally.stuck)
    row.stuck_obeying =
        StuckObeying{tally.stuck->length, tally.stuck->transmissions, tally.refused_hints, tally.refusal};
  row.stall = stall.length();
  if (row.stall) row.stall_begin = stall.begin;
}

/// From the first to the last frame of the direction, and of what others of its pair of hosts add to it.
void set_frames(ConversationRow& row, const Tally& tally, const RowFacts& facts) {
  row.first_frame = facts.first_frame;
  row.last_frame = facts.last_frame;
  if (is_loss_by_size(row.verdict) && tally.loss && tally.loss->kind == event::Loss::Kind::echo) {
    row.first_frame = std::min(row.first_frame, tally.loss->first_frame);
    row.last_frame = std::max(row.last_frame, tally.loss->last_frame);
  }
  if (row.verdict == Verdict::fragments_lost && tally.fragments_lost) {
    row.first_frame = std::min(row.first_frame, tally.fragments_lost->first_frame);
    row.last_frame = std::max(row.last_frame, tally.fragments_lost->last_frame);
  }
}

/// rule: hint-in-force
void set_hint(ConversationRow& row, const Tally& tally, const RowFacts& facts) {
  if (tally.hints != 0) {
    const event::HintCited hint = tally.cited();
    row.hint_frame = hint.frame;
    row.hint_remark = hint.remark;
    row.reporter = hint.reporter;
    if (tally.quic_minimum && !tally.epoch) row.hint_remark = HintRemark::below_quic_minimum;
  }
  if (tally.epoch) {
    row.path_mtu = tally.epoch->hint.mtu;
  } else if (tally.sibling && tally.accepted_hints == 0) {
    row.path_mtu = tally.sibling->finding.path_mtu;
  } else if (row.verdict == Verdict::hint_undeliverable) {
    row.path_mtu = facts.untranslated_mtu;
  }
}

void set_recommendation(ConversationRow& row, const Tally& tally, const RowFacts& facts) {
  // rule: said-stands. What larger datagrams disproved is nothing to configure.
  const auto hinted = tally.refuted ? std::nullopt : row.path_mtu;
  const auto known = hinted ? hinted : facts.untranslated_mtu;
  // rule: precedence. What a hint named may be lost all the same, at a hop that says nothing.
  if (known && !(row.bracket.lost && row.bracket.lost->value() <= known->value())) {
    row.recommended = recommend(*known);
    return;
  }
  // What passed is no MTU of anything when it is small: then the path has to be measured.
  if (facts.path == nullptr || !row.bracket.lost || !row.bracket.passed) return;
  row.recommended = recommend_passed(*row.bracket.passed, facts.path->key.source.version);
}

}  // namespace

Recommendation recommend_passed(DatagramLength passed, IpVersion version) {
  const std::uint32_t least = version == IpVersion::v4 ? threshold::ipv4_worth_recommending : kIpv6MinimumMtu;
  return passed.value() >= least ? recommend(Mtu(passed.value())) : Recommendation{};
}

bool is_disproved(const Tally& tally, const RowFacts& facts) {
  if (facts.path == nullptr) return false;
  if (tells_of_hole(tally)) {
    // rule: offload. Pieces of old segments, merged again before the capture, tell no size that arrived.
    const bool merged =
        tally.hole == Tally::Hole::recovered && tally.recovered_if_merged && facts.segments_late;
    const bool arrived =
        tally.hole_found && facts.path->largest_seen >= tally.hole_found->bound.value() && !merged;
    return tally.hole_found && (arrived || facts.path->capture_misses_large || facts.capture_misses_large);
  }
  if (hides_later_sizes(tally, facts)) return false;
  return tally.loss && threshold::refutes(facts.path->largest_passed, tally.loss->length.value());
}

Verdict settled_verdict(const Tally& tally, const RowFacts& facts) {
  const Verdict verdict = verdict_of(tally);
  return is_loss_by_size(verdict) && is_disproved(tally, facts) ? verdict_without_losses(tally) : verdict;
}

ConversationRow make_row(const Tally& tally, const RowFacts& facts) {
  const MarkTally marks = tally.marks();
  ConversationRow row;
  row.verdict = settled_verdict(tally, facts);
  row.reason = reason_for(row.verdict, tally, facts);
  row.hints = tally.hints;
  row.ignored_packets = marks.packets;
  row.ignored_bytes = marks.bytes;
  row.in_flight_packets = tally.in_flight_packets;
  row.resent_bytes = tally.bytes_sent_again();
  set_hint(row, tally, facts);
  row.hint_frames = tally.hint_frames;
  row.ignored_frames = marks.frames;
  row.smallest_ignored = DatagramLength(marks.smallest);
  row.largest_ignored = DatagramLength(marks.largest);
  set_frames(row, tally, facts);
  std::uint32_t largest = std::max(facts.largest_sent, marks.largest);
  if (tally.loss) largest = std::max(largest, tally.loss->length.value());
  row.largest_datagram = DatagramLength(largest);
  if (facts.ttl) row.sender_hops = hops_from_ttl(*facts.ttl);
  if (facts.peer_ttl) row.receiver_hops = hops_from_ttl(*facts.peer_ttl);
  row.may_refuse_hints = tally.may_refuse_hints;
  row.delivered = tally.delivered ? Delivery::yes : Delivery::unknown;
  set_bracket(row, tally, facts, marks);
  set_stall_and_stage(row, tally);
  set_recommendation(row, tally, facts);
  return row;
}

}  // namespace pmtu
