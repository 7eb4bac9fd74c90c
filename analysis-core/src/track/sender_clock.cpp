// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/sender_clock.h"

#include <algorithm>
#include <array>

namespace pmtu {
namespace {

/// Ticks of real stacks: Linux with microseconds, most stacks, Linux at 250 Hz, others (RFC 7323 §5.4: from a
/// millisecond to a second).
constexpr std::array kTicks{Duration::microseconds(1),   Duration::milliseconds(1),
                            Duration::milliseconds(4),   Duration::milliseconds(10),
                            Duration::milliseconds(100), Duration::milliseconds(500),
                            Duration::milliseconds(1000)};
/// Longer than any queue, so that waiting does not look like another tick.
constexpr Duration kLearnAfter = Duration::seconds(1);
/// So many ticks within less than that are those of a fast clock.
constexpr std::int32_t kManyTicks = 10'000;
/// Clocks drift, and fast ones come round: what is older is not compared with.
constexpr Duration kForgetAfter = Duration::seconds(600);

}  // namespace

Duration SenderClock::ticks(SequenceNumber from, SequenceNumber to) const {
  return Duration::nanoseconds(tick_.nanoseconds() * SequenceNumber::distance(from, to));
}

SenderClock::Sample SenderClock::faster(const Sample& a, const Sample& b) const {
  return b.passed - a.passed < ticks(a.value, b.value) ? b : a;
}

void SenderClock::learn_tick(const Sample& sample) {
  const bool later = sample.passed >= first_->passed;
  const std::int32_t ticks = later ? SequenceNumber::distance(first_->value, sample.value)
                                   : SequenceNumber::distance(sample.value, first_->value);
  const Duration elapsed = later ? sample.passed - first_->passed : first_->passed - sample.passed;
  stands_still_ = elapsed >= kLearnAfter && ticks <= 0;
  if (ticks <= 0 || elapsed <= Duration{} || (elapsed < kLearnAfter && ticks < kManyTicks)) return;
  const std::int64_t measured = std::min(elapsed.nanoseconds() / ticks, 2 * kTicks.back().nanoseconds());
  // The nearest on a scale of ratios.
  Duration nearest = kTicks.front();
  for (const Duration tick : kTicks) {
    const Duration below = nearest;
    if (measured * measured > below.nanoseconds() * tick.nanoseconds()) nearest = tick;
  }
  if (nearest == tick_) return;
  tick_ = nearest;
  fastest_ = faster(*first_, fastest_);
}

void SenderClock::sample(SequenceNumber value, Timestamp passed) {
  const Sample sample{value, passed};
  if (!first_) first_ = fastest_ = sample;
  const Duration elapsed = passed - fastest_.passed;
  lead_ = ticks(fastest_.value, value) - elapsed;
  // One of the two clocks is of another age there: a damaged frame, or a clock that was set.
  const bool far = elapsed > kForgetAfter || elapsed < Duration{} - kForgetAfter;
  if (far && (lead_ > kForgetAfter || lead_ < Duration{} - kForgetAfter)) return;
  if (passed - first_->passed > kForgetAfter) first_ = sample;
  if (passed - fastest_.passed > kForgetAfter) fastest_ = sample;
  learn_tick(sample);
  fastest_ = faster(fastest_, sample);
}

std::optional<Timestamp> SenderClock::earliest_passage(SequenceNumber value) const {
  if (!first_ || stands_still_) return std::nullopt;
  // The fastest may have left at the end of its tick, this one at the begin of its own.
  return fastest_.passed + (ticks(fastest_.value, value) - tick_);
}

}  // namespace pmtu
