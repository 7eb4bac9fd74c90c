// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/size_trials.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

constexpr DatagramLength kLarge{1500};
constexpr DatagramLength kSmall{120};

Timestamp at(std::int64_t milliseconds) {
  return Timestamp(milliseconds * 1'000'000);
}

/// Three small ones that were answered.
SizeTrials begun() {
  SizeTrials trials;
  for (const int time : {0, 100, 200}) trials.answered(kSmall, at(time), at(time + 20));
  return trials;
}

void lose(SizeTrials& trials, std::int64_t sent) {
  trials.lost(kLarge, FrameNumber(static_cast<std::uint32_t>(sent)), at(sent));
}

TEST(SizeTrials, AMomentOfOutage) {
  SizeTrials trials = begun();
  for (const int time : {1000, 1001, 1002}) lose(trials, time);
  trials.answered(kSmall, at(1100), at(1120));
  EXPECT_TRUE(trials.by_size());
  EXPECT_FALSE(trials.alive_between());
}

TEST(SizeTrials, SmallOnesArriveBetweenLosses) {
  SizeTrials trials = begun();
  lose(trials, 1000);
  trials.answered(kSmall, at(1100), at(1120));
  EXPECT_FALSE(trials.alive_between());
  lose(trials, 2000);
  EXPECT_TRUE(trials.alive_between());
}

// What a timer tells comes after the answers to what was sent later.
TEST(SizeTrials, ALossShowsLate) {
  SizeTrials trials = begun();
  trials.answered(kSmall, at(1010), at(1030));
  lose(trials, 1000);
  EXPECT_FALSE(trials.alive_between());
  lose(trials, 2000);
  EXPECT_TRUE(trials.alive_between());
}

// However many small ones arrive after the latest loss.
TEST(SizeTrials, LifeIsNotForgotten) {
  SizeTrials trials = begun();
  lose(trials, 1000);
  for (int time = 1100; time < 3000; time += 10) trials.answered(kSmall, at(time), at(time + 5));
  lose(trials, 2000);
  for (int time = 3000; time < 5000; time += 10) trials.answered(kSmall, at(time), at(time + 5));
  EXPECT_TRUE(trials.alive_between());
}

TEST(SizeTrials, LifeOfOldLossesIsNoneOfNewOnes) {
  SizeTrials trials = begun();
  lose(trials, 1000);
  trials.answered(kSmall, at(1100), at(1120));
  lose(trials, 2000);
  trials.explained(kLarge);
  for (const int time : {9000, 9001, 9002}) lose(trials, time);
  EXPECT_FALSE(trials.alive_between());
}

}  // namespace
}  // namespace pmtu
