// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/knowledge.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

constexpr Duration kSlack = Duration::milliseconds(20);
constexpr Mtu kHinted{1446};

Timestamp ms(std::int64_t n) {
  return Timestamp(n * 1'000'000);
}

PathMtuHint hint_at(std::int64_t milliseconds) {
  PathMtuHint hint;
  hint.mtu = kHinted;
  hint.quoted_length = DatagramLength(1500);
  hint.frame = FrameNumber(7);
  hint.time = ms(milliseconds);
  return hint;
}

TcpSegment segment(std::uint32_t sequence, std::uint32_t length, std::uint32_t ack) {
  TcpSegment s{};
  s.flags = tcp_flag::ack;
  s.header_length = 20;
  s.sequence = SequenceNumber(sequence);
  s.payload_length = length;
  s.acknowledgment = SequenceNumber(ack);
  return s;
}

TcpSegment stamped(TcpSegment s, std::uint32_t value, std::uint32_t echo) {
  s.has_timestamps = true;
  s.timestamp_value = SequenceNumber(value);
  s.timestamp_echo = SequenceNumber(echo);
  return s;
}

/// A sender 100 ms away from the capture point, whose peer had reached TSval 500 and sequence 1000 at the
/// hint.
Knowledge learned_at_zero(std::optional<Duration> round_trip = Duration::milliseconds(100)) {
  Knowledge::Baseline baseline;
  baseline.timestamp = SequenceNumber(500);
  baseline.sequence_end = SequenceNumber(1000);
  baseline.round_trip = round_trip;
  baseline.round_trip_is_fresh = true;
  return {hint_at(0), baseline};
}

// Causal test: TSecr ≥ TSval of a frame that passed the processing slack after the hint, strictly above what
// had passed.
TEST(Knowledge, TimestampEchoOfALaterFrameIsCausalProof) {
  Knowledge known = learned_at_zero();
  known.passed_toward_sender(stamped(segment(1000, 0, 1), 530, 1), ms(30), kSlack);
  const TcpSegment data = stamped(segment(1, 1448, 1000), 9, 530);
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::causal);
}

TEST(Knowledge, TheSameTimestampTickProvesNothing) {
  Knowledge known = learned_at_zero();
  known.passed_toward_sender(stamped(segment(1000, 0, 1), 500, 1), ms(30), kSlack);
  const TcpSegment data = stamped(segment(1, 1448, 1000), 9, 500);
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::none);
}

TEST(Knowledge, ARetransmissionOfThePeerProvesNothing) {
  Knowledge known = learned_at_zero();
  known.passed_toward_sender(segment(900, 100, 1), ms(30), kSlack);
  const TcpSegment data = segment(1, 1448, 1000);
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::none);
}

TEST(Knowledge, AcknowledgmentOfLaterBytesIsCausalProof) {
  Knowledge known = learned_at_zero();
  known.passed_toward_sender(segment(1000, 50, 1), ms(30), kSlack);
  const TcpSegment data = segment(1, 1448, 1050);
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::causal);
}

TEST(Knowledge, SelectiveAcknowledgmentOfLaterBytesIsCausalProof) {
  Knowledge known = learned_at_zero();
  known.passed_toward_sender(segment(1100, 50, 1), ms(30), kSlack);
  TcpSegment data = segment(1, 1448, 1000);
  data.sack_count = 1;
  data.sacks[0] = {SequenceNumber(1100), SequenceNumber(1150)};
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::causal);
}

// Processing slack: an honouring host may process ACKs before the deferred ICMP, and sends oversize
// meanwhile.
TEST(Knowledge, ReflectionWithinTheSlackWaitsForTheSlack) {
  Knowledge known = learned_at_zero();
  known.passed_toward_sender(segment(1000, 50, 1), ms(1), kSlack);
  const TcpSegment first = segment(1, 1448, 1050);
  known.sent(first, ms(2));
  EXPECT_EQ(known.proof(&first, false, ms(2), {}), Proof::none);
  EXPECT_EQ(known.proof(&first, false, ms(21), {}), Proof::none);
  EXPECT_EQ(known.proof(&first, false, ms(22), {}), Proof::causal);
}

TEST(Knowledge, WithNothingBeforeTheHintTheFirstFrameIsTheBaseline) {
  Knowledge known(hint_at(0), {});
  known.passed_toward_sender(segment(1000, 50, 1), ms(30), kSlack);
  const TcpSegment data = segment(1, 1448, 1050);
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::none);
}

// Measured test: hint time + round trip + slack.
TEST(Knowledge, TheMeasuredRoundTripDecidesWhereNothingReflects) {
  const Knowledge known = learned_at_zero();
  const TcpSegment data = segment(1, 1448, 1000);
  EXPECT_EQ(known.proof(&data, false, ms(119), {}), Proof::none);
  EXPECT_EQ(known.proof(&data, false, ms(120), {}), Proof::rtt);
}

TEST(Knowledge, TheDefaultHoldsOnlyWhereNothingWasMeasured) {
  const Knowledge known = learned_at_zero(std::nullopt);
  EXPECT_EQ(known.proof(nullptr, false, ms(199), {}), Proof::none);
  EXPECT_EQ(known.proof(nullptr, false, ms(200), {}), Proof::default_time);
  EXPECT_EQ(learned_at_zero(Duration::milliseconds(400)).proof(nullptr, false, ms(300), {}), Proof::none);
}

// Queues grow: what was measured long ago may be too short now; the default reaction time is the least then.
TEST(Knowledge, AnOldRoundTripIsNoLessThanTheDefault) {
  Knowledge::Baseline baseline;
  baseline.round_trip = Duration::milliseconds(1);
  const Knowledge known(hint_at(0), baseline);
  EXPECT_EQ(known.proof(nullptr, false, ms(199), {}), Proof::none);
  EXPECT_EQ(known.proof(nullptr, false, ms(200), {}), Proof::rtt);
}

// A queue between sender and capture point: what follows without a pause may have left before the hint came.
TEST(Knowledge, NewBytesInATrainMayHaveQueuedForASecond) {
  Knowledge known(hint_at(0), {});
  for (std::int64_t at = 50; at <= 1000; at += 50) known.passed(ms(at));
  EXPECT_EQ(known.proof(nullptr, true, ms(999), {}), Proof::none);
  EXPECT_EQ(known.proof(nullptr, true, ms(1000), {}), Proof::default_time);
}

TEST(Knowledge, APauseShowsThatTheQueueRanEmpty) {
  Knowledge known(hint_at(0), {});
  known.passed(ms(50));
  known.passed(ms(101));
  for (std::int64_t at = 120; at <= 300; at += 20) known.passed(ms(at));
  EXPECT_EQ(known.proof(nullptr, true, ms(300), {}), Proof::default_time);
}

TEST(Knowledge, TheClockOfTheSenderGoesBeforeTheTimeHere) {
  Knowledge::Baseline baseline;
  baseline.round_trip = Duration::milliseconds(2);
  baseline.round_trip_is_fresh = true;
  baseline.sender_clock.sample(SequenceNumber(1000), ms(-10));
  const Knowledge known(hint_at(0), baseline);
  const TcpSegment early = stamped(segment(1, 1448, 1000), 1032, 1);
  const TcpSegment late = stamped(segment(1, 1448, 1000), 1033, 1);
  EXPECT_EQ(known.proof(&early, false, ms(5000), {}), Proof::none);
  EXPECT_EQ(known.proof(&late, false, ms(5000), {}), Proof::rtt);
}

TEST(Knowledge, RefreshingRenewsTheAgeButNotTheMoment) {
  Knowledge known = learned_at_zero();
  known.refresh(ms(5000));
  EXPECT_EQ(known.age(ms(6000)), Duration::seconds(1));
  EXPECT_EQ(known.since_learned(ms(6000)), Duration::seconds(6));
}

TEST(Knowledge, SequenceNumbersAndTimestampsWrap) {
  Knowledge::Baseline baseline;
  baseline.timestamp = SequenceNumber(0xfffffff0);
  Knowledge known(hint_at(0), baseline);
  known.passed_toward_sender(stamped(segment(1000, 0, 1), 0x10, 1), ms(30), kSlack);
  const TcpSegment data = stamped(segment(1, 1448, 1000), 9, 0x12);
  EXPECT_EQ(known.proof(&data, false, ms(40), {}), Proof::causal);
}

// RFC 1191 §3: a datagram one option block below the path MTU fills the path; a merely small one does not.
TEST(Knowledge, OnlyAFullDatagramFillsThePath) {
  const Knowledge known = learned_at_zero();
  EXPECT_TRUE(known.fills_path(DatagramLength(1446)));
  EXPECT_TRUE(known.fills_path(DatagramLength(1435)));
  EXPECT_FALSE(known.fills_path(DatagramLength(1434)));
  EXPECT_FALSE(known.fills_path(DatagramLength(1447)));
}

// RFC 1191 §5: a router that names no MTU still says that the quoted size is too large.
TEST(Knowledge, WithoutAnMtuTheQuotedLengthIsTheMeasure) {
  PathMtuHint hint = hint_at(0);
  hint.mtu.reset();
  const Knowledge known(hint, {});
  EXPECT_TRUE(known.exceeded_by(DatagramLength(1500)));
  EXPECT_FALSE(known.exceeded_by(DatagramLength(1499)));
}

}  // namespace
}  // namespace pmtu
