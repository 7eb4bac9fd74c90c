// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"

namespace pmtu::plugin {

/// The frames that passed the filter of a statistic, one bit each. Frames rather than conversations, because
/// some findings are known only at the end of the capture, long after their frame has passed.
class FrameSelection {
 public:
  void add(FrameNumber frame);
  [[nodiscard]] bool contains(FrameNumber frame) const;
  void clear() { words_.clear(); }

 private:
  std::vector<std::uint64_t> words_;
};

/// Tells which rows of a summary a frame belongs to: those with a finding at it, and those that begin or end
/// there.
class RowsByFrame {
 public:
  RowsByFrame() = default;
  RowsByFrame(const Summary& summary, std::span<const Finding> findings);

  struct Entry {
    FrameNumber frame;
    std::size_t row;  ///< index in `Summary::conversations`
  };
  /// Entries of one frame.
  [[nodiscard]] std::span<const Entry> of(FrameNumber frame) const;
  [[nodiscard]] std::span<const Entry> all() const { return entries_; }

 private:
  std::vector<Entry> entries_;  ///< by frame
};

/// The part of a summary that the selected frames belong to, with the paths of what remains.
[[nodiscard]] Summary select_rows(Summary summary, std::span<const Finding> findings,
                                  const FrameSelection& selection);

}  // namespace pmtu::plugin
