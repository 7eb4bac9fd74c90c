// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/tally.h"

#include <gtest/gtest.h>

#include "verdict/row.h"

namespace pmtu {
namespace {

constexpr std::size_t kListed = 3;

Timestamp at(std::int64_t seconds) {
  return Timestamp(seconds * 1'000'000'000);
}

event::HintCounted hint(std::uint32_t frame, HintStatus status = HintStatus::valid) {
  return {status, FrameNumber(frame), IpAddress{}, HintRemark::none, std::nullopt};
}

event::Ignored ignored(std::uint32_t frame, std::uint32_t length = 1500) {
  event::Ignored one;
  one.finding.frame = FrameNumber(frame);
  one.finding.length = DatagramLength(length);
  one.at = at(frame);
  return one;
}

/// A tally that was hinted 1446 in frame 2.
Tally hinted() {
  Tally tally(kListed);
  tally.take(hint(2));
  tally.take(
      event::EpochBegan{{FrameNumber(2), Mtu(1446), IpAddress{}}, FrameNumber(1), DatagramLength(1500)});
  return tally;
}

TEST(Tally, AMarkIsProbablyIgnoringUntilTheHintIsDelivered) {
  Tally tally = hinted();
  EXPECT_EQ(verdict_of(tally), Verdict::not_exercised);
  tally.take(ignored(5));
  EXPECT_EQ(verdict_of(tally), Verdict::probably_ignoring);
  tally.take(event::HintDelivered{});
  EXPECT_EQ(verdict_of(tally), Verdict::ignoring);
}

TEST(Tally, LaterObedienceErasesNoMark) {
  Tally tally = hinted();
  tally.take(ignored(5));
  tally.take(event::Reduced{std::nullopt, at(9)});
  EXPECT_EQ(verdict_of(tally), Verdict::probably_ignoring);
}

TEST(Tally, WithdrawingDropsTheMarksOfThisEpochAlone) {
  Tally tally = hinted();
  tally.take(ignored(5));
  tally.take(
      event::EpochBegan{{FrameNumber(6), Mtu(1300), IpAddress{}}, FrameNumber(5), DatagramLength(1500)});
  tally.take(ignored(7, 1446));
  EXPECT_EQ(tally.marks().packets, 2U);
  EXPECT_EQ(tally.marks().bytes, 2946U);
  tally.take(event::MarksWithdrawn{FrameNumber(6)});
  EXPECT_EQ(tally.marks().packets, 1U);
  EXPECT_EQ(tally.marks().frames, std::vector<FrameNumber>{FrameNumber(5)});
}

TEST(Tally, ListsNoMoreFramesThanItsBoundButCountsAll) {
  Tally tally = hinted();
  for (std::uint32_t frame = 5; frame < 15; ++frame) tally.take(ignored(frame));
  EXPECT_EQ(tally.marks().packets, 10U);
  EXPECT_EQ(tally.marks().frames.size(), kListed);
}

TEST(Tally, OnlyRefusedHintsAreUndeliverable) {
  Tally tally(kListed);
  tally.take(hint(2, HintStatus::unmatched));
  EXPECT_EQ(verdict_of(tally), Verdict::hint_undeliverable);
  tally.take(hint(3));
  EXPECT_EQ(verdict_of(tally), Verdict::not_exercised);
}

TEST(Tally, AWithdrawnSuspicionLeavesNothing) {
  Tally tally(kListed);
  event::LossSuspected suspected;
  suspected.loss.length = DatagramLength(1500);
  suspected.loss.first_frame = FrameNumber(4);
  tally.take(suspected);
  EXPECT_EQ(verdict_of(tally), Verdict::black_hole_suspected);
  tally.take(event::SuspicionWithdrawn{FrameNumber(4)});
  EXPECT_EQ(verdict_of(tally), Verdict::none);
  EXPECT_FALSE(make_row(tally, {}).bracket.lost);
}

// RFC 4821 §7.7: what got through at that size was not lost by it.
TEST(Tally, ASizeThatPassedDisprovesTheLoss) {
  Tally tally(kListed);
  event::LossSuspected suspected;
  suspected.loss.length = DatagramLength(1500);
  tally.take(suspected);
  Path path;
  RowFacts facts;
  facts.path = &path;
  path.largest_passed = 1400;
  EXPECT_EQ(settled_verdict(tally, facts), Verdict::black_hole_suspected);
  path.largest_passed = 1500;
  EXPECT_EQ(settled_verdict(tally, facts), Verdict::none);
}

TEST(Tally, AHoleIsOpenWithdrawnOrRecovered) {
  Tally tally(kListed);
  event::HoleFound hole;
  hole.opened = at(1);
  hole.at = at(5);
  tally.take(hole);
  EXPECT_EQ(verdict_of(tally), Verdict::black_hole_receiver);
  Tally recovered = tally;
  recovered.take(event::HoleRecovered{{}, at(9)});
  EXPECT_EQ(verdict_of(recovered), Verdict::black_hole_recovered);
  EXPECT_EQ(make_row(recovered, {}).stall, Duration::seconds(8));
  tally.take(event::HoleWithdrawn{FrameNumber(1)});
  EXPECT_EQ(verdict_of(tally), Verdict::none);
}

}  // namespace
}  // namespace pmtu
