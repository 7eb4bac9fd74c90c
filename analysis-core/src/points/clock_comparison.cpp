// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/clock_comparison.h"

#include <cstdlib>

namespace pmtu {
namespace {

/// Captures may claim any time; halves and sums of what lies within this cannot overflow.
constexpr std::int64_t kPlausible = std::int64_t{1} << 61U;

/// Less is noise of the hosts that captured.
constexpr Duration kLeastDrift = Duration::milliseconds(1);

Duration magnitude(Duration d) {
  return Duration::nanoseconds(std::abs(d.nanoseconds()));
}

}  // namespace

void ClockComparison::Fastest::take(Timestamp when, Duration delay_now) {
  ++count;
  if (delay && *delay <= delay_now) return;
  delay = delay_now;
  at = when;
}

void ClockComparison::take(unsigned way, Timestamp at, Duration delay) {
  if (delay.nanoseconds() > kPlausible || delay.nanoseconds() < -kPlausible) return;
  Way& mine = ways_[way];
  mine.overall.take(at, delay);
  if (mine.early.count < kEpisode) mine.early.take(at, delay);
  mine.current.take(at, delay);
  if (mine.current.count < kEpisode) return;
  mine.late = mine.current;
  mine.current = {};
}

std::optional<ClockOffset> ClockComparison::offset() const {
  const Way& forth = ways_[kForward];
  const Way& back = ways_[kBackward];
  if (!forth.overall.delay || !back.overall.delay) return std::nullopt;
  const auto sum = [](const Fastest& f, const Fastest& b) {
    return magnitude(half(*f.delay, Duration::nanoseconds(-b.delay->nanoseconds())));
  };
  ClockOffset result;
  result.offset = half(*forth.overall.delay, *back.overall.delay);
  result.uncertainty = sum(forth.overall, back.overall);
  if (!forth.late.delay || !back.late.delay) return result;
  // Clocks that drift: the fastest datagrams of the whole capture may lie far apart.
  const Duration early = half(*forth.early.delay, *back.early.delay);
  const Duration grown = half(*forth.late.delay, *back.late.delay) - early;
  const Duration doubt = sum(forth.early, back.early) + sum(forth.late, back.late);
  if (magnitude(grown) < kLeastDrift || magnitude(grown) <= doubt) return result;
  result.offset = early;
  result.uncertainty = sum(forth.early, back.early);
  result.drift = grown;
  return result;
}

}  // namespace pmtu
