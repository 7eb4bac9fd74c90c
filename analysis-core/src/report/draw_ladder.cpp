// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string>
#include <vector>

#include "report/drawings.h"
#include "report/stations.h"
#include "report/svg.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr double kFrameNumbers = 90;  ///< room for them, left of the sender
constexpr double kFirstRow = 76;
constexpr double kRow = 34;
constexpr std::size_t kRows = 14;

/// One arrow of the ladder.
struct Step {
  enum class Kind : std::uint8_t { refused, hint, passes };
  Kind kind = Kind::refused;
  FrameNumber frame;
  std::string label;
  std::string aside;  ///< to the right: why it matters
  std::string_view style;
};

std::string size_of(const Finding& finding) {
  return number(finding.length.value()) + " bytes" + (finding.dont_fragment ? ", DF" : "");
}

std::string since_hint(const Finding& finding) {
  return "+" + spoken(finding.since_hint) + " since frame " + number(finding.hint_frame);
}

/// The datagram that drew a hint, and the hint.
void add_hint(std::vector<Step>& steps, const Finding& finding) {
  if (finding.quoted_frame != FrameNumber{} &&
      (steps.empty() || steps.back().frame != finding.quoted_frame)) {
    steps.push_back({Step::Kind::refused, finding.quoted_frame,
                     number(finding.quoted_length.value()) + " bytes", "does not fit", "bad"});
  }
  steps.push_back(
      {Step::Kind::hint, finding.frame,
       finding.hint_mtu ? "hint: MTU " + number(finding.hint_mtu->value()) : std::string("hint: no MTU"), "",
       "hint"});
}

void add_step(std::vector<Step>& steps, const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::in_flight:
      steps.push_back({Step::Kind::refused, finding.frame, size_of(finding),
                       "maybe sent before the hint arrived", "hint"});
      break;
    case FindingKind::ignored_hint:
      if (!finding.hint_status)
        steps.push_back({Step::Kind::refused, finding.frame, size_of(finding), since_hint(finding), "bad"});
      break;
    case FindingKind::vanished:
      steps.push_back({Step::Kind::refused, finding.frame, size_of(finding),
                       "never arrived at point " + number(finding.lost_point.value()), "odd"});
      break;
    case FindingKind::black_hole_suspected:
    case FindingKind::black_hole_confirmed:
    case FindingKind::black_hole_loss:
      steps.push_back({Step::Kind::refused, finding.frame, size_of(finding), "lost, no answer", "odd"});
      break;
    case FindingKind::honoured:
      steps.push_back({Step::Kind::passes, finding.frame, size_of(finding), "fits", "good"});
      break;
    default:
      break;
  }
}

/// Of the frames of several capture points those that the argument is made of: what vanished, not the losses
/// that each point by itself suspects, and each mark once.
bool is_told_elsewhere(const Case& one, const Finding& finding) {
  if (!one.row->joined) return false;
  if (finding.kind == FindingKind::ignored_hint) {
    const std::vector<FrameNumber>& marks = one.row->ignored_frames;
    return std::find(marks.begin(), marks.end(), finding.frame) == marks.end();
  }
  const bool loss = shows_black_hole(finding.kind) || finding.kind == FindingKind::black_hole_loss;
  return loss ? one.row->joined->vanish.has_value()
              : finding.kind == FindingKind::vanished && !is_black_hole(one.row->verdict);
}

/// The first of everything, and every mark as far as there is room.
std::vector<Step> steps_of(const Case& one) {
  std::vector<Step> steps;
  std::size_t hints = 0;
  std::size_t in_flight = 0;
  std::size_t honoured = 0;
  for (const Finding* finding : one.findings) {
    if (steps.size() >= kRows) break;
    const bool is_hint = finding->hint_status && finding->kind != FindingKind::ignored_hint;
    if (is_hint && hints++ == 0) add_hint(steps, *finding);
    if (is_hint || is_told_elsewhere(one, *finding)) continue;
    if (finding->kind == FindingKind::in_flight && in_flight++ != 0) continue;
    if (finding->kind == FindingKind::honoured && honoured++ != 0) continue;
    add_step(steps, *finding);
  }
  return steps;
}

std::string described(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    text += "Frame " + number(step.frame) + ": " + step.label +
            (step.aside.empty() ? "" : ", " + step.aside) + ". ";
  }
  return text;
}

/// Where the arrow of a hint ends: at the sender, or behind the filter that keeps it from there.
double hint_ends(const Group& group, const Stations& stations) {
  if (!is_filtered(group)) return stations.sender();
  const FilteredHint& filtered = *group.row().joined->filtered;
  return (stations.point(filtered.seen_at) + stations.point(filtered.missing_at)) / 2;
}

}  // namespace

Drawing draw_ladder(const Group& group, const Case& one) {
  const std::vector<Step> steps = steps_of(one);
  if (steps.size() < 2) return {};
  const double bottom = kFirstRow + kRow * static_cast<double>(steps.size());
  const Stations stations(group);
  Svg svg(stations.width() + kFrameNumbers, bottom + 12, "The frames that decide", described(steps));
  const auto at = [](double x) { return x + kFrameNumbers; };
  const bool several = one.row->joined.has_value();
  for (const Station& station : stations.all()) {
    if (station.kind == Station::Kind::capture_point && !several) continue;
    svg.text(at(station.x), 22, station.name, "middle strong");
    svg.line(at(station.x), 34, at(station.x), bottom, "grid");
  }
  const double sender = at(stations.sender());
  const double bottleneck = at(stations.bottleneck());
  double y = kFirstRow;
  for (const Step& step : steps) {
    const std::string thick = std::string(step.style) + " thick";
    svg.text(sender - 14, y + 4, "frame " + number(step.frame), "end soft small");
    if (step.kind == Step::Kind::hint) {
      const bool settled = one.row->delivered == Delivery::yes || is_filtered(group);
      svg.arrow(bottleneck, y, hint_ends(group, stations) + kFrameNumbers, y,
                settled ? thick : thick + " dashed");
    } else if (step.kind == Step::Kind::passes) {
      svg.arrow(sender, y, at(stations.receiver()), y, thick);
    } else {
      svg.arrow(sender, y, bottleneck - 8, y, thick);
      svg.cross(bottleneck, y, thick);
    }
    svg.text(sender + 12, y - 6, step.label, "small");
    if (!step.aside.empty()) svg.text(bottleneck + 16, y - 6, step.aside, "soft small");
    y += kRow;
  }
  return {std::move(svg).finish()};
}

}  // namespace pmtu::report
