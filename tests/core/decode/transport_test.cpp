// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

Observation from_tcp(const Bytes& segment) {
  return decoded(LinkType::raw_ip, ipv4(6, segment));
}

/// A SYN from port 443 with `options`, whose size must be a multiple of four.
Bytes syn(const Bytes& options) {
  const auto offset = static_cast<std::uint8_t>((20 + options.size()) << 2U);
  return join({hex("01bb 9dfb 000003e8 00000000"), {offset, 0x02}, hex("7210 abcd 0000"), options});
}

// RFC 9293 §3.1.
TEST(DecodeTcp, HeaderFields) {
  const Observation seen = from_tcp(tcp(zeros(12)));
  const Datagram& datagram = seen.datagrams[0];
  EXPECT_EQ(datagram.transport, TransportKind::tcp);
  EXPECT_EQ(datagram.source_port, 443);
  EXPECT_EQ(datagram.destination_port, 40443);
  EXPECT_EQ(datagram.payload_offset, 40U);
  EXPECT_EQ(datagram.payload_captured, 12U);
  const TcpSegment& segment = datagram.tcp;
  EXPECT_EQ(segment.sequence, SequenceNumber(1000));
  EXPECT_EQ(segment.acknowledgment, SequenceNumber(2000));
  EXPECT_EQ(segment.flags, tcp_flag::ack);
  EXPECT_EQ(segment.window, 0xffff);
  EXPECT_EQ(segment.checksum, 0xabcd);
  EXPECT_EQ(segment.header_length, 20);
  EXPECT_EQ(segment.payload_length, 12U);
  EXPECT_EQ(segment.end(), SequenceNumber(1012));
  // Nothing may be left over from the frame before.
  EXPECT_EQ(segment.mss, 0);
  EXPECT_EQ(segment.window_scale, 0xff);
  EXPECT_EQ(segment.sack_count, 0);
  EXPECT_FALSE(segment.sack_permitted);
  EXPECT_FALSE(segment.has_timestamps);
  EXPECT_FALSE(segment.options_truncated);
}

// RFC 9293 §3.7.1, RFC 7323 §2.2, §3.2, RFC 2018 §2.
TEST(DecodeTcp, OptionsOfASyn) {
  const Observation seen = from_tcp(syn(hex("020405b4 0402 080a 0000000b 00000000 01 030307")));
  const TcpSegment& segment = seen.datagrams[0].tcp;
  EXPECT_EQ(segment.mss, 1460);
  EXPECT_EQ(segment.window_scale, 7);
  EXPECT_TRUE(segment.sack_permitted);
  EXPECT_TRUE(segment.has_timestamps);
  EXPECT_EQ(segment.timestamp_value, SequenceNumber(11));
  EXPECT_EQ(segment.end(), SequenceNumber(1001));
}

// RFC 7323 appendix A: the aligned layout.
TEST(DecodeTcp, LoneTimestamps) {
  const TcpSegment segment = from_tcp(syn(hex("0101 080a 01020304 05060708"))).datagrams[0].tcp;
  EXPECT_TRUE(segment.has_timestamps);
  EXPECT_EQ(segment.timestamp_value, SequenceNumber(0x01020304));
  EXPECT_EQ(segment.timestamp_echo, SequenceNumber(0x05060708));
}

// RFC 2018 §3; with timestamps there is room for three blocks.
TEST(DecodeTcp, SackBlocks) {
  const TcpSegment segment =
      from_tcp(syn(hex("0101 0512 00000010 00000020 00000030 00000040"))).datagrams[0].tcp;
  ASSERT_EQ(segment.sack_count, 2);
  EXPECT_EQ(segment.sacks[0].left, SequenceNumber(0x10));
  EXPECT_EQ(segment.sacks[1].right, SequenceNumber(0x40));
}

TEST(DecodeTcp, NothingCountsAfterTheEndOfOptions) {
  EXPECT_EQ(from_tcp(syn(hex("00 020405b4 000000"))).datagrams[0].tcp.mss, 0);
}

// RFC 9293 §3.2, MUST-7: an illegal option length must not lead astray; the length byte counts itself.
TEST(DecodeTcp, IllegalOptionLengthsAreSurvived) {
  EXPECT_EQ(from_tcp(syn(hex("fe00 0101 020405b4"))).datagrams[0].tcp.mss, 0);
  EXPECT_EQ(from_tcp(syn(hex("feff 0101 020405b4"))).datagrams[0].tcp.mss, 0);
  EXPECT_EQ(from_tcp(syn(hex("020305 01"))).datagrams[0].tcp.mss, 0);
  EXPECT_FALSE(from_tcp(syn(hex("080201010101 0101"))).datagrams[0].tcp.has_timestamps);
}

TEST(DecodeTcp, OptionsCutByTheSnapshotLength) {
  Bytes datagram = ipv4(6, syn(hex("020405b4 0402 080a 0000000b 00000000 01 030307")));
  datagram.resize(20 + 20 + 6);
  const Observation seen = decoded(LinkType::raw_ip, datagram);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::tcp);
  EXPECT_EQ(seen.datagrams[0].tcp.mss, 1460);
  EXPECT_TRUE(seen.datagrams[0].tcp.options_truncated);
  EXPECT_TRUE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::truncated);
}

TEST(DecodeTcp, CutHeaderLeavesPorts) {
  Bytes datagram = ipv4(6, tcp());
  datagram.resize(20 + 8);
  const Observation seen = decoded(LinkType::raw_ip, datagram);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::ports);
  EXPECT_EQ(seen.datagrams[0].source_port, 443);
  EXPECT_TRUE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::truncated);
}

TEST(DecodeTcp, ImpossibleDataOffset) {
  Bytes segment = tcp();
  segment[12] = 0x40;
  const Observation seen = from_tcp(segment);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::ports);
  EXPECT_FALSE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::malformed);
}

// RFC 768.
TEST(DecodeUdp, HeaderFields) {
  const Observation seen = decoded(LinkType::raw_ip, ipv4(17, udp(5000, 6000, zeros(9))));
  const Datagram& datagram = seen.datagrams[0];
  EXPECT_EQ(datagram.transport, TransportKind::udp);
  EXPECT_EQ(datagram.source_port, 5000);
  EXPECT_EQ(datagram.destination_port, 6000);
  EXPECT_EQ(datagram.udp_length, 17);
  EXPECT_EQ(datagram.payload_offset, 28U);
  EXPECT_EQ(datagram.payload_captured, 9U);
}

TEST(DecodeUdp, LengthBelowTheHeaderIsMalformed) {
  Bytes datagram = udp(5000, 6000, {});
  datagram[5] = 7;
  EXPECT_EQ(decoded(LinkType::raw_ip, ipv4(17, datagram)).end, WalkEnd::malformed);
}

}  // namespace
}  // namespace pmtu::testing
