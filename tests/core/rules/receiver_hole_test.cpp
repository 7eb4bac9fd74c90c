// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/receiver_hole.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

constexpr SequenceNumber kBegin{1000};
constexpr SequenceNumber kEnd{2448};
constexpr std::uint32_t kBound = 1500;
constexpr std::uint32_t kFull = 1448;

Timestamp at(std::int64_t milliseconds) {
  return Timestamp(milliseconds * 1'000'000);
}

ReceiverHole hole(ReceiverHole::Beyond beyond = ReceiverHole::Beyond::data) {
  return {kBegin, kEnd, beyond, FrameNumber(9), at(0)};
}

// RFC 2018 §3: with SACK a receiver reports what lies beyond the hole.
TEST(ReceiverHole, IsEvidentOnceAnAckIsFrozenAndABlockLiesAbove) {
  ReceiverHole seen = hole();
  EXPECT_FALSE(seen.evident(true));
  seen.acknowledged(kBegin, false, at(10));
  EXPECT_TRUE(seen.evident(false));
  EXPECT_FALSE(seen.evident(true));
  seen.acknowledged(kBegin, true, at(20));
  EXPECT_TRUE(seen.evident(true));
}

TEST(ReceiverHole, WithAnEmptySegmentBeyondTheRequestMustHaveBeenSentAgain) {
  ReceiverHole seen = hole(ReceiverHole::Beyond::empty);
  seen.acknowledged(kBegin, false, at(10));
  EXPECT_FALSE(seen.evident(false));
  seen.request_was_resent();
  EXPECT_TRUE(seen.evident(false));
}

TEST(ReceiverHole, AReceiverThatKeepsAskingAfterTheAnswerIsNotHere) {
  ReceiverHole seen = hole();
  seen.acknowledged(kBegin, true, at(10));
  seen.receiver_resent(true);
  EXPECT_TRUE(seen.evident(true));
  seen.receiver_resent(true);
  EXPECT_FALSE(seen.evident(true));
}

TEST(ReceiverHole, BytesAcknowledgedButNotCapturedExcludeIt) {
  ReceiverHole seen = hole();
  seen.acknowledged(kBegin, true, at(10));
  seen.acknowledged(kEnd, false, at(20));
  EXPECT_TRUE(seen.acknowledged_through());
  EXPECT_FALSE(seen.evident(true));
}

TEST(ReceiverHole, APieceAndItsRemnantFillItSmaller) {
  ReceiverHole seen = hole();
  seen.arrived(kBegin, kBegin + 1394U, DatagramLength(1446), true, kBound, kFull);
  EXPECT_FALSE(seen.filled());
  seen.arrived(kBegin + 1394U, kEnd, DatagramLength(106), true, kBound, kFull);
  EXPECT_TRUE(seen.filled());
  EXPECT_TRUE(seen.filled_smaller());
}

TEST(ReceiverHole, FilledAtFullSizeItWasAnOrdinaryLoss) {
  ReceiverHole seen = hole();
  seen.arrived(kBegin, kEnd, DatagramLength(1500), true, kBound, kFull);
  EXPECT_TRUE(seen.filled());
  EXPECT_FALSE(seen.filled_smaller());
}

ReceiverHole three_segments() {
  return {kBegin, kBegin + 3 * kFull, ReceiverHole::Beyond::data, FrameNumber(9), at(0)};
}

// RFC 9293 §3.7.1: what a receiver merges before the capture was not larger than its pieces.
TEST(ReceiverHole, AfterPiecesOfAWholeSegmentTheNextMayBeMerged) {
  ReceiverHole seen = three_segments();
  seen.arrived(kBegin, kBegin + 1024U, DatagramLength(1076), true, kBound, kFull);
  seen.arrived(kBegin + 1024U, kBegin + kFull, DatagramLength(476), true, kBound, kFull);
  EXPECT_FALSE(seen.may_be_merged());
  seen.arrived(kBegin + kFull, kBegin + 2 * kFull, DatagramLength(1500), true, kBound, kFull);
  EXPECT_TRUE(seen.may_be_merged());
  seen.arrived(kBegin + 2 * kFull, kBegin + 3 * kFull, DatagramLength(1500), true, kBound, kFull);
  EXPECT_TRUE(seen.filled_smaller());
}

TEST(ReceiverHole, AfterShortMessagesAFullSegmentIsNotMerged) {
  ReceiverHole seen = three_segments();
  seen.arrived(kBegin, kBegin + 500U, DatagramLength(552), true, kBound, kFull);
  seen.arrived(kBegin + 500U, kBegin + 700U, DatagramLength(252), true, kBound, kFull);
  seen.arrived(kBegin + 700U, kBegin + 700U + kFull, DatagramLength(1500), true, kBound, kFull);
  seen.arrived(kBegin + 700U + kFull, kBegin + 3 * kFull, DatagramLength(1500), true, kBound, kFull);
  EXPECT_FALSE(seen.may_be_merged());
  EXPECT_TRUE(seen.filled());
  EXPECT_FALSE(seen.filled_smaller());
}

TEST(ReceiverHole, WithoutDfFullSizeIsARecovery) {
  ReceiverHole seen = hole();
  seen.arrived(kBegin, kEnd, DatagramLength(1500), false, kBound, kFull);
  EXPECT_TRUE(seen.filled_smaller());
}

TEST(ReceiverHole, CountsSoonerWhenTheConnectionEnds) {
  ReceiverHole seen = hole();
  EXPECT_FALSE(seen.open_long_enough(at(2000), Duration::seconds(3)));
  EXPECT_TRUE(seen.open_long_enough(at(3000), Duration::seconds(3)));
  seen.closed(at(1500));
  EXPECT_TRUE(seen.open_long_enough(at(1600), Duration::seconds(3)));
}

}  // namespace
}  // namespace pmtu
