// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/capture_points.h"

namespace pmtu {

PointId CapturePoints::observe(const Observation& observation) {
  const PointId point = table_.point_of(observation);
  if (several()) {
    take(point, observation);
  } else if (several_expected_) {
    log_.observe(point, observation);
  } else if (!beginning_is_over_) {
    log_.note(point, observation);
    beginning_is_over_ = log_.noted() >= kBeginning;
    if (beginning_is_over_) log_.forget_notes();
  }
  return point;
}

void CapturePoints::take(PointId point, const Observation& observation) {
  log_.observe(point, observation);
  if (first_of_several_ == FrameNumber{}) first_of_several_ = observation.frame;
  const std::size_t at = observation.frame.value() - first_of_several_.value();
  if (observation.frame < first_of_several_ || at >= max_frames_) return;
  if (at >= of_frame_.size()) of_frame_.resize(at + 1, 0);
  of_frame_[at] = static_cast<std::uint8_t>(point.value());
}

void CapturePoints::join() {
  if (several()) joined_ = Joiner(log_).join();
}

std::optional<PointId> CapturePoints::point(FrameNumber frame) const {
  if (!several() || frame == FrameNumber{}) return std::nullopt;
  if (frame < first_of_several_) return PointId(1);
  const std::size_t at = frame.value() - first_of_several_.value();
  if (at >= of_frame_.size() || of_frame_[at] == 0) return std::nullopt;
  return PointId(of_frame_[at]);
}

std::vector<CapturePoint> CapturePoints::all() const {
  if (!several()) return {};
  std::vector<CapturePoint> points = table_.points();
  for (CapturePoint& point : points) {
    const auto& clock = joined_.clocks[point.id.value()];
    if (!clock) continue;
    point.clock_offset = clock->offset;
    point.clock_uncertainty = clock->uncertainty;
    point.clock_drift = clock->drift;
  }
  return points;
}

}  // namespace pmtu
