// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/point_table.h"

#include <gtest/gtest.h>

#include "core/points/two_points.h"

namespace pmtu::test {
namespace {

std::vector<PointId> points(const std::string& text) {
  return Joined(parse_trace(
                    "points",
                    kHead +
                        "host A 10.1.0.10 port 443\nhost R 10.1.0.1\nhost B 10.2.0.20 port 40443 ttl 62\n"
                        "host C 10.3.0.30 port 443 ttl 60\n" +
                        text)
                    .frames)
      .points();
}

std::vector<PointId> ids(std::initializer_list<std::uint32_t> numbers) {
  std::vector<PointId> result;
  for (const std::uint32_t number : numbers) result.emplace_back(number);
  return result;
}

TEST(PointTable, EachInterfaceIsAPoint) {
  EXPECT_EQ(points("0.0 A > B tcp 1:1449 df 1500\n0.1 again #1 ttl 62 if 1\n0.2 A > B tcp 1449:2897 df 1500"),
            ids({1, 2, 1}));
}

TEST(PointTable, SectionsAndInterfacesOfACookedCaptureAreOthers) {
  PointTable table;
  static Observation seen{};
  const auto point = [&](std::uint32_t section, std::uint32_t interface, std::uint32_t index) {
    seen.datagram_count = 0;
    seen.link = LinkInfo{};
    seen.link.section = section;
    seen.link.capture_interface = interface;
    seen.link.interface_index = index;
    return table.point_of(seen);
  };
  EXPECT_EQ(point(0, 0, 0), PointId(1));
  EXPECT_EQ(point(1, 0, 0), PointId(2));
  EXPECT_EQ(point(1, 1, 2), PointId(3));
  EXPECT_EQ(point(1, 1, 3), PointId(4));
  EXPECT_EQ(point(0, 0, 0), PointId(1));
  EXPECT_FALSE(table.points()[0].shares_interface);
}

TEST(PointTable, InterfacesBeyondTheBoundCountAsOneAndThatIsTold) {
  PointTable table;
  static Observation seen{};
  const auto point = [&](std::uint32_t interface) {
    seen.datagram_count = 0;
    seen.link = LinkInfo{};
    seen.link.capture_interface = interface;
    return table.point_of(seen);
  };
  for (std::uint32_t i = 0; i < PointTable::kMaxPoints; ++i) EXPECT_EQ(point(i), PointId(i + 1));
  EXPECT_FALSE(table.crowded());
  EXPECT_EQ(point(PointTable::kMaxPoints), PointId(PointTable::kMaxPoints));
  EXPECT_EQ(point(PointTable::kMaxPoints + 1), PointId(PointTable::kMaxPoints));
  EXPECT_EQ(point(0), PointId(1));
  EXPECT_TRUE(table.crowded());
}

// A mirror of both ports of a switch: alike to the last byte.
TEST(PointTable, ACopyThatDiffersInNothingMakesNoPoint) {
  EXPECT_EQ(
      points("0.0 A > B tcp 1:1449 df 1500\n0.000005 again #1\n0.1 B > A tcp ack 1449\n0.100005 again #3"),
      ids({1, 1, 1, 1}));
}

TEST(PointTable, TheSameDatagramWithAnotherTtlSplitsAnInterface) {
  EXPECT_EQ(points("0.0 A > B tcp SYN mss 1460\n0.01 again #1 ttl 62\n"
                   "0.02 B > A tcp SYN ack 1 mss 1460 ttl 64\n0.03 again #3 ttl 62\n"
                   "0.1 A > B tcp 1:1449 df 1500\n0.2 A > B tcp 1:1449 df 1500 ttl 62\n"
                   "0.3 B > A tcp ack 1449 ttl 62\n0.4 B > A tcp 1:101 ttl 64"),
            ids({1, 2, 2, 1, 1, 2, 1, 2}));
}

TEST(PointTable, AnotherVlanOrMacOrTunnelDepthSplitsToo) {
  EXPECT_EQ(points("0.0 A > B tcp 1:1449 df 1500 vlan 5\n0.1 again #1 vlan 6"), ids({1, 2}));
  EXPECT_EQ(points("0.0 A > B tcp 1:1449 df 1500\n0.1 again #1 dst_mac C"), ids({1, 2}));
  EXPECT_EQ(points("0.0 A > B tcp 1:1449 df 1500 id 9\n0.1 A > B tcp 1:1449 df 1500 id 9 via R > C vxlan"),
            ids({1, 2}));
}

// A point that was captured later and whose first datagram the other one never had.
TEST(PointTable, AFrameThatSharesNothingWithItsPathIsOfAnotherPoint) {
  const std::string first = "0.0 A > B tcp SYN mss 1460\n0.1 A > B tcp 1:101 df\n";
  EXPECT_EQ(points(first + "0.5 A > B tcp 101:1549 df 1500 ttl 61 src_mac C dst_mac R\n"
                           "0.6 A > B tcp 1549:1649 df\n"
                           "0.7 B > A tcp ack 1 src_mac R dst_mac C"),
            ids({1, 1, 2, 1, 2}));
  // Another route changes one end of a link, or the distance.
  EXPECT_EQ(points(first + "0.5 A > B tcp 101:1549 df 1500 ttl 61 dst_mac R"), ids({1, 1, 1}));
  EXPECT_EQ(points(first + "0.5 A > B tcp 101:1549 df 1500 src_mac C dst_mac R"), ids({1, 1, 1}));
}

TEST(PointTable, ARepetitionIsNoCopy) {
  EXPECT_EQ(points("0.0 A > B tcp 1:1449 df 1500\n0.3 A > B tcp 1:1449 df 1500 ttl 63"), ids({1, 1}))
      << "another identification, another route";
}

// Both sides of a translator in one interface: the request names itself, the rest goes by its link.
TEST(PointTable, ATranslatedRequestOnAnotherLinkSplitsAnInterface) {
  const std::string inside =
      "host I 10.1.0.11 port 443 isn 7\nhost N 198.51.100.1 port 443 isn 7\n0.0 I > B tcp SYN mss 1460 id "
      "9\n";
  const std::string outside = "0.001 N > B tcp SYN mss 1460 id 9 ttl 63 src_mac R dst_mac C\n";
  EXPECT_EQ(
      points(
          inside + outside +
          "0.1 B > N tcp SYN ack 1 mss 1460 src_mac C dst_mac R\n0.101 B > I tcp SYN ack 1 mss 1460 ttl 61\n"
          "0.2 I > B tcp 1:1449 df 1500\n0.201 N > B tcp 1:1449 df 1500 ttl 63 src_mac R dst_mac C"),
      ids({1, 2, 2, 1, 1, 2}));
  EXPECT_EQ(
      points("host I 10.1.0.11 port 443 isn 7\nhost N 198.51.100.1 port 443 isn 7\n"
             "0.0 B > I tcp SYN mss 1460 id 9\n0.001 B > N tcp SYN mss 1460 id 9 ttl 61 src_mac R dst_mac C"),
      ids({1, 2}))
      << "a server behind an address of its own";
}

TEST(PointTable, ARequestThatIsOnlyAlikeSplitsNothing) {
  const std::string inside =
      "host I 10.1.0.11 port 443 isn 7\nhost N 198.51.100.1 port 443 isn 7\n0.0 I > B tcp SYN mss 1460 id "
      "9\n";
  EXPECT_EQ(points(inside + "0.001 N > B tcp SYN mss 1460 id 8 ttl 63 src_mac R dst_mac C"), ids({1, 1}))
      << "its identification tells";
  EXPECT_EQ(points("host I 10.1.0.11 port 443 isn 7\nhost N 198.51.100.1 port 443 isn 7\n0.0 I > B tcp SYN "
                   "mss 1460 id 0\n"
                   "0.001 N > B tcp SYN mss 1460 id 0 ttl 63 src_mac R dst_mac C"),
            ids({1, 1}))
      << "the sequence number alone";
  EXPECT_EQ(points(inside + "0.001 N > B tcp SYN mss 1460 id 9 ttl 63 src_mac I"), ids({1, 1}))
      << "a flood from one host";
  EXPECT_EQ(points(inside + "0.001 N > B tcp SYN mss 1460 id 9 src_mac R dst_mac C"), ids({1, 1}))
      << "nobody forwarded it";
  EXPECT_EQ(points(inside + "0.001 N > C tcp SYN mss 1460 id 9 ttl 63 src_mac R dst_mac C"), ids({1, 1}))
      << "both ends are others";
}

TEST(PointTable, ATranslatorBehindTwoPointsMakesAThird) {
  EXPECT_EQ(points("host I 10.1.0.11 port 443 isn 7\nhost N 198.51.100.1 port 443 isn 7\n0.0 I > B tcp SYN "
                   "mss 1460 id 9\n"
                   "0.001 again #1 ttl 63 src_mac R dst_mac C\n"
                   "0.002 N > B tcp SYN mss 1460 id 9 ttl 62 src_mac C dst_mac B"),
            ids({1, 2, 3}));
}

TEST(PointTable, ALoopIsNoCrowdOfPoints) {
  std::string text = "0.0 A > B tcp 1:1449 df 1500\n";
  for (int ttl = 63; ttl > 20; --ttl)
    text += "0." + std::to_string(100 - ttl) + " again #1 ttl " + std::to_string(ttl) + "\n";
  const std::vector<PointId> found = points(text);
  EXPECT_LE(*std::max_element(found.begin(), found.end()), PointId(8));
}

// A tap with an interface for each direction.
TEST(PointTable, TheOtherHalfOfATapIsNoOtherPoint) {
  EXPECT_EQ(points("0.0 A > B tcp SYN mss 1460 if 0\n0.1 B > A tcp SYN ack 1 mss 1460 if 1\n"
                   "0.2 A > B tcp 1:1449 df 1500 if 0\n0.3 B > A tcp ack 1449 if 1"),
            ids({1, 1, 1, 1}));
  EXPECT_EQ(points("0.0 A > B tcp SYN mss 1460 if 0\n0.1 B > A tcp SYN ack 1 mss 1460 if 1\n"
                   "0.2 A > B tcp 1:1449 df 1500 if 0\n0.3 A > B tcp 1:1449 df 1500 ttl 62 if 1"),
            ids({1, 1, 1, 2}))
      << "it shows the first direction, too";
}

// A second point that begins when more requests have passed than are kept for good.
TEST(PointTable, OneInSixtyFourOfLaterRequestsIsEnoughToSplitAnInterface) {
  PointTable table(64);
  static Observation seen{};
  const auto request = [&](std::uint32_t number, std::uint8_t ttl) {
    seen.datagram_count = 1;
    seen.link = LinkInfo{};
    Datagram& datagram = seen.datagrams[0];
    datagram = Datagram{};
    datagram.source.bytes = {10, 1, 0, 10};
    datagram.destination.bytes = {10, 2, 0, 20};
    datagram.protocol = ip_protocol::tcp;
    datagram.transport = TransportKind::tcp;
    datagram.source_port = static_cast<std::uint16_t>(number);
    datagram.destination_port = 443;
    datagram.tcp.sequence = SequenceNumber(number * 7'919);
    datagram.tcp.flags = tcp_flag::syn;
    datagram.identification = static_cast<std::uint16_t>(number);
    datagram.ttl = ttl;
    return table.point_of(seen);
  };
  std::uint32_t number = 0;
  while (number < 4'000) request(++number, 64);
  ASSERT_FALSE(table.several());
  while (number < 4'400) {
    request(++number, 64);
    request(number, 62);
  }
  EXPECT_EQ(table.points().size(), 2U);
  EXPECT_EQ(request(++number, 64), PointId(1));
  EXPECT_EQ(request(number, 62), PointId(2));
}

TEST(PointTable, PointsAreSplitTheSameHoweverFarTheClocksAreApart) {
  TwoPoints both;
  both.handshake()
      .lost("tcp 1:1449 df 1500 ts 1100/80")
      .forth("tcp 1449:1900 ts 1101/80")
      .back("tcp ack 1 ts 110/1101");
  for (const std::int64_t seconds : {-7200, -1, 0, 1, 7200}) {
    const Joined joined(both.frames(Duration::seconds(seconds), true));
    ASSERT_EQ(joined.table().points().size(), 2U) << seconds;
    std::vector<std::uint64_t> frames;
    for (const CapturePoint& point : joined.table().points()) {
      EXPECT_TRUE(point.shares_interface);
      frames.push_back(point.frames);
    }
    std::sort(frames.begin(), frames.end());
    EXPECT_EQ(frames, (std::vector<std::uint64_t>{5, 6})) << seconds;
  }
}

}  // namespace
}  // namespace pmtu::test
