// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace pmtu {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

// A capture may claim any two moments.
TEST(Units, WhatLiesBetweenTheEndsOfTimeIsAsLongAsCanBeSaid) {
  EXPECT_EQ(Timestamp(kLast) - Timestamp(kFirst), Duration::nanoseconds(kLast));
  EXPECT_EQ(Timestamp(kFirst) - Timestamp(kLast), Duration::nanoseconds(kFirst));
  EXPECT_EQ(Timestamp(-1) - Timestamp(kFirst), Duration::nanoseconds(kLast));
  EXPECT_EQ(Timestamp(7) - Timestamp(9), Duration::nanoseconds(-2));
}

TEST(Units, ThereIsNothingBeyondTheEndsOfTime) {
  EXPECT_EQ(Duration::nanoseconds(kLast) + Duration::milliseconds(20), Duration::nanoseconds(kLast));
  EXPECT_EQ(Duration::nanoseconds(kFirst) + Duration::nanoseconds(-1), Duration::nanoseconds(kFirst));
  EXPECT_EQ(Timestamp(kLast) + Duration::seconds(1), Timestamp(kLast));
  EXPECT_EQ(Duration::nanoseconds(kLast) + Duration::nanoseconds(kFirst), Duration::nanoseconds(-1));
}

// RFC 9293 §3.4, RFC 7323 §5.2: numbers on a circle.
TEST(Units, SequenceNumbersGoOnBehindTheWrap) {
  EXPECT_TRUE(SequenceNumber(5).after(SequenceNumber(0xfffffff0)));
  EXPECT_TRUE(SequenceNumber(0xfffffff0).before(SequenceNumber(5)));
  EXPECT_EQ(SequenceNumber(0xfffffff0) + 21U, SequenceNumber(5));
  EXPECT_EQ(SequenceNumber::distance(SequenceNumber(5), SequenceNumber(0xfffffff0)), -21);
}

}  // namespace
}  // namespace pmtu
