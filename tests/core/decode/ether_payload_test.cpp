// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

const Bytes kDatagram = ipv4(6, tcp());

Observation from_ethernet(std::string_view type, const Bytes& payload) {
  return decoded(LinkType::ethernet, ethernet(type, payload));
}

void expect_the_datagram(const Observation& seen) {
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(40));
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::tcp);
}

/// An IEEE 802.3 frame: the length field says how long the LLC part is.
Bytes ieee8023(const Bytes& llc) {
  return join({hex("020000000002 020000000001"), number16(llc.size()), llc});
}

// RFC 1042.
TEST(DecodeLlc, SnapWithEtherType) {
  expect_the_datagram(decoded(LinkType::ethernet, ieee8023(join({hex("aaaa03 000000 0800"), kDatagram}))));
}

// RFC 1042 needs unnumbered information; a TEST frame repeats bytes that are nobody's datagram.
TEST(DecodeLlc, OnlyInformationCarriesDatagrams) {
  const Bytes test_frame = ieee8023(join({hex("aaaae3 000000 0800"), kDatagram}));
  EXPECT_EQ(decoded(LinkType::ethernet, test_frame).end, WalkEnd::not_ip);
}

TEST(DecodeLlc, PaddingAfterTheStatedLengthIsNotRead) {
  const Bytes spanning_tree = ieee8023(hex("424203 0000000000"));
  EXPECT_EQ(decoded(LinkType::ethernet, join({spanning_tree, zeros(38)})).end, WalkEnd::not_ip);
}

TEST(DecodeLlc, NovellRawFramesHaveNoLlc) {
  EXPECT_EQ(decoded(LinkType::ethernet, ieee8023(join({hex("ffff"), zeros(30)}))).end, WalkEnd::not_ip);
}

// RFC 2684 §5.2: bridged Ethernet behind two bytes of padding.
TEST(DecodeLlc, BridgedEthernet) {
  const Bytes bridged = join({hex("aaaa03 0080c2 0007 0000"), ethernet("0800", kDatagram)});
  expect_the_datagram(decoded(LinkType::ethernet, ieee8023(bridged)));
}

// RFC 3032 §2.1, RFC 4928 §3.
TEST(DecodeMpls, PayloadGoesByItsFirstNibble) {
  expect_the_datagram(from_ethernet("8847", join({hex("00064040 000c8140"), kDatagram})));
  EXPECT_EQ(from_ethernet("8847", join({hex("00064140"), ipv6(6, tcp())})).datagrams[0].version,
            IpVersion::v6);
  EXPECT_EQ(from_ethernet("8847", hex("00064140 20000000")).end, WalkEnd::not_ip);
}

TEST(DecodeMpls, StackWithoutABottomIsTruncation) {
  EXPECT_EQ(from_ethernet("8847", hex("00064040 00064040")).end, WalkEnd::truncated);
}

// RFC 4448 §4.6: the control word is optional.
TEST(DecodeMpls, EthernetPseudowireWithAndWithoutControlWord) {
  const Bytes inner = join({hex("000000000002 000000000001 0800"), kDatagram});
  expect_the_datagram(from_ethernet("8847", join({hex("00064140"), inner})));
  expect_the_datagram(from_ethernet("8847", join({hex("00064140 00000000"), inner})));
}

// RFC 4385 §5: channel type 0x0021 is IPv4.
TEST(DecodeMpls, AssociatedChannel) {
  expect_the_datagram(from_ethernet("8847", join({hex("00064140 10000021"), kDatagram})));
  EXPECT_EQ(from_ethernet("8847", join({hex("00064140 10000007"), kDatagram})).end, WalkEnd::not_ip);
}

// RFC 8300 §2.2.
TEST(DecodeNsh, NextProtocol) {
  expect_the_datagram(from_ethernet("894f", join({hex("0fc2 02 01 00000a05"), kDatagram})));
  expect_the_datagram(
      from_ethernet("894f", join({hex("0fc6 01 03 00000a05"), zeros(16), ethernet("0800", kDatagram)})));
  // A length that cannot be: the headers of the fixed and the shortest size are there all the same.
  expect_the_datagram(from_ethernet("894f", join({hex("0fc1 02 01 00000a05"), kDatagram})));
  expect_the_datagram(from_ethernet("894f", join({hex("0fc3 01 01 00000a05"), zeros(16), kDatagram})));
}

TEST(DecodeTags, TagsBetweenEthernetAndIp) {
  expect_the_datagram(from_ethernet("88e7", join({hex("00012345"), ethernet("0800", kDatagram)})));
  expect_the_datagram(from_ethernet("8926", join({hex("80012345 0800"), kDatagram})));
  expect_the_datagram(from_ethernet("892f", join({hex("00340001 0800"), kDatagram})));
  expect_the_datagram(from_ethernet("893f", join({hex("000000010000 0800"), kDatagram})));
  expect_the_datagram(from_ethernet("8909", join({hex("010100010064 0800"), kDatagram})));
  expect_the_datagram(from_ethernet("8903", join({hex("0001"), ethernet("0800", kDatagram)})));
}

// IEEE 802.1AE §9.5: readable only where neither encrypted nor changed.
TEST(DecodeTags, MacsecThatProtectsIntegrityOnly) {
  expect_the_datagram(from_ethernet("88e5", join({hex("00 00 00000001 0800"), kDatagram, zeros(16)})));
  expect_the_datagram(
      from_ethernet("88e5", join({hex("20 00 00000001 0200000000010001 0800"), kDatagram, zeros(16)})));
  EXPECT_EQ(from_ethernet("88e5", join({hex("0c 00 00000001 0800"), kDatagram})).end, WalkEnd::not_ip);
}

TEST(DecodeTags, AristaTimestamps) {
  expect_the_datagram(from_ethernet("d28b", join({hex("0001 0010 0000000000000000 0800"), kDatagram})));
  expect_the_datagram(from_ethernet("d28b", join({hex("0001 0120 000000000000 0800"), kDatagram})));
}

}  // namespace
}  // namespace pmtu::testing
