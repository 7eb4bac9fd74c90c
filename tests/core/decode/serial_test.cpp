// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

const Bytes kDatagram = ipv4(6, tcp());

void expect_the_datagram(const Observation& seen) {
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(40));
  EXPECT_FALSE(seen.link.has_addresses);
}

Observation from(LinkType link, std::string_view header) {
  return decoded(link, join({hex(header), kDatagram}));
}

// RFC 1662 §3.1: address and control may be left out; RFC 1661 §6.5: so may the upper protocol byte.
TEST(DecodePpp, FramingBytesMayBeLeftOut) {
  for (const char* header : {"ff03 0021", "ff03 21", "0021", "21"})
    expect_the_datagram(from(LinkType::ppp, header));
  EXPECT_EQ(decoded(LinkType::ppp, join({hex("ff03 0057"), ipv6(6, tcp())})).datagrams[0].version,
            IpVersion::v6);
  EXPECT_EQ(from(LinkType::ppp, "ff03 c021").end, WalkEnd::not_ip);
}

TEST(DecodePpp, CiscoHdlcIsKnownByItsAddress) {
  expect_the_datagram(from(LinkType::ppp, "0f00 0800"));
}

TEST(DecodePpp, UnderRawAndLoopbackLinkTypes) {
  expect_the_datagram(from(LinkType::raw_ip, "ff03 0021"));
  expect_the_datagram(from(LinkType::null_loopback, "ff03 0021"));
}

// RFC 1990 §3: only a packet that is one fragment can be read.
TEST(DecodePpp, MultilinkFragmentsStayOpaque) {
  expect_the_datagram(from(LinkType::ppp, "ff03 003d c0000001 0021"));
  EXPECT_EQ(from(LinkType::ppp, "ff03 003d 80000001 0021").end, WalkEnd::not_ip);
}

// RFC 2516 §4: the stated length, not the padded frame's.
TEST(DecodePpp, PppOverEthernet) {
  const Bytes session = join({hex("11 00 0001 002a 0021"), kDatagram, zeros(6)});
  expect_the_datagram(decoded(LinkType::ppp_ether, session));
  const Observation seen = decoded(LinkType::ethernet, ethernet("8864", session));
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.datagrams[0].captured_length, 40U);
  EXPECT_EQ(decoded(LinkType::ethernet, ethernet("8863", session)).end, WalkEnd::not_ip);  // discovery
}

TEST(DecodeCiscoHdlc, TypeIsAnEtherType) {
  expect_the_datagram(from(LinkType::cisco_hdlc, "0f00 0800"));
  EXPECT_EQ(from(LinkType::cisco_hdlc, "8f00 8035").end, WalkEnd::not_ip);
}

// RFC 2427 §3, §4.
TEST(DecodeFrameRelay, NetworkLayerIdentifiers) {
  expect_the_datagram(from(LinkType::frame_relay, "1841 03 cc"));
  expect_the_datagram(from(LinkType::frame_relay, "1841 03 00 80 000000 0800"));
  expect_the_datagram(from(LinkType::frame_relay, "18408201 03 cc"));  // a 4-byte address
  EXPECT_EQ(from(LinkType::frame_relay, "1841 03 08").end, WalkEnd::not_ip);
}

TEST(DecodeFrameRelay, CiscoEncapsulation) {
  expect_the_datagram(from(LinkType::frame_relay, "1841 0800"));
}

TEST(DecodeFrameRelay, BridgedEthernetHasNoPadding) {
  const Observation seen =
      decoded(LinkType::frame_relay, join({hex("1841 03 00 80 0080c2 0007"), ethernet("0800", kDatagram)}));
  EXPECT_EQ(seen.datagram_count, 1);
}

TEST(DecodeFrameRelay, EndlessAddressIsTruncation) {
  EXPECT_EQ(decoded(LinkType::frame_relay, zeros(60)).end, WalkEnd::truncated);
}

TEST(DecodePflog, HeaderLengthIsRoundedUp) {
  const Bytes header = join({hex("3d 02"), zeros(62)});
  expect_the_datagram(decoded(LinkType::pflog, join({header, kDatagram})));
}

// RFC 4391 §6, behind the 40 bytes that the capture format puts in front.
TEST(DecodeInfiniband, TypeFollowsTheRoutingHeader) {
  expect_the_datagram(decoded(LinkType::ip_over_infiniband, join({zeros(40), hex("0800 0000"), kDatagram})));
}

}  // namespace
}  // namespace pmtu::testing
