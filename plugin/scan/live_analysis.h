// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>

#include "pmtu/analyzer.h"

namespace pmtu::scan {

/// A finding that blames or warns, told when it became known.
struct LiveFinding {
  Finding finding;  ///< its frames are numbered in the present file; 0: in an earlier one
  std::optional<FlowKey> flow;
  Verdict verdict = Verdict::none;
  std::optional<IpAddress> reporter;  ///< of the hint that the conversation got last
  Timestamp time;                     ///< of the frame that made it known
};

/// Analyses traffic that has no end, and tells each finding once.
///
/// An `Analyzer` keeps its findings and numbers its frames with 32 bits. So before one is full, a second one
/// is shown the same frames for as long as hints bind, and then takes over: memory stays bounded, and what is
/// known of hints is not lost.
class LiveAnalysis {
 public:
  struct Limits {
    std::uint32_t frames = 1'000'000'000;  ///< of one analyzer, before it gets a successor
    std::size_t findings = 400'000;
  };
  using Tell = std::function<void(const LiveFinding&)>;

  LiveAnalysis(const Preferences& preferences, Tell tell)
      : LiveAnalysis(preferences, std::move(tell), Limits{}) {}
  LiveAnalysis(const Preferences& preferences, Tell tell, Limits limits);

  /// Frames that follow are numbered anew, from behind those of the file that are known already.
  void begin_file(std::uint32_t known = 0) { file_begin_ = frames_ - known; }

  /// Takes in a frame with its number in the present file.
  void observe(Frame frame);

  /// Tells what is known only by waiting, such as a hole that stays open. Costs as much as there are flows.
  void conclude();

 private:
  /// An analyzer with what was told of it.
  struct Run {
    Run(const Preferences& preferences, std::uint64_t before)
        : analyzer(preferences), frames_before(before) {}
    Analyzer analyzer;
    std::uint64_t frames_before;  ///< of all frames, those that it was not shown
    std::unordered_set<std::uint64_t> told;
  };

  [[nodiscard]] FrameNumber number_in(const Run& run) const;
  [[nodiscard]] bool is_full() const;
  void relieve(const Frame& frame);
  void tell(const Finding& finding);
  [[nodiscard]] FrameNumber in_present_file(FrameNumber frame) const;

  Preferences preferences_;
  Tell tell_;
  Limits limits_;
  std::unique_ptr<Run> run_;
  std::unique_ptr<Run> successor_;
  Timestamp successor_begin_;
  std::uint64_t frames_ = 0;      ///< so far, with the numbers that files left out
  std::uint64_t file_begin_ = 0;  ///< what to add to a number in the present file
  std::uint64_t told_from_ = 0;   ///< what is said of frames before was told by a predecessor
  Timestamp now_;
};

}  // namespace pmtu::scan
