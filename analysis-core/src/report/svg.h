// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pmtu::report {

/// Text for a page: what comes from a capture can be anything. Bytes that are no UTF-8, and characters that
/// no page may hold, become U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

/// A drawing in the making. Colours come from the classes of the page's style sheet, so that one drawing
/// suits light and dark; all texts are escaped here.
class Svg {
 public:
  /// `title` and `description` are what a screen reader says.
  Svg(double width, double height, std::string_view title, std::string_view description);

  using Points = std::vector<std::pair<double, double>>;

  void line(double x1, double y1, double x2, double y2, std::string_view style);
  /// A line with a head at its end.
  void arrow(double x1, double y1, double x2, double y2, std::string_view style);
  void polyline(const Points& points, std::string_view style);
  void polygon(const Points& points, std::string_view style);
  void box(double x, double y, double width, double height, std::string_view style);
  /// `tip` is shown where the pointer rests; may be empty.
  void dot(double x, double y, double radius, std::string_view style, std::string_view tip);
  void cross(double x, double y, std::string_view style);
  /// `style` may hold "end" or "middle": where the text is anchored.
  void text(double x, double y, std::string_view text, std::string_view style);

  [[nodiscard]] std::string finish() &&;

 private:
  std::string out_;
};

}  // namespace pmtu::report
