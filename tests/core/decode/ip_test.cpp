// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

Observation from_ip(const Bytes& bytes) {
  return decoded(LinkType::raw_ip, bytes);
}

// RFC 791 §3.1.
TEST(DecodeIp, Ipv4HeaderFields) {
  const Observation seen = from_ip(ipv4(6, tcp(zeros(100))));
  ASSERT_EQ(seen.datagram_count, 1);
  const Datagram& datagram = seen.datagrams[0];
  EXPECT_EQ(datagram.version, IpVersion::v4);
  EXPECT_EQ(to_string(datagram.source), "10.1.0.10");
  EXPECT_EQ(to_string(datagram.destination), "10.2.0.20");
  EXPECT_EQ(datagram.length, DatagramLength(140));
  EXPECT_EQ(datagram.identification, 0x1234U);
  EXPECT_EQ(datagram.header_length, 20);
  EXPECT_EQ(datagram.captured_length, 140U);
  EXPECT_EQ(datagram.ttl, 64);
  EXPECT_EQ(datagram.protocol, 6);
  EXPECT_EQ(datagram.level, 0);
  EXPECT_TRUE(datagram.dont_fragment);
  EXPECT_FALSE(datagram.more_fragments);
  EXPECT_FALSE(datagram.is_fragment());
  EXPECT_FALSE(datagram.has_fragment_header);
  EXPECT_FALSE(datagram.length_unknown);
  EXPECT_FALSE(datagram.truncated);
  EXPECT_EQ(datagram.carries, Encapsulation::none);
}

TEST(DecodeIp, ReservedBitIsNotDontFragment) {
  EXPECT_FALSE(from_ip(ipv4(6, tcp(), "8000")).datagrams[0].dont_fragment);
}

TEST(DecodeIp, Ipv4OptionsComeBeforeTransport) {
  const Bytes datagram =
      join({hex("4600 0030 1234 4000 4006 0000 0a01000a 0a020014 94040000"), tcp(), zeros(4)});
  const Observation seen = from_ip(datagram);
  EXPECT_EQ(seen.datagrams[0].header_length, 24);
  EXPECT_EQ(seen.datagrams[0].source_port, 443);
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 4U);
}

// IEEE 802.3 pads to 46 bytes; a pure ACK must not gain 6 bytes of payload from it.
TEST(DecodeIp, PaddingIsNoPayload) {
  const Observation seen = decoded(LinkType::ethernet, ethernet("0800", join({ipv4(6, tcp()), zeros(6)})));
  EXPECT_EQ(seen.datagrams[0].captured_length, 40U);
  EXPECT_EQ(seen.datagrams[0].payload_captured, 0U);
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 0U);
}

TEST(DecodeIp, LengthIsTheWiresNotTheCaptures) {
  Bytes datagram = ipv4(6, tcp(zeros(1460)));
  datagram.resize(64);
  const Observation seen = from_ip(datagram);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(1500));
  EXPECT_EQ(seen.datagrams[0].captured_length, 64U);
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 1460U);
  EXPECT_EQ(seen.datagrams[0].payload_captured, 24U);
  EXPECT_EQ(seen.datagrams[0].payload_offset, 40U);
  EXPECT_FALSE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::complete);
}

// RFC 791 §3.2: only the first fragment has the transport header; bytes of later ones are data.
TEST(DecodeIp, LaterFragmentHasNoTransport) {
  const Observation first = from_ip(ipv4(17, udp(1000, 2000, zeros(8)), "2000"));
  EXPECT_TRUE(first.datagrams[0].is_fragment());
  EXPECT_EQ(first.datagrams[0].transport, TransportKind::udp);
  const Observation later = from_ip(ipv4(17, udp(1000, 2000, zeros(8)), "00b9"));
  EXPECT_EQ(later.datagrams[0].fragment_offset, 0xb9 * 8);
  EXPECT_EQ(later.datagrams[0].transport, TransportKind::none);
  EXPECT_EQ(later.datagrams[0].source_port, 0);
  EXPECT_EQ(later.datagrams[0].payload_captured, 16U);
  EXPECT_EQ(later.end, WalkEnd::complete);
}

// Segmentation offload hands down super-segments with Total Length 0: the length is unknown, not zero.
TEST(DecodeIp, TotalLengthZeroIsOffload) {
  Bytes datagram = ipv4(6, tcp(zeros(100)));
  datagram[2] = datagram[3] = 0;
  const Observation seen = from_ip(datagram);
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_TRUE(seen.datagrams[0].length_unknown);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(0));
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 100U);
}

TEST(DecodeIp, ImpossibleIpv4HeaderIsNoDatagram) {
  Bytes short_header = ipv4(6, tcp());
  short_header[0] = 0x44;
  EXPECT_EQ(from_ip(short_header).end, WalkEnd::malformed);
  Bytes short_total = ipv4(6, tcp());
  short_total[3] = 19;
  EXPECT_EQ(from_ip(short_total).end, WalkEnd::malformed);
  EXPECT_EQ(from_ip(short_total).datagram_count, 0);
}

// RFC 8200 §3.
TEST(DecodeIp, Ipv6HeaderFields) {
  const Observation seen = from_ip(ipv6(6, tcp(zeros(10))));
  const Datagram& datagram = seen.datagrams[0];
  EXPECT_EQ(datagram.version, IpVersion::v6);
  EXPECT_EQ(to_string(datagram.source), "2001:db8::1");
  EXPECT_EQ(to_string(datagram.destination), "2001:db8::2");
  EXPECT_EQ(datagram.length, DatagramLength(70));
  EXPECT_EQ(datagram.header_length, 40);
  EXPECT_EQ(datagram.identification, 0U);
  EXPECT_TRUE(datagram.dont_fragment);
  EXPECT_FALSE(datagram.is_fragment());
  EXPECT_EQ(datagram.tcp.payload_length, 10U);
}

// RFC 8200 §4: hop-by-hop, destination options, routing, fragment, in one chain.
TEST(DecodeIp, ExtensionHeadersAreFollowed) {
  const Bytes chain = join({hex("3c00 0104 00000000"), hex("2b00 0104 00000000"), hex("2c02 0000 00000000"),
                            zeros(16), hex("0600 0001 89abcdef"), tcp(zeros(5))});
  const Observation seen = from_ip(ipv6(0, chain));
  const Datagram& datagram = seen.datagrams[0];
  EXPECT_EQ(datagram.header_length, 40 + 8 + 8 + 24 + 8);
  EXPECT_EQ(datagram.protocol, 6);
  EXPECT_TRUE(datagram.has_fragment_header);
  EXPECT_TRUE(datagram.more_fragments);
  EXPECT_EQ(datagram.identification, 0x89abcdefU);
  EXPECT_EQ(datagram.transport, TransportKind::tcp);
  EXPECT_EQ(datagram.tcp.payload_length, 5U);
  EXPECT_EQ(datagram.length, DatagramLength(40 + 48 + 25));
}

// RFC 6946: an atomic fragment is a whole datagram with a fragment header.
TEST(DecodeIp, AtomicFragmentIsWhole) {
  const Observation seen = from_ip(ipv6(44, join({hex("0600 0000 00000001"), tcp()})));
  EXPECT_TRUE(seen.datagrams[0].has_fragment_header);
  EXPECT_FALSE(seen.datagrams[0].is_fragment());
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::tcp);
}

TEST(DecodeIp, LaterIpv6FragmentHasNoTransport) {
  const Observation seen = from_ip(ipv6(44, join({hex("0600 0508 00000001"), tcp()})));
  EXPECT_EQ(seen.datagrams[0].fragment_offset, 0x508);
  EXPECT_EQ(seen.datagrams[0].protocol, 6);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::none);
}

// RFC 2675 §2: Payload Length 0 and the Jumbo Payload option.
TEST(DecodeIp, JumbogramLengthComesFromItsOption) {
  Bytes datagram = ipv6(0, join({hex("0600 c204 00011178"), tcp(zeros(100))}));
  datagram[4] = datagram[5] = 0;
  const Observation seen = from_ip(datagram);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(40 + 70008));
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 70008U - 8U - 20U);
  EXPECT_FALSE(seen.datagrams[0].length_unknown);
}

TEST(DecodeIp, PayloadLengthZeroIsOffload) {
  Bytes datagram = ipv6(6, tcp(zeros(100)));
  datagram[4] = datagram[5] = 0;
  const Observation seen = from_ip(datagram);
  EXPECT_TRUE(seen.datagrams[0].length_unknown);
  EXPECT_EQ(seen.datagrams[0].tcp.payload_length, 100U);
  // RFC 8200 §4.7: nothing follows, and nothing is unknown about it.
  const Observation empty = from_ip(ipv6(59, {}));
  EXPECT_FALSE(empty.datagrams[0].length_unknown);
  EXPECT_EQ(empty.datagrams[0].length, DatagramLength(40));
}

TEST(DecodeIp, ChainCutByTheSnapshotLength) {
  Bytes datagram = ipv6(60, join({hex("0603 0000 00000000"), zeros(24), tcp()}));
  datagram.resize(60);
  const Observation seen = from_ip(datagram);
  EXPECT_EQ(seen.datagram_count, 1);
  EXPECT_TRUE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::truncated);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::none);
}

// RFC 2003, RFC 4213, RFC 2473: each header is a datagram of its own path.
TEST(DecodeIp, IpInIpShowsBothLevels) {
  const Observation seen = from_ip(ipv4(41, ipv6(4, ipv4(6, tcp(zeros(7))))));
  ASSERT_EQ(seen.datagram_count, 3);
  EXPECT_EQ(seen.datagrams[0].carries, Encapsulation::ip_in_ip);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(20 + 40 + 20 + 27));
  EXPECT_EQ(seen.datagrams[1].length, DatagramLength(40 + 20 + 27));
  EXPECT_EQ(seen.datagrams[2].length, DatagramLength(20 + 27));
  EXPECT_EQ(seen.datagrams[2].level, 2);
  EXPECT_EQ(seen.datagrams[2].carries, Encapsulation::none);
  EXPECT_EQ(seen.datagrams[2].tcp.payload_length, 7U);
}

TEST(DecodeIp, NestingIsBounded) {
  Bytes nested = ipv4(6, tcp());
  for (int i = 0; i < 40; ++i) nested = ipv4(4, nested);
  const Observation seen = from_ip(nested);
  EXPECT_EQ(seen.datagram_count, Observation::kMaxDatagrams);
  EXPECT_EQ(seen.end, WalkEnd::too_deep);
}

}  // namespace
}  // namespace pmtu::testing
