// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "pmtu/points.h"
#include "points/arrival.h"
#include "points/clock_comparison.h"
#include "points/passage_log.h"
#include "points/passage_matching.h"
#include "points/translation.h"
#include "points/way.h"

namespace pmtu {

/// What all capture points together tell.
struct JoinedCapture {
  std::vector<JoinedDirection> directions;
  std::vector<FrameAcrossPoints> frames;                                      ///< ascending, one a frame
  std::array<std::optional<ClockOffset>, PassageLog::kMaxPoints + 1> clocks;  ///< against point 1

  [[nodiscard]] const FrameAcrossPoints* frame(FrameNumber number) const;
};

/// Joins what a log holds of several capture points: which datagrams are the same, how points line up along
/// the way of each direction, how their clocks differ, what got from one to the next, and where the hints
/// went. Makes statements about arrival only for the time in which both points captured the path, and not
/// where the second one lost frames of its own.
class Joiner {
 public:
  explicit Joiner(const PassageLog& log) : log_(log) {}
  [[nodiscard]] JoinedCapture join();

 private:
  using Lane = PassageLog::Lane;
  using PointPair = std::pair<PointNumber, PointNumber>;

  /// A time, by the clock of the first of two points.
  struct Span {
    Timestamp begin;
    Timestamp end;
    [[nodiscard]] bool contains(Timestamp t) const { return begin <= t && t <= end; }
  };
  /// All that passed between two points on one path, whichever conversation it belongs to.
  struct Traffic {
    std::vector<Sent> sent;
    std::map<std::uint32_t, std::vector<Lost>> lost;  ///< by direction
    std::uint32_t dropped = 0;                        ///< `Leg::dropped` of all directions
    std::uint32_t captured = 0;                       ///< the largest datagram that the second point has
    /// The capture of the second point, not the path, lost what was large: a mirror with an MTU of its own.
    [[nodiscard]] bool capture_misses_large() const { return dropped > captured; }
  };
  using Between = std::pair<PathKey, PointPair>;
  /// From one station to the next.
  struct Leg {
    std::vector<Match> matches;
    std::vector<Passage> fragments;  ///< at the second point, made after the first
    Span both;                       ///< when the second point captured, too
    /// Smallest datagram that the second point lacks though it passed it; 0: none.
    std::uint32_t dropped = 0;
  };
  void sort_by_lane();
  [[nodiscard]] Way way_of(const std::vector<Lane>& lanes) const;
  [[nodiscard]] Leg leg(const Way& way, std::size_t from, std::size_t to) const;
  void compare_clocks(const Station& from, const Station& to);
  void note_presence(const Way& way);
  [[nodiscard]] std::optional<ClockOffset> offset(PointNumber from, PointNumber to) const;
  void settle_clocks(JoinedCapture& result) const;
  [[nodiscard]] Span captured_by_both(const Station& from, const Station& to, const Leg& leg) const;
  [[nodiscard]] std::uint32_t smallest_dropped(const Way& way, const Station& from, const Station& to,
                                               const Leg& leg) const;
  void find_drops(const Way& way, std::vector<Leg>& legs) const;
  void tell(const Way& way, JoinedCapture& result);
  void account(const Way& way, std::size_t station, const Leg& leg, std::uint32_t direction);
  void link_frames(const Way& way, const std::vector<Leg>& legs,
                   std::vector<FrameAcrossPoints>& frames) const;
  void note_changes(const Way& way, std::size_t station, const Leg& leg, JoinedDirection& direction) const;
  struct SeenHint {
    PointNumber point;
    FrameNumber frame;
    Timestamp time;
    std::uint32_t count;  ///< so many of them, of which this is the first
  };
  [[nodiscard]] std::vector<SeenHint> hints_about(const Way& way) const;
  void judge_hints(const Way& way, JoinedDirection& direction) const;
  void judge_arrival(std::vector<JoinedDirection>& directions) const;

  const PassageLog& log_;
  std::vector<HintPassage> hints_;    ///< lane by lane
  std::vector<std::uint32_t> order_;  ///< places in the log, lane by lane
  std::vector<std::uint32_t> begin_;  ///< of each lane in `order_`
  std::map<PointPair, ClockComparison> clocks_;
  std::map<std::pair<PathKey, PointNumber>, Span> presence_;  ///< of a pair of hosts, by that point's clock
  std::map<Between, Traffic> traffic_;
};

}  // namespace pmtu
