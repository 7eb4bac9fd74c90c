// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pmtu/finding.h"

namespace pmtu {

/// All findings of a capture, by frame. Findings come in order of frames, save the few that only the end of
/// the capture tells. Bounded: what would go beyond is counted, and hints, which anybody can send, leave room
/// for the rest.
class FindingStore {
 public:
  explicit FindingStore(std::size_t max_findings) : max_findings_(max_findings) {}

  void add(const Finding& finding);
  /// Findings of `kind` over `conversation` from frame `from` on turned out wrong; `settle` takes them out.
  void retract(FindingKind kind, ConversationId conversation, FrameNumber from) {
    retractions_.push_back({kind, conversation, from});
  }
  /// Puts findings that came late where they belong and carries out the retractions, all in one go.
  void settle();

  [[nodiscard]] std::span<const Finding> all() const { return findings_; }
  [[nodiscard]] std::span<const Finding> of(FrameNumber frame) const;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Retraction {
    FindingKind kind;
    ConversationId conversation;
    FrameNumber from;
  };

  std::vector<Finding> findings_;
  std::vector<Finding> late_;  ///< for frames before the last one that has findings
  std::vector<Retraction> retractions_;
  std::size_t max_findings_;
  std::uint64_t dropped_ = 0;
};

}  // namespace pmtu
