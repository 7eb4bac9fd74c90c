// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/stations.h"

#include <algorithm>
#include <optional>

#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr double kLeastWidth = 900;  ///< of the drawing
constexpr double kGap = 26;
constexpr double kMargin = 14;
constexpr double kCharacter = 7.4;  ///< of a name in bold type
constexpr double kPadding = 20;
constexpr std::size_t kMostPoints = 8;

std::string hops(std::optional<std::uint8_t> count) {
  if (!count) return "distance unknown";
  if (*count == 0) return "no router before it";
  return count_of(*count, "hop") + " from the sender";
}

/// How many of the capture points along the way saw datagrams of the size that does not get through.
std::size_t before_bottleneck(const Group& group, const JoinedDirection& joined) {
  const auto place = [&](PointId id) {
    const auto found = std::find(joined.points.begin(), joined.points.end(), id);
    return static_cast<std::size_t>(found - joined.points.begin()) + 1;
  };
  if (joined.vanish) return place(joined.vanish->from);
  const std::uint32_t fits = group.mtu ? group.mtu->value() : group.lost ? group.lost->value() - 1 : 0;
  std::size_t reached = group.verdict == Verdict::black_hole_receiver ? 0 : 1;
  for (const Stretch& stretch : joined.stretches) {
    for (const ArrivalBySize& row : stretch.arrival) {
      if (row.to.value() <= fits) continue;
      const bool all_too_large = row.from.value() > fits;
      if (row.arrived == row.passed || (all_too_large && row.arrived != 0))
        reached = std::max(reached, place(stretch.to));
      else if (all_too_large)
        reached = std::max(reached, place(stretch.from));
    }
  }
  return std::min(reached, joined.points.size());
}

Station bottleneck_of(const Group& group) {
  const bool hinted = group.reporter && !is_black_hole(group.verdict);
  const char* const silent =
      group.verdict == Verdict::black_hole_receiver ? "drops large datagrams" : "no usable hint";
  if (!hinted) return {Station::Kind::bottleneck, "?", silent, {}, 0, 0};
  return {Station::Kind::bottleneck,
          to_string(*group.reporter),
          group.mtu ? "next hop takes " + number(group.mtu->value()) : std::string("named no MTU"),
          {},
          0,
          0};
}

std::vector<Station> points_along(const JoinedDirection& joined) {
  std::vector<Station> points;
  for (std::size_t i = 0; i < joined.points.size(); ++i) {
    const bool placed = i < joined.positions.size() && joined.positions[i].sender_hops.has_value();
    points.push_back({Station::Kind::capture_point, "point " + number(joined.points[i].value()),
                      placed ? count_of(*joined.positions[i].sender_hops, "hop") : std::string("captured"),
                      joined.points[i], 0, 0});
  }
  return points;
}

}  // namespace

Stations::Stations(const Group& group) {
  const ConversationRow& row = group.row();
  stations_.push_back({Station::Kind::sender, to_string(group.sender), "sender", {}, 0, 0});
  const Station bottleneck = bottleneck_of(group);
  const bool several =
      row.joined && row.joined->points.size() > 1 && row.joined->points.size() <= kMostPoints;
  if (several) {
    std::vector<Station> points = points_along(*row.joined);
    const auto before = static_cast<std::ptrdiff_t>(before_bottleneck(group, *row.joined));
    points.insert(points.begin() + before, bottleneck);
    stations_.insert(stations_.end(), points.begin(), points.end());
  } else if (group.verdict == Verdict::black_hole_receiver) {
    stations_.push_back(bottleneck);
    stations_.push_back({Station::Kind::capture_point, "captured here", "behind the loss", {}, 0, 0});
  } else {
    stations_.push_back({Station::Kind::capture_point, "captured here", hops(row.sender_hops), {}, 0, 0});
    stations_.push_back(bottleneck);
  }
  stations_.push_back({Station::Kind::receiver, to_string(row.flow.path.destination), "receiver", {}, 0, 0});
  lay_out();
}

void Stations::lay_out() {
  double total = 2 * kMargin + kGap * static_cast<double>(stations_.size() - 1);
  for (Station& station : stations_) {
    const std::size_t longest = std::max(station.name.size(), station.what.size());
    station.width = kPadding + kCharacter * static_cast<double>(longest);
    total += station.width;
  }
  const double spare = std::max(0.0, kLeastWidth - total) / static_cast<double>(stations_.size() - 1);
  double at = kMargin;
  for (Station& station : stations_) {
    station.x = at + station.width / 2;
    at += station.width + kGap + spare;
    if (station.kind == Station::Kind::bottleneck) bottleneck_ = station.x;
  }
  width_ = at - kGap - spare + kMargin;
}

double Stations::point(PointId id) const {
  for (const Station& station : stations_) {
    if (station.kind == Station::Kind::capture_point && (station.point == id || station.point == PointId{}))
      return station.x;
  }
  return sender();
}

}  // namespace pmtu::report
