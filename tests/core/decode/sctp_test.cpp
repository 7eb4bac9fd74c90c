// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

/// Ports 2905 and 2906, verification tag 0xdeadbeef, and a checksum that nobody looks at.
const Bytes kHeader = hex("0b59 0b5a deadbeef 01020304");

/// A chunk with its padding (RFC 9260 §3.2).
Bytes chunk(std::uint8_t type, const Bytes& value) {
  const Bytes padding = zeros((4 - value.size() % 4) % 4);
  return join({{type, 0}, number16(4 + value.size()), value, padding});
}

/// RFC 9260 §3.3.1: TSN, stream, sequence in the stream, protocol, then `size` bytes of user data.
Bytes data(std::string_view tsn, std::size_t size) {
  return chunk(0, join({hex(tsn), hex("0001 0007 0000003c"), zeros(size)}));
}

Observation from_sctp(const Bytes& packet) {
  return decoded(LinkType::raw_ip, ipv4(132, packet));
}

SctpPacket packet_of(const Bytes& chunks) {
  const Observation seen = from_sctp(join({kHeader, chunks}));
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::sctp);
  return seen.datagrams[0].sctp;
}

// RFC 9260 §3.1.
TEST(DecodeSctp, CommonHeader) {
  const Observation seen = from_sctp(join({kHeader, data("000003e8", 100)}));
  const Datagram& datagram = seen.datagrams[0];
  ASSERT_EQ(datagram.transport, TransportKind::sctp);
  EXPECT_EQ(datagram.source_port, 2905);
  EXPECT_EQ(datagram.destination_port, 2906);
  EXPECT_EQ(datagram.payload_offset, 32U);
  EXPECT_EQ(datagram.payload_captured, 116U);
  EXPECT_EQ(datagram.sctp.verification_tag, 0xdeadbeefU);
  EXPECT_FALSE(datagram.truncated);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  // Nothing may be left over from the frame before.
  EXPECT_EQ(datagram.sctp.chunks, sctp_chunk::data);
  EXPECT_EQ(datagram.sctp.gap_count, 0);
  EXPECT_EQ(datagram.sctp.initiate_tag, 0U);
  EXPECT_FALSE(datagram.sctp.chunks_truncated);
}

// RFC 9260 §3.3.1, §1.6: TSNs wrap. The padding of the first chunk is not part of it.
TEST(DecodeSctp, SeveralDataChunks) {
  const SctpPacket packet =
      packet_of(join({data("fffffffe", 30), data("00000000", 500), data("ffffffff", 41)}));
  EXPECT_EQ(packet.data_chunks, 3);
  EXPECT_EQ(packet.first_tsn, SequenceNumber(0xfffffffe));
  EXPECT_EQ(packet.last_tsn, SequenceNumber(0));
  EXPECT_EQ(packet.longest_data, 516);
}

// RFC 8260 §2.1: I-DATA has its TSN in the same place.
TEST(DecodeSctp, InterleavedData) {
  const SctpPacket packet = packet_of(chunk(64, join({hex("000003e8"), zeros(1000)})));
  EXPECT_TRUE(packet.has(sctp_chunk::data));
  EXPECT_EQ(packet.first_tsn, SequenceNumber(1000));
}

// RFC 9260 §3.3.2, §3.3.3.
TEST(DecodeSctp, InitAndItsAcknowledgment) {
  const Bytes value = hex("11223344 0001a000 000a 000a 000003e8");
  const SctpPacket init = packet_of(chunk(1, value));
  EXPECT_TRUE(init.has(sctp_chunk::init));
  EXPECT_EQ(init.initiate_tag, 0x11223344U);
  EXPECT_EQ(init.initial_tsn, SequenceNumber(1000));
  const SctpPacket acknowledgment = packet_of(chunk(2, value));
  EXPECT_TRUE(acknowledgment.has(sctp_chunk::init_ack));
  EXPECT_EQ(acknowledgment.initiate_tag, 0x11223344U);
}

// RFC 9260 §3.3.4: gap blocks count from the cumulative TSN.
TEST(DecodeSctp, SelectiveAcknowledgment) {
  const SctpPacket packet =
      packet_of(chunk(3, hex("fffffffe 0001a000 0002 0001  0002 0003 0005 0005  00000007")));
  EXPECT_TRUE(packet.has(sctp_chunk::sack));
  EXPECT_EQ(packet.cumulative_tsn, SequenceNumber(0xfffffffe));
  ASSERT_EQ(packet.gap_count, 2);
  EXPECT_EQ(packet.gaps[0].first, SequenceNumber(0));
  EXPECT_EQ(packet.gaps[0].last, SequenceNumber(1));
  EXPECT_EQ(packet.gaps[1].first, SequenceNumber(3));
  EXPECT_EQ(packet.gaps[1].last, SequenceNumber(3));
}

// The number of blocks is the sender's word; the chunk's length is what counts. A block that ends before it
// begins is none.
TEST(DecodeSctp, GapBlocksEndWithTheirChunk) {
  EXPECT_EQ(packet_of(chunk(3, hex("00000001 00000000 ffff 0000  0002 0003"))).gap_count, 1);
  EXPECT_EQ(packet_of(chunk(3, hex("00000001 00000000 0002 0000  0003 0002  0000 0001"))).gap_count, 0);
  const Bytes five = hex("0002 0002 0004 0004 0006 0006 0008 0008 000a 000a");
  EXPECT_EQ(packet_of(chunk(3, join({hex("00000001 00000000 0005 0000"), five}))).gap_count, 4);
}

// RFC 4820 §3, RFC 8899 §6.2.1: a HEARTBEAT made large by padding is a probe. Its acknowledgment returns the
// information as it came (RFC 9260 §3.3.6).
TEST(DecodeSctp, PaddedHeartbeatAndItsAcknowledgment) {
  const Bytes information = hex("0001 000c 0a01000a 01020304");
  const SctpPacket probe = packet_of(join({chunk(4, information), chunk(0x84, zeros(1400))}));
  EXPECT_EQ(probe.chunks, sctp_chunk::heartbeat | sctp_chunk::pad);
  const SctpPacket answer = packet_of(chunk(5, information));
  EXPECT_EQ(answer.chunks, sctp_chunk::heartbeat_ack);
  EXPECT_EQ(answer.heartbeat_mark, probe.heartbeat_mark);
  EXPECT_NE(packet_of(chunk(5, hex("0001 000c 0a01000a 01020305"))).heartbeat_mark, probe.heartbeat_mark);
}

// RFC 9260 §3.3.8: SHUTDOWN acknowledges, too.
TEST(DecodeSctp, ShutdownAbortAndTheRest) {
  const SctpPacket shutdown = packet_of(chunk(7, hex("000003e8")));
  EXPECT_EQ(shutdown.chunks, sctp_chunk::shutdown);
  EXPECT_EQ(shutdown.cumulative_tsn, SequenceNumber(1000));
  EXPECT_EQ(packet_of(chunk(6, {})).chunks, sctp_chunk::abort);
  EXPECT_EQ(packet_of(chunk(10, zeros(60))).chunks, sctp_chunk::other);  // COOKIE ECHO
}

TEST(DecodeSctp, CutHeaderLeavesPorts) {
  Bytes datagram = ipv4(132, join({kHeader, data("000003e8", 100)}));
  datagram.resize(20 + 11);
  const Observation seen = decoded(LinkType::raw_ip, datagram);
  EXPECT_EQ(seen.datagrams[0].transport, TransportKind::ports);
  EXPECT_EQ(seen.datagrams[0].source_port, 2905);
  EXPECT_TRUE(seen.datagrams[0].truncated);
  EXPECT_EQ(seen.end, WalkEnd::truncated);
}

// A snapshot length leaves the start of a DATA chunk, and with it the TSN; the length is that on the wire.
TEST(DecodeSctp, CutChunkKeepsItsTsn) {
  Bytes datagram = ipv4(132, join({kHeader, data("000003e8", 1400)}));
  datagram.resize(20 + 12 + 16);
  const Observation seen = decoded(LinkType::raw_ip, datagram);
  EXPECT_EQ(seen.datagrams[0].sctp.first_tsn, SequenceNumber(1000));
  EXPECT_EQ(seen.datagrams[0].sctp.longest_data, 1416);
}

// RFC 9260 §3.2: a chunk is not shorter than its header.
TEST(DecodeSctp, ImpossibleChunkLengthEndsTheList) {
  for (const std::string_view length : {"0000", "0003", "ffff"}) {
    const SctpPacket packet =
        packet_of(join({data("000003e8", 20), hex("0000"), hex(length), hex("000003e9"), zeros(40)}));
    EXPECT_TRUE(packet.chunks_truncated) << length;
    EXPECT_EQ(packet.data_chunks, 1) << length;
  }
}

// RFC 9260 §7.3: what has become too large for its path is fragmented by IP.
TEST(DecodeSctp, FirstFragmentHasTheTsn) {
  Bytes packet = join({kHeader, data("000003e8", 1400)});
  packet.resize(800);
  const Observation seen = decoded(LinkType::raw_ip, ipv4(132, packet, "2000"));
  EXPECT_EQ(seen.datagrams[0].sctp.data_chunks, 1);
  EXPECT_EQ(seen.datagrams[0].sctp.first_tsn, SequenceNumber(1000));
  EXPECT_TRUE(seen.datagrams[0].sctp.chunks_truncated);
}

TEST(DecodeSctp, DamagedPacketsAreSurvived) {
  const Bytes whole = ipv4(132, join({kHeader, chunk(3, hex("fffffffe 0001a000 0001 0000 0002 0003")),
                                      data("fffffffe", 30), chunk(4, zeros(12)), chunk(0x84, zeros(9))}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    (void)decoded(LinkType::raw_ip, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const std::uint8_t value : hex("00 01 03 05 7f 80 ff")) {
      Bytes changed = whole;
      changed[i] = value;
      const Observation seen = decoded(LinkType::raw_ip, changed);
      if (seen.datagram_count == 1 && seen.datagrams[0].transport == TransportKind::sctp) {
        EXPECT_LE(seen.datagrams[0].sctp.gap_count, 4);
      }
    }
  }
}

Bytes quoting(const Bytes& sctp, std::size_t quoted_bytes) {
  Bytes quote = ipv4(132, sctp);
  quote.resize(20 + quoted_bytes);
  return ipv4(1, join({hex("0304 0000 0000 0578"), quote}));
}

// RFC 792 promises 8 bytes: ports and verification tag; RFC 1812 §4.3.2.3 more.
TEST(DecodeSctp, Quotation) {
  const Bytes packet = join({kHeader, data("000003e8", 1400)});
  const QuotedDatagram shortest = decoded(LinkType::raw_ip, quoting(packet, 8)).quotes[0];
  EXPECT_EQ(shortest.protocol, 132);
  EXPECT_TRUE(shortest.has_ports);
  EXPECT_EQ(shortest.source_port, 2905);
  ASSERT_TRUE(shortest.has_verification_tag);
  EXPECT_EQ(shortest.verification_tag, 0xdeadbeefU);
  EXPECT_FALSE(shortest.has_tsn);
  EXPECT_FALSE(shortest.has_sequence);
  const QuotedDatagram longer = decoded(LinkType::raw_ip, quoting(packet, 20)).quotes[0];
  ASSERT_TRUE(longer.has_tsn);
  EXPECT_EQ(longer.tsn, SequenceNumber(1000));
  EXPECT_FALSE(decoded(LinkType::raw_ip, quoting(packet, 7)).quotes[0].has_verification_tag);
  EXPECT_FALSE(decoded(LinkType::raw_ip, quoting(packet, 19)).quotes[0].has_tsn);
}

// RFC 9260 §10: the tag of an INIT is 0, the initiate tag behind it says which one it was.
TEST(DecodeSctp, QuotedInit) {
  const Bytes packet =
      join({hex("0b59 0b5a 00000000 01020304"), chunk(1, hex("11223344 0001a000 000a 000a 000003e8"))});
  EXPECT_EQ(decoded(LinkType::raw_ip, quoting(packet, 8)).quotes[0].verification_tag, 0U);
  const QuotedDatagram longer = decoded(LinkType::raw_ip, quoting(packet, 20)).quotes[0];
  EXPECT_EQ(longer.verification_tag, 0x11223344U);
  EXPECT_FALSE(longer.has_tsn);
}

}  // namespace
}  // namespace pmtu::testing
