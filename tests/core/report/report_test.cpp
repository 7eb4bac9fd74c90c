// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/report.h"

#include <gtest/gtest.h>

#include <algorithm>
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
  told.smallest_ignored = DatagramLength{1500};
  told.largest_ignored = DatagramLength{1500};
  told.stall = Duration::milliseconds(13'090);
  told.reporter = v4(10, 1, 0, 1);
  told.sender_hops = 0;
  told.delivered = Delivery::yes;
  told.recommended = recommend(Mtu{1446});
  told.stage = Stage::tls_certificate;
  told.hint_frames = {FrameNumber{7}, FrameNumber{9}};
  return told;
}

/// Of the conversation that `row` makes.
Finding finding_of(FindingKind kind) {
  Finding finding;
  finding.kind = kind;
  finding.conversation = ConversationId{0};
  return finding;
}

/// No sender of IPv6 goes by such a hint (RFC 8201 section 4).
Finding refused_below_ipv6() {
  Finding refused = finding_of(FindingKind::hint_invalid);
  refused.hint_status = HintStatus::invalid;
  refused.hint_mtu = Mtu{1200};
  refused.remark = HintRemark::mtu_below_minimum;
  refused.reporter = v6(9);
  return refused;
}

Finding one_way_clamp() {
  Finding clamp = finding_of(FindingKind::mss_clamped_one_way);
  clamp.frame = FrameNumber{9};
  clamp.count = 1460;
  return clamp;
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
  return write_report(summary_of(row), {}, {});
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
           "frame 7 (ICMP Destination Unreachable, Fragmentation Needed (type 3 code 4) from 10.1.0.1) told "
           "10.1.0.10 that the next hop takes 1446 bytes."));
  EXPECT_TRUE(says(report, "the sender sent 6 DF datagrams of 1500 bytes, 9000 bytes in all"));
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
  EXPECT_TRUE(says(report, "maxseg size set 1406"));
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
  EXPECT_TRUE(
      says(report, "Whether the hint reached the sender. The capture was taken 2 hops from the sender"));
  EXPECT_TRUE(says(report, "capture on its own interface"));
  EXPECT_FALSE(says(report, "the capture shows that the hint reached the sender"));
}

TEST(Report, AnUnknownPathMtuYieldsNoInventedValues) {
  ConversationRow told = ignoring();
  told.path_mtu.reset();
  told.recommended = {};
  const std::string report = report_of(told);
  EXPECT_FALSE(says(report, "--set-mss"));
  EXPECT_FALSE(says(report, "mtu="));
  EXPECT_TRUE(says(report, "tracepath -n 10.2.0.20"));
  EXPECT_TRUE(says(report, "The path MTU: the hint named none."));
}

TEST(Report, UndeliverableHintsExonerateTheSender) {
  Finding untranslated;
  untranslated.kind = FindingKind::hint_unmatched;
  untranslated.conversation = ConversationId{0};
  untranslated.hint_status = HintStatus::unmatched;
  untranslated.remark = HintRemark::bytes_never_sent;
  const std::vector<Finding> findings{untranslated};
  const std::string report = write_report(summary_of(row(Verdict::hint_undeliverable)), findings, {});
  EXPECT_TRUE(says(report, "It did nothing wrong."));
  EXPECT_TRUE(says(report, "the quoted bytes were never sent"));
  EXPECT_TRUE(says(report, "RFC 5508 section 4.2"));
}

TEST(Report, AHintBelowTheMinimumOfIpv6IsAMatterOfTheLink) {
  const std::vector<Finding> findings{refused_below_ipv6()};
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.flow.path = {v6(1), v6(2)};
  lost.bracket = {DatagramLength{1125}, DatagramLength{1500}};
  ConversationRow undeliverable = row(Verdict::hint_undeliverable);
  undeliverable.flow.path = lost.flow.path;
  for (const ConversationRow& told : {lost, undeliverable})
    EXPECT_TRUE(says(write_report(summary_of(told), findings),
                     "section 5): find out whether the one that 2001:db8::9 speaks of does"));
  EXPECT_FALSE(says(write_report(summary_of(lost), findings), "has to report what its next hop takes"));
}

TEST(Report, ABlackHoleWithoutAnyIcmpNamesTheCaptureFilter) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{1266}, DatagramLength{1500}};
  lost.recommended = recommend(Mtu{1266});
  Summary summary = summary_of(lost);
  summary.coverage.any_icmp = false;
  const std::string report = write_report(summary, {}, {});
  EXPECT_TRUE(says(
      report, "Datagrams of 1500 bytes are lost between 10.1.0.10 and 10.2.0.20; 1266 bytes get through."));
  EXPECT_TRUE(says(report, "a capture filter may have left it out"));
  EXPECT_TRUE(says(report, "it is below 1500 and at least 1266"));
  EXPECT_TRUE(
      says(report, "the largest datagram that is known to get through, 1266 bytes; the path may take more"));
  summary.coverage.any_icmp = true;
  EXPECT_FALSE(says(write_report(summary, {}, {}), "a capture filter may have left it out"));
}

TEST(Report, TheReceiverSideAsksForACaptureAtTheSender) {
  const std::string report = report_of(row(Verdict::black_hole_receiver));
  EXPECT_TRUE(says(report, "What was captured lies behind the loss"));
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
  const std::string report = write_report(summary_of(ignoring()), findings, {});
  EXPECT_TRUE(
      says(report, "- frame 14, error: 1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54"));
  EXPECT_TRUE(says(report, "proof: causal"));
  EXPECT_FALSE(says(report, "- frame 15"));
}

TEST(Report, LongTimelinesAndManyConversationsAreCappedAndSaySo) {
  std::vector<Finding> findings(100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    findings[i].frame = FrameNumber{i + 1};
    findings[i].conversation = ConversationId{0};
  }
  EXPECT_TRUE(says(write_report(summary_of(ignoring()), findings, {}), "also in frames 3, 4,"));

  Summary many;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    many.conversations.push_back(ignoring());
    many.conversations.back().id = ConversationId{i};
  }
  const std::string report = write_report(many, {}, {});
  EXPECT_TRUE(
      says(report, "10.1.0.10 ignores the path MTU 1446 that 10.1.0.1 reported: 10000 conversations."));
  EXPECT_TRUE(says(report, "- and 9800 more"));
  EXPECT_LT(report.size(), 200'000U);
}

TEST(Report, BeginsWithTheConclusion) {
  const std::string report = report_of(ignoring());
  EXPECT_EQ(
      report.rfind(
          "# Path-MTU evidence report\n\n> 10.1.0.10 ignores the path MTU 1446 that 10.1.0.1 reported: 1 "
          "conversation. ",
          0),
      0U);
  EXPECT_LT(report.find("Until then clamp the TCP MSS to 1406."), report.find("\n## "));
  EXPECT_LT(report.find("> Proved: the capture shows that the hint reached the sender"),
            report.find("\n## "));
}

Finding mark(std::uint32_t frame, std::uint32_t hint, std::uint32_t mtu, std::uint32_t length) {
  Finding finding;
  finding.frame = FrameNumber{frame};
  finding.kind = FindingKind::ignored_hint;
  finding.severity = Severity::error;
  finding.conversation = ConversationId{0};
  finding.length = DatagramLength{length};
  finding.dont_fragment = true;
  finding.path_mtu = Mtu{mtu};
  finding.hint_frame = FrameNumber{hint};
  finding.since_hint = Duration::milliseconds(300);
  finding.proof = Proof::rtt;
  return finding;
}

TEST(Report, SpeaksOfTheHintThatTheDatagramsIgnored) {
  // 1446 was honoured; 1300, reported later and by another router, was not: by datagrams of 1446.
  ConversationRow told = ignoring();
  told.largest_datagram = DatagramLength{1500};
  told.ignored_packets = 2;
  Finding second_hint;
  second_hint.frame = FrameNumber{20};
  second_hint.conversation = ConversationId{0};
  second_hint.hint_status = HintStatus::valid;
  second_hint.hint_mtu = Mtu{1300};
  second_hint.reporter = v4(10, 1, 9, 9);
  const std::vector<Finding> findings{second_hint, mark(21, 20, 1300, 1446), mark(22, 20, 1300, 1446)};
  const std::string report = write_report(summary_of(told), findings, {});
  EXPECT_TRUE(says(report, "10.1.0.10 ignores the path MTU 1300 that 10.1.9.9 reported"));
  EXPECT_TRUE(says(report, "frame 20 (ICMP"));
  EXPECT_TRUE(says(report, "2 DF datagrams of 1446 bytes, 2892 bytes in all"));
  EXPECT_TRUE(says(report, "--set-mss 1260"));
  EXPECT_FALSE(says(report, "DF datagrams of 1500"));
}

Finding hint_received(std::uint32_t frame, std::uint32_t mtu, const IpAddress& reporter) {
  Finding finding;
  finding.frame = FrameNumber{frame};
  finding.conversation = ConversationId{0};
  finding.hint_status = HintStatus::valid;
  finding.hint_mtu = Mtu{mtu};
  finding.reporter = reporter;
  return finding;
}

TEST(Report, TellsOfSeveralMtusOfOneReporterTogetherAndInOrder) {
  ConversationRow told = ignoring();
  told.path_mtu = Mtu{1300};
  told.ignored_packets = 4;
  const IpAddress gateway = v4(10, 1, 0, 1);
  const std::vector<Finding> findings{hint_received(7, 1446, gateway), mark(8, 7, 1446, 1500),
                                      mark(9, 7, 1446, 1500),          hint_received(10, 1400, gateway),
                                      mark(11, 10, 1400, 1500),        hint_received(12, 1300, gateway),
                                      mark(13, 12, 1300, 1446)};
  const std::string report = write_report(summary_of(told), findings, {});
  EXPECT_TRUE(
      says(report, "10.1.0.10 ignores the path MTUs 1446, 1400 and 1300 that 10.1.0.1 reported: 1 c"));
  EXPECT_TRUE(says(report, "4 DF datagrams of 1446 to 1500 bytes after the hints in frames 7, 10 and 12"));
  EXPECT_TRUE(says(report,
                   "told 10.1.0.10 that the next hop takes 1446 bytes, frame 10 that it takes 1400, "
                   "frame 12 that it takes 1300. After the first of these the sender sent 4 DF"));
  EXPECT_TRUE(says(report,
                   "- told 1446 in frame 7: then 2 DF datagrams of 1500 bytes, frames 8 and 9\n"
                   "- told 1400 in frame 10: then 1 DF datagram of 1500 bytes, frame 11\n"
                   "- told 1300 in frame 12: then 1 DF datagram of 1446 bytes, frame 13\n"));
  EXPECT_TRUE(says(report, "It named 1446, 1400 and 1300 bytes, in this order"));
  EXPECT_TRUE(says(report, "--set-mss 1260"));
  EXPECT_FALSE(says(report, "## 2."));
}

TEST(Report, EachReporterHasItsOwnSection) {
  ConversationRow told = ignoring();
  told.ignored_packets = 2;
  const std::vector<Finding> findings{hint_received(7, 1446, v4(10, 1, 0, 1)), mark(8, 7, 1446, 1500),
                                      hint_received(10, 1400, v4(10, 1, 9, 9)), mark(11, 10, 1400, 1500)};
  const std::string report = write_report(summary_of(told), findings, {});
  EXPECT_TRUE(says(report, "the path MTU 1446 that 10.1.0.1 reported"));
  EXPECT_TRUE(says(report, "the path MTU 1400 that 10.1.9.9 reported"));
  EXPECT_TRUE(says(report, "## 2."));
}

TEST(Report, GivesEachAdviceOnce) {
  Summary summary = summary_of(ignoring());
  for (std::uint8_t i = 1; i < 4; ++i) {
    summary.conversations.push_back(ignoring());
    summary.conversations.back().id = ConversationId{i};
    if (i == 3) summary.conversations.back().reporter = v4(10, 1, 0, 2);
  }
  const std::string report = write_report(summary, {}, {});
  EXPECT_TRUE(
      says(report, "## 1. 10.1.0.10 ignores the path MTU 1446 that 10.1.0.1 reported: 3 conversations"));
  EXPECT_TRUE(
      says(report, "## 2. 10.1.0.10 ignores the path MTU 1446 that 10.1.0.2 reported: 1 conversation"));
  EXPECT_EQ(report.find("nstat -az TcpExt"), report.rfind("nstat -az TcpExt"));
  EXPECT_TRUE(says(report, "The same as for 1."));
}

/// Conversations of as many senders with the worst first, all told by one router.
Summary told_at_once(Verdict verdict, std::uint8_t senders) {
  ConversationRow told = ignoring();
  told.verdict = verdict;
  Summary summary = summary_of(told);
  for (std::uint8_t i = 1; i < senders; ++i) {
    told.id = ConversationId{i};
    told.flow.path.source = v4(10, 1, 0, static_cast<std::uint8_t>(100 + i));
    told.flow.path.destination = v4(10, 2, 0, static_cast<std::uint8_t>(200 + i));
    summary.conversations.push_back(told);
  }
  return summary;
}

TEST(Report, GivesTheAdviceForManySendersOnce) {
  const std::string report = write_report(told_at_once(Verdict::ignoring, 2), {}, {});
  EXPECT_TRUE(says(report, "## 2. 10.1.0.101 ignores"));
  EXPECT_EQ(report.find("--set-mss 1406"), report.rfind("--set-mss 1406"));
  EXPECT_TRUE(says(report, "The same as for 1, with 10.1.0.101 for 10.1.0.10 and 10.2.0.201 for 10.2.0.20."));
}

TEST(Report, TheConclusionSpeaksOfAllSenders) {
  EXPECT_FALSE(says(write_report(told_at_once(Verdict::ignoring, 1), {}, {}), "The table below"));
  const std::string proved = write_report(told_at_once(Verdict::ignoring, 4), {}, {});
  EXPECT_TRUE(says(proved, "The table below has more: 3 conversations of 3 senders."));
  EXPECT_FALSE(says(proved, "at once")) << "each of them is known to have got its hint";
  EXPECT_FALSE(says(write_report(told_at_once(Verdict::probably_ignoring, 2), {}, {}), "at once"));
  EXPECT_TRUE(
      says(write_report(told_at_once(Verdict::probably_ignoring, 3), {}, {}),
           "3 senders at once did not follow hints of 10.1.0.1: that speaks for a filter on the way"));
}

TEST(Report, AdvisesTheLowestMtuOfThoseThatWereHeard) {
  // Of two hints this group is about the first; the path takes no more than the second says.
  ConversationRow told = ignoring();
  told.path_mtu = Mtu{1390};
  const std::vector<Finding> findings{mark(10, 7, 1446, 1500), mark(21, 20, 1390, 1500)};
  const std::string report = write_report(summary_of(told), findings, {});
  EXPECT_TRUE(says(report, "Until then clamp the TCP MSS to 1350."));
  EXPECT_FALSE(says(report, "--set-mss 1406"));
  EXPECT_FALSE(says(report, "The table below has more")) << "it is one conversation";
}

TEST(Report, TellsOfHintsThatNoSenderMayGoBy) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket.lost = DatagramLength{1500};
  Finding hint;
  hint.frame = FrameNumber{9};
  hint.kind = FindingKind::hint_invalid;
  hint.conversation = ConversationId{0};
  hint.remark = HintRemark::mtu_not_below_datagram;
  hint.hint_mtu = Mtu{1600};
  hint.reporter = v4(10, 1, 0, 1);
  const std::string report = write_report(summary_of(lost), std::vector{hint}, {});
  EXPECT_TRUE(says(report, "Hints do pass: 10.1.0.1 reports MTU 1600 (frame 9), but the MTU is not smaller"));
  EXPECT_TRUE(says(report, "> 10.1.0.1 has to report what its next hop takes, not 1600."));
  EXPECT_FALSE(says(report, "pass everywhere"));
}

TEST(Report, ASenderThatKeepsToItsHintWasToldSomething) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket.lost = DatagramLength{1400};
  lost.path_mtu = Mtu{1400};
  const std::string report = report_of(lost);
  EXPECT_TRUE(says(report, "The sender keeps to the path MTU 1400 that it was told, and nothing tells it"));
  EXPECT_FALSE(says(report, "was told nothing that it could use"));
}

TEST(Report, WhoObeysAndStallsNeedsSomebodyToAct) {
  // RFC 8200 section 5: every link takes 1280 bytes; RFC 8201 section 4: no sender goes below for a hint.
  ConversationRow told = row(Verdict::compliant);
  told.flow.path = {v6(1), v6(2)};
  told.path_mtu = Mtu{1280};
  told.stuck_obeying = StuckObeying{DatagramLength{1280}, 6, 0, HintRemark::none};
  Finding refused = refused_below_ipv6();
  refused.frame = FrameNumber{8};
  refused.severity = Severity::warn;
  const std::vector<Finding> findings{refused};
  // Nothing shows that it is a matter of size: the receiver may be gone.
  EXPECT_TRUE(says(write_report(summary_of(told), {}), "need no action"));
  told.stuck_obeying->refused_hints = 6;
  told.stuck_obeying->refusal = HintRemark::mtu_below_minimum;
  const std::string report = write_report(summary_of(told), findings);
  EXPECT_FALSE(says(report, "need no action"));
  EXPECT_FALSE(says(report, "Nothing to blame"));
  EXPECT_TRUE(says(report, "2001:db8::1 follows the path MTU 1280, and stalls all the same"));
  EXPECT_TRUE(says(report, "Every link that carries IPv6 has to take 1280 bytes, by fragmenting below IP"));
  EXPECT_TRUE(says(report, "2001:db8::9 reports MTU 1200 (frame 8)"));
  EXPECT_TRUE(says(report, "The sender did nothing wrong: it keeps to the path MTU 1280"));
  EXPECT_FALSE(says(report, "Until then"));  // nothing smaller can be set on hosts
}

TEST(Report, WhoObeysAndStallsComesBeforeThoseWhoNeedNothing) {
  ConversationRow stalls = row(Verdict::compliant);
  stalls.stuck_obeying = StuckObeying{DatagramLength{1446}, 3, 1, HintRemark::mtu_below_minimum};
  Summary summary = summary_of(row(Verdict::compliant));
  summary.conversations.push_back(row(Verdict::probing));
  summary.conversations.push_back(stalls);
  const std::string report = write_report(summary, {});
  EXPECT_LT(report.find("and stalls all the same"), report.find("need no action"));
  EXPECT_FALSE(says(report, "Nothing to blame"));
}

TEST(Report, NeverFoldsWhatSomebodyIsBlamedFor) {
  std::vector<Finding> findings;
  for (std::uint32_t frame = 101; frame <= 150; ++frame) findings.push_back(mark(frame, 7, 1446, 1500));
  const std::string report = write_report(summary_of(ignoring()), findings, {});
  for (std::uint32_t frame = 101; frame <= 150; ++frame)
    EXPECT_TRUE(says(report, std::to_string(frame))) << frame;
}

TEST(Report, SetsNoIpv6HostBelow1280) {
  ConversationRow told = ignoring();
  told.flow.path = {v6(1), v6(2)};
  told.path_mtu = Mtu{1252};
  ConversationRow lost = row(Verdict::black_hole_confirmed);
  lost.flow.path = {v6(1), v6(2)};
  lost.bracket = {DatagramLength{772}, DatagramLength{1500}};
  for (const ConversationRow& one : {told, lost}) {
    const std::string report = report_of(one);
    EXPECT_FALSE(says(report, "--set-mss"));
    EXPECT_FALSE(says(report, "mtu 1252")) << report;
    EXPECT_FALSE(says(report, "mtu 772"));
    EXPECT_FALSE(says(report, "iptables -t"));
  }
  EXPECT_TRUE(says(report_of(lost), "772 bytes passed, 1500 did not"));
}

TEST(Report, LowersNoInterfaceBelowWhatIpv6Needs) {
  ConversationRow told = ignoring();
  told.path_mtu = Mtu{1252};
  const std::string report = report_of(told);
  EXPECT_TRUE(says(report, "ip route add 10.2.0.20/32 via GATEWAY mtu 1252"));
  EXPECT_FALSE(says(report, "ip link set dev INTERFACE mtu"));
}

TEST(Report, ClaimsNothingOfASizeAboveABracket) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{1252}, DatagramLength{1500}};
  const std::string report = report_of(lost);
  EXPECT_TRUE(says(report, "this size should pass; larger ones may, too"));
  EXPECT_FALSE(says(report, "the second must not"));
  EXPECT_FALSE(says(report, "-s 1225"));
}

TEST(Report, DoubtsAReporterThatCannotBeARouter) {
  EXPECT_TRUE(says(report_of(ignoring()), "10.1.0.1 acted correctly"));
  ConversationRow own = ignoring();
  own.reporter = own.flow.path.source;
  EXPECT_TRUE(says(report_of(own), "no router sent it"));
  EXPECT_FALSE(says(report_of(own), "acted correctly"));
  ConversationRow border = ignoring();
  border.flow.path.source = v4(192, 0, 2, 7);
  EXPECT_TRUE(says(report_of(border), "10.1.0.1 is a private address, 192.0.2.7 is not"));
}

TEST(Report, TellsATunnelEndToMakeRoomInside) {
  ConversationRow told = ignoring();
  told.flow.protocol = 50;
  told.may_refuse_hints = true;
  const std::string report = report_of(told);
  EXPECT_TRUE(says(report, "Set the MTU of its interface on 10.1.0.10 to 1390 = 1446 - 20 (IPv4)"));
  EXPECT_TRUE(says(report, "clamp the MSS to 1350 (IPv4) and 1330 (IPv6)"));
  EXPECT_TRUE(says(report, "RFC 4301 section 6.1.1"));
  EXPECT_FALSE(says(report, "--set-mss"));
}

TEST(Report, TellsATunnelOfUnknownHeadersWhatItsOuterDatagramsMayTake) {
  ConversationRow told = ignoring();
  told.flow.protocol = 51;
  EXPECT_TRUE(says(report_of(told), "Set the MTU of the tunnel interface on 10.1.0.10"));
}

TEST(Report, TellsATunnelEndToNeedNoFragments) {
  ConversationRow lost = row(Verdict::fragments_lost);
  lost.flow.protocol = ip_protocol::udp;
  lost.flow.destination_port = 4789;
  lost.stage = Stage::udp_data;
  EXPECT_TRUE(says(report_of(lost), "that is 1450 = 1500 - 20 (IPv4)"));
  EXPECT_TRUE(says(report_of(lost), "RFC 7348 section 4.3"));
  lost.flow.destination_port = 51820;
  EXPECT_TRUE(says(report_of(lost), "that is 1440"));
  EXPECT_FALSE(says(report_of(lost), "VXLAN"));
  lost.flow.destination_port = 4500;
  lost.stage = Stage::ike;
  EXPECT_TRUE(says(report_of(lost), "RFC 7383"));
}

TEST(Report, NamesTheFilterThatMatchedNothing) {
  Provenance provenance;
  provenance.filter = "ip.addr == 192.0.2.1";
  const std::string report = write_report({}, {}, provenance);
  EXPECT_TRUE(says(report, "The filter `ip.addr == 192.0.2.1` matched no frame"));
  EXPECT_FALSE(says(report, "Nothing to blame"));
}

TEST(Report, SaysWhereItComesFrom) {
  const Provenance provenance{"a.pcapng", "00ff", Timestamp{0}, Timestamp{1'000'000'000},
                              "1.2",      "4.0",  "tcp"};
  const std::string report = write_report(summary_of(ignoring()), {}, provenance);
  for (const char* line :
       {"File: a.pcapng", "SHA-256: 00ff", "1970-01-01T00:00:00.000000Z to 1970-01-01T00:00:01.000000Z",
        "Display filter: tcp", "Path-MTU analyser: 1.2", "Wireshark: 4.0"})
    EXPECT_TRUE(says(report, line)) << line;
}

TEST(Report, ListsHintsOfWhichNothingElseWasCaptured) {
  Summary summary;
  summary.unseen_hints.push_back({FrameNumber{3},
                                  v4(10, 1, 0, 1),
                                  v4(10, 1, 0, 10),
                                  Mtu{1450},
                                  {{v4(10, 1, 0, 10), v4(10, 9, 9, 9)}, 443, 40443, ip_protocol::tcp}});
  summary.looked_at.hints = 1;
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(report, "> Cannot tell: 1 hint captured"));
  EXPECT_TRUE(says(report, "10.1.0.1 told 10.1.0.10 MTU 1450 for 10.1.0.10 -> 10.9.9.9: 1 hint, frame 3"));
  EXPECT_FALSE(says(report, "Nothing to blame"));
}

TEST(Report, SendsToTheFramesOfHintsThatNothingFollowsFrom) {
  Summary summary;
  summary.looked_at.directions = 2;
  summary.looked_at.hints = 9;
  EXPECT_TRUE(says(write_report(summary, {}), "9 hints were captured; the findings in their frames say why"));
  summary.unseen_hints.push_back({FrameNumber{3}, v4(10, 1, 0, 1), v4(10, 1, 0, 10), Mtu{1450}, {}});
  EXPECT_TRUE(says(write_report(summary, {}), "9 hints were captured; see below what came of them."));
}

TEST(Report, AHealthyCaptureGetsAPositiveStatement) {
  Summary summary;
  summary.coverage.frames = 41;
  summary.coverage.any_icmp = true;
  summary.looked_at.directions = 2;
  summary.looked_at.largest_acknowledged = DatagramLength{1500};
  summary.looked_at.smallest_mss = 1400;
  summary.looked_at.largest_mss = 1460;
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(report, "Nothing to blame"));
  EXPECT_TRUE(says(report, "in 2 directions of traffic (41 frames)"));
  EXPECT_TRUE(
      says(report,
           "The largest datagram that was acknowledged has 1500 bytes. The MSS options say 1400 to 1460. No "
           "hint was captured, although other ICMP was."));
}

TEST(Report, APositiveStatementSaysWhatItCannotTell) {
  Summary summary;
  summary.coverage.frames = 41;
  summary.looked_at.directions = 2;
  summary.looked_at.largest_acknowledged = DatagramLength{172};
  EXPECT_TRUE(says(write_report(summary, {}), "seen to be lost without a hint"));
  EXPECT_FALSE(says(write_report(summary, {}), "Cannot tell"));
  summary.looked_at.one_sided = 1;
  EXPECT_TRUE(says(write_report(summary, {}),
                   "Cannot tell for 1 direction of TCP, because the other direction, which acknowledges, was "
                   "not captured."));
  summary.looked_at.gaps = 2;
  EXPECT_TRUE(says(write_report(summary, {}),
                   "Cannot tell for 2 directions of TCP, because large datagrams were acknowledged that were "
                   "never captured."));
  summary.looked_at.rejected = 1;
  summary.looked_at.unanswered = 1;
  summary.looked_at.largest_unanswered = DatagramLength{9000};
  EXPECT_TRUE(says(write_report(summary, {}),
                   "of up to 9000 bytes, were never acknowledged, and nothing shows why."));
  EXPECT_TRUE(says(write_report(summary, {}),
                   "because an ICMP error other than \"packet too big\" quotes what was not acknowledged."));
}

TEST(Report, KnowsNoPathThatTheSnapshotLengthCutOff) {
  Summary summary;
  summary.unseen_hints.push_back({FrameNumber{3}, v4(10, 1, 0, 1), v4(10, 1, 0, 10), Mtu{1450}, {}});
  summary.looked_at.hints = 1;
  summary.coverage.truncated_frames = 1;
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(
      report,
      "10.1.0.1 told 10.1.0.10 MTU 1450 for a datagram that the snapshot length cut off: 1 hint, frame 3"));
  EXPECT_TRUE(
      says(report, "> Cannot tell: 1 hint captured, but the snapshot length cut off what they quote."));
  EXPECT_FALSE(says(report, "0.0.0.0"));
  EXPECT_FALSE(says(report, "No datagram of the paths"));
}

TEST(Report, APathTellsOfHintsThatCouldNotBeUsed) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.hints = 19;
  Summary summary = summary_of(lost);
  summary.paths.push_back({});
  summary.paths.back().path = lost.flow.path;
  EXPECT_TRUE(says(write_report(summary, {}), "| 19, none usable |"));
}

TEST(Report, AClampOfOneWayIsTheAdvice) {
  ConversationRow lost = row(Verdict::black_hole_receiver);
  lost.bracket = {DatagramLength{1065}, DatagramLength{1500}};
  const std::vector<Finding> findings{one_way_clamp()};
  const std::string report = write_report(summary_of(lost), findings, {});
  EXPECT_TRUE(says(report, "The MSS is clamped in one direction only: 10.2.0.20 announces 1460, unclamped"));
  EXPECT_TRUE(says(report, "MSS 1460 was not clamped on this way, that of the other side was"));
  EXPECT_LT(report.find("The MSS is clamped in one direction only"), report.find("\n## ")) << "no conclusion";
}

TEST(Report, AClampOfOneWayIsTheAdviceWhereHintsAreIgnored) {
  Finding clamp = one_way_clamp();
  clamp.related_frame = FrameNumber{2};
  const std::vector<Finding> findings{clamp};
  const std::string report = write_report(summary_of(ignoring()), findings, {});
  const std::string told = "10.1.0.10 sends by it; its own announcement (frame 2) is clamped.";
  const std::size_t in_the_conclusion = report.find(told);
  EXPECT_LT(in_the_conclusion, report.find("\n## "));
  EXPECT_NE(report.find(told, in_the_conclusion + 1), std::string::npos) << "nor for the network team";
}

TEST(Report, AHintThatDoesNotBindForbidsNothing) {
  ConversationRow told = row(Verdict::not_exercised);
  told.path_mtu = Mtu{1446};
  told.largest_datagram = DatagramLength{1500};
  EXPECT_TRUE(says(report_of(told), "10.1.0.10 is not held to the path MTU 1446"));
  told.largest_datagram = DatagramLength{1400};
  EXPECT_TRUE(says(report_of(told), "10.1.0.10 sent nothing that the path MTU 1446 would forbid"));
}

TEST(Report, OnOneLinkThereIsNoIcmpToBeHad) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{1500}, DatagramLength{9000}};
  lost.sender_hops = 0;
  lost.receiver_hops = 0;
  EXPECT_TRUE(says(report_of(lost), "No router lies between them"));
  lost.receiver_hops = 1;
  EXPECT_FALSE(says(report_of(lost), "No router lies between them"));
}

TEST(Report, OnOneLinkASizeOfEthernetMayBeLostInATunnel) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{500}, DatagramLength{1500}};
  lost.sender_hops = lost.receiver_hops = 0;
  EXPECT_TRUE(says(report_of(lost), "or a tunnel that hides its hops"));
  EXPECT_FALSE(says(report_of(lost), "no ICMP is to be had"));
  lost.bracket.lost = DatagramLength{1501};
  EXPECT_TRUE(says(report_of(lost), "no ICMP is to be had"));
}

TEST(Report, OnOneLinkNoHintIsLookedForAtTheSender) {
  ConversationRow lost = row(Verdict::black_hole_receiver);
  lost.bracket = {DatagramLength{500}, DatagramLength{9000}};
  lost.sender_hops = lost.receiver_hops = 0;
  const std::string report = report_of(lost);
  EXPECT_FALSE(says(report, "only there can be seen whether hints arrive"));
  EXPECT_FALSE(says(report, "hints to the sender do not pass"));
  EXPECT_FALSE(says(report, "TcpExtOutOfWindowIcmps"));
  EXPECT_TRUE(says(report, "> Compare the MTU of both interfaces"));
}

/// A conversation inside VXLAN, lost in the frames in which the tunnel end ignored a hint.
Summary lost_inside_a_tunnel() {
  ConversationRow outer = ignoring();
  outer.flow = {{v4(192, 0, 2, 1), v4(192, 0, 2, 2)}, 41001, 4789, ip_protocol::udp};
  outer.stage = Stage::tunnel_payload;
  outer.path_mtu = Mtu{1450};
  outer.hint_frame = FrameNumber{7};
  outer.ignored_frames = {FrameNumber{20}, FrameNumber{22}};
  ConversationRow inner = row(Verdict::black_hole_suspected);
  inner.id = ConversationId{1};
  inner.bracket = {DatagramLength{130}, DatagramLength{1450}};
  Summary summary = summary_of(outer);
  summary.conversations.push_back(inner);
  return summary;
}

TEST(Report, ABlackHoleInsideATunnelKnowsWhatTheTunnelWasTold) {
  Finding loss;
  loss.frame = FrameNumber{22};
  loss.kind = FindingKind::black_hole_loss;
  loss.conversation = ConversationId{1};
  std::vector<Finding> findings{loss};
  const std::string outer_only = write_report(lost_inside_a_tunnel(), findings, {});
  EXPECT_TRUE(says(outer_only,
                   "They travel in the tunnel (VXLAN) of 192.0.2.1, whose own datagrams may have 1450 bytes "
                   "by the hint in frame 7."));
  EXPECT_TRUE(says(outer_only, "Whether the tunnel end tells 10.1.0.10 cannot be seen"));
  EXPECT_TRUE(says(outer_only, "Set the MTU of the tunnel's interface on 192.0.2.1 to 1400"));
  EXPECT_TRUE(says(outer_only, "--set-mss 1360"));
  EXPECT_FALSE(says(outer_only, "pass everywhere"));
  EXPECT_FALSE(says(outer_only, "does not tell which size"));
  Summary summary = lost_inside_a_tunnel();
  complete_recommendations(summary, findings);
  const auto inner = std::find_if(summary.conversations.begin(), summary.conversations.end(),
                                  [](const ConversationRow& row) { return row.id == ConversationId{1}; });
  ASSERT_NE(inner, summary.conversations.end());
  EXPECT_EQ(inner->recommended, recommend(Mtu{1400})) << "what the report says";
  Finding silent = loss;
  silent.kind = FindingKind::tunnel_hint_not_relayed;
  silent.path_mtu = Mtu{1450};
  silent.hint_frame = FrameNumber{7};
  silent.reporter = v4(192, 0, 2, 1);
  findings = {silent};
  EXPECT_TRUE(says(write_report(lost_inside_a_tunnel(), findings, {}),
                   "The tunnel end had that hint and relayed none to 10.1.0.10"));
  loss.frame = FrameNumber{21};
  findings = {loss};
  EXPECT_FALSE(says(write_report(lost_inside_a_tunnel(), findings, {}), "They travel in")) << "another frame";
}

TEST(Report, ABlackHoleWithUntranslatedHintsBlamesTheTranslator) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{77}, DatagramLength{1500}};
  Finding hint;
  hint.frame = FrameNumber{17};
  hint.kind = FindingKind::hint_untranslated;
  hint.conversation = ConversationId{0};
  hint.hint_mtu = Mtu{1480};
  hint.reporter = v4(198, 51, 100, 254);
  std::vector<Finding> findings{hint};
  const std::string report = write_report(summary_of(lost), findings, {});
  EXPECT_TRUE(says(report, "198.51.100.254 names an MTU of 1480 (frame 17)"));
  EXPECT_TRUE(says(report, "did not translate the quotation"));
  EXPECT_TRUE(says(report, "RFC 5508 section 4.2"));
  EXPECT_TRUE(says(report, "-s 1452 10.2.0.20"));
  EXPECT_TRUE(says(report, "it is 1480 if the untranslated hints are right"));
  EXPECT_FALSE(says(report, "pass everywhere"));
  EXPECT_FALSE(says(report, "The network has to report"));
  findings.front().hint_mtu = Mtu{1500};
  EXPECT_TRUE(says(write_report(summary_of(lost), findings, {}), "pass everywhere")) << "a second bottleneck";
}

TEST(Report, WithoutARouterInBetweenNothingIsFilteredThere) {
  ConversationRow told = ignoring();
  told.verdict = Verdict::probably_ignoring;
  told.delivered = Delivery::unknown;
  told.in_flight_packets = 1;
  const std::string report = report_of(told);
  EXPECT_FALSE(says(report, "captured 0 hops"));
  EXPECT_FALSE(says(report, "filtered in between"));
  EXPECT_TRUE(says(report, "does not show that its frames went to the sender itself"));
  EXPECT_TRUE(says(report, "1 larger datagram not counted: it may have left"));
}

TEST(Report, OnOneLinkJumboFramesNeedEveryPort) {
  ConversationRow lost = row(Verdict::black_hole_suspected);
  lost.bracket = {DatagramLength{500}, DatagramLength{9000}};
  lost.sender_hops = lost.receiver_hops = 0;
  lost.stage = Stage::iscsi;
  const std::string report = report_of(lost);
  EXPECT_TRUE(says(report, "take frames of 9022 bytes"));
  EXPECT_TRUE(says(report, "an MTU of 1500: iSCSI works with that, too"));
  EXPECT_TRUE(says(report, "ping -M do -c 3 -s 8972 10.2.0.20"));
  EXPECT_TRUE(says(report, "ping -M do -c 3 -s 1472 10.2.0.20"));
  lost.stage = Stage::tls_certificate;
  EXPECT_FALSE(says(report_of(lost), "works with that"));
  lost.receiver_hops = 1;
  EXPECT_FALSE(says(report_of(lost), "jumbo"));
  lost.receiver_hops = 0;
  lost.bracket.lost = DatagramLength{1500};
  EXPECT_FALSE(says(report_of(lost), "jumbo"));
}

TEST(Report, SaysWhatQuicNeedsAndHides) {
  ConversationRow lost = row(Verdict::black_hole_receiver);
  lost.flow.protocol = ip_protocol::udp;
  lost.stage = Stage::quic_handshake;
  lost.bracket = {DatagramLength{428}, DatagramLength{1228}};
  const std::string report = report_of(lost);
  EXPECT_TRUE(says(report, "1200 bytes of UDP payload (RFC 9000 section 14.1)"));
  EXPECT_TRUE(says(report, "block UDP port 443"));
  EXPECT_TRUE(says(report, "its acknowledgments are encrypted"));
  ConversationRow ignored = ignoring();
  ignored.flow.protocol = ip_protocol::udp;
  ignored.stage = Stage::quic_data;
  EXPECT_TRUE(says(report_of(ignored), "its acknowledgments are encrypted"));
  EXPECT_FALSE(says(report_of(ignoring()), "encrypted"));
}

TEST(Report, NamesTheEntranceThatWroteTheHint) {
  ConversationRow told = ignoring();
  told.reporter = told.flow.path.destination;
  told.hint_remark = HintRemark::written_by_tunnel;
  const std::string unknown = report_of(told);
  EXPECT_TRUE(says(unknown, "The entrance of a tunnel on the way to 10.2.0.20 refused datagrams"));
  EXPECT_FALSE(says(unknown, "outer address"));
  told.tunnel_entrance = v4(192, 0, 2, 7);
  EXPECT_TRUE(says(report_of(told), "the host that has the outer address 192.0.2.7"));
}

TEST(UtcText, CountsFromTheEpochBothWays) {
  EXPECT_EQ(utc_text(Timestamp{0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(utc_text(Timestamp{1'700'000'000'123'456'789}), "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(utc_text(Timestamp{-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(utc_text(Timestamp{951'782'400'000'000'000}), "2000-02-29T00:00:00.000000Z");
}

TEST(Report, SilenceIsSaidToo) {
  Summary nothing;
  nothing.coverage.frames = 10;
  EXPECT_TRUE(says(write_report(nothing, {}, {}), "Nothing to blame: no host ignored a hint"));
}

TEST(Report, WhatCouldNotBeReadIsCounted) {
  Summary summary;
  summary.coverage.opaque_frames = 3;
  summary.coverage.crowded_points = true;
  summary.coverage.unjoined_datagrams = 7;
  summary.coverage.offload = true;
  const std::string report = write_report(summary, {}, {});
  EXPECT_TRUE(says(report, "- 3 frames have a link type that is not read"));
  EXPECT_TRUE(says(report, "- 7 datagrams were not compared between capture points"));
  EXPECT_TRUE(says(report, "those beyond the first 31 count as one"));
  EXPECT_TRUE(says(report, "segmentation offload"));
}

}  // namespace
}  // namespace pmtu
