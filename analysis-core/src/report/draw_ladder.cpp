// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>
#include <vector>

#include "report/drawings.h"
#include "report/svg.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr double kWidth = 900;
constexpr double kSender = 190;
constexpr double kMiddle = 480;
constexpr double kReceiver = 770;
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
    if (is_hint) continue;
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

}  // namespace

Drawing draw_ladder(const Group& group, const Case& one) {
  const std::vector<Step> steps = steps_of(one);
  if (steps.size() < 2) return {};
  const double bottom = kFirstRow + kRow * static_cast<double>(steps.size());
  Svg svg(kWidth, bottom + 12, "The frames that decide", described(steps));
  const bool hinted = one.reporter && !is_black_hole(group.verdict);
  const std::pair<double, std::string> columns[] = {
      {kSender, to_string(group.sender)},
      {kMiddle, hinted ? to_string(*one.reporter) : std::string("?")},
      {kReceiver, to_string(one.row->flow.path.destination)}};
  for (const auto& [x, who] : columns) {
    svg.text(x, 22, who, "middle strong");
    svg.line(x, 34, x, bottom, "grid");
  }
  double y = kFirstRow;
  for (const Step& step : steps) {
    const std::string thick = std::string(step.style) + " thick";
    svg.text(kSender - 14, y + 4, "frame " + number(step.frame), "end soft small");
    if (step.kind == Step::Kind::hint) {
      svg.arrow(kMiddle, y, kSender, y, thick);
    } else if (step.kind == Step::Kind::passes) {
      svg.arrow(kSender, y, kReceiver, y, thick);
    } else {
      svg.arrow(kSender, y, kMiddle - 8, y, thick);
      svg.cross(kMiddle, y, thick);
    }
    svg.text((kSender + kMiddle) / 2, y - 6, step.label, "middle small");
    if (!step.aside.empty()) svg.text(kMiddle + 16, y - 6, step.aside, "soft small");
    y += kRow;
  }
  return {std::move(svg).finish()};
}

}  // namespace pmtu::report
