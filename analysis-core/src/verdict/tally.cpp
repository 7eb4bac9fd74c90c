// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/tally.h"

#include <algorithm>

namespace pmtu {

namespace {

void make_room_in(std::vector<FrameNumber>& frames, std::size_t more) {
  constexpr std::size_t kFirst = 4;
  const std::size_t needed = frames.size() + more;
  if (needed > frames.capacity()) frames.reserve(std::max({kFirst, needed, 2 * frames.capacity()}));
}

}  // namespace

void Tally::make_room_for(const Event& event) {
  if (std::holds_alternative<event::HintCounted>(event)) make_room_in(hint_frames, 1);
  if (std::holds_alternative<event::Ignored>(event)) make_room_in(marks_.frames, 1);
  if (std::holds_alternative<event::EpochBegan>(event))
    make_room_in(settled_marks_.frames, marks_.frames.size());
}

void MarkTally::merge(const MarkTally& later, std::size_t max_frames) {
  packets += later.packets;
  bytes += later.bytes;
  largest = std::max(largest, later.largest);
  if (later.packets != 0) {
    smallest = smallest == 0 ? later.smallest : std::min(smallest, later.smallest);
    packets_of_latest =
        later.packets_of_latest + (later.latest.frame == latest.frame ? packets_of_latest : 0);
    latest = later.latest;
  }
  if (later.last) last = later.last;
  const std::size_t room = max_frames - std::min(max_frames, frames.size());
  const auto end = later.frames.begin() + static_cast<std::ptrdiff_t>(std::min(room, later.frames.size()));
  frames.insert(frames.end(), later.frames.begin(), end);
}

MarkTally Tally::marks() const {
  MarkTally all = settled_marks_;
  all.merge(marks_, max_frames_);
  return all;
}

event::HintCited Tally::cited() const {
  const MarkTally ignored = marks();
  if (ignored.packets != 0) return ignored.latest;
  if (epoch) return epoch->hint;
  // Accepted, and yet it began nothing: an MTU was not named, and what it quotes was not captured.
  event::HintCited first;
  if (!hint_frames.empty()) first.frame = hint_frames.front();
  if (reporter) first.reporter = *reporter;
  first.remark = refusal;
  return first;
}

void Tally::apply(const event::HintCounted& hint) {
  ++hints;
  if (hint_frames.size() < max_frames_) hint_frames.push_back(hint.frame);
  const bool accepted = hint.status == HintStatus::valid || hint.status == HintStatus::no_mtu;
  const bool refused = hint.status == HintStatus::invalid || hint.status == HintStatus::unmatched;
  if (accepted) ++accepted_hints;
  if (refused) ++refused_hints;
  if (refused && untranslated_hints == 0) refusal = hint.remark;
  if (hint.remark == HintRemark::untranslated) ++untranslated_hints;
  if (!reporter) reporter = hint.reporter;
}

void Tally::apply(const event::EpochBegan& began) {
  settled_marks_.merge(marks_, max_frames_);
  marks_ = MarkTally{};
  epoch = began;
}

void Tally::apply(const event::StageKnown& known) {
  if (hinted_stage == Stage::unknown) hinted_stage = known.stage;
}

void Tally::apply(const event::Ignored& ignored) {
  const std::uint32_t length = ignored.finding.length.value();
  ++marks_.packets;
  marks_.packets_of_latest = marks_.latest.frame == ignored.hint.frame ? marks_.packets_of_latest + 1 : 1;
  marks_.latest = ignored.hint;
  marks_.bytes += length;
  marks_.largest = std::max(marks_.largest, length);
  marks_.smallest = marks_.smallest == 0 ? length : std::min(marks_.smallest, length);
  marks_.last = ignored.at;
  if (marks_.frames.size() + settled_marks_.frames.size() < max_frames_)
    marks_.frames.push_back(ignored.finding.frame);
  hinted_stall.end = ignored.at;
}

void Tally::apply(const event::Reduced& reduced) {
  obeyed = true;
  hinted_stall.end_once(reduced.at);
}

void Tally::apply(const event::StuckObeying& again) {
  if (!stuck || again.at - again.begin >= stuck->at - stuck->begin) stuck = again;
}

void Tally::apply(const event::MarksWithdrawn&) {
  marks_ = MarkTally{};
  refuted = true;
}

void Tally::apply(const event::SiblingIgnored& ignored) {
  if (!sibling) {
    sibling = ignored;
    return;
  }
  const Timestamp first = sibling->first_sent;
  sibling = ignored;
  sibling->first_sent = first;
}

std::uint64_t Tally::bytes_sent_again() const {
  // What a hint had called too large is counted as such from then on: the same bytes do not count twice.
  const std::uint64_t lost = settled_loss_bytes_ + (loss ? loss->resent_bytes : 0);
  return std::max(resent_bytes, lost);
}

void Tally::begin_loss(const event::Loss& next) {
  const bool another = loss && loss->first_frame != next.first_frame;
  if (another) settled_loss_bytes_ += loss->resent_bytes;
  const Stage told = loss && !another ? loss->stage : Stage::unknown;
  loss = next;
  if (loss->stage == Stage::unknown) loss->stage = told;
  if (!loss_begin) loss_begin = loss->begin;
}

void Tally::apply(const event::LossSuspected& suspected) {
  before_suspicion_ = black_hole;
  loss_before_suspicion_ = loss;
  settled_before_suspicion_ = settled_loss_bytes_;
  begin_loss(suspected.loss);
  if (black_hole == BlackHole::none) black_hole = BlackHole::suspected;
}

void Tally::apply(const event::LossGrew& grew) {
  if (black_hole == BlackHole::none || !loss || loss->kind != grew.loss.kind) return;
  const Stage told = loss->stage;
  loss = grew.loss;
  if (loss->stage == Stage::unknown) loss->stage = told;
}

void Tally::apply(const event::FragmentsLost& lost) {
  if (lost.reported) ++fragment_reports_;
  const std::uint32_t datagrams = lost.reported ? fragment_reports_ : lost.datagrams;
  if (!fragments_lost) {
    fragments_lost = lost;
    fragments_lost->datagrams = datagrams;
    return;
  }
  fragments_lost->datagrams = std::max(fragments_lost->datagrams, datagrams);
  fragments_lost->reported = fragments_lost->reported || lost.reported;
  fragments_lost->last_frame = lost.last_frame;
  fragments_lost->end = lost.end;
}

void Tally::apply(const event::FragmentLossGrew& grew) {
  if (!fragments_lost) return;
  fragments_lost->datagrams = std::max(fragment_reports_, grew.datagrams);
  fragments_lost->several_flows = fragments_lost->several_flows || grew.several_flows;
  fragments_lost->last_frame = std::max(fragments_lost->last_frame, grew.last_frame);
  fragments_lost->end = std::max(fragments_lost->end, grew.end);
}

void Tally::apply(const event::SuspicionWithdrawn&) {
  black_hole = before_suspicion_;
  settled_loss_bytes_ = settled_before_suspicion_;
  loss = loss_before_suspicion_;
  if (!loss) loss_begin.reset();
}

void Tally::apply(const event::LostAgain& again) {
  begin_loss(again.loss);
}

void Tally::apply(const event::LossConfirmed& confirmed) {
  begin_loss(confirmed.loss);
  black_hole = BlackHole::confirmed;
}

void Tally::apply(const event::HoleFound& found) {
  hole = Hole::open;
  hole_found = found;
  hole_end = found.at;
  recovered_if_merged = false;
}

void Tally::apply(const event::HoleWithdrawn&) {
  hole = Hole::none;
  hole_found.reset();
}

void Tally::apply(const event::HoleRecovered& recovered) {
  hole = Hole::recovered;
  recovered_if_merged = recovered.if_merged;
  hole_end = recovered.at;
}

namespace {

std::optional<Verdict> black_hole_verdict(const Tally& tally) {
  switch (tally.black_hole) {
    case Tally::BlackHole::confirmed:
      return Verdict::black_hole_confirmed;
    case Tally::BlackHole::recovered:
      return Verdict::black_hole_recovered;
    case Tally::BlackHole::suspected:
      return Verdict::black_hole_suspected;
    case Tally::BlackHole::none:
      break;
  }
  switch (tally.hole) {
    case Tally::Hole::open:
      return Verdict::black_hole_receiver;
    case Tally::Hole::recovered:
      return Verdict::black_hole_recovered;
    case Tally::Hole::none:
      break;
  }
  return std::nullopt;
}

}  // namespace

Verdict verdict_of(const Tally& tally) {
  if (const auto verdict = black_hole_verdict(tally); verdict && tally.marked_packets() == 0) return *verdict;
  return verdict_without_losses(tally);
}

Verdict verdict_without_losses(const Tally& tally) {
  // A mark outweighs everything: later obedience does not erase it.
  if (tally.marked_packets() != 0) return tally.delivered ? Verdict::ignoring : Verdict::probably_ignoring;
  if (tally.fragments_lost) return Verdict::fragments_lost;
  if (tally.accepted_hints == 0) {
    if (tally.sibling || tally.hint_cut) return Verdict::unverifiable;
    if (tally.refused_hints != 0) return Verdict::hint_undeliverable;
    return tally.one_sided ? Verdict::unverifiable : Verdict::none;
  }
  if (tally.fragmented) return Verdict::compliant_by_fragmentation;
  if (tally.obeyed) return Verdict::compliant;
  if (tally.probes != 0) return Verdict::probing;
  if (tally.unverifiable != 0) return Verdict::unverifiable;
  return Verdict::not_exercised;
}

}  // namespace pmtu
