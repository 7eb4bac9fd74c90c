// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pmtu/finding.h"

namespace pmtu {

/// All findings of a capture, by frame. Bounded: what would go beyond is counted, and hints, which anybody
/// can send, leave room for the rest.
///
/// Findings come in order of frames and are never moved while frames come in. What is out of order (only the
/// end of the capture tells it) and what turned out wrong are noted, and take effect together in `settle`, so
/// that no single frame pays for all findings before it.
class FindingStore {
 public:
  explicit FindingStore(std::size_t max_findings) : max_findings_(max_findings) {}

  void add(const Finding& finding);
  /// The same, and nobody sees it before `settle`.
  void add_late(const Finding& finding);
  /// Findings of `kind` over `conversation` from frame `from` on, added up to now, turned out wrong.
  void retract(FindingKind kind, ConversationId conversation, FrameNumber from);
  /// Puts late findings in their places and takes out what was retracted.
  void settle();

  [[nodiscard]] std::span<const Finding> all() const { return findings_; }
  [[nodiscard]] std::span<const Finding> of(FrameNumber frame) const;
  /// Whether the latest finding is of this frame: all that an observer of frames in their order need ask.
  [[nodiscard]] bool says_of(FrameNumber frame) const {
    return !findings_.empty() && findings_.back().frame == frame;
  }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] bool has_room(const Finding& finding);
  struct Retraction {
    ConversationId conversation;
    FindingKind kind;
    std::uint32_t before;       ///< place in `findings_` of what was added later
    std::uint32_t before_late;  ///< the same in `late_`
    FrameNumber from;
  };
  void take_out_retracted();
  void take_out_retracted(std::vector<Finding>& from, std::uint32_t Retraction::*before) const;

  std::vector<Finding> findings_;
  std::vector<Finding> late_;
  std::vector<Retraction> retractions_;
  std::size_t max_findings_;
  std::uint64_t dropped_ = 0;
};

}  // namespace pmtu
