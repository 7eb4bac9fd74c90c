// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/groups.h"

/// The places of a path, side by side, as drawings show them.
namespace pmtu::report {

struct Station {
  enum class Kind : std::uint8_t { sender, capture_point, bottleneck, receiver };
  Kind kind = Kind::sender;
  std::string name;
  std::string what;
  PointId point;     ///< of a capture point in a capture with several
  double x = 0;      ///< of its centre
  double width = 0;  ///< of its box
};

/// From the sender to the receiver of the worst conversation: capture points, and who takes no more, or "?"
/// where nobody knows.
class Stations {
 public:
  explicit Stations(const Group& group);

  [[nodiscard]] const std::vector<Station>& all() const { return stations_; }
  [[nodiscard]] double sender() const { return stations_.front().x; }
  [[nodiscard]] double receiver() const { return stations_.back().x; }
  [[nodiscard]] double bottleneck() const { return bottleneck_; }
  /// Of a capture point; with one point in the capture, of that.
  [[nodiscard]] double point(PointId id) const;
  /// Of the whole drawing.
  [[nodiscard]] double width() const { return width_; }

 private:
  void lay_out();

  std::vector<Station> stations_;
  double bottleneck_ = 0;
  double width_ = 0;
};

}  // namespace pmtu::report
