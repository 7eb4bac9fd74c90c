// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/clock_comparison.h"

#include <gtest/gtest.h>

#include <limits>

namespace pmtu {
namespace {

Timestamp us(std::int64_t n) {
  return Timestamp(n * 1'000);
}

// RFC 5905 §8: offset half the difference, error at most half the sum of the fastest of each way.
TEST(ClockComparison, TheFastestOfEachWayTell) {
  ClockComparison clocks;
  // The other clock shows 1.7 s more; 40 ms there at the least, 60 ms back.
  clocks.forward(us(0), us(1'790'000));
  clocks.forward(us(100'000), us(100'000 + 1'740'000));
  clocks.backward(us(300'000), us(300'000 + 1'700'000 - 60'000));
  clocks.backward(us(400'000), us(400'000 + 1'700'000 - 90'000));
  const auto offset = clocks.offset();
  ASSERT_TRUE(offset.has_value());
  EXPECT_EQ(offset->offset, Duration::milliseconds(1690));
  EXPECT_EQ(offset->uncertainty, Duration::milliseconds(50));
  EXPECT_EQ(offset->drift, Duration());
}

TEST(ClockComparison, OneWayAloneTellsNothing) {
  ClockComparison clocks;
  clocks.forward(us(0), us(5));
  EXPECT_FALSE(clocks.offset().has_value());
}

TEST(ClockComparison, DriftIsToldFromAMillisecondOn) {
  ClockComparison slow;
  ClockComparison fast;
  for (std::int64_t second = 0; second < 200; ++second) {
    const std::int64_t now = second * 1'000'000;
    slow.forward(us(now), us(now + 100 + second * 2));
    slow.backward(us(now + 200), us(now + 100 + second * 2));
    fast.forward(us(now), us(now + 100 + second * 50));
    fast.backward(us(now + 200), us(now + 100 + second * 50));
  }
  ASSERT_TRUE(slow.offset().has_value());
  EXPECT_EQ(slow.offset()->drift, Duration());
  ASSERT_TRUE(fast.offset().has_value());
  EXPECT_GT(fast.offset()->drift, Duration::milliseconds(6));
  EXPECT_LT(fast.offset()->drift, Duration::milliseconds(10));
  EXPECT_LT(fast.offset()->offset, Duration::milliseconds(2)) << "as it was at the beginning";
}

TEST(ClockComparison, ImpossibleTimesAreNoOverflow) {
  ClockComparison clocks;
  clocks.forward(Timestamp(std::numeric_limits<std::int64_t>::min()),
                 Timestamp(std::numeric_limits<std::int64_t>::max()));
  clocks.backward(Timestamp(std::numeric_limits<std::int64_t>::max()),
                  Timestamp(std::numeric_limits<std::int64_t>::min()));
  EXPECT_FALSE(clocks.offset().has_value());
}

}  // namespace
}  // namespace pmtu
