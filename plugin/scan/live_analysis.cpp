// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/live_analysis.h"

#include <algorithm>
#include <utility>

namespace pmtu::scan {
namespace {

/// Joining so many takes a fraction of a second.
constexpr std::size_t kMostJoined = 500'000;

/// What makes a finding another one.
std::uint64_t identity(const Finding& finding) {
  return std::uint64_t{finding.frame.value()} << 32 |
         std::uint64_t{finding.conversation.value() & 0xff'ffffU} << 8 |
         static_cast<std::uint64_t>(finding.kind);
}

}  // namespace

LiveAnalysis::LiveAnalysis(const Preferences& preferences, Tell tell, Limits limits)
    : preferences_(preferences), tell_(std::move(tell)), limits_(limits) {
  // Points are joined anew whenever something is concluded.
  preferences_.max_joined_datagrams = std::min(preferences_.max_joined_datagrams, kMostJoined);
  run_ = std::make_unique<Run>(preferences_, 0);
}

FrameNumber LiveAnalysis::number_in(const Run& run) const {
  return FrameNumber(static_cast<std::uint32_t>(frames_ - run.frames_before));
}

bool LiveAnalysis::is_full() const {
  return frames_ - run_->frames_before >= limits_.frames ||
         run_->analyzer.findings().size() >= limits_.findings;
}

/// Prepares a successor for an analyzer that is nearly full, or lets it take over.
void LiveAnalysis::relieve(const Frame& frame) {
  if (!successor_) {
    if (!is_full()) return;
    successor_ = std::make_unique<Run>(preferences_, frames_);
    successor_begin_ = frame.time;
    return;
  }
  // The clock of a capture may stand still or be set back: twice the frames are enough in any case.
  const bool knows_all_hints = frame.time - successor_begin_ >= preferences_.hint_max_age;
  const bool is_overfull = frames_ - run_->frames_before >= 2 * std::uint64_t{limits_.frames} ||
                           run_->analyzer.findings().size() >= 2 * limits_.findings;
  if (!knows_all_hints && !is_overfull) return;
  conclude();  // who comes next tells nothing of what was before
  run_ = std::move(successor_);
  told_from_ = frames_;
}

void LiveAnalysis::observe(Frame frame) {
  now_ = frame.time;
  relieve(frame);
  frames_ = file_begin_ + frame.number.value();
  if (successor_) {
    frame.number = number_in(*successor_);
    successor_->analyzer.observe(frame);
  }
  frame.number = number_in(*run_);
  if (!run_->analyzer.observe(frame)) return;
  for (const Finding& finding : run_->analyzer.findings(frame.number)) tell(finding);
}

void LiveAnalysis::conclude() {
  run_->analyzer.conclude();
  for (const Finding& finding : run_->analyzer.findings()) tell(finding);
}

FrameNumber LiveAnalysis::in_present_file(FrameNumber frame) const {
  const std::uint64_t of_all = run_->frames_before + frame.value();
  if (frame.value() == 0 || of_all <= file_begin_) return FrameNumber();
  return FrameNumber(static_cast<std::uint32_t>(of_all - file_begin_));
}

void LiveAnalysis::tell(const Finding& finding) {
  if (finding.severity < Severity::warn || run_->frames_before + finding.frame.value() <= told_from_) return;
  if (!run_->told.insert(identity(finding)).second) return;
  LiveFinding live;
  live.finding = finding;
  for (FrameNumber* const frame : {&live.finding.frame, &live.finding.hint_frame, &live.finding.quoted_frame,
                                   &live.finding.related_frame})
    *frame = in_present_file(*frame);
  live.time = now_;
  if (finding.conversation != kNoConversation) {
    live.flow = run_->analyzer.flow(finding.conversation);
    live.verdict = run_->analyzer.verdict(finding.conversation);
    if (const auto row = run_->analyzer.row(finding.conversation)) live.reporter = row->reporter;
  }
  tell_(live);
}

}  // namespace pmtu::scan
