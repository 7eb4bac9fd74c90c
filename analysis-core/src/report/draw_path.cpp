// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>

#include "report/drawings.h"
#include "report/svg.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr double kWidth = 900;
constexpr double kBoxWidth = 180;
constexpr double kBoxHeight = 46;
constexpr double kBoxTop = 14;
constexpr double kFirstRow = 92;
constexpr double kRow = 38;
constexpr double kSender = 110;  // centres of the boxes
constexpr double kCapture = 320;
constexpr double kBottleneck = 550;
constexpr double kReceiver = 790;

/// Where the places of the path are drawn. What was captured behind a loss was captured behind the
/// bottleneck.
struct Places {
  double capture;
  double bottleneck;
};

Places places_of(const Group& group) {
  if (group.verdict == Verdict::black_hole_receiver) return {kBottleneck + 30, kCapture + 10};
  return {kCapture, kBottleneck};
}

void draw_place(Svg& svg, double x, std::string_view name, std::string_view what) {
  svg.box(x - kBoxWidth / 2, kBoxTop, kBoxWidth, kBoxHeight, "");
  svg.text(x, kBoxTop + 19, name, "middle strong");
  svg.text(x, kBoxTop + 37, what, "middle soft small");
}

std::string hops(const ConversationRow& row) {
  if (!row.sender_hops) return "distance unknown";
  if (*row.sender_hops == 0) return "no router before it";
  return count_of(*row.sender_hops, "hop") + " from the sender";
}

std::string passes(const Group& group) {
  const Bracket& bracket = group.row().bracket;
  if (group.mtu && !is_black_hole(group.verdict)) return "up to " + number(group.mtu->value()) + " bytes fit";
  return bracket.passed ? "up to " + number(bracket.passed->value()) + " bytes got through" : std::string();
}

std::string refused(const Group& group) {
  const Case& one = group.worst();
  if (group.lost) return number(group.lost->value()) + " bytes are lost";
  if (one.largest != 0) return sizes(one.smallest, one.largest) + " do not fit";
  return {};
}

std::string described(const Group& group) {
  std::string text = "From left to right: the sender " + to_string(group.sender);
  const std::string bottleneck = group.reporter && !is_black_hole(group.verdict)
                                     ? "the reporter " + to_string(*group.reporter)
                                     : std::string("an unknown hop");
  const bool behind = group.verdict == Verdict::black_hole_receiver;
  text += behind ? ", " + bottleneck + ", the capture point"
                 : ", the capture point (" + hops(group.row()) + "), " + bottleneck;
  text += ", the receiver " + to_string(group.row().flow.path.destination) + ".";
  for (const std::string& what : {passes(group), refused(group)}) {
    if (!what.empty()) text += " On the way " + what + ".";
  }
  return text;
}

}  // namespace

Drawing draw_path(const Group& group) {
  const Places places = places_of(group);
  const bool hinted = group.reporter && !is_black_hole(group.verdict);
  const auto rows = static_cast<double>(!passes(group).empty()) +
                    static_cast<double>(!refused(group).empty()) + static_cast<double>(hinted);
  Svg svg(kWidth, kFirstRow + kRow * rows, "The path", described(group));
  svg.line(kSender, kBoxTop + kBoxHeight / 2, kReceiver, kBoxTop + kBoxHeight / 2, "");
  draw_place(svg, kSender, to_string(group.sender), "sender");
  draw_place(svg, kReceiver, to_string(group.row().flow.path.destination), "receiver");
  draw_place(svg, places.bottleneck, hinted ? to_string(*group.reporter) : "?",
             hinted
                 ? (group.mtu ? "next hop takes " + number(group.mtu->value()) : std::string("named no MTU"))
                 : std::string("sends no hint"));
  draw_place(svg, places.capture, "captured here",
             group.verdict == Verdict::black_hole_receiver ? "behind the loss" : hops(group.row()));

  double y = kFirstRow;
  if (const std::string what = passes(group); !what.empty()) {
    svg.arrow(kSender, y, kReceiver, y, "good thick");
    svg.text(kSender + 6, y - 6, what, "good");
    y += kRow;
  }
  if (const std::string what = refused(group); !what.empty()) {
    svg.arrow(kSender, y, places.bottleneck - 12, y, "bad thick");
    svg.cross(places.bottleneck, y, "bad thick");
    svg.text(kSender + 6, y - 6, what, "bad");
    y += kRow;
  }
  if (hinted) {
    const bool arrives = group.row().delivered == Delivery::yes;
    svg.line(places.bottleneck, y, places.capture, y, "hint thick");
    svg.arrow(places.capture, y, kSender, y, arrives ? "hint thick" : "hint thick dashed");
    svg.text(
        places.bottleneck - 6, y - 6,
        arrives ? "the hint reached the sender" : "the hint was seen here; whether it arrived is not known",
        "hint end");
  }
  return {std::move(svg).finish()};
}

}  // namespace pmtu::report
