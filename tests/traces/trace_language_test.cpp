// SPDX-License-Identifier: GPL-2.0-or-later
// The trace language by itself: what a line says comes back from the frame's bytes through decode.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "pmtu/decode.h"
#include "support/capture_file.h"
#include "support/trace.h"

namespace pmtu::test {
namespace {

constexpr const char* kHead =
    "# rule: language\n"
    "# shows: the language\n"
    "host A 10.1.0.10 port 443\n"
    "host B 10.2.0.20 port 40443 ttl 62 behind R\n"
    "host R 10.1.0.1\n"
    "host A6 2001:db8:1::10 port 443\n"
    "host B6 2001:db8:2::20 port 40443\n"
    "host R6 2001:db8:1::1\n";

Observation decoded(const TraceFrame& traced) {
  Observation observation;
  decode(traced.as_frame(), observation);
  return observation;
}

/// The last frame of a trace made of these lines.
Observation last(const std::string& lines) {
  const Trace trace = parse_trace("language", kHead + lines);
  return decoded(trace.frames.back());
}

std::string error_of(const std::string& lines) {
  try {
    (void)parse_trace("language", kHead + lines);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(TraceLanguage, BuildsTheSegmentThatALineDescribes) {
  const Observation seen = last("0.5 A > B tcp 1:1449 ack 101 df 1500 ts 100/90 id 7 win 1000\n");
  ASSERT_EQ(seen.datagram_count, 1);
  const Datagram& datagram = seen.datagrams[0];
  EXPECT_EQ(to_string(datagram.source), "10.1.0.10");
  EXPECT_EQ(datagram.length, DatagramLength{1500});
  EXPECT_TRUE(datagram.dont_fragment);
  EXPECT_EQ(datagram.identification, 7U);
  EXPECT_EQ(datagram.source_port, 443);
  ASSERT_EQ(datagram.transport, TransportKind::tcp);
  EXPECT_EQ(datagram.tcp.payload_length, 1448U);
  EXPECT_EQ(datagram.tcp.window, 1000);
  EXPECT_TRUE(datagram.tcp.has_timestamps);
  EXPECT_EQ(datagram.tcp.timestamp_value.value(), 100U);
  EXPECT_EQ(datagram.tcp.timestamp_echo.value(), 90U);
}

TEST(TraceLanguage, SequenceNumbersAreRelativeToTheSyn) {
  const Trace trace = parse_trace("language", std::string(kHead) +
                                                  "0 A > B tcp SYN mss 1460 sackok wscale 7\n"
                                                  "1 B > A tcp SYN ack 1 mss 1400\n"
                                                  "2 A > B tcp 1:11 ack 1\n"
                                                  "3 B > A tcp ack 11 sack 21:31,41:51\n");
  const Datagram syn = decoded(trace.frames[0]).datagrams[0];
  const Datagram syn_ack = decoded(trace.frames[1]).datagrams[0];
  const Datagram data = decoded(trace.frames[2]).datagrams[0];
  const Datagram ack = decoded(trace.frames[3]).datagrams[0];
  EXPECT_EQ(syn.tcp.mss, 1460);
  EXPECT_TRUE(syn.tcp.sack_permitted);
  EXPECT_EQ(syn.tcp.window_scale, 7);
  EXPECT_FALSE(syn.tcp.has(tcp_flag::ack));
  EXPECT_EQ(syn_ack.tcp.acknowledgment, syn.tcp.end());
  EXPECT_EQ(data.tcp.sequence, syn.tcp.end());
  EXPECT_EQ(ack.tcp.acknowledgment, data.tcp.end());
  EXPECT_EQ(ack.tcp.sequence, syn_ack.tcp.end());
  ASSERT_EQ(ack.tcp.sack_count, 2);
  EXPECT_EQ(SequenceNumber::distance(data.tcp.sequence, ack.tcp.sacks[0].left), 20);
}

TEST(TraceLanguage, HintsQuoteTheDatagramThatWasSent) {
  const std::string sent = "0 A > B tcp 1:1449 df 1500\n";
  const Observation seen = last(sent + "1 R > A frag_needed mtu 1446 [A > B tcp 1:1449 1500]\n");
  ASSERT_EQ(seen.quote_count, 1);
  const Observation original = last(sent);
  EXPECT_EQ(seen.datagrams[0].icmp.type, 3);
  EXPECT_EQ(seen.datagrams[0].icmp.rest, 1446U);
  EXPECT_EQ(seen.quotes[0].identification, original.datagrams[0].identification);
  EXPECT_EQ(seen.quotes[0].sequence, original.datagrams[0].tcp.sequence);
  EXPECT_EQ(seen.quotes[0].length, DatagramLength{1500});
  EXPECT_EQ(seen.quotes[0].quoted_bytes, 548);
}

TEST(TraceLanguage, QuotationsCanBeSpoiled) {
  const std::string sent = "0 A > B tcp 1:1449 df 1500\n1 R > A frag_needed mtu 1446 ";
  const Observation shortened = last(sent + "[A > B tcp 1:1449 1500] quote 28\n");
  EXPECT_EQ(shortened.quotes[0].quoted_bytes, 28);
  EXPECT_TRUE(shortened.quotes[0].has_sequence);
  EXPECT_FALSE(last(sent + "[A > B tcp 1:1449 1500] quote_nodf\n").quotes[0].dont_fragment);
  EXPECT_EQ(last(sent + "[#1] quote_length 548\n").quotes[0].length, DatagramLength{548});
  const Observation extended = last(sent + "[#1] quote 128 rfc4884\n");
  EXPECT_EQ(extended.datagrams[0].icmp.rest & 0xffffU, 1446U);
  EXPECT_EQ(extended.datagrams[0].icmp.rest >> 16U, 32U);
}

TEST(TraceLanguage, SpeaksIpv6) {
  const Observation seen = last(
      "0 A6 > B6 tcp 1:1429 1500 ts 1/1\n"
      "1 R6 > A6 packet_too_big mtu 1446 [A6 > B6 tcp 1:1429 1500]\n");
  EXPECT_EQ(seen.datagrams[0].version, IpVersion::v6);
  EXPECT_EQ(seen.datagrams[0].icmp.type, 2);
  EXPECT_EQ(seen.datagrams[0].icmp.rest, 1446U);
  ASSERT_EQ(seen.quote_count, 1);
  EXPECT_EQ(seen.quotes[0].length, DatagramLength{1500});
  EXPECT_EQ(last("0 A6 > B6 udp 1400 frag 0\n").datagrams[0].has_fragment_header, true);
}

TEST(TraceLanguage, CarriesUdpEchoAndFragments) {
  const Observation udp = last("0 A > B udp 1400 nodf\n");
  EXPECT_EQ(udp.datagrams[0].transport, TransportKind::udp);
  EXPECT_EQ(udp.datagrams[0].length, DatagramLength{1400});
  EXPECT_FALSE(udp.datagrams[0].dont_fragment);
  EXPECT_EQ(last("0 A:7 > B:0 echo_request seq 2 df 1500\n").datagrams[0].icmp.identifier, 7);
  const Observation fragment = last("0 A > B udp 1396 frag 1376 more\n");
  EXPECT_TRUE(fragment.datagrams[0].more_fragments);
  EXPECT_EQ(fragment.datagrams[0].fragment_offset, 1376);
  EXPECT_EQ(fragment.datagrams[0].length, DatagramLength{1396});
}

TEST(TraceLanguage, LinksVlansInterfacesAndCutsAreAsWritten) {
  const Observation tagged = last("0 A > B tcp 1:101 vlan 5.6 if 1\n");
  EXPECT_EQ(tagged.link.vlan, 5U << 16U | 6U);
  EXPECT_EQ(tagged.link.interface_id, 1U);
  EXPECT_EQ(tagged.link.destination_mac, 0x020000000003U);  // B is behind R
  const Observation cooked = last("link cooked2\n0 A > B tcp 1:101 out\n");
  EXPECT_EQ(cooked.link.direction, PacketDirection::outgoing);
  EXPECT_EQ(last("link raw\n0 A6 > B6 tcp 1:101\n").datagram_count, 1);
  EXPECT_EQ(last("link null\n0 A > B tcp 1:101\n").datagram_count, 1);
  EXPECT_EQ(last("link cooked\n0 A > B tcp 1:101\n").datagram_count, 1);
  const Observation cut = last("snaplen 96\n0 A > B tcp 1:1449 df 1500\n");
  EXPECT_EQ(cut.bytes.size(), 96U);
  EXPECT_EQ(cut.datagrams[0].length, DatagramLength{1500});
}

TEST(TraceLanguage, TunnelsNest) {
  const Observation plain = last("0 A > B tcp 1:101\n");
  const Observation gre = last("0 A > B tcp 1:101 via R > B gre nodf\n");
  EXPECT_EQ(to_string(gre.datagrams[0].source), "10.1.0.1");
  EXPECT_EQ(gre.datagrams[0].protocol, 47);
  EXPECT_FALSE(gre.datagrams[0].dont_fragment);
  EXPECT_EQ(gre.datagrams[0].length.value(), plain.datagrams[0].length.value() + 20 + 4);
  const Observation twice = last("0 A > B tcp 1:101 via R > B ipip via A > R ipip\n");
  EXPECT_EQ(twice.datagrams[0].protocol, 4);
  EXPECT_EQ(twice.datagrams[0].length.value(), plain.datagrams[0].length.value() + 2 * 20);
}

TEST(TraceLanguage, RepeatsAFrameElsewhere) {
  const Observation again = last("0 A > B tcp 1:101 id 9\n0.00001 again #1 ttl 63 if 1 vlan 7\n");
  EXPECT_EQ(again.datagrams[0].identification, 9U);
  EXPECT_EQ(again.datagrams[0].ttl, 63);
  EXPECT_EQ(again.link.interface_id, 1U);
}

TEST(TraceLanguage, StreamsFillTheSegments) {
  const Trace trace = parse_trace("language", std::string(kHead) +
                                                  "stream A > B server_hello certificate=3000\n"
                                                  "0 A > B tcp 1:96\n"
                                                  "1 A > B tcp 96:1000\n"
                                                  "2 A > B tcp 96:500\n");
  EXPECT_EQ(trace.frames[0].bytes[54], 22);
  EXPECT_EQ(trace.frames[0].bytes[59], 2);
  EXPECT_EQ(trace.frames[1].bytes[59], 11);
  EXPECT_EQ(trace.frames[2].bytes[59], 11);
}

TEST(TraceLanguage, LengthZeroIsOffload) {
  EXPECT_TRUE(last("0 A > B tcp 1:3001 length0\n").datagrams[0].length_unknown);
}

TEST(TraceLanguage, ExpectationsKeepTheirMembers) {
  const Trace trace =
      parse_trace("language", std::string(kHead) +
                                  "0.9 A > B tcp 1:1449 df 1500 => ignored_hint hint=#2 excess=54 !honoured\n"
                                  "verdict A > B ignoring|probably_ignoring mark=1\n"
                                  "accuse nothing\n");
  const auto& expected = trace.frames[0].expected;
  ASSERT_EQ(expected.size(), 2U);
  EXPECT_EQ(expected[0].kinds, std::vector{FindingKind::ignored_hint});
  EXPECT_EQ(expected[0].members.at("hint"), "#2");
  EXPECT_TRUE(expected[1].absent);
  ASSERT_EQ(trace.rows.size(), 1U);
  EXPECT_EQ(trace.rows[0].verdicts.size(), 2U);
  EXPECT_EQ(trace.rows[0].flow.source_port, 443);
  EXPECT_TRUE(trace.accuse_nothing);
}

TEST(TraceLanguage, MistakesNameTheirLine) {
  EXPECT_NE(error_of("0 A > C tcp 1:2\n").find("line 9: no host is called 'C'"), std::string::npos);
  EXPECT_NE(error_of("0 A > B tcp 1:1449 df 1480\n").find("does not fit"), std::string::npos);
  EXPECT_NE(error_of("0 A > B tcp 1:1449 df 1489\n").find("options"), std::string::npos);
  EXPECT_NE(error_of("0 A > B tcp 1:2 => no_such_finding\n").find("no finding"), std::string::npos);
  EXPECT_NE(error_of("verdict A > B guilty\n").find("no verdict"), std::string::npos);
  EXPECT_NE(error_of("prefer colour 3\n").find("no preference"), std::string::npos);
  EXPECT_THROW((void)parse_trace("bare", "host A 10.0.0.1\n"), std::runtime_error);
}

TEST(TraceLanguage, WritesOneInterfaceForEachLinkTypeAndNumber) {
  const Trace trace = parse_trace("language", std::string(kHead) +
                                                  "0 A > B tcp 1:2\n"
                                                  "1 A > B tcp 1:2 if 3\n"
                                                  "link raw\n"
                                                  "2 A > B tcp 1:2\n");
  std::ostringstream out;
  write_capture_file(trace, out);
  const std::string bytes = out.str();
  std::size_t interfaces = 0;
  std::size_t packets = 0;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    const auto u32 = [&](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) |
             static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8U;
    };
    interfaces += u32(at) == 1 ? 1 : 0;
    packets += u32(at) == 6 ? 1 : 0;
    ASSERT_GE(u32(at + 4), 12U);
    at += u32(at + 4);
  }
  EXPECT_EQ(interfaces, 3U);
  EXPECT_EQ(packets, 3U);
}

}  // namespace
}  // namespace pmtu::test
