// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

const Bytes kDatagram = ipv4(6, tcp());

void expect_the_datagram(const Observation& seen) {
  EXPECT_EQ(seen.end, WalkEnd::complete);
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(to_string(seen.datagrams[0].source), "10.1.0.10");
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(40));
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::tcp);
}

TEST(DecodeLink, EthernetTellsAddresses) {
  const Observation seen = decoded(LinkType::ethernet, ethernet("0800", kDatagram));
  expect_the_datagram(seen);
  EXPECT_TRUE(seen.link.has_addresses);
  EXPECT_EQ(seen.link.destination_mac, 0x020000000002U);
  EXPECT_EQ(seen.link.source_mac, 0x020000000001U);
  EXPECT_EQ(seen.link.vlan, 0U);
  EXPECT_EQ(seen.link.direction, PacketDirection::unknown);
}

// IEEE 802.1Q §9.6: only 12 bits of the tag are the VLAN; priority must not make another VLAN of it.
TEST(DecodeLink, VlanTagsAreKeptOuterAndInner) {
  EXPECT_EQ(decoded(LinkType::ethernet, ethernet("8100", join({hex("e064 0800"), kDatagram}))).link.vlan,
            100U << 16U);
  const Observation stacked =
      decoded(LinkType::ethernet, ethernet("88a8", join({hex("0064 8100 00c8 0800"), kDatagram})));
  expect_the_datagram(stacked);
  EXPECT_EQ(stacked.link.vlan, 100U << 16U | 200U);
}

TEST(DecodeLink, LinkWithoutIpIsNotTruncation) {
  const Observation seen = decoded(LinkType::ethernet, ethernet("0806", zeros(46)));
  EXPECT_EQ(seen.datagram_count, 0);
  EXPECT_EQ(seen.end, WalkEnd::not_ip);
}

TEST(DecodeLink, CookedV1TellsDirection) {
  const Observation seen =
      decoded(LinkType::linux_cooked_v1, join({hex("0004 0001 0006 020000000001 0000 0800"), kDatagram}));
  expect_the_datagram(seen);
  EXPECT_EQ(seen.link.direction, PacketDirection::outgoing);
  EXPECT_EQ(seen.link.source_mac, 0x020000000001U);
  EXPECT_FALSE(seen.link.has_addresses);
}

TEST(DecodeLink, CookedV2TellsInterface) {
  const Observation seen = decoded(LinkType::linux_cooked_v2,
                                   join({hex("0800 0000 00000003 0001 00 06 020000000001 0000"), kDatagram}));
  expect_the_datagram(seen);
  EXPECT_EQ(seen.link.direction, PacketDirection::to_us);
  EXPECT_EQ(seen.link.interface_id, 3U);
}

TEST(DecodeLink, RawIpGoesByVersion) {
  expect_the_datagram(decoded(LinkType::raw_ip, kDatagram));
  EXPECT_EQ(decoded(LinkType::raw_ip, ipv6(6, tcp())).datagrams[0].version, IpVersion::v6);
  EXPECT_EQ(decoded(LinkType::raw_ip, hex("5000")).end, WalkEnd::not_ip);
}

TEST(DecodeLink, LoopbackFamilyComesInEitherByteOrder) {
  expect_the_datagram(decoded(LinkType::null_loopback, join({hex("02000000"), kDatagram})));
  expect_the_datagram(decoded(LinkType::loop, join({hex("00000002"), kDatagram})));
  for (const char* family : {"18000000", "1c000000", "1e000000", "0000001e"}) {
    EXPECT_EQ(decoded(LinkType::null_loopback, join({hex(family), ipv6(6, tcp())})).datagram_count, 1)
        << family;
  }
  EXPECT_EQ(decoded(LinkType::null_loopback, join({hex("07000000"), kDatagram})).end, WalkEnd::not_ip);
}

TEST(DecodeLink, UnknownLinkTypeIsOpaque) {
  const Observation seen = decoded(LinkType::unknown, kDatagram);
  EXPECT_EQ(seen.end, WalkEnd::unknown_link_type);
  EXPECT_EQ(seen.datagram_count, 0);
}

// A snapshot length may cut anywhere; every prefix must decode without a read past it.
TEST(DecodeLink, EveryPrefixOfAFrameDecodes) {
  const Bytes whole = ethernet("88a8", join({hex("0064 8100 00c8 0800"), kDatagram}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes prefix(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decoded(LinkType::ethernet, prefix).end, WalkEnd::truncated) << size;
  }
}

TEST(DecodeLink, EndlessTagsEndTheWalk) {
  Bytes tags;
  for (int i = 0; i < 200; ++i) tags = join({tags, hex("0001 8100")});
  EXPECT_EQ(decoded(LinkType::ethernet, ethernet("8100", tags)).end, WalkEnd::too_deep);
}

}  // namespace
}  // namespace pmtu::testing
