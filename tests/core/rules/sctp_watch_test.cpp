// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sctp_watch.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

using Change = SctpHole::Change;

constexpr std::uint32_t kToServer = 0x1111;
constexpr std::uint32_t kToClient = 0x2222;

IpAddress address(std::uint8_t third, std::uint8_t last) {
  const std::uint8_t bytes[] = {10, third, 0, last};
  return IpAddress::from_v4(bytes);
}

/// An association of a base station with two addresses of a core network (S1AP, port 36412), and what the
/// watch says of it.
class Association {
 public:
  void data(std::uint32_t tsn, std::uint32_t length, std::int64_t at_ms, bool dont_fragment = true,
            std::uint8_t path = 1) {
    SctpPacket packet{};
    packet.verification_tag = kToServer;
    packet.chunks = sctp_chunk::data;
    packet.data_chunks = 1;
    packet.first_tsn = packet.last_tsn = SequenceNumber(tsn);
    take(packet, length, at_ms, dont_fragment, path, true);
  }
  void sack(std::uint32_t cumulative, std::int64_t at_ms, std::uint16_t gap_first = 0,
            std::uint16_t gap_last = 0) {
    SctpPacket packet{};
    packet.verification_tag = kToClient;
    packet.chunks = sctp_chunk::sack;
    packet.cumulative_tsn = SequenceNumber(cumulative);
    if (gap_first != 0) {
      packet.gap_count = 1;
      packet.gaps[0] = {packet.cumulative_tsn + gap_first, packet.cumulative_tsn + gap_last};
    }
    take(packet, 48, at_ms, true, 1, false);
  }
  void heartbeat(std::uint32_t mark, std::uint32_t length, std::int64_t at_ms, bool padded) {
    SctpPacket packet{};
    packet.verification_tag = kToServer;
    packet.chunks = static_cast<std::uint16_t>(sctp_chunk::heartbeat | (padded ? sctp_chunk::pad : 0));
    packet.heartbeat_mark = mark;
    take(packet, length, at_ms, true, 1, true);
  }
  void heartbeat_ack(std::uint32_t mark, std::int64_t at_ms) {
    SctpPacket packet{};
    packet.verification_tag = kToClient;
    packet.chunks = sctp_chunk::heartbeat_ack;
    packet.heartbeat_mark = mark;
    take(packet, 80, at_ms, true, 1, false);
  }
  void abort(std::uint32_t tag, std::int64_t at_ms, bool to_server) {
    SctpPacket packet{};
    packet.verification_tag = tag;
    packet.chunks = sctp_chunk::abort;
    take(packet, 36, at_ms, true, 1, to_server);
  }
  /// Four small messages, each acknowledged; the next TSN is 5.
  void begin() {
    for (std::uint32_t tsn = 1; tsn <= 4; ++tsn) {
      data(tsn, 120, 100 * tsn);
      sack(tsn, 100 * tsn + 20);
    }
  }
  /// A message of 1500 bytes that never arrives, a small one behind it that does.
  void large_is_lost(int transmissions) {
    data(5, 1500, 1000);
    data(6, 120, 1010);
    sack(4, 1030, 2, 2);
    for (int i = 1; i < transmissions; ++i) data(5, 1500, 1000 + 1000 * ((1 << i) - 1));
  }
  [[nodiscard]] FlowKey flow(std::uint8_t path = 1) const {
    return {{address(1, 10), address(2, path)}, 40000, 36412, 132};
  }
  [[nodiscard]] unsigned count(Change change) const {
    unsigned number = 0;
    for (const SctpHole& hole : said) number += hole.change == change ? 1U : 0U;
    return number;
  }

  SctpWatch watch;
  std::vector<SctpHole> said;

 private:
  void take(const SctpPacket& packet, std::uint32_t length, std::int64_t at_ms, bool dont_fragment,
            std::uint8_t path, bool to_server) {
    FlowKey key = flow(path);
    if (!to_server)
      key = {{key.path.destination, key.path.source}, key.destination_port, key.source_port, 132};
    const auto hole = watch.observe({key, &packet, DatagramLength(length), dont_fragment,
                                     FrameNumber(++frame_), Timestamp(at_ms * 1'000'000)});
    if (hole) said.push_back(*hole);
  }

  std::uint32_t frame_ = 0;
};

// RFC 9260 §3.3.7: over for both ends, whichever tag the ABORT carries (§8.5.1).
TEST(SctpWatch, AnAbortEndsBothDirections) {
  for (const bool to_server : {true, false}) {
    for (const std::uint32_t tag : {kToServer, kToClient}) {
      Association association;
      association.begin();
      ASSERT_EQ(association.watch.directions(), 2U);
      association.abort(tag, 900, to_server);
      EXPECT_EQ(association.watch.directions(), 0U);
    }
  }
}

// A foreign tag is no part of the association (RFC 9260 §8.5).
TEST(SctpWatch, AForeignAbortEndsNothing) {
  Association association;
  association.begin();
  association.abort(0x3333, 900, true);
  EXPECT_EQ(association.watch.directions(), 2U);
}

// RFC 9260 §6.3.3: the same TSN goes out when the timer runs out.
TEST(SctpWatch, LargeChunkIsLostSmallOnesAreNot) {
  Association association;
  association.begin();
  association.large_is_lost(4);
  ASSERT_EQ(association.count(Change::suspected), 1U);
  const SctpHole& hole = association.said[0];
  EXPECT_EQ(hole.flow, association.flow());
  EXPECT_EQ(hole.lost, DatagramLength(1500));
  EXPECT_EQ(hole.passed, DatagramLength(120));
  EXPECT_EQ(hole.losses, 3U);
  EXPECT_EQ(hole.first_frame, FrameNumber(9));
  EXPECT_EQ(hole.begin, Timestamp(1'000'000'000));
  EXPECT_EQ(hole.resent_bytes, 4500U);
}

// Of what was sent twice nobody knows which one it was.
TEST(SctpWatch, TellsWhatArrivedAndWasSentOnce) {
  Association association;
  association.begin();
  association.data(5, 1500, 1000);
  association.data(6, 1400, 1010);
  association.data(7, 1300, 1020, false);
  association.data(5, 1500, 2000);
  association.sack(7, 2030);
  ASSERT_EQ(association.watch.arrivals().size(), 1U);
  EXPECT_EQ(association.watch.arrivals()[0].length, DatagramLength(1400));
  EXPECT_EQ(association.watch.arrivals()[0].frame, FrameNumber(10));
  association.data(8, 120, 3000);
  EXPECT_TRUE(association.watch.arrivals().empty());
}

TEST(SctpWatch, ThreeTransmissionsAreTwoLosses) {
  Association association;
  association.begin();
  association.large_is_lost(3);
  EXPECT_TRUE(association.said.empty());
}

// RFC 9260 §7.3: what has become too large is sent again as fragments.
TEST(SctpWatch, ArrivesOnceDfIsClear) {
  Association association;
  association.begin();
  association.large_is_lost(4);
  association.data(5, 1500, 16000, false);
  association.sack(6, 16030);
  EXPECT_EQ(association.count(Change::confirmed), 1U);
}

// One hole that goes on: each further message of that size is lost once and then arrives in fragments.
TEST(SctpWatch, OneHoleIsConfirmedOnce) {
  Association association;
  association.begin();
  association.large_is_lost(4);
  for (std::uint32_t i = 0; i < 9; ++i) {
    const std::int64_t at = 16000 + 2000 * i;
    association.data(i == 0 ? 5 : 6 + i, 1500, at, false);
    association.sack(6 + i, at + 30);
    association.data(7 + i, 1500, at + 1000);
  }
  EXPECT_EQ(association.count(Change::suspected), 1U);
  EXPECT_EQ(association.count(Change::confirmed), 1U);
  ASSERT_EQ(association.said.back().change, Change::grew);
  EXPECT_EQ(association.said.back().losses, 12U);
}

// Nothing of that size may ever have passed.
TEST(SctpWatch, ThatSizeArrivesAfterItWasConfirmed) {
  Association association;
  association.begin();
  association.large_is_lost(4);
  association.data(5, 1500, 16000, false);
  association.sack(6, 16030);
  association.data(7, 1500, 17000);
  association.sack(7, 17030);
  ASSERT_EQ(association.count(Change::confirmed), 1U);
  EXPECT_EQ(association.said.back().change, Change::withdrawn);
}

TEST(SctpWatch, ThatSizeArrivesAfterAll) {
  Association association;
  association.begin();
  association.large_is_lost(4);
  association.sack(6, 16030);
  EXPECT_EQ(association.count(Change::withdrawn), 1U);
}

TEST(SctpWatch, DeadPeerIsNoBlackHole) {
  Association association;
  association.begin();
  for (int i = 0; i < 6; ++i) association.data(5, 1500, 1000 + 1000 * ((1 << i) - 1));
  EXPECT_TRUE(association.said.empty());
}

TEST(SctpWatch, HealthyAssociation) {
  Association association;
  for (std::uint32_t tsn = 1; tsn < 500; ++tsn) {
    association.data(tsn, tsn % 3 == 0 ? 1500 : 120, 10 * tsn);
    association.sack(tsn, 10 * tsn + 5);
  }
  EXPECT_TRUE(association.said.empty());
}

// Each loss is made good by a repetition of the same size.
TEST(SctpWatch, LossByChance) {
  Association association;
  association.begin();
  for (std::uint32_t i = 0; i < 6; ++i) {
    const std::uint32_t tsn = 5 + 2 * i;
    const std::int64_t at = 1000 + 5000 * i;
    association.data(tsn, 1400 + i, at);
    association.data(tsn + 1, 120, at + 10);
    association.sack(tsn - 1, at + 30, 2, 2);
    association.data(tsn, 1400 + i, at + 1000);
    association.sack(tsn + 1, at + 1030);
  }
  EXPECT_TRUE(association.said.empty());
}

// RFC 9260 §6.4.1: a retransmission should go to another address. That it arrives there says nothing of this
// path.
TEST(SctpWatch, OnePathOfAMultihomedPeer) {
  Association association;
  association.begin();
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t tsn = 5 + 2 * i;
    const std::int64_t at = 1000 + 5000 * i;
    association.data(tsn, 1500, at);
    association.data(tsn + 1, 120, at + 10);
    association.sack(tsn - 1, at + 30, 2, 2);
    association.data(tsn, 1500, at + 1000, true, 2);
    association.sack(tsn + 1, at + 1030);
  }
  ASSERT_EQ(association.count(Change::suspected), 1U);
  EXPECT_EQ(association.said[0].flow, association.flow(1));
  EXPECT_EQ(association.count(Change::withdrawn), 0U);
}

// RFC 8899 §5.1.2, §6.2.1: three probes of a size that does not pass are how the size is found.
TEST(SctpWatch, ProbesAreNoLosses) {
  Association association;
  association.begin();
  for (std::uint32_t i = 0; i < 9; ++i) association.heartbeat(i, 1500, 1000 + 1000 * i, true);
  association.heartbeat(100, 1400, 12000, true);
  association.heartbeat_ack(100, 12020);
  EXPECT_TRUE(association.said.empty());
}

TEST(SctpWatch, HeartbeatsShowLife) {
  Association association;
  association.begin();
  for (int i = 0; i < 5; ++i) {
    association.data(5, 1500, 1000 + 2000 * i);
    association.heartbeat(static_cast<std::uint32_t>(i), 100, 1500 + 2000 * i, false);
    association.heartbeat_ack(static_cast<std::uint32_t>(i), 1520 + 2000 * i);
  }
  EXPECT_EQ(association.count(Change::suspected), 1U);
}

TEST(SctpWatch, WhatDrewAHintIsNoSilentLoss) {
  Association association;
  association.begin();
  association.data(5, 1500, 1000);
  association.watch.drew_error(association.flow(), DatagramLength(1500));
  association.data(6, 120, 1010);
  association.sack(4, 1030, 2, 2);
  for (int i = 1; i < 6; ++i) {
    association.data(5, 1500, 1000 + 1000 * i);
    association.watch.drew_error(association.flow(), DatagramLength(1500));
  }
  EXPECT_TRUE(association.said.empty());
}

TEST(SctpWatch, CapturedTwice) {
  Association association;
  association.begin();
  association.data(5, 1500, 1000);
  association.data(5, 1500, 1000);
  association.data(5, 1500, 1000);
  association.data(5, 1500, 1000);
  association.data(6, 120, 1010);
  association.sack(4, 1030, 2, 2);
  association.data(7, 120, 1040);
  EXPECT_TRUE(association.said.empty());
}

// RFC 9260 §10: a quotation is believed by its verification tag; the TSN tells whether the bytes are still
// under way.
TEST(SctpWatch, QuotationsAreChecked) {
  Association association;
  association.begin();
  association.data(5, 1500, 1000);
  QuotedDatagram quote{};
  using Fit = SctpWatch::QuoteFit;
  EXPECT_EQ(association.watch.fit(association.flow(), quote), Fit::unknown);
  quote.has_verification_tag = true;
  quote.verification_tag = kToServer;
  EXPECT_EQ(association.watch.fit(association.flow(), quote), Fit::fits);
  quote.has_tsn = true;
  quote.tsn = SequenceNumber(5);
  EXPECT_EQ(association.watch.fit(association.flow(), quote), Fit::fits);
  quote.tsn = SequenceNumber(4);
  EXPECT_EQ(association.watch.fit(association.flow(), quote), Fit::stale);
  quote.tsn = SequenceNumber(6);
  EXPECT_EQ(association.watch.fit(association.flow(), quote), Fit::foreign);
  quote.tsn = SequenceNumber(5);
  quote.verification_tag = 0xbad;
  EXPECT_EQ(association.watch.fit(association.flow(), quote), Fit::foreign);
  EXPECT_EQ(association.watch.fit(association.flow(3), quote), Fit::unknown);
}

TEST(SctpWatch, StateIsBounded) {
  SctpWatch watch;
  for (std::uint32_t i = 1; i < 2000; ++i) {
    SctpPacket packet{};
    packet.verification_tag = i;
    packet.chunks = sctp_chunk::data;
    packet.data_chunks = 1;
    packet.first_tsn = packet.last_tsn = SequenceNumber(i);
    const FlowKey flow{{address(1, 10), address(2, 1)}, 40000, 36412, 132};
    (void)watch.observe({flow, &packet, DatagramLength(1500), true, FrameNumber(i), Timestamp(i)});
  }
  EXPECT_EQ(watch.directions(), SctpWatch::kMaxDirections);
}

}  // namespace
}  // namespace pmtu
