// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

const Bytes kInner = ipv4(6, tcp(zeros(7)));
const Bytes kInnerFrame = ethernet("0800", kInner);

Observation from_port(std::size_t port, const Bytes& payload, const LayerOracle& oracle = {}) {
  return decoded(LinkType::raw_ip, ipv4(17, udp(50000, port, payload)), oracle);
}

void expect_tunnel(const Observation& seen, Encapsulation carried) {
  ASSERT_EQ(seen.datagram_count, 2);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].carries, carried);
  EXPECT_EQ(seen.datagrams[1].tcp.payload_length, 7U);
}

void expect_opaque(const Observation& seen, Encapsulation carried) {
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].carries, carried);
}

// RFC 7348 §5; the generic protocol extension names its payload.
TEST(DecodeUdpTunnel, Vxlan) {
  expect_tunnel(from_port(4789, join({hex("08000000 00006400"), kInnerFrame})), Encapsulation::vxlan);
  expect_tunnel(from_port(4790, join({hex("0c000001 00006400"), kInner})), Encapsulation::vxlan);
  expect_tunnel(from_port(4790, join({hex("0c000003 00006400"), kInnerFrame})), Encapsulation::vxlan);
}

// RFC 8926 §3.4.
TEST(DecodeUdpTunnel, GeneveWithOptions) {
  expect_tunnel(from_port(6081, join({hex("02006558 00006400 0000000100000000"), kInnerFrame})),
                Encapsulation::geneve);
  expect_tunnel(from_port(6081, join({hex("00000800 00006400"), kInner})), Encapsulation::geneve);
}

// 3GPP TS 29.281 §5.1, §5.2: a chain of extension headers.
TEST(DecodeUdpTunnel, GtpU) {
  expect_tunnel(from_port(2152, join({hex("30ff 002f 00000001"), kInner})), Encapsulation::gtp_u);
  expect_tunnel(from_port(2152, join({hex("34ff 0037 00000001 0000 00 85 01 0009 00"), kInner})),
                Encapsulation::gtp_u);
  expect_tunnel(
      from_port(2152, join({hex("34ff 0037 00000001 0000 00 c0 01 0009 85 02 000900000000 00"), kInner})),
      Encapsulation::gtp_u);
  expect_opaque(from_port(2152, hex("3201 0004 00000000 00010000")), Encapsulation::gtp_u);  // echo request
  EXPECT_EQ(from_port(2152, join({hex("34ff 0037 00000001 0000 00 85 00"), zeros(40)})).end,
            WalkEnd::malformed);
}

// RFC 2661 §3.1: length, sequence and offset are optional.
TEST(DecodeUdpTunnel, L2tpV2) {
  expect_tunnel(from_port(1701, join({hex("0002 0001 0001 ff03 0021"), kInner})), Encapsulation::l2tp);
  expect_tunnel(from_port(1701, join({hex("4a02 0041 0001 0001 0000 0000 0002 0000 ff03 0021"), kInner})),
                Encapsulation::l2tp);
  expect_opaque(from_port(1701, hex("c802 000c 0001 0000 0001 0001")), Encapsulation::l2tp);
}

// RFC 4380 §5.1.1.
TEST(DecodeUdpTunnel, Teredo) {
  const Bytes inner = ipv6(6, tcp(zeros(7)));
  expect_tunnel(from_port(3544, inner), Encapsulation::teredo);
  expect_tunnel(from_port(3544, join({hex("0000 1234 01020304"), inner})), Encapsulation::teredo);
  expect_tunnel(from_port(3544, join({hex("0001 0000 0000000000000000 00 0000 1234 01020304"), inner})),
                Encapsulation::teredo);
}

TEST(DecodeUdpTunnel, MplsInUdp) {
  expect_tunnel(from_port(6635, join({hex("00064140"), kInner})), Encapsulation::mpls);  // RFC 7510
}

TEST(DecodeUdpTunnel, OpaquePayloadsAreNamed) {
  expect_opaque(from_port(4500, join({hex("00000001 00000001"), zeros(40)})), Encapsulation::udp_esp);
  expect_opaque(from_port(4500, join({hex("00000000"), zeros(40)})), Encapsulation::none);  // IKE
  expect_opaque(from_port(4500, hex("ff")), Encapsulation::none);                           // keep-alive
  expect_opaque(from_port(1194, join({hex("38"), zeros(13)})), Encapsulation::openvpn);
  expect_opaque(from_port(51820, join({hex("04000000"), zeros(44)})), Encapsulation::wireguard);
  expect_opaque(from_port(7000, join({hex("01000000"), zeros(144)})), Encapsulation::wireguard);
  expect_opaque(from_port(7000, join({hex("01000000"), zeros(143)})), Encapsulation::none);
}

// RFC 9000 §17.2: the header tells, on any port. RFC 9369 §3: version 2.
TEST(DecodeUdpTunnel, QuicIsToldByItsLongHeader) {
  for (const std::string_view version : {"00000001", "6b3343cf", "ff00001d", "faceb002"}) {
    const Bytes initial = join({hex("c3"), hex(version), hex("08 0102030405060708 00"), zeros(1180)});
    expect_opaque(from_port(443, initial), Encapsulation::quic);
    expect_opaque(from_port(8853, initial), Encapsulation::quic);
  }
}

// A short header (RFC 9000 §17.3) tells nothing by itself, whatever the port; nor does a version nobody uses.
TEST(DecodeUdpTunnel, WhatIsNotSurelyQuicIsNot) {
  expect_opaque(from_port(443, join({hex("43 0102030405060708"), zeros(1190)})), Encapsulation::none);
  expect_opaque(from_port(443, join({hex("c3 12345678 08 0102030405060708 00"), zeros(40)})),
                Encapsulation::none);
  // No fixed bit; a connection ID of 21 bytes; cut before it; RTP (RFC 9443 §3); a DNS question.
  expect_opaque(from_port(443, join({hex("83 00000001 08"), zeros(40)})), Encapsulation::none);
  expect_opaque(from_port(443, join({hex("c3 00000001 15"), zeros(40)})), Encapsulation::none);
  expect_opaque(from_port(443, hex("c3 00000001")), Encapsulation::none);
  expect_opaque(from_port(5004, join({hex("80600001 00000001"), zeros(40)})), Encapsulation::none);
  expect_opaque(from_port(53, hex("c1ff 0000 0001 0000 0000 0000 03777777 00 0001 0001")),
                Encapsulation::none);
}

// Linux had a port of its own before RFC 7348 §5 gave one; flannel and others keep to it.
TEST(DecodeUdpTunnel, VxlanOnThePortOfLinux) {
  expect_tunnel(from_port(8472, join({hex("08000000 00000100"), kInnerFrame})), Encapsulation::vxlan);
  expect_opaque(from_port(8472, join({hex("08000000 00000100"), zeros(40)})), Encapsulation::none);
  expect_opaque(from_port(8472, join({hex("0c000000 00000100"), kInnerFrame})), Encapsulation::none);
}

// A resolver answers to any port that the client happened to use.
TEST(DecodeUdpTunnel, ClientPortOfAServiceIsNoTunnel) {
  const Bytes answer = udp(53, 4789, join({hex("08000000 00006400"), kInnerFrame}));
  expect_opaque(decoded(LinkType::raw_ip, ipv4(17, answer)), Encapsulation::none);
}

TEST(DecodeUdpTunnel, UnusualPortIsAskedFor) {
  struct Answer {
    Encapsulation encapsulation;
    mutable unsigned asked = 0;
    mutable unsigned ordinal = 99;
  };
  const Answer answer{Encapsulation::vxlan};
  LayerOracle oracle;
  oracle.context = &answer;
  oracle.udp_payload = [](const void* context, unsigned ordinal) noexcept {
    const auto* given = static_cast<const Answer*>(context);
    ++given->asked;
    given->ordinal = ordinal;
    return ordinal == 1 ? given->encapsulation : Encapsulation::none;
  };
  // Known by its port: nobody is asked.
  expect_tunnel(from_port(4789, join({hex("08000000 00006400"), kInnerFrame}), oracle), Encapsulation::vxlan);
  EXPECT_EQ(answer.asked, 0U);
  // The second UDP header of the frame, on a port that says nothing.
  const Bytes unusual = ipv4(17, udp(50000, 8473, join({hex("08000000 00006400"), kInnerFrame})));
  const Bytes outer = join({hex("08000000 00006400"), ethernet("0800", unusual)});
  const Observation seen = from_port(4789, outer, oracle);
  EXPECT_EQ(answer.asked, 1U);
  EXPECT_EQ(answer.ordinal, 1U);
  ASSERT_EQ(seen.datagram_count, 3);
  EXPECT_EQ(seen.datagrams[1].carries, Encapsulation::vxlan);
  EXPECT_EQ(from_port(8473, join({hex("08000000 00006400"), kInnerFrame})).datagram_count, 1);
}

TEST(DecodeUdpTunnel, NestedTunnelsAreBounded) {
  Bytes nested = kInner;
  for (int i = 0; i < 30; ++i) nested = ipv4(17, udp(50000, 4790, join({hex("0c000001 00006400"), nested})));
  const Observation seen = decoded(LinkType::raw_ip, nested);
  EXPECT_EQ(seen.end, WalkEnd::too_deep);
  EXPECT_EQ(seen.datagram_count, Observation::kMaxDatagrams);
}

// Every prefix of a deep frame, and every byte of it changed, must decode without a read outside it.
TEST(DecodeUdpTunnel, DamagedFramesAreSurvived) {
  const Bytes vxlan = ipv4(17, udp(50000, 4789, join({hex("08000000 00006400"), kInnerFrame})));
  const Bytes gre = ipv4(47, join({hex("b000 6558 00000000 00000001 00000001"), ethernet("0800", vxlan)}));
  const Bytes whole = ethernet("8100", join({hex("0064 8847 00064140"), gre}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    (void)decoded(LinkType::ethernet,
                  Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const std::uint8_t value : hex("00 01 45 7f 80 ff")) {
      Bytes changed = whole;
      changed[i] = value;
      EXPECT_LE(decoded(LinkType::ethernet, changed).datagram_count, Observation::kMaxDatagrams);
    }
  }
}

}  // namespace
}  // namespace pmtu::testing
