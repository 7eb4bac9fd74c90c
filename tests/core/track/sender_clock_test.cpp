// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/sender_clock.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

Timestamp ms(std::int64_t n) {
  return Timestamp(n * 1'000'000);
}

void sample(SenderClock& clock, std::uint32_t value, std::int64_t milliseconds) {
  clock.sample(SequenceNumber(value), ms(milliseconds));
}

Timestamp passage(const SenderClock& clock, std::uint32_t value) {
  return clock.earliest_passage(SequenceNumber(value)).value_or(Timestamp{});
}

TEST(SenderClock, KnowsNothingWithoutASample) {
  EXPECT_FALSE(SenderClock{}.earliest_passage(SequenceNumber(5)));
}

// RFC 7323 §5.4: a tick is a millisecond or more. The fastest may have left at the end of its tick.
TEST(SenderClock, TakesTicksForMillisecondsAndTheFastestForUnqueued) {
  SenderClock clock;
  sample(clock, 1000, 250);
  sample(clock, 1010, 20);
  sample(clock, 1020, 260);
  EXPECT_EQ(passage(clock, 1010), ms(19));
  EXPECT_EQ(passage(clock, 1110), ms(119));
}

TEST(SenderClock, LearnsASlowTick) {
  SenderClock clock;
  sample(clock, 1000, 0);
  sample(clock, 1200, 2000);
  EXPECT_EQ(passage(clock, 1203), ms(2020));
}

TEST(SenderClock, LearnsAFastTickAtOnce) {
  SenderClock clock;
  sample(clock, 1'000'000, 0);
  sample(clock, 1'050'000, 50);
  EXPECT_EQ(passage(clock, 1'080'000), Timestamp(80'000'000 - 1'000));
}

// A queue of 300 ms at one end of the second that tells the tick does not make it another tick.
TEST(SenderClock, QueuesAreNoTicks) {
  for (const std::int64_t queued : {-300, 300}) {
    SenderClock clock;
    sample(clock, 1000, 300);
    sample(clock, 2300, 1600 + queued);
    EXPECT_EQ(passage(clock, 2400) - passage(clock, 2300), Duration::milliseconds(100)) << queued;
  }
}

TEST(SenderClock, TakesSamplesInAnyOrder) {
  SenderClock clock;
  sample(clock, 1200, 2000);
  sample(clock, 1000, 0);
  EXPECT_EQ(passage(clock, 1203), ms(2020));
}

TEST(SenderClock, ValuesWrap) {
  SenderClock clock;
  sample(clock, 0xfffffff0, 100);
  EXPECT_EQ(passage(clock, 0x10), ms(131));
}

TEST(SenderClock, AClockThatStandsStillTellsNothing) {
  SenderClock clock;
  sample(clock, 7, 0);
  sample(clock, 7, 1500);
  EXPECT_FALSE(clock.earliest_passage(SequenceNumber(7)));
}

TEST(SenderClock, ForgetsWhatIsOld) {
  SenderClock clock;
  sample(clock, 1000, 0);
  sample(clock, 701'000, 700'100);
  EXPECT_EQ(passage(clock, 701'000), ms(700'099));
}

// A damaged frame, or a clock that was set while the capture ran: neither spoils what is known.
TEST(SenderClock, HeedsNoSampleOfAnotherAge) {
  SenderClock clock;
  sample(clock, 1000, 0);
  sample(clock, 1100, -9'000'000'000'000);
  sample(clock, 1200, 9'000'000'000'000);
  EXPECT_EQ(passage(clock, 1300), ms(299));
}

// It left 150 ms after the one that came 10 ms before it: then that one had waited, or this value is damaged.
TEST(SenderClock, TellsWhenASampleLeads) {
  SenderClock clock;
  sample(clock, 1000, 200);
  EXPECT_FALSE(clock.leads_by_more_than(Duration::milliseconds(20)));
  sample(clock, 1150, 210);
  EXPECT_TRUE(clock.leads_by_more_than(Duration::milliseconds(20)));
  sample(clock, 1161, 221);
  EXPECT_FALSE(clock.leads_by_more_than(Duration::milliseconds(20)));
}

}  // namespace
}  // namespace pmtu
