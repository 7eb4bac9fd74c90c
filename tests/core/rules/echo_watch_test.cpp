// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/echo_watch.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

IpAddress address(std::uint8_t last) {
  const std::uint8_t bytes[] = {10, 1, 0, last};
  return IpAddress::from_v4(bytes);
}

/// Requests from one host to another, and what the watch says of them.
class Sweep {
 public:
  explicit Sweep(std::uint8_t destination = 2) : path_{address(1), address(destination)} {}

  std::optional<EchoHole> ask(std::uint32_t length, std::int64_t at_ms) {
    return take(true, length, at_ms, ++sequence_);
  }
  std::optional<EchoHole> reply(std::uint32_t length, std::int64_t at_ms) {
    return take(false, length, at_ms, sequence_);
  }
  void answered(std::uint32_t length, std::int64_t at_ms) {
    keep(ask(length, at_ms));
    keep(reply(length, at_ms + 7));
  }
  void unanswered(std::uint32_t length, std::int64_t at_ms) { keep(ask(length, at_ms)); }
  std::optional<EchoHole> take(bool request, std::uint32_t length, std::int64_t at_ms,
                               std::uint16_t sequence) {
    return watch.observe({path_, request, identifier, sequence, DatagramLength(length), FrameNumber(++frame_),
                          Timestamp(at_ms * 1'000'000)});
  }

  EchoWatch watch;
  std::uint16_t identifier = 1200;
  std::optional<EchoHole> said;  ///< the latest
  unsigned suspected = 0;

 private:
  void keep(const std::optional<EchoHole>& hole) {
    if (!hole) return;
    said = hole;
    if (hole->change == EchoHole::Change::suspected) ++suspected;
  }

  PathKey path_;
  std::uint32_t frame_ = 0;
  std::uint16_t sequence_ = 0;
};

/// Five answered at 1492, then requests of 1493 a second apart.
Sweep sweep_1493(int requests) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) sweep.answered(1492, 1000 * i);
  for (int i = 0; i < requests; ++i) sweep.unanswered(1493, 10000 + 1000 * i);
  return sweep;
}

TEST(EchoWatch, LargeNeverAnsweredSmallerAre) {
  const Sweep sweep = sweep_1493(14);
  EXPECT_EQ(sweep.suspected, 1U);
  ASSERT_TRUE(sweep.said.has_value());
  EXPECT_EQ(sweep.said->passed, DatagramLength(1492));
  EXPECT_EQ(sweep.said->lost, DatagramLength(1493));
  EXPECT_EQ(sweep.said->requests, 14U);
  EXPECT_EQ(sweep.said->unanswered, 12U);  // the last two may still be answered
  EXPECT_EQ(sweep.said->answered, 5U);
  EXPECT_EQ(sweep.said->first_frame, FrameNumber(11));
  EXPECT_EQ(sweep.said->begin, Timestamp(10'000'000'000));
}

TEST(EchoWatch, TwoLossesAreNoHole) {
  EXPECT_EQ(sweep_1493(4).suspected, 0U);  // two of them may still be answered
}

TEST(EchoWatch, SmallerMustBeAnswered) {
  Sweep sweep;
  for (int i = 0; i < 2; ++i) sweep.answered(1492, 1000 * i);
  for (int i = 0; i < 10; ++i) sweep.unanswered(1493, 3000 + 1000 * i);
  EXPECT_EQ(sweep.suspected, 0U);
}

// A search by halves tries each size once.
TEST(EchoWatch, BracketOfASearchByHalves) {
  Sweep sweep;
  int at = 0;
  for (const std::uint32_t length :
       {576U, 1500U, 1038U, 1269U, 1385U, 1443U, 1472U, 1457U, 1450U, 1446U, 1448U, 1447U}) {
    if (length <= 1446) {
      sweep.answered(length, at);
    } else {
      sweep.unanswered(length, at);
    }
    at += 2500;
  }
  sweep.answered(1446, at);
  ASSERT_TRUE(sweep.said.has_value());
  EXPECT_EQ(sweep.said->passed, DatagramLength(1446));
  EXPECT_EQ(sweep.said->lost, DatagramLength(1447));
}

// Each run of ping has an identifier of its own: the first that was told stands for all of them.
TEST(EchoWatch, RunsOfPingAreOneSearch) {
  Sweep sweep;
  std::uint16_t run = 0;
  int at = 0;
  for (const std::uint32_t length : {84U, 1500U, 1428U, 1400U, 1422U, 1423U}) {
    sweep.identifier = ++run;
    for (int i = 0; i < 3; ++i, at += 1000) {
      if (length <= 1422) {
        sweep.answered(length, at);
      } else {
        sweep.unanswered(length, at);
      }
    }
  }
  EXPECT_EQ(sweep.suspected, 1U);
  ASSERT_TRUE(sweep.said.has_value());
  EXPECT_EQ(sweep.said->identifier, 2U);
  EXPECT_EQ(sweep.said->passed, DatagramLength(1422));
  EXPECT_EQ(sweep.said->lost, DatagramLength(1423));
  EXPECT_EQ(sweep.said->requests, 9U);
  EXPECT_EQ(sweep.said->unanswered, 7U);
  EXPECT_EQ(sweep.said->last_frame, FrameNumber(27));
}

// What still waits counts only from the lost size on.
TEST(EchoWatch, SmallerRequestThatWaitsIsNoneOfTheLostSize) {
  Sweep sweep = sweep_1493(6);
  sweep.unanswered(1484, 15100);
  ASSERT_TRUE(sweep.said.has_value());
  EXPECT_EQ(sweep.said->lost, DatagramLength(1493));
  EXPECT_EQ(sweep.said->requests, 6U);
}

TEST(EchoWatch, RequestsThatWaitAtTheEndAreLostWhenTheirTimeIsUp) {
  Sweep sweep;
  for (int i = 0; i < 3; ++i) sweep.answered(84, 1000 * i);
  for (int i = 0; i < 3; ++i) sweep.unanswered(1500, 3000 + 1000 * i);
  EXPECT_EQ(sweep.suspected, 0U);
  EXPECT_TRUE(sweep.watch.conclude(Timestamp(6'900'000'000)).empty());
  const std::vector<EchoHole> holes = sweep.watch.conclude(Timestamp(7'000'000'000));
  ASSERT_EQ(holes.size(), 1U);
  EXPECT_EQ(holes[0].change, EchoHole::Change::suspected);
  EXPECT_EQ(holes[0].unanswered, 3U);
  EXPECT_TRUE(sweep.watch.conclude(Timestamp(9'000'000'000)).empty());
}

// `for s in 1500 1499 …`: more sizes than are kept apart.
TEST(EchoWatch, BracketOfAFallingSweep) {
  Sweep sweep;
  int at = 0;
  for (std::uint32_t length = 1500; length > 1480; --length) sweep.unanswered(length, at += 2500);
  for (std::uint32_t length = 1480; length > 1476; --length) sweep.answered(length, at += 2500);
  ASSERT_TRUE(sweep.said.has_value());
  EXPECT_EQ(sweep.said->passed, DatagramLength(1480));
  EXPECT_EQ(sweep.said->lost, DatagramLength(1481));
  EXPECT_EQ(sweep.said->unanswered, 20U);
}

TEST(EchoWatch, SizeThatIsAnsweredOnceIsNoHole) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) sweep.answered(1000, 1000 * i);
  sweep.answered(1500, 6000);
  for (int i = 0; i < 10; ++i) sweep.unanswered(1500, 10000 + 1000 * i);
  EXPECT_EQ(sweep.suspected, 0U);
}

TEST(EchoWatch, AnswerAfterAllWithdraws) {
  Sweep sweep = sweep_1493(14);
  const auto said = sweep.reply(1493, 24500);
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->change, EchoHole::Change::withdrawn);
}

// The host died: it answers nothing of any size.
TEST(EchoWatch, DeadHostIsNoHole) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) sweep.answered(1492, 1000 * i);
  for (int i = 0; i < 10; ++i) {
    sweep.unanswered(84, 10000 + 2000 * i);
    sweep.unanswered(1500, 11000 + 2000 * i);
  }
  EXPECT_EQ(sweep.suspected, 0U);
}

// It did not run yet when large ones were sent, and nobody has tried since.
TEST(EchoWatch, AnswersOfAnotherTimeAreNoProof) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) sweep.unanswered(1500, 1000 * i);
  for (int i = 0; i < 5; ++i) sweep.answered(84, 200'000 + 1000 * i);
  EXPECT_EQ(sweep.suspected, 0U);
  Sweep later;
  for (int i = 0; i < 5; ++i) later.answered(84, 1000 * i);
  for (int i = 0; i < 9; ++i) later.unanswered(1500, 200'000 + 1000 * i);
  EXPECT_EQ(later.suspected, 0U);
}

TEST(EchoWatch, AskedFasterThanTheRoundTrip) {
  Sweep sweep;
  for (std::uint16_t i = 0; i < 15; ++i) (void)sweep.take(true, 1492, 200 * i, i);
  std::optional<EchoHole> said;
  for (std::uint16_t i = 0; i < 15; ++i) {
    said = sweep.take(false, 1492, 3100 + 200 * i, i);
    EXPECT_FALSE(said.has_value());
  }
}

TEST(EchoWatch, RequestCapturedTwiceCountsOnce) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) sweep.answered(1492, 1000 * i);
  for (std::uint16_t i = 0; i < 2; ++i) {
    (void)sweep.take(true, 1493, 10000 + 1000 * i, static_cast<std::uint16_t>(100 + i));
    (void)sweep.take(true, 1493, 10001 + 1000 * i, static_cast<std::uint16_t>(100 + i));
  }
  EXPECT_FALSE(sweep.take(true, 1492, 20000, 200).has_value());
}

// A hint, or any other error, says what became of it.
TEST(EchoWatch, RequestThatDrewAnErrorIsNoSilentLoss) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) sweep.answered(1492, 1000 * i);
  for (int i = 0; i < 10; ++i) {
    sweep.unanswered(1493, 10000 + 1000 * i);
    sweep.watch.drew_error({address(1), address(2)}, DatagramLength(1493));
  }
  EXPECT_EQ(sweep.suspected, 0U);
}

// Some servers cut their replies short: what was asked counts.
TEST(EchoWatch, ReplyThatWasCutShort) {
  Sweep sweep;
  for (int i = 0; i < 5; ++i) {
    (void)sweep.ask(1492, 1000 * i);
    (void)sweep.reply(96, 1000 * i + 7);
  }
  for (int i = 0; i < 6; ++i) sweep.unanswered(1493, 10000 + 1000 * i);
  ASSERT_TRUE(sweep.said.has_value());
  EXPECT_EQ(sweep.said->passed, DatagramLength(1492));
}

TEST(EchoWatch, PairsAreBounded) {
  EchoWatch watch;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const std::uint8_t bytes[] = {10, 2, static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)};
    const PathKey path{address(1), IpAddress::from_v4(bytes)};
    (void)watch.observe({path, true, 1, 1, DatagramLength(1500), FrameNumber(i + 1), Timestamp(i)});
  }
  EXPECT_EQ(watch.pairs(), EchoWatch::kMaxPairs);
}

}  // namespace
}  // namespace pmtu
