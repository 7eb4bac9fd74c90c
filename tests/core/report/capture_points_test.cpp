// SPDX-License-Identifier: GPL-2.0-or-later
// What the report says of several capture points, and of the side that was not captured.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "pmtu/observation.h"
#include "pmtu/report.h"

namespace pmtu {
namespace {

constexpr PointId kNear{2};  // beside the sender
constexpr PointId kFar{1};

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  const std::array<std::uint8_t, 4> bytes{a, b, c, d};
  return IpAddress::from_v4(bytes.data());
}

ConversationRow row(Verdict verdict, std::uint8_t receiver = 20) {
  ConversationRow row;
  row.id = ConversationId{receiver};
  row.flow = {{v4(10, 1, 0, 10), v4(10, 2, 0, receiver)}, 443, 40443, ip_protocol::tcp};
  row.verdict = verdict;
  row.reason = "the reason";
  row.first_frame = FrameNumber{1};
  row.last_frame = FrameNumber{27};
  return row;
}

ConversationRow seen_twice(Verdict verdict) {
  ConversationRow told = row(verdict);
  JoinedDirection joined;
  joined.flow = told.flow;
  joined.points = {kNear, kFar};
  joined.positions = {{kNear, std::uint8_t{0}, std::uint8_t{3}}, {kFar, std::uint8_t{2}, std::uint8_t{1}}};
  joined.stretches = {{kNear,
                       kFar,
                       {{DatagramLength{52}, DatagramLength{1400}, 11, 10},
                        {DatagramLength{1500}, DatagramLength{1500}, 7, 0}}}};
  told.joined = joined;
  return told;
}

VanishBetween vanish() {
  VanishBetween vanish;
  vanish.from = kNear;
  vanish.to = kFar;
  vanish.bracket = {DatagramLength{1400}, DatagramLength{1500}};
  vanish.lost = 7;
  vanish.smaller_arrived = 10;
  return vanish;
}

Summary summary_of(const ConversationRow& row) {
  Summary summary;
  CapturePoint first;
  first.id = kFar;
  first.frames = 30;
  CapturePoint second;
  second.id = kNear;
  second.section = 1;
  second.frames = 40;
  second.clock_offset = Duration::microseconds(-1'700'012);
  second.clock_uncertainty = Duration::microseconds(40);
  second.clock_drift = Duration::milliseconds(3);
  summary.points = {first, second};
  summary.conversations.push_back(row);
  return summary;
}

std::string report_of(const ConversationRow& row) {
  Provenance provenance;
  provenance.interfaces[{0, 0}] = "eth0";
  provenance.interfaces[{1, 0}] = "a|b`c\n";
  return write_report(summary_of(row), {}, provenance);
}

bool says(const std::string& report, const std::string& text) {
  return report.find(text) != std::string::npos;
}

TEST(CapturePoints, AnOrderThatNothingTellsIsNotClaimed) {
  ConversationRow told = seen_twice(Verdict::ignoring);
  told.joined->ordered = {true};
  EXPECT_TRUE(says(report_of(told), "passes capture points 2 and 1, in this order."));
  told.joined->ordered = {false};
  EXPECT_TRUE(says(report_of(told), "passes capture points 2 and 1; their order on the way is not known"));
  told.joined->points = {kNear, kFar, PointId{3}};
  told.joined->ordered = {true, false};
  EXPECT_TRUE(
      says(report_of(told),
           "passes capture points 2, 1 and 3, in this order, save that the order of 1 and 3 is not known"));
}

TEST(CapturePoints, FragmentsThatStillHaveDfProveWhoBrokeTheRule) {
  ConversationRow told = seen_twice(Verdict::ignoring);
  ChangeOnTheWay change{ChangeKind::fragmented_despite_df, kNear, kFar, FrameNumber{12}, 4, 0, 0, 4};
  told.joined->changes = {change};
  const std::string proved =
      "still have DF: a router fragmented in spite of DF, which RFC 791 forbids, first in";
  EXPECT_TRUE(says(report_of(told), "4 datagrams with DF set came to be fragments that " + proved));
  change.kept_df = 3;
  told.joined->changes = {change};
  EXPECT_TRUE(says(report_of(told), "came to be fragments; of 3 of them fragments " + proved));
}

TEST(CapturePoints, EachHasItsPlaceAndItsClock) {
  const std::string report = report_of(seen_twice(Verdict::ignoring));
  EXPECT_TRUE(says(report, "## Capture points"));
  EXPECT_TRUE(says(report, "| 1     | eth0 (interface 0) "));
  EXPECT_TRUE(says(report, "2 hops from 10.1.0.10, 1 hop from 10.2.0.20"));
  EXPECT_TRUE(says(report, "a_b_c_ (interface 0) of section 1"));
  EXPECT_TRUE(says(report, "-1.700012 s ± 0.000040 s, drifts by 0.003000 s"));
}

TEST(CapturePoints, OneIsNotSpokenOf) {
  Summary summary = summary_of(row(Verdict::ignoring));
  summary.points.clear();
  EXPECT_FALSE(says(write_report(summary, {}), "apture points"));
}

TEST(CapturePoints, WhatPassedAndWhatArrivedStandsInATable) {
  const std::string report = report_of(seen_twice(Verdict::ignoring));
  EXPECT_TRUE(says(report, "passes capture points 2 and 1, in this order."));
  EXPECT_TRUE(says(report, "| 2          | 1        | 52 to 1400 | 11               | 10 "));
  EXPECT_TRUE(says(report, "| 2          | 1        | 1500       | 7                | 0 "));
}

TEST(CapturePoints, WhatVanishedIsSaidOfHintedPathsToo) {
  ConversationRow told = seen_twice(Verdict::ignoring);
  told.joined->vanish = vanish();
  EXPECT_TRUE(says(report_of(told),
                   "7 datagrams of 1500 bytes or more of this direction passed capture point 2 and none "
                   "arrived at capture point 1, while 10 smaller ones from 10.1.0.10 to 10.2.0.20, of any "
                   "conversation, did."));
}

TEST(CapturePoints, ABlackHoleLiesBetweenThem) {
  ConversationRow told = seen_twice(Verdict::black_hole_confirmed);
  told.joined->vanish = vanish();
  told.bracket = told.joined->vanish->bracket;
  told.sender_hops = 0;
  told.receiver_hops = 0;  // each true at one of the two points: no link between the hosts follows from it
  const std::string report = report_of(told);
  EXPECT_TRUE(says(report, "lost without a usable hint between capture points 2 and 1"));
  EXPECT_TRUE(says(report, "Proved by two capture points"));
  EXPECT_FALSE(says(report, "No router lies between them"));
}

TEST(CapturePoints, BothEndsOnOneLinkAtEachOfThemMeansNoRouter) {
  ConversationRow told = seen_twice(Verdict::black_hole_confirmed);
  told.joined->vanish = vanish();
  told.joined->vanish->bracket = told.bracket = {DatagramLength{400}, DatagramLength{9000}};
  told.joined->positions = {{kNear, std::uint8_t{0}, std::uint8_t{0}},
                            {kFar, std::uint8_t{0}, std::uint8_t{0}}};
  told.stage = Stage::nfs_over_tcp;
  const std::string report = report_of(told);
  EXPECT_TRUE(says(report, "no ICMP is to be had"));
  EXPECT_TRUE(says(report, "take frames of 9022 bytes"));
  EXPECT_TRUE(says(report, "NFS works with that, too"));
  EXPECT_TRUE(says(report, "; passing NFS"));
  EXPECT_FALSE(says(report, "The network has to report"));
  told.joined->positions[1].receiver_hops.reset();
  EXPECT_FALSE(says(report_of(told), "No router lies between them")) << "not known at the second";
}

TEST(CapturePoints, AFilteredHintClearsTheSenderAndNamesTheFilter) {
  ConversationRow told = seen_twice(Verdict::hint_undeliverable);
  told.path_mtu = Mtu{1446};
  told.reporter = v4(10, 2, 0, 1);
  told.joined->hint_way = HintWay::filtered;
  told.joined->filtered = FilteredHint{kFar, kNear, 3, FrameNumber{9}, {}, true};
  const std::string report = report_of(told);
  EXPECT_TRUE(
      says(report, "> The hints of 10.2.0.1 never reach 10.1.0.10, filtered between capture points 1 and 2"));
  EXPECT_TRUE(says(report, "Proved by two capture points: capture point 2"));
  EXPECT_TRUE(says(report, "did nothing wrong"));
  EXPECT_TRUE(says(report, "pass between capture points 1 and 2 (RFC 2923 section 2.1)"));
  EXPECT_TRUE(says(report, "--set-mss 1406"));
  EXPECT_FALSE(says(report, "cannot be believed"));
  EXPECT_FALSE(says(report, "could not be understood"));
  told.joined->filtered->icmp_seen = false;
  EXPECT_TRUE(says(report_of(told), "Probable: capture point 2"));
}

TEST(CapturePoints, WhatWasChangedOnTheWayIsTold) {
  ConversationRow told = seen_twice(Verdict::ignoring);
  told.joined->other_names = {{{v4(192, 0, 2, 1), v4(10, 2, 0, 20)}, 50443, 40443, ip_protocol::tcp}};
  const FrameNumber frame{12};
  told.joined->changes = {{ChangeKind::mss_rewritten, kNear, kFar, frame, 1, 1460, 1406},
                          {ChangeKind::df_cleared, kNear, kFar, frame, 4, 0, 0},
                          {ChangeKind::fragmented_despite_df, kNear, kFar, frame, 2, 0, 0, 0},
                          {ChangeKind::translated, kNear, kFar, frame, 5, 0, 0}};
  const std::string report = report_of(told);
  for (const char* text :
       {"the MSS of the sender's SYN was rewritten from 1460 to 1406, first in frame 12.",
        "the DF bit of 4 datagrams was cleared",
        "2 datagrams with DF set came to be fragments without DF: a router fragmented in spite of DF, which "
        "RFC 791 forbids, or somebody cleared DF first; these points do not tell which, first in frame 12.",
        "addresses were translated", "192.0.2.1:50443 -> 10.2.0.20:40443"})
    EXPECT_TRUE(says(report, text)) << text;
  EXPECT_TRUE(says(report, "|| (ip.addr == 192.0.2.1 && ip.addr == 10.2.0.20 && tcp.port == 50443"));
}

TEST(CapturePoints, WhatWasChangedIsToldWithoutAVerdict) {
  Summary summary = summary_of(row(Verdict::none));
  summary.conversations.clear();
  const FlowKey flow = row(Verdict::none).flow;
  summary.changed = {{{ChangeKind::fragmented_despite_df, kNear, kFar, FrameNumber{12}, 41, 0, 0}, 1, flow},
                     {{ChangeKind::mss_rewritten, kNear, kFar, FrameNumber{3}, 6, 1460, 1406}, 5, flow}};
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(report, "> No host is to blame: "));
  EXPECT_TRUE(
      says(report,
           "> But not all passed as it was sent. Between capture points 2 and 1, 41 datagrams with DF "
           "set came to be fragments"));
  EXPECT_TRUE(says(report, "## Changed on the way"));
  EXPECT_TRUE(says(report,
                   "rewritten from 1460 to 1406, first in frame 3. In 5 directions, first: 10.1.0.10:443 -> "
                   "10.2.0.20:40443 (TCP)."));
  summary.changed.erase(summary.changed.begin());
  EXPECT_TRUE(says(write_report(summary, {}), "> Nothing to blame: ")) << "a clamp is no fault";
}

TEST(CapturePoints, AreNamedByTheirFiles) {
  Provenance provenance;
  provenance.section_files = {"near.pcap", "far.pcap"};
  provenance.interfaces[{1, 0}] = "eth0";
  const std::string report = write_report(summary_of(seen_twice(Verdict::ignoring)), {}, provenance);
  EXPECT_TRUE(says(report, "| 1     | near.pcap "));
  EXPECT_TRUE(says(report, "| 2     | far.pcap, eth0 (interface 0) "));
  EXPECT_FALSE(says(report, "of section"));
}

std::string page_of(const ConversationRow& row) {
  return write_html_report(summary_of(row), {}, {}, {});
}

TEST(CapturePoints, AreStationsOfTheDrawing) {
  ConversationRow told = seen_twice(Verdict::black_hole_confirmed);
  told.joined->vanish = vanish();
  told.bracket = told.joined->vanish->bracket;
  const std::string page = page_of(told);
  EXPECT_TRUE(
      says(page,
           "<desc>From left to right: 10.1.0.10 (sender), point 2 (0 hops), an unknown hop (no usable "
           "hint), point 1 (2 hops), 10.2.0.20 (receiver)."));
  EXPECT_TRUE(says(page, "1500 bytes or more: 7 passed point 2, none arrived at point 1"));
}

TEST(CapturePoints, TheReporterStandsBehindThoseThatLargeDatagramsPassed) {
  ConversationRow told = seen_twice(Verdict::hint_undeliverable);
  told.path_mtu = Mtu{1446};
  told.reporter = v4(10, 2, 0, 1);
  told.joined->stretches = {{kNear, kFar, {{DatagramLength{52}, DatagramLength{1500}, 5, 5}}}};
  told.joined->hint_way = HintWay::filtered;
  told.joined->filtered = FilteredHint{kFar, kNear, 3, FrameNumber{9}, {}, true};
  const std::string page = page_of(told);
  EXPECT_TRUE(says(page, "point 2 (0 hops), point 1 (2 hops), 10.2.0.1 (next hop takes 1446), 10.2.0.20"));
  EXPECT_TRUE(says(page, "Back: the hint passed point 1 and never reached point 2."));
}

TEST(OtherSide, IsAskedForWithCommandsToPaste) {
  Summary summary;
  ConversationRow told = row(Verdict::black_hole_receiver);
  told.bracket = {DatagramLength{1266}, DatagramLength{1500}};
  summary.conversations.push_back(told);
  const std::string report = write_report(summary, {});
  EXPECT_TRUE(says(report, "At 10.1.0.10, or as near to it as possible"));
  EXPECT_TRUE(says(report, "    tcpdump -i INTERFACE -w there.cap 'host 10.2.0.20 or icmp'\n"));
  EXPECT_TRUE(says(report, "    dumpcap -i INTERFACE -w there.cap -f 'host 10.2.0.20 or icmp'\n"));
  EXPECT_TRUE(says(report, "    mergecap -I none -w both.pcapng there.cap here.cap\n"));
  summary.conversations.front().verdict = Verdict::black_hole_confirmed;
  EXPECT_FALSE(says(write_report(summary, {}), "mergecap"));
}

TEST(BlackHoles, AreGroupedByReceiverUntilTheyAreTooMany) {
  const auto report_about = [](std::uint8_t receivers) {
    Summary summary;
    for (std::uint8_t i = 1; i <= receivers; ++i) {
      ConversationRow told = row(Verdict::black_hole_suspected, i);
      told.bracket = {DatagramLength{1300U + i}, DatagramLength{1500}};
      summary.conversations.push_back(told);
    }
    return write_report(summary, {});
  };
  EXPECT_TRUE(says(report_about(2), "## 2. Datagrams of 1500 bytes from 10.1.0.10 to 10.2.0.2"));
  const std::string many = report_about(30);
  EXPECT_TRUE(says(many, "> Datagrams of 1500 bytes from 10.1.0.10 to 30 receivers are lost"));
  EXPECT_FALSE(says(many, "## 2."));
  EXPECT_TRUE(says(many, "| 10.2.0.30 | 1             | 1330        | 1500      |"));
  EXPECT_TRUE(says(many, "known to get through to all of them, 1301 bytes"));
}

}  // namespace
}  // namespace pmtu
