// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/loss_by_size.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

constexpr std::uint32_t kNeeded = 3;
constexpr Duration kRoundTrip = Duration::milliseconds(50);

Timestamp ms(std::int64_t n) {
  return Timestamp(n * 1'000'000);
}

void send_head(LossBySize& loss, std::uint32_t length, std::int64_t at, bool dont_fragment = true) {
  loss.head_sent(DatagramLength(length), length - 52, dont_fragment, ms(at),
                 FrameNumber(static_cast<std::uint32_t>(at + 1)), kRoundTrip, kNeeded);
}

/// The third is lost at 1150: 450 ms after it, as long as the pause before it.
LossBySize lost_1500() {
  LossBySize loss;
  for (const int at : {0, 250, 700}) send_head(loss, 1500, at);
  loss.wait(ms(1150));
  return loss;
}

// RFC 9293 §3.8.3 R1: three transmissions, the first included.
TEST(LossBySize, ThreeTransmissionsOfOneSizeLoseIt) {
  LossBySize loss;
  send_head(loss, 1500, 0);
  send_head(loss, 1500, 250);
  EXPECT_FALSE(loss.lost().has_value());
  send_head(loss, 1500, 700);
  loss.wait(ms(1150));
  EXPECT_EQ(loss.lost(), DatagramLength(1500));
}

// RFC 4821 §7.7: at the moment of sending nobody knows whether it is lost.
TEST(LossBySize, TheLastTransmissionIsLostOnceItIsUnansweredAsLongAsThePauseBeforeIt) {
  LossBySize loss;
  for (const int at : {0, 450, 1750}) send_head(loss, 1480, at);
  loss.wait(ms(3049));
  EXPECT_FALSE(loss.lost().has_value());
  loss.wait(ms(3050));
  EXPECT_EQ(loss.lost(), DatagramLength(1480));
}

TEST(LossBySize, AHastyFourthTransmissionDoesNotMakeTheThirdLost) {
  LossBySize loss;
  for (const int at : {0, 450, 1750, 1900}) send_head(loss, 1480, at);
  EXPECT_FALSE(loss.lost().has_value());
}

TEST(LossBySize, TransmissionsOfOneFlightCountOnce) {
  LossBySize loss;
  for (const int at : {0, 1, 10, 49}) send_head(loss, 1500, at);
  loss.wait(ms(10'000));
  EXPECT_EQ(loss.sent().size(), 1U);
  EXPECT_FALSE(loss.lost().has_value());
}

TEST(LossBySize, TheLostSizeIsTheSmallestThatWasTriedTwice) {
  LossBySize loss;
  send_head(loss, 1500, 0);
  send_head(loss, 1446, 250);
  EXPECT_FALSE(loss.lost().has_value());
  send_head(loss, 1446, 700);
  loss.wait(ms(1150));
  EXPECT_EQ(loss.lost(), DatagramLength(1446));
}

// RFC 2923 §2.1: what goes smaller, or without DF, is not lost by its size; what goes on at that size is.
TEST(LossBySize, LargeTransmissionsAloneAreCountedToTheEnd) {
  LossBySize loss = lost_1500();
  EXPECT_EQ(loss.transmissions(), 3U);
  send_head(loss, 576, 1500);
  send_head(loss, 1500, 3000, false);
  EXPECT_EQ(loss.transmissions(), 3U);
  for (int n = 1; n <= 20; ++n) send_head(loss, 1500, 3000 + n * 1000);
  EXPECT_EQ(loss.transmissions(), 23U);
  EXPECT_EQ(loss.last_sent(), ms(23'000));
  EXPECT_EQ(loss.resent_bytes(), 22U * 1448 + 524 + 1448);
}

// A sender may clear DF at once (RFC 791): it waits for no one to lose its datagrams.
TEST(LossBySize, WithoutDfBeforeEnoughWereLostNothingIsToBeSaid) {
  LossBySize loss;
  send_head(loss, 1500, 0);
  send_head(loss, 1500, 250, false);
  EXPECT_TRUE(loss.excluded());
}

// RFC 2923 §2.1: the head goes smaller.
TEST(LossBySize, SmallerOrWithoutDfShrinks) {
  LossBySize smaller = lost_1500();
  send_head(smaller, 1076, 1500);
  EXPECT_TRUE(smaller.shrunk());
  LossBySize fragmenting = lost_1500();
  send_head(fragmenting, 1500, 1500, false);
  EXPECT_TRUE(fragmenting.shrunk());
}

TEST(LossBySize, ALargerTransmissionTakesTheShrinkingBack) {
  LossBySize loss = lost_1500();
  send_head(loss, 1076, 1500);
  send_head(loss, 1500, 3000);
  EXPECT_FALSE(loss.shrunk());
}

TEST(LossBySize, WithoutForwardLifeNothingIsSuspected) {
  EXPECT_FALSE(lost_1500().forward_life(ms(60'000)));
}

TEST(LossBySize, ASmallerSelectiveAcknowledgmentIsLife) {
  LossBySize loss = lost_1500();
  loss.selectively_acked(DatagramLength(1500));
  EXPECT_FALSE(loss.forward_life(ms(800)));
  loss.selectively_acked(DatagramLength(600));
  EXPECT_TRUE(loss.forward_life(ms(800)));
}

TEST(LossBySize, ADuplicateAckAnswersASmallSegmentOnlyWithoutALargeOneInThatSecond) {
  LossBySize beside_large = lost_1500();
  beside_large.beyond_sent(DatagramLength(200), ms(900));
  beside_large.duplicate_ack(ms(950));
  EXPECT_FALSE(beside_large.forward_life(ms(960)));

  LossBySize alone = lost_1500();
  alone.beyond_sent(DatagramLength(200), ms(2000));
  alone.duplicate_ack(ms(2050));
  EXPECT_TRUE(alone.forward_life(ms(2060)));
}

TEST(LossBySize, ThePeerThatFallsSilentAfterASmallAckIsLife) {
  LossBySize loss = lost_1500();
  loss.peer_resent(false, Duration{}, ms(800));
  loss.acknowledged_peer(DatagramLength(52), ms(801));
  EXPECT_FALSE(loss.forward_life(ms(2500)));
  EXPECT_TRUE(loss.forward_life(ms(3801)));
  send_head(loss, 1500, 1900);
  EXPECT_TRUE(loss.forward_life(ms(1900)));
}

TEST(LossBySize, ThePeerThatGoesOnResendingIsDeaf) {
  LossBySize loss = lost_1500();
  loss.peer_resent(false, Duration{}, ms(800));
  loss.acknowledged_peer(DatagramLength(52), ms(801));
  loss.peer_resent(true, Duration::milliseconds(400), ms(1200));
  loss.acknowledged_peer(DatagramLength(52), ms(1201));
  EXPECT_FALSE(loss.forward_life(ms(9000)));
  loss.selectively_acked(DatagramLength(600));
  EXPECT_TRUE(loss.forward_life(ms(9000)));
}

TEST(LossBySize, ASmallSegmentBeyondThatDrawsNothingSpeaksAgainstIt) {
  LossBySize loss = lost_1500();
  loss.other_flow_lives();
  EXPECT_TRUE(loss.forward_life(ms(900)));
  loss.beyond_sent(DatagramLength(300), ms(1000));
  EXPECT_TRUE(loss.forward_life(ms(2000)));
  EXPECT_FALSE(loss.forward_life(ms(3000)));
}

TEST(LossBySize, ASmallSegmentBeyondThatMayStillDrawAnAnswerLeavesItUndecided) {
  LossBySize loss = lost_1500();
  loss.beyond_sent(DatagramLength(300), ms(1200));
  EXPECT_TRUE(loss.undecided(ms(2000)));
  EXPECT_FALSE(loss.undecided(ms(3200)));
  loss.selectively_acked(DatagramLength(300));
  EXPECT_FALSE(loss.undecided(ms(2000)));
}

}  // namespace
}  // namespace pmtu
