// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pmtu/points.h"
#include "points/joiner.h"
#include "points/passage_log.h"
#include "points/point_table.h"

namespace pmtu {

/// The capture points of one capture: which one a frame belongs to, and what they tell together. While there
/// is but one, no more than the beginning of the capture is remembered.
class CapturePoints {
 public:
  /// `several_expected`: all is remembered from the first frame on.
  CapturePoints(std::size_t max_joined_datagrams, std::uint64_t seed, bool several_expected)
      : log_(max_joined_datagrams, seed),
        max_frames_(max_joined_datagrams),
        several_expected_(several_expected) {}

  [[nodiscard]] PointId observe(const Observation& observation);
  /// Joins what was observed so far.
  void join();

  [[nodiscard]] bool several() const { return table_.several(); }
  /// Empty: there is but one point, or the frame is not remembered.
  [[nodiscard]] std::optional<PointId> point(FrameNumber frame) const;
  /// Datagrams for which there was no room: nothing is told of them across points.
  [[nodiscard]] std::uint64_t left_out() const { return several() ? log_.left_out() : 0; }
  /// More points than can be told apart.
  [[nodiscard]] bool crowded() const { return table_.crowded(); }
  /// As of the last `join`.
  [[nodiscard]] const JoinedCapture& joined() const { return joined_; }
  /// With their clocks as of the last `join`; empty: there is but one.
  [[nodiscard]] std::vector<CapturePoint> all() const;

 private:
  /// Datagrams from the beginning of a capture that a second point may have, too.
  static constexpr std::size_t kBeginning = 16'384;

  void take(PointId point, const Observation& observation);

  PointTable table_;
  PassageLog log_;
  JoinedCapture joined_;
  std::size_t max_frames_;
  bool several_expected_;
  bool beginning_is_over_ = false;
  FrameNumber first_of_several_;        ///< the first frame of the second point
  std::vector<std::uint8_t> of_frame_;  ///< from there on
};

}  // namespace pmtu
