// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/quic_unheard.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/payload_builder.h"
#include "track/reversed.h"

namespace pmtu {
namespace {

using Packet = QuicDatagram::Packet;

/// A client and a server, and what the watch says of them. Connection IDs are words.
class Handshake {
 public:
  Handshake() {
    client_.path.source.bytes[0] = 1;
    client_.path.destination.bytes[0] = 2;
    client_.source_port = 40443;
    client_.destination_port = 443;
    client_.protocol = 17;
  }

  void asks(std::int64_t at_ms, const std::string& to = "random", Packet packet = Packet::initial) {
    take(client_, at_ms, packet, 1200, to, "client");
  }
  void answers(std::int64_t at_ms, Packet packet = Packet::initial, std::uint32_t payload = 1200,
               const std::string& from = "server") {
    take(reversed(client_), at_ms, packet, payload, "client", from);
  }
  /// The client's timer runs out again and again, and each flight is answered at once.
  void goes_round(int times) {
    for (int i = 0; i < times; ++i) {
      asks(1000 * i);
      answers(1000 * i + 2);
    }
  }
  [[nodiscard]] const FlowKey& client() const { return client_; }

  QuicUnheard watch{Duration::seconds(3)};
  std::optional<QuicSilence> said;  ///< the latest

 private:
  struct Side {
    std::optional<Timestamp> before;
    bool large = false;
  };

  void take(const FlowKey& flow, std::int64_t at_ms, Packet packet, std::uint32_t payload,
            const std::string& to, const std::string& from) {
    Side& own = flow == client_ ? asking_ : answering_;
    const Side& peer = flow == client_ ? answering_ : asking_;
    const test::Bytes bytes = test::quic_packet("quic_initial", payload, {to, from});
    QuicDatagram datagram;
    datagram.packet = packet;
    datagram.flow = flow;
    datagram.length = DatagramLength(payload + 28);
    datagram.payload = payload;
    datagram.frame = FrameNumber(++frame_);
    datagram.time = Timestamp(at_ms * 1'000'000);
    datagram.peer_seen = peer.before.has_value();
    datagram.peer_sent_large = peer.large;
    datagram.first_frame = FrameNumber(1);
    datagram.before = own.before;
    datagram.header = bytes;
    own.before = datagram.time;
    own.large = own.large || payload >= 1200;
    if (const auto silence = watch.observe(datagram)) said = silence;
  }

  FlowKey client_;
  Side asking_;
  Side answering_;
  std::uint32_t frame_ = 0;
};

TEST(QuicUnheard, InitialsThatNothingAnswers) {
  Handshake one;
  for (const int at : {0, 1000}) one.asks(at);
  EXPECT_FALSE(one.said);
  one.asks(3000);
  ASSERT_TRUE(one.said);
  EXPECT_EQ(one.said->flow, one.client());
  EXPECT_EQ(one.said->flights, 3U);
  EXPECT_EQ(one.said->first_frame, FrameNumber(1));
  EXPECT_EQ(one.said->last_frame, FrameNumber(3));
  EXPECT_EQ(one.said->length, DatagramLength(1228));
  EXPECT_EQ(one.watch.on(one.client().path).size(), 1U);
}

// A ClientHello may fill several datagrams of one flight.
TEST(QuicUnheard, OneFlightCountsOnce) {
  Handshake one;
  for (const int at : {0, 1, 2, 3, 4, 3500, 3501, 3502}) one.asks(at);
  EXPECT_FALSE(one.said);
}

TEST(QuicUnheard, AnAnswerEndsIt) {
  Handshake one;
  for (const int at : {0, 1000, 3000}) one.asks(at);
  one.watch.tell(one.client());
  EXPECT_TRUE(one.watch.has_told());
  one.answers(3500);
  ASSERT_TRUE(one.said);
  EXPECT_TRUE(one.said->withdrawn);
  EXPECT_FALSE(one.watch.has_told());
  EXPECT_EQ(one.watch.cases(), 0U);
}

TEST(QuicUnheard, AnswersOfTheServerInVain) {
  Handshake one;
  one.goes_round(6);
  ASSERT_TRUE(one.said);
  EXPECT_EQ(one.said->flow, reversed(one.client()));
  EXPECT_EQ(one.said->flights, 4U) << "the first one was not followed, and the last not asked for again";
  EXPECT_EQ(one.said->retry, DatagramLength{});
}

// RFC 9000 §7.2: it sends to the ID that the server chose once it knows it.
TEST(QuicUnheard, TheClientHasHeardTheServer) {
  Handshake one;
  for (int i = 0; i < 8; ++i) {
    one.asks(1000 * i, i == 0 ? "random" : "server");
    one.answers(1000 * i + 2);
  }
  EXPECT_FALSE(one.said);
}

TEST(QuicUnheard, AHandshakeThatGetsOnIsNotKept) {
  Handshake one;
  one.asks(0);
  one.answers(20);
  one.asks(40, "server");
  one.asks(41, "server", Packet::handshake);
  EXPECT_EQ(one.watch.cases(), 0U);
}

// Who repeats its Initials on a timer of its own, and is answered, may be the server.
TEST(QuicUnheard, AServerThatRepeatsItselfIsNoClient) {
  Handshake one;
  one.asks(0);
  for (int i = 0; i < 6; ++i) {
    one.answers(1000 * i + 2);
    one.answers(1000 * i + 400);
    one.asks(1000 * i + 1000);
  }
  ASSERT_TRUE(one.said);
  EXPECT_EQ(one.said->flow, reversed(one.client()));
}

TEST(QuicUnheard, ARetryThatTheClientTookUp) {
  Handshake one;
  one.asks(0);
  one.answers(1, Packet::retry, 92, "retried");
  for (int i = 0; i < 5; ++i) {
    one.asks(1000 * i + 80, "retried");
    one.answers(1000 * i + 82);
  }
  ASSERT_TRUE(one.said);
  EXPECT_EQ(one.said->retry, DatagramLength(120));
  EXPECT_EQ(one.said->retry_frame, FrameNumber(2));
}

// What was said of the first attempt stands.
TEST(QuicUnheard, AnotherAttemptWithdrawsNothing) {
  Handshake one;
  one.goes_round(6);
  one.watch.tell(reversed(one.client()));
  one.said.reset();
  one.asks(9000, "another");
  EXPECT_FALSE(one.said);
  EXPECT_FALSE(one.watch.has_told());
}

TEST(QuicUnheard, KeepsABoundedNumber) {
  QuicUnheard watch{Duration::seconds(3)};
  for (std::uint32_t i = 0; i < 2 * QuicUnheard::kMaxCases; ++i) {
    const test::Bytes bytes = test::quic_packet("quic_retry", 92, {});
    QuicDatagram retry;
    retry.packet = Packet::retry;
    retry.flow.source_port = 443;
    retry.flow.destination_port = static_cast<std::uint16_t>(40000 + i);
    retry.header = bytes;
    (void)watch.observe(retry);
  }
  EXPECT_EQ(watch.cases(), QuicUnheard::kMaxCases);
}

// Headers that end anywhere, with lengths that point beyond them.
TEST(QuicUnheard, ReadsNothingBeyondWhatWasCaptured) {
  constexpr std::size_t kHeader = 1 + 4 + 1 + 6 + 1 + 6;
  const test::Bytes whole = test::quic_packet("quic_initial", 1200, {"random", "client"});
  for (std::size_t captured = 0; captured < 40; ++captured) {
    test::Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(captured));
    QuicUnheard watch{Duration::seconds(3)};
    for (int i = 0; i < 6; ++i) {
      QuicDatagram initial;
      initial.packet = Packet::initial;
      initial.flow.destination_port = 443;
      initial.payload = 1200;
      initial.time = Timestamp(std::int64_t{i} * 1'000'000'000);
      initial.before = Timestamp(std::int64_t{i - 1} * 1'000'000'000);
      initial.header = bytes;
      const bool said = watch.observe(initial).has_value();
      EXPECT_EQ(said, captured >= kHeader && i >= 2) << captured;
    }
  }
}

}  // namespace
}  // namespace pmtu
