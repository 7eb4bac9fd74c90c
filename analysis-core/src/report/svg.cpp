// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/svg.h"

#include <cmath>
#include <cstdint>

namespace pmtu::report {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Length of the UTF-8 character at the start of `text`; 0 where there is none (RFC 3629).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

/// A coordinate with a tenth of a unit, independent of the locale.
std::string at(double value) {
  const auto tenths = static_cast<long long>(std::llround(value * 10.0));
  std::string text = std::to_string(tenths / 10);
  if (tenths < 0 && tenths > -10) text.insert(0, "-");
  if (tenths % 10 != 0) text += "." + std::to_string(std::llabs(tenths % 10));
  return text;
}

std::string attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + at(value) + "\"";
}

std::string styled(std::string_view style) {
  return " class=\"" + std::string(style) + "\"";
}

std::string list(const Svg::Points& points) {
  std::string text;
  for (const auto& [x, y] : points) text += (text.empty() ? "" : " ") + at(x) + "," + at(y);
  return text;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const char c = text.front();
    if (length == 0 || (length == 1 && static_cast<std::uint8_t>(c) < 0x20 && c != '\n' && c != '\t') ||
        c == 0x7f) {
      out += kReplacement;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  out_ = "<svg role=\"img\" viewBox=\"0 0 " + at(width) + " " + at(height) + "\" aria-label=\"" +
         escaped(title) + ". " + escaped(description) + "\">\n<title>" + escaped(title) + "</title>\n<desc>" +
         escaped(description) + "</desc>\n";
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  out_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) +
          styled(style) + "/>\n";
}

void Svg::arrow(double x1, double y1, double x2, double y2, std::string_view style) {
  constexpr double kHead = 9.0;
  const double length = std::hypot(x2 - x1, y2 - y1);
  if (length <= kHead) return;
  const double dx = (x2 - x1) / length;
  const double dy = (y2 - y1) / length;
  const double bx = x2 - dx * kHead;
  const double by = y2 - dy * kHead;
  line(x1, y1, bx, by, style);
  polygon({{x2, y2}, {bx - dy * kHead / 2, by + dx * kHead / 2}, {bx + dy * kHead / 2, by - dx * kHead / 2}},
          "head " + std::string(style));
}

void Svg::polyline(const Points& points, std::string_view style) {
  out_ += "<polyline points=\"" + list(points) + "\"" + styled(style) + "/>\n";
}

void Svg::polygon(const Points& points, std::string_view style) {
  out_ += "<polygon points=\"" + list(points) + "\"" + styled(style) + "/>\n";
}

void Svg::box(double x, double y, double width, double height, std::string_view style) {
  out_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
          attribute("height", height) + styled(style) + "/>\n";
}

void Svg::dot(double x, double y, double radius, std::string_view style, std::string_view tip) {
  out_ += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) + styled(style);
  out_ += tip.empty() ? "/>\n" : "><title>" + escaped(tip) + "</title></circle>\n";
}

void Svg::cross(double x, double y, std::string_view style) {
  constexpr double kArm = 6.0;
  line(x - kArm, y - kArm, x + kArm, y + kArm, style);
  line(x - kArm, y + kArm, x + kArm, y - kArm, style);
}

void Svg::text(double x, double y, std::string_view text, std::string_view style) {
  out_ += "<text" + attribute("x", x) + attribute("y", y) + styled(style) + ">" + escaped(text) + "</text>\n";
}

std::string Svg::finish() && {
  return std::move(out_) + "</svg>\n";
}

}  // namespace pmtu::report
