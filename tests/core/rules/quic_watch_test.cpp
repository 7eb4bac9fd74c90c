// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/quic_watch.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

using Packet = QuicDatagram::Packet;

/// A client at port `client` and a server, and what the watch says of them.
class Handshake {
 public:
  explicit Handshake(std::uint16_t client = 40443, IpVersion version = IpVersion::v4) {
    flow_.path.source.version = flow_.path.destination.version = version;
    flow_.path.source.bytes[0] = 1;
    flow_.path.destination.bytes[0] = 2;
    flow_.source_port = client;
    flow_.destination_port = 443;
    flow_.protocol = 17;
  }

  void asks(std::int64_t at_ms, Packet packet = Packet::initial, std::uint32_t payload = 1200) {
    take(flow_, at_ms, packet, payload);
  }
  void answers(std::int64_t at_ms, Packet packet = Packet::handshake, std::uint32_t payload = 400) {
    const FlowKey back{{flow_.path.destination, flow_.path.source},
                       flow_.destination_port,
                       flow_.source_port,
                       flow_.protocol};
    take(back, at_ms, packet, payload);
  }
  /// The client's timer runs out `times` times, and each time something small comes back.
  void goes_round(int times, Packet packet = Packet::handshake) {
    for (int i = 0; i < times; ++i) {
      asks(1000 * i);
      answers(1000 * i + 50, packet);
    }
  }

  QuicWatch watch{Duration::seconds(3)};
  std::optional<QuicHole> said;  ///< the latest
  int times_said = 0;

 private:
  void take(const FlowKey& flow, std::int64_t at_ms, Packet packet, std::uint32_t payload) {
    const auto hole = watch.observe({packet, flow, DatagramLength(payload + 28), payload, false,
                                     FrameNumber(++frame_), Timestamp(at_ms * 1'000'000)});
    if (!hole) return;
    said = hole;
    ++times_said;
  }

  FlowKey flow_;
  std::uint32_t frame_ = 0;
};

TEST(QuicWatch, OnlySmallAnswersWhileTheClientRepeatsItself) {
  Handshake one;
  one.goes_round(6);
  ASSERT_TRUE(one.said);
  EXPECT_EQ(one.times_said, 1);
  EXPECT_EQ(one.said->flow.source_port, 443);
  EXPECT_EQ(one.said->passed.value(), 428U);
  EXPECT_EQ(one.said->lost.value(), 1228U);
  EXPECT_EQ(one.said->first_answer, FrameNumber{2});
}

TEST(QuicWatch, InIpv6TheHeaderIsLonger) {
  Handshake one(40443, IpVersion::v6);
  one.goes_round(6);
  ASSERT_TRUE(one.said);
  EXPECT_EQ(one.said->lost.value(), 1248U);
}

TEST(QuicWatch, TakesItsTime) {
  Handshake one;
  one.goes_round(3);
  EXPECT_FALSE(one.said);
}

TEST(QuicWatch, DatagramsOfOneFlightCountOnce) {
  Handshake one;
  for (int i = 0; i < 20; ++i) one.asks(i);
  for (int i = 0; i < 20; ++i) one.answers(50 + i);
  one.asks(5000);
  one.answers(5050);
  EXPECT_FALSE(one.said);
}

TEST(QuicWatch, AClientThatStopsAskingWaitsForNothing) {
  Handshake one;
  for (int i = 0; i < 3; ++i) one.asks(200 * i);
  for (int i = 0; i < 9; ++i) one.answers(500 + 1000 * i);
  EXPECT_FALSE(one.said);
}

// RFC 9000 §14.1: acknowledgments and refusals need not fill 1200 bytes.
TEST(QuicWatch, SmallInitialsProveNothing) {
  Handshake one;
  one.goes_round(9, Packet::initial);
  one.goes_round(9, Packet::other_long);
  EXPECT_FALSE(one.said);
}

TEST(QuicWatch, ALargeAnswerDisprovesIt) {
  Handshake before;
  before.answers(0);  // nothing was asked
  before.asks(10);
  before.answers(20, Packet::initial, 1200);
  EXPECT_EQ(before.watch.cases(), 0U);
  EXPECT_FALSE(before.said);
  Handshake after;
  after.goes_round(6);
  after.answers(9000, Packet::initial, 1200);
  ASSERT_TRUE(after.said);
  EXPECT_TRUE(after.said->withdrawn);
}

TEST(QuicWatch, AClientThatGoesOnHasWhatItNeeds) {
  for (const Packet next : {Packet::handshake, Packet::short_header}) {
    Handshake one;
    one.goes_round(3);
    one.asks(2100, next, 80);
    EXPECT_EQ(one.watch.cases(), 0U);
    one.asks(3000);
    one.answers(3050);
    EXPECT_FALSE(one.said);
  }
}

TEST(QuicWatch, AClientThatGoesOnInTheEndTakesItBack) {
  Handshake one;
  one.goes_round(6);
  EXPECT_TRUE(one.watch.has_told());
  one.asks(9000, Packet::short_header, 80);
  ASSERT_TRUE(one.said);
  EXPECT_TRUE(one.said->withdrawn);
  EXPECT_FALSE(one.watch.has_told());
}

TEST(QuicWatch, SmallInitialsOfAClientBeginNothing) {
  Handshake one;
  one.asks(0, Packet::initial, 1199);
  EXPECT_EQ(one.watch.cases(), 0U);
}

TEST(QuicWatch, HasABound) {
  QuicWatch watch(Duration::seconds(3));
  for (std::uint16_t port = 1; port < 2000; ++port) {
    QuicDatagram initial;
    initial.packet = Packet::handshake;
    initial.payload = 400;
    initial.flow.source_port = port;
    initial.flow.destination_port = 443;
    initial.time = Timestamp(port);
    EXPECT_FALSE(watch.observe(initial));
  }
  EXPECT_EQ(watch.cases(), QuicWatch::kMaxCases);
}

}  // namespace
}  // namespace pmtu
