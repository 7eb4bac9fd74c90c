// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/fragment_watch.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

using Missing = FragmentLoss::Missing;

IpAddress address(std::uint8_t third, std::uint8_t last) {
  const std::uint8_t bytes[] = {10, third, 0, last};
  return IpAddress::from_v4(bytes);
}

const PathKey kAnswers{address(2, 53), address(1, 10)};
const FlowKey kAnswer{kAnswers, 53, 5353, 17};
const FlowKey kQuestion{{kAnswers.destination, kAnswers.source}, 5353, 53, 17};

/// What a capture at a resolver shows of the answers that it gets.
class Resolver {
 public:
  void first(std::uint32_t identification, std::int64_t at_ms) {
    add(kAnswer, identification, 0, 1480, true, at_ms);
  }
  void middle(std::uint32_t identification, std::int64_t at_ms) {
    add({kAnswers, 0, 0, 17}, identification, 1480, 1480, true, at_ms);
  }
  void last(std::uint32_t identification, std::int64_t at_ms, std::uint32_t offset = 1480) {
    add({kAnswers, 0, 0, 17}, identification, offset, 200, false, at_ms);
  }
  void whole(std::int64_t at_ms) {
    keep(watch.observe_whole(kAnswer, DatagramLength(100), 7, next(), time(at_ms)));
  }
  void question(std::int64_t at_ms, std::uint16_t mark) {
    keep(watch.observe_whole(kQuestion, DatagramLength(70), mark, next(), time(at_ms)));
  }

  FragmentWatch watch;
  std::vector<FragmentLoss> said;

 private:
  static Timestamp time(std::int64_t ms) { return Timestamp(ms * 1'000'000); }
  FrameNumber next() { return FrameNumber(++frame_); }
  void keep(const std::optional<FragmentLoss>& loss) {
    if (loss) said.push_back(*loss);
  }
  void add(const FlowKey& flow, std::uint32_t identification, std::uint32_t offset, std::uint32_t length,
           bool more, std::int64_t at_ms) {
    keep(watch.observe({flow, identification, offset, length, more, next(), time(at_ms)}));
  }

  std::uint32_t frame_ = 0;
};

TEST(FragmentWatch, LaterFragmentsNeverCome) {
  Resolver resolver;
  resolver.first(1, 0);
  resolver.last(1, 1);
  for (int i = 0; i < 3; ++i) resolver.first(static_cast<std::uint32_t>(2 + i), 5000 * (i + 1));
  resolver.whole(18000);
  ASSERT_EQ(resolver.said.size(), 1U);
  EXPECT_EQ(resolver.said[0].missing, Missing::later);
  EXPECT_EQ(resolver.said[0].datagrams, 3U);
  EXPECT_EQ(resolver.said[0].flow, kAnswer);
  EXPECT_EQ(resolver.said[0].first_frame, FrameNumber(3));
  EXPECT_FALSE(resolver.said[0].reported);
}

TEST(FragmentWatch, FirstFragmentsNeverCome) {
  Resolver resolver;
  for (int i = 0; i < 3; ++i) resolver.last(static_cast<std::uint32_t>(2 + i), 5000 * i);
  resolver.whole(18000);
  ASSERT_EQ(resolver.said.size(), 1U);
  EXPECT_EQ(resolver.said[0].missing, Missing::first);
}

// `tcpdump port 53`: later fragments have no port.
TEST(FragmentWatch, CaptureFilterThatHidesLaterFragments) {
  Resolver resolver;
  for (int i = 0; i < 10; ++i) {
    resolver.question(5000 * i, static_cast<std::uint16_t>(i));
    resolver.first(static_cast<std::uint32_t>(i), 5000 * i + 20);
    resolver.whole(5000 * i + 1000);
  }
  EXPECT_TRUE(resolver.said.empty());
}

// The same capture of somebody who asks again, word for word.
TEST(FragmentWatch, WhoAsksAgainGotNoAnswer) {
  Resolver resolver;
  for (int i = 0; i < 5; ++i) {
    resolver.question(5000 * i, 99);
    resolver.first(static_cast<std::uint32_t>(i), 5000 * i + 20);
  }
  resolver.whole(30000);
  ASSERT_EQ(resolver.said.size(), 1U);
  EXPECT_EQ(resolver.said[0].datagrams, 5U);
}

TEST(FragmentWatch, TwoAreNotEnough) {
  Resolver resolver;
  for (int i = 0; i < 2; ++i) resolver.last(static_cast<std::uint32_t>(2 + i), 5000 * i);
  resolver.whole(18000);
  EXPECT_TRUE(resolver.said.empty());
}

TEST(FragmentWatch, WithoutWholeOnesThePathMayBeDown) {
  Resolver resolver;
  for (int i = 0; i < 6; ++i) resolver.last(static_cast<std::uint32_t>(2 + i), 5000 * i);
  EXPECT_TRUE(resolver.said.empty());
}

// Out of order, twice, in three pieces: all there.
TEST(FragmentWatch, CompleteDatagramsAreForgotten) {
  Resolver resolver;
  resolver.last(1, 0, 2960);
  resolver.first(1, 1);
  resolver.first(1, 2);
  resolver.middle(1, 3);
  EXPECT_FALSE(resolver.watch.watches_any());
  EXPECT_TRUE(resolver.said.empty());
}

// Loss by chance takes a fragment now and then.
TEST(FragmentWatch, SomeArriveWhole) {
  Resolver resolver;
  for (int i = 0; i < 20; ++i) {
    const auto identification = static_cast<std::uint32_t>(i);
    resolver.first(identification, 5000 * i);
    if (i % 3 == 0) resolver.last(identification, 5000 * i + 1);
    resolver.whole(5000 * i + 2500);
  }
  EXPECT_TRUE(resolver.said.empty());
}

// Linux sends the last fragment first on some paths, and a slow link takes its time.
TEST(FragmentWatch, LateButWithinPatience) {
  Resolver resolver;
  for (int i = 0; i < 5; ++i) {
    const auto identification = static_cast<std::uint32_t>(i);
    resolver.last(identification, 5000 * i);
    resolver.first(identification, 5000 * i + 1500);
  }
  resolver.whole(60000);
  EXPECT_TRUE(resolver.said.empty());
}

// RFC 792: type 11, code 1. One is enough, for the receiver itself says so.
TEST(FragmentWatch, ReceiverReportsIt) {
  FragmentWatch watch;
  const auto loss = watch.reported(kAnswer, FrameNumber(9), Timestamp(1), true);
  ASSERT_TRUE(loss);
  EXPECT_TRUE(loss->reported);
  EXPECT_EQ(loss->flow, kAnswer);
  EXPECT_EQ(loss->datagrams, 1U);
  EXPECT_EQ(loss->missing, Missing::unknown);
}

// Beside the receiver a complete datagram has arrived; elsewhere it may be lost yet.
TEST(FragmentWatch, AReportBesideCompleteDatagramsIsChance) {
  for (const bool beside_it : {true, false}) {
    Resolver resolver;
    resolver.first(1, 0);
    resolver.last(1, 1);
    const auto loss = resolver.watch.reported(kAnswer, FrameNumber(9), Timestamp(30'000'000'000), beside_it);
    EXPECT_EQ(loss.has_value(), !beside_it);
  }
}

// So many without a complete one between them are none.
TEST(FragmentWatch, ManyReportsAreNoChance) {
  Resolver resolver;
  resolver.first(1, 0);
  resolver.last(1, 1);
  for (int i = 1; i <= 3; ++i) {
    const auto loss = resolver.watch.reported(kAnswer, FrameNumber(9), Timestamp(i * 30'000'000'000), true);
    EXPECT_EQ(loss.has_value(), i == 3);
  }
  resolver.first(2, 100'000);
  resolver.last(2, 100'001);
  EXPECT_FALSE(resolver.watch.reported(kAnswer, FrameNumber(9), Timestamp(130'000'000'000), true));
}

TEST(FragmentWatch, CompleteDatagramsOfLongAgoSayNothing) {
  Resolver resolver;
  resolver.first(1, 0);
  resolver.last(1, 1);
  EXPECT_TRUE(resolver.watch.reported(kAnswer, FrameNumber(9), Timestamp(700'000'000'000), true));
}

TEST(FragmentWatch, PathsAreBounded) {
  FragmentWatch watch;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const PathKey path{address(static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)),
                       address(9, 9)};
    (void)watch.observe({{path, 0, 0, 17}, i, 1480, 200, false, FrameNumber(i + 1), Timestamp(i)});
  }
  EXPECT_EQ(watch.paths(), FragmentWatch::kMaxPaths);
}

}  // namespace
}  // namespace pmtu
