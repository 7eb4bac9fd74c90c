// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/joiner.h"

#include <gtest/gtest.h>

#include "core/points/two_points.h"

namespace pmtu::test {
namespace {

const std::string kA = "10.1.0.10";
const Bracket kBracket{DatagramLength(504), DatagramLength(1500)};

/// 452 bytes pass, 1448 bytes are sent three times and never arrive.
TwoPoints black_hole() {
  TwoPoints both;
  both.handshake().lost("tcp 1:1449 df 1500 ts 1100/80").forth("tcp 1449:1901 df 504 ts 1101/80");
  both.back("tcp ack 1 ts 110/1000 sack 1449:1901");
  both.lost("tcp 1:1449 df 1500 ts 1400/110").lost("tcp 1:1449 df 1500 ts 1900/110");
  return both.forth("tcp FIN seq 1901 ts 2000/110")
      .back("tcp ack 1 ts 200/2000")
      .forth("tcp seq 1902 ts 2100/110");
}

TEST(Joiner, LargeDatagramsVanishBetweenTwoPoints) {
  for (const bool folded : {false, true}) {
    for (const std::int64_t milliseconds : {-7'200'000, -1700, -4, 0, 4, 1700, 7'200'000}) {
      const Joined joined(black_hole().frames(Duration::milliseconds(milliseconds), folded));
      const JoinedDirection found = joined.from(kA);
      ASSERT_TRUE(found.vanish.has_value()) << milliseconds << (folded ? " folded" : "");
      EXPECT_EQ(found.vanish->bracket, kBracket);
      EXPECT_EQ(found.vanish->lost, 3U);
      ASSERT_EQ(found.stretches.size(), 1U);
      EXPECT_EQ(found.stretches[0].arrival.back(),
                (ArrivalBySize{DatagramLength(1500), DatagramLength(1500), 3, 0}));
      const auto& clocks = joined.capture().clocks;
      ASSERT_TRUE(clocks[2].has_value());
      EXPECT_EQ(std::abs(clocks[2]->offset.nanoseconds()), std::abs(milliseconds) * 1'000'000);
      EXPECT_EQ(clocks[2]->uncertainty, Duration::milliseconds(20));
    }
  }
}

TEST(Joiner, CountsWhatFoundNoRoom) {
  const std::vector<TraceFrame> frames = black_hole().frames();
  EXPECT_EQ(Joined(frames).left_out(), 0U);
  EXPECT_EQ(Joined(frames, 5).left_out(), frames.size() - 5);
}

TEST(Joiner, FramesOfTheSameDatagramAreLinkedBothWays) {
  const Joined joined(black_hole().frames());
  const FrameAcrossPoints* first = joined.capture().frame(FrameNumber(1));
  const FrameAcrossPoints* second = joined.capture().frame(FrameNumber(2));
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ(first->same_frame, FrameNumber(2));
  EXPECT_EQ(second->same_frame, FrameNumber(1));
  const FrameAcrossPoints* lost = joined.capture().frame(FrameNumber(7));
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(lost->lost_after, joined.points()[6]);
  EXPECT_EQ(lost->same_frame, FrameNumber());
}

// It ended early: what was sent later may have arrived.
TEST(Joiner, NothingIsSaidOfATimeThatOnePointDidNotCapture) {
  std::vector<TraceFrame> frames = black_hole().frames();
  const Timestamp end = frames[9].time;
  std::erase_if(frames, [&](const TraceFrame& f) { return f.interface_id == 1 && f.time > end; });
  const Joined joined(frames);
  EXPECT_FALSE(joined.from(kA).vanish.has_value());
  EXPECT_EQ(joined.capture().frame(FrameNumber(static_cast<std::uint32_t>(frames.size()))), nullptr);
}

// The second capture lost frames: their bytes were acknowledged.
TEST(Joiner, ACaptureThatLacksAcknowledgedBytesProvesNothing) {
  TwoPoints both;
  both.handshake();
  for (int i = 0; i < 3; ++i)
    both.lost("tcp 1:1449 df 1500 ts 1100/80").forth("tcp 1449:1901 df 504 ts 1101/80");
  both.back("tcp ack 1901 ts 200/1101")
      .forth("tcp 1901:2001 df ts 2000/200")
      .back("tcp ack 2001 ts 300/2000");
  EXPECT_FALSE(Joined(both.frames()).from(kA).vanish.has_value());
}

/// UDP of the same hosts: 1500 bytes never come to the second point, 500 do.
TwoPoints& udp_hole(TwoPoints& both) {
  for (int i = 0; i < 4; ++i) both.lost("udp df 1500").lost("udp df 1500").forth("udp df 500");
  return both;
}

std::optional<VanishBetween> vanish_of_udp(const TwoPoints& both) {
  const Joined joined(both.frames());
  for (const JoinedDirection& one : joined.capture().directions) {
    if (one.flow.protocol == ip_protocol::udp && one.vanish) return one.vanish;
  }
  return std::nullopt;
}

// A mirror that cuts or drops large frames: TCP of the same hosts proves that they arrived.
TEST(Joiner, ACaptureThatLacksWhatIsLargeProvesNothingOfOtherConversations) {
  TwoPoints alone;
  EXPECT_TRUE(vanish_of_udp(udp_hole(alone.handshake())).has_value());
  TwoPoints both;
  both.handshake().lost("tcp 1:1449 df 1500 ts 1100/80").back("tcp ack 1449 ts 110/1100");
  EXPECT_FALSE(vanish_of_udp(udp_hole(both)).has_value());
  TwoPoints by_chance;
  by_chance.handshake().lost("tcp 1:949 df 1000 ts 1100/80").forth("tcp 949:1897 df 1000 ts 1101/80");
  by_chance.back("tcp ack 1897 ts 110/1101");
  EXPECT_TRUE(vanish_of_udp(udp_hole(by_chance)).has_value()) << "others of that size are there";
}

// rule: offload. Batches that are cut behind the first point, or put together before the second.
TEST(Joiner, DatagramsThatAreCutLaterProveNothing) {
  TwoPoints cut;
  udp_hole(cut.handshake()).lost("udp df 5968");
  EXPECT_FALSE(vanish_of_udp(cut).has_value());
  TwoPoints put_together;
  udp_hole(put_together.handshake()).first("A > B udp df 5968 ttl 62 if 1");
  EXPECT_FALSE(vanish_of_udp(put_together).has_value());
}

TEST(Joiner, SuperSegmentsCountByTheirPieces) {
  TwoPoints both;
  both.handshake();
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t begin = 1 + i * 2896;
    both.lost("tcp " + std::to_string(begin) + ":" + std::to_string(begin + 2896) + " df 2948 ts 1100/80");
    for (const std::uint32_t piece : {begin, begin + 1448})
      both.first("A > B tcp " + std::to_string(piece) + ":" + std::to_string(piece + 1448) +
                 " df 1500 ttl 62 ts 1100/80 if 1");
    both.back("tcp ack " + std::to_string(begin + 2896) + " ts 200/1100");
  }
  const JoinedDirection found = Joined(both.frames()).from(kA);
  EXPECT_FALSE(found.vanish.has_value());
  ASSERT_EQ(found.stretches.size(), 1U);
  EXPECT_EQ(found.stretches[0].arrival.back().to, DatagramLength(1500));
  EXPECT_EQ(found.stretches[0].arrival.back().arrived, found.stretches[0].arrival.back().passed);
}

TEST(Joiner, ThreePointsTellTheStretch) {
  std::vector<TraceFrame> frames = black_hole().frames();
  // A third one beside the first, behind a router: all that passes there passes here, too.
  std::vector<TraceFrame> three;
  for (const TraceFrame& frame : frames) {
    three.push_back(frame);
    if (frame.interface_id != 0) continue;
    TraceFrame copy = frame;
    const bool from_a = copy.bytes[14 + 15] == 10;
    copy.interface_id = 2;
    Bytes datagram(copy.bytes.begin() + 14, copy.bytes.end());
    set_ttl(datagram, from_a ? 63 : 63);
    std::copy(datagram.begin(), datagram.end(), copy.bytes.begin() + 14);
    copy.time = copy.time + Duration::milliseconds(from_a ? 5 : -5);
    three.push_back(copy);
  }
  std::stable_sort(three.begin(), three.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  const Joined joined(three);
  const JoinedDirection found = joined.from(kA);
  ASSERT_EQ(found.points.size(), 3U);
  ASSERT_TRUE(found.vanish.has_value());
  EXPECT_EQ(found.vanish->from, found.points[1]);
  EXPECT_EQ(found.vanish->to, found.points[2]);
}

TEST(Joiner, AHintThatReachesOneOfTwoPointsIsFiltered) {
  TwoPoints both("host A 10.1.0.10 port 443\nhost R 10.2.0.1 ttl 63\nhost B 10.2.0.20 port 40443\n");
  both.handshake();
  for (int i = 0; i < 3; ++i) {
    both.forth("tcp 1:1449 df 1500 ts " + std::to_string(1100 + 300 * i) + "/80");
    both.first("R > A frag_needed mtu 1446 [#" + std::to_string(8 + 3 * i) + "] if 1");
  }
  both.back("tcp ack 1 ts 900/1000").forth("tcp 1449:1901 ts 2600/900");
  const JoinedDirection found = Joined(both.frames()).from(kA);
  EXPECT_EQ(found.hint_way, HintWay::filtered);
  ASSERT_TRUE(found.filtered.has_value());
  EXPECT_EQ(found.filtered->seen_at, found.points[1]);
  EXPECT_EQ(found.filtered->missing_at, found.points[0]);
  EXPECT_EQ(found.filtered->hints, 3U);
}

TEST(Joiner, AHintThatReachesBothIsNot) {
  TwoPoints both("host A 10.1.0.10 port 443\nhost R 10.2.0.1\nhost B 10.2.0.20 port 40443\n");
  both.handshake().forth("tcp 1:1449 df 1500 ts 1100/80");
  both.first("R > A frag_needed mtu 1446 [#8] if 1").copy("ttl 62 if 0");
  both.forth("tcp 1:1395 df 1446 ts 1300/80");
  EXPECT_EQ(Joined(both.frames()).from(kA).hint_way, HintWay::unknown);
}

TEST(Joiner, TellsWhatWasChangedOnTheWay) {
  TwoPoints both;
  both.back("tcp SYN mss 1460 sackok ts 50/0")
      .first("A > B tcp SYN ack 1 mss 1460 id 77 sackok ts 1000/50 if 0");
  both.first("A > B tcp SYN seq 0 ack 1 mss 1380 id 77 sackok ts 1000/50 ttl 62 if 1")
      .back("tcp ack 1 ts 80/1000");
  both.first("A > B tcp 1:1449 df 1500 id 78 ts 1100/80 if 0")
      .first("A > B tcp 1:1449 nodf 1500 id 78 ts 1100/80 ttl 62 if 1");
  const std::vector<ChangeOnTheWay> changes = Joined(both.frames()).from(kA).changes;
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].kind, ChangeKind::mss_rewritten);
  EXPECT_EQ(changes[0].before, 1460U);
  EXPECT_EQ(changes[0].after, 1380U);
  EXPECT_EQ(changes[1].kind, ChangeKind::df_cleared);
}

/// Datagrams and their acknowledgments on both sides of a translator.
std::vector<TraceFrame> translated(int datagrams, bool again_elsewhere) {
  std::string text =
      "host A 10.1.0.10 port 443 isn 7000\nhost N 192.0.2.1 port 443 isn 7000\n"
      "host B 10.2.0.20 port 40443 isn 9000\n";
  int frames = 0;
  const auto add = [&](const std::string& line) {
    text += "0." + std::to_string(100 + ++frames) + " " + line + "\n";
  };
  for (int i = 0; i < datagrams; ++i) {
    const std::string range = std::to_string(1 + i * 100) + ":" + std::to_string(101 + i * 100);
    const std::string tick = std::to_string(1000 + i);
    add("A > B tcp " + range + " df ts " + tick + "/80 if 0");
    add("N > B tcp " + range + " df ttl 63 ts " + tick + "/80 if 1");
    if (again_elsewhere) add("again #" + std::to_string(frames) + " if 2");
    add("B > N tcp ack " + std::to_string(101 + i * 100) + " ts " + tick + "/" + tick + " if 1");
    if (again_elsewhere) add("again #" + std::to_string(frames) + " if 2");
    add("B > A tcp ack " + std::to_string(101 + i * 100) + " ttl 63 ts " + tick + "/" + tick + " if 0");
  }
  return parse_trace("translated", kHead + text).frames;
}

// RFC 5382: a translator keeps sequence numbers; both names are one conversation.
TEST(Joiner, ATranslatedConversationIsOne) {
  const Joined joined(translated(10, false));
  const JoinedDirection found = joined.from(kA);
  ASSERT_EQ(found.points.size(), 2U);
  ASSERT_EQ(found.other_names.size(), 1U);
  EXPECT_EQ(to_string(found.other_names[0].path.source), "192.0.2.1");
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.changes[0].kind, ChangeKind::translated);
  EXPECT_EQ(joined.capture().directions.size(), 2U) << "one row a direction";
}

// Six datagrams: too few, however often a third point shows them.
TEST(Joiner, APointThatShowsTheSameAgainMakesNoTranslation) {
  EXPECT_TRUE(Joined(translated(3, false)).from(kA).other_names.empty());
  EXPECT_TRUE(Joined(translated(3, true)).from(kA).other_names.empty());
  EXPECT_EQ(Joined(translated(10, true)).from(kA).other_names.size(), 1U);
}

TEST(Joiner, ALogThatIsFullJoinsWhatItHas) {
  const Joined joined(black_hole().frames(), 6);
  EXPECT_FALSE(joined.from(kA).vanish.has_value());
  EXPECT_EQ(joined.capture().frame(FrameNumber(9)), nullptr);
}

}  // namespace
}  // namespace pmtu::test
