// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

Bytes first(std::size_t size, Bytes bytes) {
  bytes.resize(size);
  return bytes;
}

/// Fragmentation Needed with next-hop MTU 1446 (RFC 1191 §4).
Bytes fragmentation_needed(const Bytes& quote) {
  return ipv4(1, join({hex("0304 0000 0000 05a6"), quote}));
}

/// Packet Too Big with MTU 1400 (RFC 4443 §3.2).
Bytes packet_too_big(const Bytes& quote) {
  return ipv6(58, join({hex("0200 0000 00000578"), quote}));
}

Observation from_ip(const Bytes& bytes) {
  return decoded(LinkType::raw_ip, bytes);
}

// RFC 792: the quotation is the header and 8 bytes; its lengths are those of the whole datagram.
TEST(DecodeIcmp, FragmentationNeededWithTheShortestQuotation) {
  const Observation seen = from_ip(fragmentation_needed(first(28, ipv4(6, tcp(zeros(1460))))));
  ASSERT_EQ(seen.datagram_count, 1);  // the quoted datagram is not on this wire
  const IcmpMessage& icmp = seen.datagrams[0].icmp;
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::icmp);
  EXPECT_EQ(icmp.type, 3);
  EXPECT_EQ(icmp.code, 4);
  EXPECT_TRUE(icmp.has_rest);
  EXPECT_EQ(icmp.rest & 0xffffU, 1446U);
  EXPECT_TRUE(icmp.is_error);
  ASSERT_TRUE(icmp.has_quote);
  ASSERT_EQ(seen.quote_count, 1);
  const QuotedDatagram& quoted = seen.quotes[icmp.quote];
  EXPECT_EQ(to_string(quoted.source), "10.1.0.10");
  EXPECT_EQ(to_string(quoted.destination), "10.2.0.20");
  EXPECT_EQ(quoted.source_bytes, 4);
  EXPECT_EQ(quoted.destination_bytes, 4);
  EXPECT_EQ(quoted.length, DatagramLength(1500));
  EXPECT_EQ(quoted.identification, 0x1234);
  EXPECT_EQ(quoted.protocol, 6);
  EXPECT_EQ(quoted.ttl, 64);
  EXPECT_TRUE(quoted.dont_fragment);
  EXPECT_FALSE(quoted.more_fragments);
  EXPECT_TRUE(quoted.has_ports);
  EXPECT_EQ(quoted.source_port, 443);
  EXPECT_EQ(quoted.destination_port, 40443);
  EXPECT_TRUE(quoted.has_sequence);
  EXPECT_EQ(quoted.sequence, SequenceNumber(1000));
  EXPECT_EQ(quoted.quoted_bytes, 28);
  EXPECT_FALSE(quoted.truncated);
}

TEST(DecodeIcmp, QuotedOptionsComeBeforeThePorts) {
  const Bytes quote =
      join({hex("4600 05dc 1234 4000 4006 0000 0a01000a 0a020014 94040000"), first(8, tcp())});
  const Observation seen = from_ip(fragmentation_needed(quote));
  EXPECT_TRUE(seen.quotes[0].has_ports);
  EXPECT_EQ(seen.quotes[0].source_port, 443);
  EXPECT_EQ(seen.quotes[0].sequence, SequenceNumber(1000));
}

TEST(DecodeIcmp, QuotedLaterFragmentHasNoPorts) {
  const Observation seen = from_ip(fragmentation_needed(first(28, ipv4(17, udp(1, 2, zeros(9)), "00b9"))));
  EXPECT_FALSE(seen.quotes[0].has_ports);
  EXPECT_EQ(seen.quotes[0].fragment_offset, 0xb9 * 8);
}

TEST(DecodeIcmp, QuotedEchoIsKnownByItsIdentifier) {
  const Observation seen = from_ip(fragmentation_needed(ipv4(1, hex("0800 0000 4321 0001"))));
  EXPECT_TRUE(seen.quotes[0].has_ports);
  EXPECT_EQ(seen.quotes[0].source_port, 0x4321);
  EXPECT_EQ(seen.quotes[0].destination_port, 0x4321);
  EXPECT_FALSE(seen.quotes[0].has_sequence);
}

// RFC 4884 §5.1: octet 5 of the message counts 4-byte words of quotation; extensions are no quotation.
TEST(DecodeIcmp, ExtensionsAreNoQuotation) {
  const Bytes quote = first(128, ipv4(6, tcp(zeros(1460))));
  const Bytes message = join({hex("0304 0000 0020 05a6"), quote, hex("2000 0000 0008 0101 12345678")});
  const Observation seen = from_ip(ipv4(1, message));
  EXPECT_EQ(seen.quotes[0].quoted_bytes, 128);
  EXPECT_EQ(seen.quotes[0].source_port, 443);
}

// The octet was "unused" before RFC 4884; a number that cannot be its length must not cut the quotation.
TEST(DecodeIcmp, ImpossibleQuotationLengthIsIgnored) {
  const Bytes quote = first(28, ipv4(6, tcp(zeros(1460))));
  const Observation seen = from_ip(ipv4(1, join({hex("0304 0000 0001 05a6"), quote})));
  EXPECT_EQ(seen.quotes[0].quoted_bytes, 28);
  EXPECT_TRUE(seen.quotes[0].has_sequence);
}

// A snapshot length leaves less than the router sent: what is left must be told from what is not.
TEST(DecodeIcmp, QuotationCutAtEveryByte) {
  const Bytes whole = fragmentation_needed(first(28, ipv4(6, tcp(zeros(1460)))));
  for (std::size_t quoted_bytes = 0; quoted_bytes < 28; ++quoted_bytes) {
    const Observation seen = from_ip(first(28 + quoted_bytes, whole));
    ASSERT_TRUE(seen.datagrams[0].icmp.has_quote) << quoted_bytes;
    const QuotedDatagram& quoted = seen.quotes[0];
    EXPECT_TRUE(quoted.truncated) << quoted_bytes;
    EXPECT_EQ(quoted.quoted_bytes, quoted_bytes);
    EXPECT_EQ(quoted.source_bytes, quoted_bytes <= 12 ? 0 : quoted_bytes >= 16 ? 4 : quoted_bytes - 12);
    EXPECT_EQ(quoted.destination_bytes, quoted_bytes <= 16 ? 0 : quoted_bytes >= 20 ? 4 : quoted_bytes - 16);
    EXPECT_EQ(quoted.has_ports, quoted_bytes >= 24) << quoted_bytes;
    EXPECT_FALSE(quoted.has_sequence) << quoted_bytes;
  }
}

// A router that quotes less than it must is not the snapshot length's fault.
TEST(DecodeIcmp, ShortQuotationIsNotTruncation) {
  const Observation seen = from_ip(fragmentation_needed(first(20, ipv4(6, tcp(zeros(1460))))));
  EXPECT_FALSE(seen.quotes[0].truncated);
  EXPECT_FALSE(seen.quotes[0].has_ports);
  EXPECT_EQ(seen.quotes[0].destination_bytes, 4);
}

TEST(DecodeIcmp, HeaderCutBeforeTheMtu) {
  const Observation seen = from_ip(first(26, fragmentation_needed(ipv4(6, tcp()))));
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::icmp);
  EXPECT_EQ(seen.datagrams[0].icmp.code, 4);
  EXPECT_FALSE(seen.datagrams[0].icmp.has_rest);
  EXPECT_FALSE(seen.datagrams[0].icmp.has_quote);
  EXPECT_TRUE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::truncated);
}

TEST(DecodeIcmp, EchoCarriesNoQuotation) {
  const Observation seen = from_ip(ipv4(1, join({hex("0800 0000 4321 0001"), ipv4(6, tcp())})));
  EXPECT_FALSE(seen.datagrams[0].icmp.is_error);
  EXPECT_FALSE(seen.datagrams[0].icmp.has_quote);
  EXPECT_EQ(seen.datagrams[0].icmp.identifier, 0x4321);
  EXPECT_EQ(seen.datagrams[0].icmp.sequence, 1);
  EXPECT_EQ(seen.quote_count, 0);
}

// RFC 4443 §4.2.
TEST(DecodeIcmp, EchoReplyOfIpv6) {
  const Observation seen = from_ip(ipv6(58, join({hex("8100 0000 4321 0102"), zeros(40)})));
  EXPECT_EQ(seen.datagrams[0].icmp.type, 129);
  EXPECT_EQ(seen.datagrams[0].icmp.identifier, 0x4321);
  EXPECT_EQ(seen.datagrams[0].icmp.sequence, 0x0102);
}

// RFC 792: time exceeded in reassembly quotes the first fragment, where it came, else nothing is sent.
TEST(DecodeIcmp, ReassemblyTimeExceededQuotesAFragment) {
  const Bytes fragment = ipv4(17, udp(53, 5353, zeros(1464)), "2000");
  const Observation seen = from_ip(ipv4(1, join({hex("0b01 0000 00000000"), first(28, fragment)})));
  const IcmpMessage& icmp = seen.datagrams[0].icmp;
  EXPECT_EQ(icmp.type, 11);
  EXPECT_EQ(icmp.code, 1);
  EXPECT_TRUE(icmp.is_error);
  ASSERT_TRUE(icmp.has_quote);
  EXPECT_TRUE(seen.quotes[0].more_fragments);
  EXPECT_EQ(seen.quotes[0].fragment_offset, 0);
  EXPECT_EQ(seen.quotes[0].identification, 0x1234);
  EXPECT_EQ(seen.quotes[0].source_port, 53);
}

// RFC 8200 §4.5, RFC 4443 §3.3.
TEST(DecodeIcmp, ReassemblyTimeExceededOfIpv6) {
  const Bytes fragment = ipv6(44, join({hex("1100 0001 0000beef"), udp(53, 5353, zeros(1224))}));
  const Observation seen = from_ip(ipv6(58, join({hex("0301 0000 00000000"), fragment})));
  const IcmpMessage& icmp = seen.datagrams[0].icmp;
  EXPECT_EQ(icmp.type, 3);
  EXPECT_EQ(icmp.code, 1);
  ASSERT_TRUE(icmp.has_quote);
  EXPECT_TRUE(seen.quotes[0].more_fragments);
  EXPECT_EQ(seen.quotes[0].identification, 0xbeef);
  EXPECT_EQ(seen.quotes[0].source_port, 53);
}

TEST(DecodeIcmp, QuotationOfTheOtherVersionIsNone) {
  const Observation seen = from_ip(fragmentation_needed(ipv6(6, tcp())));
  EXPECT_TRUE(seen.datagrams[0].icmp.is_error);
  EXPECT_FALSE(seen.datagrams[0].icmp.has_quote);
}

TEST(DecodeIcmp, PacketTooBig) {
  const Observation seen = from_ip(packet_too_big(ipv6(6, tcp(zeros(100)))));
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::icmpv6);
  EXPECT_EQ(seen.datagrams[0].icmp.rest, 1400U);
  ASSERT_TRUE(seen.datagrams[0].icmp.has_quote);
  const QuotedDatagram& quoted = seen.quotes[0];
  EXPECT_EQ(to_string(quoted.source), "2001:db8::1");
  EXPECT_EQ(quoted.source_bytes, 16);
  EXPECT_EQ(quoted.length, DatagramLength(160));
  EXPECT_TRUE(quoted.dont_fragment);
  EXPECT_TRUE(quoted.has_sequence);
}

// The upper bits of the MTU are not an RFC 4884 length (§4.4 leaves Packet Too Big out).
TEST(DecodeIcmp, PacketTooBigHasNoQuotationLength) {
  Bytes message = packet_too_big(ipv6(6, tcp(zeros(100))));
  message[44] = 1;
  EXPECT_EQ(from_ip(message).quotes[0].quoted_bytes, 160);
}

TEST(DecodeIcmp, QuotedExtensionHeaders) {
  const Bytes quote =
      ipv6(60, join({hex("2c00 0104 00000000"), hex("1100 0001 0000beef"), udp(53, 5353, zeros(8))}));
  const QuotedDatagram quoted = from_ip(packet_too_big(quote)).quotes[0];
  EXPECT_EQ(quoted.protocol, 17);
  EXPECT_EQ(quoted.identification, 0xbeef);
  EXPECT_TRUE(quoted.more_fragments);
  EXPECT_TRUE(quoted.has_ports);
  EXPECT_EQ(quoted.destination_port, 5353);
}

// A snapshot length of 96 cuts the quoted IPv6 destination: 14 + 40 + 8 + 34.
TEST(DecodeIcmp, SnapshotLengthOf96CutsTheQuotedDestination) {
  const Bytes frame = first(96, ethernet("86dd", packet_too_big(ipv6(6, tcp(zeros(1000))))));
  const Observation seen = decoded(LinkType::ethernet, frame);
  EXPECT_EQ(seen.quotes[0].source_bytes, 16);
  EXPECT_EQ(seen.quotes[0].destination_bytes, 10);
  EXPECT_TRUE(seen.quotes[0].truncated);
  EXPECT_FALSE(seen.quotes[0].has_ports);
}

TEST(DecodeIcmp, HintInsideATunnelQuotesTheInnerPath) {
  const Observation seen = from_ip(ipv4(4, fragmentation_needed(first(28, ipv4(6, tcp(zeros(1460)))))));
  ASSERT_EQ(seen.datagram_count, 2);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::none);
  ASSERT_TRUE(seen.datagrams[1].icmp.has_quote);
  EXPECT_EQ(seen.quotes[seen.datagrams[1].icmp.quote].length, DatagramLength(1500));
}

}  // namespace
}  // namespace pmtu::testing
