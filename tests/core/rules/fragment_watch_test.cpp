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
    keep(watch.observe_whole({kAnswer, DatagramLength(100), 7, 7, next(), time(at_ms)}));
  }
  void question(std::int64_t at_ms, std::uint16_t mark) {
    keep(watch.observe_whole({kQuestion, DatagramLength(70), mark, mark, next(), time(at_ms)}));
  }
  /// Under another port and identifier each time; `name` tells what is asked, and answered.
  void asks_anew(std::int64_t at_ms, std::uint16_t name, bool in_fragments) {
    const auto port = static_cast<std::uint16_t>(20000 + ++asked_);
    FlowKey question = kQuestion;
    FlowKey answer = kAnswer;
    question.source_port = answer.destination_port = port;
    const auto length = DatagramLength(60U + name);
    keep(watch.observe_whole({question, length, port, name, next(), time(at_ms)}));
    if (in_fragments) {
      add(answer, asked_, 0, 1480, true, at_ms + 20);
    } else {
      keep(watch.observe_whole({answer, DatagramLength(100), port, 7, next(), time(at_ms + 20)}));
    }
  }

  FragmentWatch watch;
  std::vector<FragmentLoss> said;
  std::uint32_t datagrams = 0;  ///< as said last

 private:
  static Timestamp time(std::int64_t ms) { return Timestamp(ms * 1'000'000); }
  FrameNumber next() { return FrameNumber(++frame_); }
  void keep(const std::optional<FragmentLoss>& loss) {
    if (!loss) return;
    if (loss->grew) {
      datagrams = loss->datagrams;
      return;
    }
    said.push_back(*loss);
    datagrams = loss->datagrams;
  }
  void add(const FlowKey& flow, std::uint32_t identification, std::uint32_t offset, std::uint32_t length,
           bool more, std::int64_t at_ms) {
    keep(watch.observe({flow, identification, offset, length, more, next(), time(at_ms), identification}));
  }

  std::uint32_t frame_ = 0;
  std::uint32_t asked_ = 0;
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

// Resolvers ask again under another port and identifier (RFC 5452 §9).
TEST(FragmentWatch, WhoAsksAnewGotNoAnswer) {
  Resolver resolver;
  for (int i = 0; i < 5; ++i) {
    resolver.asks_anew(10000 * i, 1, false);
    resolver.asks_anew(10000 * i + 200, 2, true);
    resolver.asks_anew(10000 * i + 1700, 2, true);
  }
  resolver.whole(60000);
  ASSERT_EQ(resolver.said.size(), 1U);
  EXPECT_EQ(resolver.datagrams, 10U);
}

// `watch dig` asks again what it was told, under a filter by ports.
TEST(FragmentWatch, WhoAsksForEverythingAsOftenMayBeAnswered) {
  Resolver resolver;
  for (int i = 0; i < 20; ++i) {
    resolver.asks_anew(1500 * i, 1, false);
    resolver.asks_anew(1500 * i + 100, 2, true);
  }
  resolver.whole(60000);
  EXPECT_TRUE(resolver.said.empty());
}

// A cache asks again when what it knows expires.
TEST(FragmentWatch, WhoAsksLaterMayBeAnswered) {
  Resolver resolver;
  for (int i = 0; i < 20; ++i) {
    resolver.asks_anew(60000 * i, static_cast<std::uint16_t>(10 + i), false);
    resolver.asks_anew(60000 * i + 200, 2, true);
  }
  resolver.whole(1'300'000);
  EXPECT_TRUE(resolver.said.empty());
}

/// A RADIUS client that sends requests in fragments, as its server sees it.
class AccessDevice {
 public:
  void request(std::int64_t at_ms, std::uint64_t content) {
    Fragment first{kAnswer, ++identification_, 0, 1480, true, next(), time(at_ms)};
    first.content = content;
    first.beside_sender = beside_sender;
    keep(watch.observe(first));
  }
  void whole_request(std::int64_t at_ms, const FlowKey& flow = kAnswer) {
    keep(watch.observe_whole({flow, DatagramLength(180), 1, 1, next(), time(at_ms)}));
  }
  void answer(std::int64_t at_ms) {
    const std::uint64_t content = ++identification_;
    keep(watch.observe_whole({kQuestion, DatagramLength(120), content, content, next(), time(at_ms)}));
  }

  FragmentWatch watch;
  bool beside_sender = false;
  bool suspected = false;
  std::uint32_t datagrams = 0;  ///< as said last

 private:
  static Timestamp time(std::int64_t ms) { return Timestamp(ms * 1'000'000); }
  FrameNumber next() { return FrameNumber(++frame_); }
  void keep(const std::optional<FragmentLoss>& loss) {
    if (!loss) return;
    suspected = true;
    datagrams = loss->datagrams;
  }

  std::uint32_t frame_ = 0;
  std::uint32_t identification_ = 0;
};

/// Four requests, each sent three times, and before each a short one that is answered.
AccessDevice without_answers(bool beside_sender) {
  AccessDevice device;
  device.beside_sender = beside_sender;
  for (int i = 0; i < 4; ++i) {
    const std::int64_t at = 20000 * i;
    device.whole_request(at);
    device.answer(at + 50);
    for (int j = 0; j < 3; ++j) device.request(at + 100 + 5000 * j, static_cast<std::uint64_t>(100 + i));
  }
  return device;
}

TEST(FragmentWatch, WhoSendsAgainWasNotHeard) {
  AccessDevice device = without_answers(false);
  EXPECT_TRUE(device.suspected);
  const std::vector<FragmentLoss> all = device.watch.conclude(Timestamp(71'000'000'000));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].grew);
  EXPECT_EQ(all[0].datagrams, 12U);
}

// Before any router only a filter takes fragments out.
TEST(FragmentWatch, BesideTheSenderNoneIsLostYet) {
  EXPECT_FALSE(without_answers(true).suspected);
}

// Slow answers: what came in fragments was heard all the same.
TEST(FragmentWatch, WhoSendsAgainWasHeardAtLast) {
  AccessDevice device;
  for (int i = 0; i < 8; ++i) {
    const std::int64_t at = 20000 * i;
    device.whole_request(at);
    device.answer(at + 50);
    device.request(at + 100, static_cast<std::uint64_t>(100 + i));
    device.request(at + 5100, static_cast<std::uint64_t>(100 + i));
    device.answer(at + 6000);
  }
  EXPECT_FALSE(device.suspected);
}

// `port 500 or port 4500` where a firewall takes the latter: IKE_SA_INIT is answered, IKE_AUTH is not.
TEST(FragmentWatch, WhomNobodyAnswersMayBeWhole) {
  AccessDevice device;
  const FlowKey other{kAnswers, 500, 500, 17};
  for (int j = 0; j < 8; ++j) {
    device.whole_request(10000 * j, other);
    device.request(10000 * j + 100, 100);
    device.request(10000 * j + 5100, 100);
    device.whole_request(10000 * j + 6000);
  }
  EXPECT_FALSE(device.suspected);
}

// ARP has no ports either.
TEST(FragmentWatch, CaptureThatHoldsMoreThanPorts) {
  Resolver resolver;
  resolver.watch.note_no_port_filter();
  for (int i = 0; i < 3; ++i) resolver.first(static_cast<std::uint32_t>(i), 5000 * i);
  resolver.whole(18000);
  EXPECT_EQ(resolver.said.size(), 1U);
}

TEST(FragmentWatch, CountsToTheEnd) {
  Resolver resolver;
  for (int i = 0; i < 9; ++i) {
    resolver.last(static_cast<std::uint32_t>(i), 5000 * i);
    resolver.whole(5000 * i + 2500);
  }
  // One is complete: the others are not the more for it.
  resolver.first(20, 50000);
  resolver.last(20, 50001);
  resolver.last(21, 55000);
  resolver.whole(60000);
  EXPECT_EQ(resolver.said.size(), 1U);
  EXPECT_EQ(resolver.datagrams, 10U);
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
