// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

const Bytes kInner = ipv4(6, tcp(zeros(7)));
const Bytes kInnerFrame = ethernet("0800", kInner);

Observation from_protocol(std::uint8_t protocol, const Bytes& payload) {
  return decoded(LinkType::raw_ip, ipv4(protocol, payload));
}

void expect_tunnel(const Observation& seen, Encapsulation carried) {
  ASSERT_EQ(seen.datagram_count, 2);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].carries, carried);
  EXPECT_EQ(seen.datagrams[1].length, DatagramLength(47));
  EXPECT_EQ(seen.datagrams[1].tcp.payload_length, 7U);
  EXPECT_EQ(seen.datagrams[1].carries, Encapsulation::none);
}

void expect_opaque(const Observation& seen, Encapsulation carried) {
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].carries, carried);
}

// RFC 2784, RFC 2890, RFC 1701: each flag adds its field; checksum and routing share four bytes.
TEST(DecodeGre, OptionalFields) {
  for (const char* header :
       {"0000 0800", "8000 0800 00000000", "2000 0800 00000001", "1000 0800 00000001",
        "b000 0800 00000000 00000001 00000001", "4000 0800 00000000 0800 0004 00000000 0000 0000"}) {
    expect_tunnel(from_protocol(47, join({hex(header), kInner})), Encapsulation::gre);
  }
}

TEST(DecodeGre, BridgedMplsAndNsh) {
  expect_tunnel(from_protocol(47, join({hex("2000 6558 00010001"), kInnerFrame})), Encapsulation::gre);
  expect_tunnel(from_protocol(47, join({hex("0000 8847 00064140"), kInner})), Encapsulation::gre);
  expect_tunnel(from_protocol(47, join({hex("0000 894f 0fc20201 00000a05"), kInner})), Encapsulation::gre);
}

// ERSPAN type I has no header, II eight bytes, III twelve and maybe eight more.
TEST(DecodeGre, Erspan) {
  expect_tunnel(from_protocol(47, join({hex("0000 88be"), kInnerFrame})), Encapsulation::gre);
  expect_tunnel(from_protocol(47, join({hex("1000 88be 00000001 10010000 00000000"), kInnerFrame})),
                Encapsulation::gre);
  expect_tunnel(from_protocol(47, join({hex("1000 22eb 00000001 20010000 00000000 00000000"), kInnerFrame})),
                Encapsulation::gre);
  expect_tunnel(from_protocol(47, join({hex("1000 22eb 00000001 20010000 00000000 00000001 0000000000000000"),
                                        kInnerFrame})),
                Encapsulation::gre);
}

// RFC 2637 §4.1: version 1 carries PPP; acknowledgments come alone or with data.
TEST(DecodeGre, PointToPointTunneling) {
  expect_tunnel(from_protocol(47, join({hex("3081 880b 00310001 00000001 00000001 ff03 0021"), kInner})),
                Encapsulation::gre);
  expect_opaque(from_protocol(47, hex("2081 880b 00000001 00000001")), Encapsulation::gre);
}

TEST(DecodeGre, WccpRedirectHeader) {
  expect_tunnel(from_protocol(47, join({hex("0000 883e"), kInner})), Encapsulation::gre);
  expect_tunnel(from_protocol(47, join({hex("0000 883e 00000000"), kInner})), Encapsulation::gre);
}

TEST(DecodeGre, EndlessSourceRoutesAreCut) {
  EXPECT_EQ(from_protocol(47, join({hex("4000 0800 00000000"), Bytes(64, 1)})).datagram_count, 1);
}

// RFC 4302 §2: what an Authentication Header protects stays readable and belongs to the same datagram.
TEST(DecodeAh, TransportModeIsOneDatagram) {
  const Bytes header = hex("06 04 0000 00000001 00000001 000000000000000000000000");
  const Observation seen = from_protocol(51, join({header, tcp(zeros(7))}));
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.datagrams[0].carries, Encapsulation::ah);
  EXPECT_EQ(seen.datagrams[0].protocol, 6);
  EXPECT_EQ(seen.datagrams[0].header_length, 44);
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 7U);
  const Observation v6 = decoded(LinkType::raw_ip, ipv6(51, join({header, tcp(zeros(7))})));
  EXPECT_EQ(v6.datagrams[0].carries, Encapsulation::ah);
  EXPECT_EQ(v6.datagrams[0].tcp.payload_length, 7U);
}

TEST(DecodeAh, TunnelModeShowsTheInnerDatagram) {
  const Bytes header = hex("04 04 0000 00000001 00000001 000000000000000000000000");
  expect_tunnel(from_protocol(51, join({header, kInner})), Encapsulation::ip_in_ip);
}

TEST(DecodeTunnel, OpaqueProtocolsAreNamed) {
  expect_opaque(from_protocol(50, zeros(64)), Encapsulation::esp);
  expect_opaque(from_protocol(115, join({zeros(4), hex("c803000c")})), Encapsulation::l2tp);
}

// RFC 3378, RFC 4023, RFC 7761 §4.9.3.
TEST(DecodeTunnel, EtherIpMplsAndPimRegister) {
  expect_tunnel(from_protocol(97, join({hex("3000"), kInnerFrame})), Encapsulation::ether_ip);
  expect_tunnel(from_protocol(143, kInnerFrame), Encapsulation::ether_ip);
  expect_tunnel(from_protocol(137, join({hex("00064140"), kInner})), Encapsulation::mpls);
  expect_tunnel(from_protocol(103, join({hex("2100 0000 00000000"), kInner})), Encapsulation::ip_in_ip);
  expect_opaque(from_protocol(103, hex("2000 0000 00010002 00690000")), Encapsulation::none);
}

/// An IPv4 header that `ipv4` of the helpers leaves without a checksum.
Bytes with_checksum(Bytes datagram) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(datagram[i] << 8U | datagram[i + 1]);
  sum = (sum & 0xffffU) + (sum >> 16U);
  const Bytes checksum = number16(~sum & 0xffffU);
  datagram[10] = checksum[0];
  datagram[11] = checksum[1];
  return datagram;
}

// RFC 3931 §4.1: neither the cookie's size nor the sublayer is in the packet.
TEST(DecodeL2tpV3, EthernetIsFoundBehindAnyCookie) {
  for (const std::size_t between : {0U, 4U, 8U, 12U}) {
    const Bytes frame = ethernet("0800", with_checksum(kInner));
    expect_tunnel(from_protocol(115, join({hex("00000001"), zeros(between), frame})), Encapsulation::l2tp);
  }
}

TEST(DecodeL2tpV3, BytesThatOnlyResembleADatagramStayOpaque) {
  expect_opaque(from_protocol(115, join({hex("00000001"), ethernet("0800", kInner)})), Encapsulation::l2tp);
}

// A hint binds the layer it quotes: outer and inner path are apart.
TEST(DecodeTunnel, TransportInsideAFragmentedTunnelPacket) {
  const Observation first = decoded(LinkType::raw_ip, ipv4(47, join({hex("0000 0800"), kInner}), "2000"));
  ASSERT_EQ(first.datagram_count, 2);
  EXPECT_TRUE(first.datagrams[0].is_fragment());
  EXPECT_FALSE(first.datagrams[1].is_fragment());
  const Observation later = decoded(LinkType::raw_ip, ipv4(47, join({hex("0000 0800"), kInner}), "0010"));
  EXPECT_EQ(later.datagram_count, 1);
}

}  // namespace
}  // namespace pmtu::testing
