// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/report.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "pmtu/observation.h"

namespace pmtu {
namespace {

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  const std::array<std::uint8_t, 4> bytes{a, b, c, d};
  return IpAddress::from_v4(bytes.data());
}

IpAddress v6(std::uint8_t last) {
  std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
  bytes[15] = last;
  return IpAddress::from_v6(bytes.data());
}

ConversationRow row(Verdict verdict) {
  ConversationRow row;
  row.id = ConversationId{0};
  row.flow = {{v4(10, 1, 0, 10), v4(10, 2, 0, 20)}, 443, 40443, ip_protocol::tcp};
  row.verdict = verdict;
  row.reason = "the reason";
  row.largest_datagram = DatagramLength{1500};
  row.first_frame = FrameNumber{1};
  row.last_frame = FrameNumber{27};
  return row;
}

ConversationRow ignoring() {
  ConversationRow told = row(Verdict::ignoring);
  told.path_mtu = Mtu{1446};
  told.hints = 2;
  told.ignored_packets = 6;
  told.ignored_bytes = 9000;
  told.stall = Duration::milliseconds(13'090);
  told.reporter = v4(10, 1, 0, 1);
  told.sender_hops = 0;
  told.delivered = Delivery::yes;
  told.recommended = recommend(Mtu{1446});
  told.stage = Stage::tls_certificate;
  told.hint_frames = {FrameNumber{7}, FrameNumber{9}};
  return told;
}

Summary summary_of(const ConversationRow& row) {
  Summary summary;
  summary.coverage.frames = 27;
  summary.coverage.datagrams = 25;
  summary.coverage.any_icmp = true;
  summary.conversations.push_back(row);
  return summary;
}

std::string report_of(const ConversationRow& row) {
  return write_report(summary_of(row), {});
}

bool says(const std::string& report, const std::string& text) {
  return report.find(text) != std::string::npos;
}

TEST(EvidenceFilter, FindsBothDirectionsAndTheHints) {
  EXPECT_EQ(evidence_filter(ignoring()),
            "(ip.addr == 10.1.0.10 && ip.addr == 10.2.0.20 && tcp.port == 443 && tcp.port == 40443) || "
            "frame.number "
            "in {7, 9}");
}

TEST(EvidenceFilter, UsesTheFieldsOfTheProtocol) {
  ConversationRow other = row(Verdict::compliant);
  other.flow = {{v6(1), v6(2)}, 5000, 53, ip_protocol::udp};
  EXPECT_EQ(evidence_filter(other),
            "(ipv6.addr == 2001:db8::1 && ipv6.addr == 2001:db8::2 && udp.port == 5000 && udp.port == 53)");
  other.flow = {{v4(10, 1, 0, 10), v4(10, 2, 0, 20)}, 77, 77, ip_protocol::icmp};
  EXPECT_TRUE(says(evidence_filter(other), "icmp.ident == 77"));
}

TEST(EvidenceFilter, ListsNoMoreFramesThanCanBePasted) {
  ConversationRow many = ignoring();
  many.hint_frames.clear();
  for (std::uint32_t frame = 1; frame <= 1000; ++frame) many.hint_frames.emplace_back(frame);
  EXPECT_LT(evidence_filter(many).size(), 500U);
}

TEST(Report, TellsTheVendorWhatTheSenderWasToldAndDid) {
  const std::string report = report_of(ignoring());
  EXPECT_TRUE(
      says(report,
           "Frame 7 (ICMP Destination Unreachable, Fragmentation Needed (type 3 code 4) from 10.1.0.1) told "
           "10.1.0.10 that the next hop takes 1446 bytes."));
  EXPECT_TRUE(says(report, "6 DF datagrams of up to 1500 bytes (9000 bytes in all)"));
  EXPECT_TRUE(says(report, "RFC 1191 section 3"));
  EXPECT_TRUE(says(report, "nstat -az TcpExtOutOfWindowIcmps"));
  EXPECT_TRUE(says(report, "ip route get 10.2.0.20"));
  EXPECT_TRUE(says(report, "net.ipv4.ip_no_pmtu_disc"));
  EXPECT_TRUE(says(report, "TLS handshake: Certificate"));
}

TEST(Report, GivesTheNetworkTeamCommandsForEachSystem) {
  const std::string report = report_of(ignoring());
  EXPECT_TRUE(says(report, "10.1.0.1 acted correctly"));
  EXPECT_TRUE(says(report, "-j TCPMSS --set-mss 1406"));
  EXPECT_TRUE(says(report, "maxseg size set 1386"));
  EXPECT_TRUE(says(report, "ip tcp adjust-mss 1406"));
  EXPECT_TRUE(says(report, "set security flow tcp-mss all-tcp mss 1406"));
  EXPECT_TRUE(says(report, "ip route add 10.2.0.20/32 via GATEWAY mtu 1446"));
  EXPECT_TRUE(says(report, "netsh interface ipv4 set subinterface \"INTERFACE\" mtu=1446"));
  EXPECT_TRUE(says(report, "ping -M do -c 3 -s 1418 10.2.0.20"));
}

TEST(Report, GivesAOneLinerThatCutsTheEvidence) {
  const ConversationRow told = ignoring();
  EXPECT_TRUE(
      says(report_of(told), "tshark -r CAPTURE -Y '" + evidence_filter(told) + "' -w evidence.pcapng"));
}

TEST(Report, SpeaksIpv6ToIpv6) {
  ConversationRow told = ignoring();
  told.flow.path = {v6(1), v6(2)};
  const std::string report = report_of(told);
  EXPECT_TRUE(says(report, "RFC 8201 section 4"));
  EXPECT_TRUE(says(report, "ICMPv6 Packet Too Big (type 2)"));
  EXPECT_TRUE(says(report, "ping -6 -M do -c 3 -s 1398 2001:db8::2"));
  EXPECT_TRUE(says(report, "[2001:db8::1]:443"));
  EXPECT_FALSE(says(report, "RFC 1191"));
}

TEST(Report, OffersNoMssForUdp) {
  ConversationRow told = ignoring();
  told.flow.protocol = ip_protocol::udp;
  const std::string report = report_of(told);
  EXPECT_FALSE(says(report, "TCPMSS"));
  EXPECT_TRUE(says(report, "mtu 1446"));
}

TEST(Report, ProbablyIgnoringSaysThatSeenIsNotDelivered) {
  ConversationRow told = ignoring();
  told.verdict = Verdict::probably_ignoring;
  told.delivered = Delivery::unknown;
  told.sender_hops = 2;
  const std::string report = report_of(told);
  EXPECT_TRUE(says(report, "### What this capture cannot tell"));
  EXPECT_TRUE(says(report, "seen is not delivered. The capture was taken 2 hops from the sender"));
  EXPECT_TRUE(says(report, "capture on its own interface"));
  EXPECT_FALSE(says(report, "The capture shows that the hint reached the sender."));
}

TEST(Report, AnUnknownPathMtuYieldsNoInventedValues) {
  ConversationRow told = ignoring();
  told.path_mtu.reset();
  told.recommended = {};
  const std::string report = report_of(told);
  EXPECT_FALSE(says(report, "--set-mss"));
  EXPECT_FALSE(says(report, "mtu="));
  EXPECT_TRUE(says(report, "tracepath -n 10.2.0.20"));
  EXPECT_TRUE(says(report, "The path MTU: the router named none."));
}

TEST(Report, UndeliverableHintsExonerateTheSender) {
  const std::string report = report_of(row(Verdict::hint_undeliverable));
  EXPECT_TRUE(says(report, "The sender is right."));
  EXPECT_TRUE(says(report, "RFC 5508 section 4.2"));
}

TEST(Report, ABlackHoleWithoutAnyIcmpNamesTheCaptureFilter) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{1266}, DatagramLength{1500}};
  lost.recommended = recommend(Mtu{1266});
  Summary summary = summary_of(lost);
  summary.coverage.any_icmp = false;
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(
      report, "Datagrams of 1500 bytes vanish between 10.1.0.10 and 10.2.0.20, 1266 bytes get through."));
  EXPECT_TRUE(says(report, "a capture filter may have left it out"));
  EXPECT_TRUE(says(report, "it is below 1500 and at least 1266"));
  EXPECT_TRUE(says(report, "the largest datagram that is known to get through; the path may take more"));
  summary.coverage.any_icmp = true;
  EXPECT_FALSE(says(write_report(summary, {}), "a capture filter may have left it out"));
}

TEST(Report, TheReceiverSideAsksForACaptureAtTheSender) {
  const std::string report = report_of(row(Verdict::black_hole_receiver));
  EXPECT_TRUE(says(report, "This capture was taken at the receiver"));
  EXPECT_TRUE(says(report, "Capture at 10.1.0.10 as well"));
}

TEST(Report, ComplianceIsListedWithoutAdvice) {
  const std::string report = report_of(row(Verdict::compliant));
  EXPECT_TRUE(says(report, "## Conversations that need no action"));
  EXPECT_FALSE(says(report, "### For the vendor"));
}

TEST(Report, TheTimelineTellsFindingsOfItsConversationByFrame) {
  Finding own;
  own.frame = FrameNumber{14};
  own.kind = FindingKind::ignored_hint;
  own.severity = Severity::error;
  own.conversation = ConversationId{0};
  own.length = DatagramLength{1500};
  own.dont_fragment = true;
  own.path_mtu = Mtu{1446};
  own.hint_frame = FrameNumber{7};
  own.since_hint = Duration::milliseconds(206);
  own.proof = Proof::causal;
  Finding other = own;
  other.frame = FrameNumber{15};
  other.conversation = ConversationId{5};
  const std::vector<Finding> findings{own, other};
  const std::string report = write_report(summary_of(ignoring()), findings);
  EXPECT_TRUE(
      says(report, "- frame 14, error: 1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54"));
  EXPECT_TRUE(says(report, "Proof: causal"));
  EXPECT_FALSE(says(report, "- frame 15"));
}

TEST(Report, LongTimelinesAndManyConversationsAreCappedAndSaySo) {
  std::vector<Finding> findings(100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    findings[i].frame = FrameNumber{i + 1};
    findings[i].conversation = ConversationId{0};
  }
  EXPECT_TRUE(says(write_report(summary_of(ignoring()), findings), "... 80 more ..."));

  Summary many;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    many.conversations.push_back(ignoring());
    many.conversations.back().id = ConversationId{i};
  }
  const std::string report = write_report(many, {});
  EXPECT_TRUE(says(report, "10000 directions of conversations have a verdict: 10000 ignoring."));
  EXPECT_TRUE(says(report, "- and 9780 more"));
  EXPECT_LT(report.size(), 200'000U);
}

TEST(Report, SilenceIsSaidToo) {
  Summary nothing;
  nothing.coverage.frames = 10;
  EXPECT_TRUE(
      says(write_report(nothing, {}), "No conversation has anything to say about path-MTU discovery."));
}

TEST(Report, WhatCouldNotBeReadIsCounted) {
  Summary summary;
  summary.coverage.opaque_frames = 3;
  summary.coverage.offload = true;
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(report, "- 3 frames have a link type that is not read"));
  EXPECT_TRUE(says(report, "segmentation offload"));
}

}  // namespace
}  // namespace pmtu
