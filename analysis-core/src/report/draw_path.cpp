// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>

#include "report/drawings.h"
#include "report/stations.h"
#include "report/svg.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr double kBoxHeight = 46;
constexpr double kBoxTop = 14;
constexpr double kFirstRow = 92;
constexpr double kRow = 38;
constexpr double kAboveLine = 11;  ///< texts, clear of crosses

bool is_hinted(const Group& group) {
  return group.reporter && !is_black_hole(group.verdict);
}

std::string passes(const Group& group) {
  const Bracket& bracket = group.row().bracket;
  if (group.stalls) return {};  // what keeps to the path MTU does not arrive either
  if (group.mtu && !is_black_hole(group.verdict)) return "up to " + number(group.mtu->value()) + " bytes fit";
  return bracket.passed ? "up to " + number(bracket.passed->value()) + " bytes got through" : std::string();
}

std::string refused(const Group& group) {
  const Case& one = group.worst();
  const std::optional<JoinedDirection>& joined = group.row().joined;
  if (joined && joined->vanish) {
    const VanishBetween& vanish = *joined->vanish;
    return number(vanish.bracket.lost->value()) + " bytes or more: " + number(vanish.lost) +
           " passed point " + number(vanish.from.value()) + ", none arrived at point " +
           number(vanish.to.value());
  }
  if (group.stalls)
    return number(group.row().stuck_obeying->length.value()) + " bytes draw no acknowledgment";
  if (group.lost) return number(group.lost->value()) + " bytes are lost";
  if (one.largest != 0) return sizes(one.smallest, one.largest) + " do not fit";
  return {};
}

/// What became of the hint.
std::string way_of_hint(const Group& group) {
  if (!is_hinted(group)) return {};
  const ConversationRow& row = group.row();
  if (is_filtered(group)) {
    const FilteredHint& filtered = *row.joined->filtered;
    return "the hint passed point " + number(filtered.seen_at.value()) + " and never reached point " +
           number(filtered.missing_at.value());
  }
  if (row.delivered == Delivery::yes) return "the hint reached the sender";
  return row.joined ? "the hint was seen; whether it reached the sender is not known"
                    : "the hint was seen here; whether it arrived is not known";
}

std::string described(const Group& group, const Stations& stations) {
  std::string text = "From left to right: ";
  for (const Station& station : stations.all()) {
    if (&station != &stations.all().front()) text += ", ";
    text += station.name == "?" ? "an unknown hop" : station.name;
    text += " (" + station.what + ")";
  }
  text += ".";
  for (const std::string& what : {passes(group), refused(group)}) {
    if (!what.empty()) text += " On the way " + what + ".";
  }
  if (const std::string hint = way_of_hint(group); !hint.empty()) text += " Back: " + hint + ".";
  return text;
}

void draw_hint(Svg& svg, const Group& group, const Stations& stations, double y) {
  const double from = stations.bottleneck();
  if (is_filtered(group)) {
    const FilteredHint& filtered = *group.row().joined->filtered;
    const double lost = (stations.point(filtered.seen_at) + stations.point(filtered.missing_at)) / 2;
    svg.arrow(from, y, lost + 10, y, "hint thick");
    svg.cross(lost, y, "hint thick");
    return;
  }
  const bool arrives = group.row().delivered == Delivery::yes;
  svg.arrow(from, y, stations.sender(), y, arrives ? "hint thick" : "hint thick dashed");
}

}  // namespace

Drawing draw_path(const Group& group) {
  const Stations stations(group);
  const std::string hint = way_of_hint(group);
  const auto rows = static_cast<double>(!passes(group).empty()) +
                    static_cast<double>(!refused(group).empty()) + static_cast<double>(!hint.empty());
  Svg svg(stations.width(), kFirstRow + kRow * rows, "The path", described(group, stations));
  svg.line(stations.sender(), kBoxTop + kBoxHeight / 2, stations.receiver(), kBoxTop + kBoxHeight / 2, "");
  for (const Station& station : stations.all()) {
    const bool captured = station.kind == Station::Kind::capture_point;
    svg.box(station.x - station.width / 2, kBoxTop, station.width, kBoxHeight, captured ? "captured" : "");
    svg.text(station.x, kBoxTop + 19, station.name, "middle strong");
    svg.text(station.x, kBoxTop + 37, station.what, "middle soft small");
  }
  double y = kFirstRow;
  const double sender = stations.sender();
  if (const std::string what = passes(group); !what.empty()) {
    svg.arrow(sender, y, stations.receiver(), y, "good thick");
    svg.text(sender + 6, y - kAboveLine, what, "good");
    y += kRow;
  }
  if (const std::string what = refused(group); !what.empty()) {
    svg.arrow(sender, y, stations.bottleneck() - 12, y, "bad thick");
    svg.cross(stations.bottleneck(), y, "bad thick");
    svg.text(sender + 6, y - kAboveLine, what, "bad");
    y += kRow;
  }
  if (!hint.empty()) {
    draw_hint(svg, group, stations, y);
    svg.text(sender + 16, y - kAboveLine, hint, "hint");
  }
  return {std::move(svg).finish()};
}

}  // namespace pmtu::report
