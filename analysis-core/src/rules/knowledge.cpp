// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/knowledge.h"

#include <algorithm>

#include "rules/thresholds.h"

namespace pmtu {

Knowledge::Knowledge(const PathMtuHint& hint, const Baseline& baseline)
    : hint_(hint),
      refreshed_(hint.time),
      round_trip_(baseline.round_trip),
      round_trip_is_fresh_(baseline.round_trip_is_fresh),
      sender_clock_(baseline.sender_clock),
      last_passed_(std::max(baseline.last_passed.value_or(hint.time), hint.time)) {
  timestamps_.passed.set(baseline.timestamp);
  sequence_.passed.set(baseline.sequence_end);
}

void Knowledge::Echo::pass(SequenceNumber value, bool slack_over) {
  // Strictly above: a retransmission of the peer, or a TSval of the same tick, may have passed before the
  // hint. If nothing had passed, the first value is the baseline and proves nothing.
  if (!passed.raise(value)) return;
  if (!fresh) fresh = value;
  if (slack_over && !after_slack) after_slack = value;
}

void Knowledge::passed_toward_sender(const TcpSegment& segment, Timestamp now, Duration slack) {
  if (now < hint_.time) return;  // a clock that ran backwards: order is not to be trusted
  const bool slack_over = now - hint_.time >= slack;
  if (segment.has_timestamps) timestamps_.pass(segment.timestamp_value, slack_over);
  if (segment.end() != segment.sequence) sequence_.pass(segment.end(), slack_over);
}

bool Knowledge::reflects(const TcpSegment& segment, const std::optional<SequenceNumber>& timestamp,
                         const std::optional<SequenceNumber>& sequence_end) {
  if (!segment.has(tcp_flag::ack)) return false;
  if (timestamp && segment.has_timestamps && !segment.timestamp_echo.before(*timestamp)) return true;
  if (!sequence_end) return false;
  if (!segment.acknowledgment.before(*sequence_end)) return true;
  return std::any_of(segment.sacks.begin(), segment.sacks.begin() + segment.sack_count,
                     [&](const SackBlock& block) { return !block.right.before(*sequence_end); });
}

void Knowledge::sent(const TcpSegment& segment, Timestamp now) {
  if (segment.has_timestamps) sender_clock_.sample(segment.timestamp_value, now);
  if (!first_reflection_ && reflects(segment, timestamps_.fresh, sequence_.fresh)) first_reflection_ = now;
}

void Knowledge::passed(Timestamp now, std::uint32_t unseen) {
  // What the capture missed passed in between.
  const std::int64_t spacings = std::int64_t{1} + unseen;
  const Duration pause = Duration::nanoseconds(threshold::queue_ran_empty.nanoseconds() * spacings);
  if (now - last_passed_ > pause) {
    train_unbroken_ = false;
    paused_at_ = last_passed_;
  } else if (now < last_passed_ && now - paused_at_ <= threshold::queue_ran_empty) {
    // What looked like a pause is filled by what the capture holds out of order, or a clock was set.
    train_unbroken_ = true;
  }
  last_passed_ = std::max(last_passed_, now);
}

Proof Knowledge::proof(const TcpSegment* segment, bool is_new, Timestamp now,
                       const Preferences& preferences) const {
  if (now < hint_.time) return Proof::none;  // a clock that ran backwards: order is not to be trusted
  const Duration slack = preferences.processing_slack;
  const Duration elapsed = since_learned(now);
  // rule: causal, slack. Either way the slack has passed since the hint; if the clock denies it, it was set
  // meanwhile.
  if (segment != nullptr && elapsed >= slack) {
    if (reflects(*segment, timestamps_.after_slack, sequence_.after_slack)) return Proof::causal;
    if (first_reflection_ && now - *first_reflection_ >= slack) return Proof::causal;
  }
  // rule: rtt, default-time. A handshake long ago says little of now.
  const Duration measured = round_trip_ ? *round_trip_ + slack : preferences.reaction_time;
  const Duration needed = round_trip_is_fresh_ ? measured : std::max(measured, preferences.reaction_time);
  if (elapsed < needed || may_have_queued(segment, is_new, now, measured, slack)) return Proof::none;
  return round_trip_ ? Proof::rtt : Proof::default_time;
}

bool Knowledge::may_have_queued(const TcpSegment* segment, bool is_new, Timestamp now, Duration needed,
                                Duration slack) const {
  // rule: queue. Before the capture point may lie a queue longer than any round trip that was measured (a
  // slow uplink): what passes late may have left early. The sender's own clock tells when it left.
  if (segment != nullptr && segment->has_timestamps) {
    const std::optional<Timestamp> passage = sender_clock_.earliest_passage(segment->timestamp_value);
    if (passage && *passage - hint_.time < needed) return true;
    if (passage && *passage <= now && !sender_clock_.leads_by_more_than(slack)) return false;
  }
  // Without one, what follows without a pause since the hint may have been waiting. What is sent again is no
  // such train.
  return is_new && train_unbroken_ && since_learned(now) < threshold::longest_queue;
}

bool Knowledge::fills_path(DatagramLength length) const {
  return hint_.mtu && length.value() <= hint_.mtu->value() &&
         length.value() + threshold::option_block > hint_.mtu->value();
}

void Knowledge::note_length(DatagramLength length) {
  same_length = length == last_length ? same_length + 1 : 1;
  last_length = length;
  if (same_length >= 2 && length.value() >= threshold::segment_worth_naming && !exceeded_by(length))
    stable_segment = length;
}

void Knowledge::note_probe(DatagramLength length) {
  probe_tries = probe_length == length ? probe_tries + 1 : 1;
  probe_length = length;
  ++probes;
}

std::uint32_t Knowledge::limit() const {
  return hint_.mtu ? hint_.mtu->value() : std::max(hint_.quoted_length.value(), 1U) - 1;
}

void Knowledge::go_on_from(const Knowledge& before) {
  late_ = before.late_;
  late_count_ = before.late_count_;
  insisted_above_ = before.insisted_above_;
  if (!insisted_above_ && before.re_elicited >= 2) insisted_above_ = before.limit();
}

bool Knowledge::insists_on(DatagramLength length) const {
  return re_elicited >= 2 || (insisted_above_ && length.value() > *insisted_above_);
}

void Knowledge::note_late(FrameNumber frame, SequenceNumber begin, Proof proof, bool marked) {
  const Late late{frame, begin, proof, marked, limit()};
  if (late_.size() < kLate) {
    late_.push_back(late);
  } else {
    late_[late_count_ % kLate] = late;
  }
  ++late_count_;
}

Knowledge::Late* Knowledge::find_late(FrameNumber frame) {
  const auto found =
      std::find_if(late_.begin(), late_.end(), [&](const Late& late) { return late.frame == frame; });
  return found == late_.end() ? nullptr : &*found;
}

bool Knowledge::was_late_before(SequenceNumber begin, DatagramLength length, FrameNumber now) const {
  return std::any_of(late_.begin(), late_.end(), [&](const Late& late) {
    return late.begin == begin && late.frame < now && length.value() > late.limit;
  });
}

}  // namespace pmtu
