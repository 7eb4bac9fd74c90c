// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "report/drawings.h"
#include "report/svg.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr double kWidth = 900;
constexpr double kHeight = 330;
constexpr double kLeft = 56;
constexpr double kRight = 884;
constexpr double kTop = 34;
constexpr double kBottom = 262;

/// What became of a datagram, as far as it is told.
enum class Fate : std::uint8_t { other, follows, in_flight, probe, ignored, lost };
constexpr std::size_t kFates = 6;
struct Look {
  std::string_view style;
  std::string_view word;
};
constexpr std::array<Look, kFates> kLooks{{{"", "sent, nothing to say"},
                                           {"good", "follows the hint"},
                                           {"hint", "maybe sent before the hint arrived"},
                                           {"calm", "probe"},
                                           {"bad", "ignores the hint"},
                                           {"odd", "lost without a hint"}}};

Fate fate_of(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::ignored_hint:
      return Fate::ignored;
    case FindingKind::ignored_sibling_hint:
    case FindingKind::in_flight:
      return Fate::in_flight;
    case FindingKind::honoured:
      return Fate::follows;
    case FindingKind::probe:
    case FindingKind::reprobe:
      return Fate::probe;
    case FindingKind::black_hole_suspected:
    case FindingKind::black_hole_confirmed:
    case FindingKind::black_hole_loss:
    case FindingKind::vanished:
      return Fate::lost;
    default:
      return Fate::other;
  }
}

/// A step for the marks of an axis: 1, 2 or 5 times a power of ten.
double step_for(double range, int marks) {
  double step = 1e-6;
  for (int i = 0; step * marks < range && i < 60; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

std::string seconds_label(double seconds, double step) {
  std::string label = std::to_string(seconds);
  const std::size_t decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : step >= 0.001 ? 3 : 6;
  const std::size_t point = label.find_first_of(".,");
  return decimals == 0 ? label.substr(0, point) : label.substr(0, point + 1 + decimals);
}

class Plot {
 public:
  Plot(const Case& one, const std::vector<SizePoint>& points) : one_(one), points_(points) {
    for (const Finding* finding : one.findings) {
      if (finding->hint_status) continue;
      const bool hinted =
          !is_black_hole(one.row->verdict);  // then what vanished did so for the hint's reason
      if (finding->kind == FindingKind::vanished && hinted) continue;
      Fate& fate = fates_[finding->frame.value()];
      fate = std::max(fate, fate_of(*finding));
    }
    for (const SizePoint& point : points) largest_ = std::max(largest_, point.length.value());
    if (is_black_hole(one.row->verdict) && one.row->bracket.lost) {
      lost_ = one.row->bracket.lost->value();
      largest_ = std::max(largest_, lost_);
    }
    span_ = std::max(seconds(points.back().time), 1e-6);
  }

  std::string draw() {
    Svg svg(kWidth, kHeight, "Sizes over time", described());
    axes(svg);
    stall(svg);
    hints(svg);
    datagrams(svg);
    legend(svg);
    return std::move(svg).finish();
  }

 private:
  [[nodiscard]] double seconds(Timestamp time) const { return (time - points_.front().time).seconds(); }
  [[nodiscard]] double x(double seconds) const {
    return kLeft + std::clamp(seconds / span_, 0.0, 1.0) * (kRight - kLeft);
  }
  [[nodiscard]] double y(double bytes) const { return kBottom - bytes / (largest_ * 1.1) * (kBottom - kTop); }

  [[nodiscard]] Fate fate(const SizePoint& point) const {
    const auto known = fates_.find(point.frame.value());
    return known == fates_.end() ? Fate::other : known->second;
  }

  std::string described() {
    std::string text = count_of(points_.size(), one_.row->joined ? "frame" : "datagram") + " of " +
                       title(one_.row->flow) + " in " + spoken(points_.back().time - points_.front().time) +
                       ", the largest of " + number(largest_) + " bytes.";
    for (const SizePoint& point : points_) ++count_[static_cast<std::size_t>(fate(point))];
    for (std::size_t i = 1; i < kFates; ++i) {
      if (count_[i] != 0) text += " " + number(count_[i]) + ": " + std::string(kLooks[i].word) + ".";
    }
    return text;
  }

  void axes(Svg& svg) const {
    svg.text(
        kLeft, 18,
        title(one_.row->flow) + ": bytes over seconds" + (one_.row->joined ? ", at every capture point" : ""),
        "soft");
    const double bytes = std::max(step_for(largest_ * 1.1, 6), 1.0);
    for (int i = 0; i * bytes <= largest_ * 1.1; ++i) {
      const double mark = i * bytes;
      svg.line(kLeft, y(mark), kRight, y(mark), "grid");
      svg.text(kLeft - 6, y(mark) + 4, number(static_cast<std::uint64_t>(mark)), "end soft small");
    }
    const double step = step_for(span_, 8);
    for (int i = 0; i * step <= span_; ++i) {
      svg.line(x(i * step), kBottom, x(i * step), kBottom + 5, "");
      svg.text(x(i * step), kBottom + 19, seconds_label(i * step, step), "middle soft small");
    }
    svg.line(kLeft, kBottom, kRight, kBottom, "");
    if (lost_ == 0) return;
    svg.line(kLeft, y(lost_), kRight, y(lost_), "odd thick dashed");
    svg.text(kRight, y(lost_) - 5, "lost from " + number(lost_) + " bytes on", "odd end small");
  }

  void stall(Svg& svg) const {
    const ConversationRow& row = *one_.row;
    if (!row.stall || !row.stall_begin) return;
    const double begin = x(seconds(*row.stall_begin));
    const double end = x(seconds(*row.stall_begin + *row.stall));
    if (end <= begin) return;
    svg.box(begin, kTop, end - begin, kBottom - kTop, "stall");
    svg.text(begin + 4, kTop + 12, "stalled", "soft small");
  }

  /// A hint stands where the next datagram of the conversation does, or a fraction before: its frame carries
  /// no datagram of this direction.
  [[nodiscard]] double time_of(FrameNumber frame) const {
    const auto next =
        std::lower_bound(points_.begin(), points_.end(), frame,
                         [](const SizePoint& point, FrameNumber wanted) { return point.frame < wanted; });
    if (next == points_.begin()) return 0;
    return seconds(std::prev(next)->time);
  }

  void hints(Svg& svg) const {
    std::optional<Mtu> mtu;
    double since = 0;
    const auto level = [&](double until) {
      if (mtu && mtu->value() <= largest_ * 1.1)
        svg.line(x(since), y(mtu->value()), x(until), y(mtu->value()), "hint thick dashed");
    };
    std::size_t drawn = 0;
    for (const Finding* finding : one_.findings) {
      if (!finding->hint_status) continue;
      const double at = time_of(finding->frame);
      if (++drawn <= kMarks) {
        svg.polygon({{x(at), kBottom - 1}, {x(at) - 5, kBottom + 9}, {x(at) + 5, kBottom + 9}}, "hint");
      }
      const bool believed = finding->hint_status == HintStatus::valid && finding->hint_mtu;
      if (!believed || (mtu && *finding->hint_mtu >= *mtu)) continue;
      level(at);
      mtu = finding->hint_mtu;
      since = at;
      svg.text(kRight, y(mtu->value()) + 14, "path MTU " + number(mtu->value()), "hint end small");
    }
    level(span_);
  }

  /// Datagrams that something is said of are all drawn; of the others those that would be seen.
  void datagrams(Svg& svg) const {
    std::set<std::pair<int, int>> taken;
    for (const bool told : {false, true}) {
      for (const SizePoint& point : points_) {
        const Fate what = fate(point);
        if ((what != Fate::other) != told) continue;
        const double at_x = x(seconds(point.time));
        const double at_y = y(point.length.value());
        if (!told && !taken.emplace(static_cast<int>(at_x), static_cast<int>(at_y)).second) continue;
        const Look& look = kLooks[static_cast<std::size_t>(what)];
        svg.dot(at_x, at_y, told ? 4.5 : 2.5, look.style,
                told ? "frame " + number(point.frame) + ": " + number(point.length.value()) + " bytes, " +
                           std::string(look.word)
                     : std::string());
      }
    }
  }

  void legend(Svg& svg) const {
    double at = kLeft;
    constexpr double kLine = kHeight - 18;
    for (std::size_t i = 0; i < kFates; ++i) {
      if (count_[i] == 0) continue;
      svg.dot(at + 5, kLine - 4, i == 0 ? 2.5 : 4.5, kLooks[i].style, "");
      const std::string word =
          std::string(kLooks[i].word) + " (" + number(count_[i]) + (one_.row->joined ? " frames)" : ")");
      svg.text(at + 15, kLine, word, "small");
      at += 32 + 6.1 * static_cast<double>(word.size());
    }
    if (one_.row->hints != 0) {
      svg.polygon({{at + 6, kLine - 10}, {at, kLine}, {at + 12, kLine}}, "hint");
      svg.text(at + 18, kLine, "hint", "small");
    }
  }

  static constexpr std::size_t kMarks = 500;  ///< more triangles than that are one bar

  const Case& one_;
  const std::vector<SizePoint>& points_;
  std::unordered_map<std::uint32_t, Fate> fates_;
  std::array<std::size_t, kFates> count_{};
  std::uint32_t largest_ = 1;
  std::uint32_t lost_ = 0;  ///< in a black hole, the size that is lost
  double span_ = 0;
};

}  // namespace

Drawing draw_sizes(const Case& one, const std::vector<SizePoint>& points) {
  if (points.empty()) return {};
  return {Plot(one, points).draw()};
}

}  // namespace pmtu::report
