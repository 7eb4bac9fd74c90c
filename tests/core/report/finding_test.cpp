// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/finding.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace pmtu {
namespace {

IpAddress router() {
  const std::array<std::uint8_t, 4> bytes{10, 1, 0, 1};
  return IpAddress::from_v4(bytes.data());
}

Finding oversize(FindingKind kind) {
  Finding finding;
  finding.kind = kind;
  finding.length = DatagramLength{1500};
  finding.dont_fragment = true;
  finding.path_mtu = Mtu{1446};
  finding.hint_frame = FrameNumber{7};
  finding.since_hint = Duration::milliseconds(206);
  return finding;
}

Finding hint(FindingKind kind, HintRemark remark = HintRemark::none) {
  Finding finding;
  finding.kind = kind;
  finding.hint_mtu = Mtu{1446};
  finding.quoted_frame = FrameNumber{4};
  finding.quoted_length = DatagramLength{1500};
  finding.reporter = router();
  finding.remark = remark;
  return finding;
}

Finding black_hole(FindingKind kind) {
  Finding finding;
  finding.kind = kind;
  finding.length = DatagramLength{1500};
  finding.dont_fragment = true;
  finding.related_frame = FrameNumber{12};
  finding.count = 3;
  return finding;
}

TEST(Finding, EveryKindHasItsOwnNameAndSummary) {
  std::set<std::string_view> names;
  std::set<std::string_view> summaries;
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    names.insert(name(static_cast<FindingKind>(kind)));
    summaries.insert(summary(static_cast<FindingKind>(kind)));
  }
  EXPECT_EQ(names.size(), kFindingKinds);
  EXPECT_EQ(summaries.size(), kFindingKinds);
  EXPECT_EQ(names.count(""), 0U);
  EXPECT_EQ(summaries.count(""), 0U);
  EXPECT_EQ(name(static_cast<FindingKind>(kFindingKinds)), "") << "kFindingKinds is too small";
}

TEST(Finding, SummaryOfTheMainFindingIsTheStableOne) {
  EXPECT_EQ(summary(FindingKind::ignored_hint), "Oversize DF packet ignored PMTU hint");
}

TEST(Finding, DefaultSeverityIsTheHighestAKindCanReach) {
  EXPECT_EQ(default_severity(FindingKind::hint_received), Severity::chat);
  EXPECT_EQ(default_severity(FindingKind::hint_no_mtu), Severity::note);
  EXPECT_EQ(default_severity(FindingKind::hint_unmatched), Severity::warn);
  EXPECT_EQ(default_severity(FindingKind::ignored_sibling_hint), Severity::warn);
  EXPECT_EQ(default_severity(FindingKind::ignored_hint), Severity::error);
  EXPECT_EQ(default_severity(FindingKind::black_hole_confirmed), Severity::error);
  EXPECT_EQ(default_severity(FindingKind::black_hole_recovered), Severity::note);
}

TEST(Finding, NamesOfProofsAreThoseOfTheField) {
  EXPECT_EQ(name(Proof::causal), "causal");
  EXPECT_EQ(name(Proof::rtt), "rtt");
  EXPECT_EQ(name(Proof::default_time), "default");
}

TEST(Describe, IgnoredHintIsTheArgumentInOneSentence) {
  EXPECT_EQ(describe(oversize(FindingKind::ignored_hint)),
            "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54; the sender had the hint "
            "206 ms earlier");
  Finding again = oversize(FindingKind::ignored_hint);
  again.transmission = 3;
  again.since_hint = Duration::milliseconds(13'090);
  EXPECT_EQ(
      describe(again),
      "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54; the sender had the hint 13.1 s "
      "earlier; transmission 3 of these bytes");
}

TEST(Describe, IgnoredHintWithoutMtuComparesWithTheReportedSize) {
  Finding finding = oversize(FindingKind::ignored_hint);
  finding.path_mtu.reset();
  EXPECT_EQ(describe(finding),
            "1500-byte DF datagram is no smaller than the one reported too big (hint in frame 7, no MTU "
            "named); the "
            "sender had the hint 206 ms earlier");
}

TEST(Describe, ReElicitedHintSpeaksOfTheQuotedDatagram) {
  Finding finding = oversize(FindingKind::ignored_hint);
  finding.hint_status = HintStatus::valid;
  EXPECT_EQ(describe(finding).rfind("quoted 1500-byte DF datagram exceeds path MTU 1446", 0), 0U);
}

TEST(Describe, OtherOversizeDatagramsSayWhyTheyAreNotBlamed) {
  Finding in_flight = oversize(FindingKind::in_flight);
  in_flight.since_hint = Duration::microseconds(60);
  EXPECT_EQ(
      describe(in_flight),
      "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54; sent 60 µs after the hint passed "
      "here, it may have left before the hint arrived");
  EXPECT_EQ(describe(oversize(FindingKind::ignored_sibling_hint)),
            "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54; that hint was for another "
            "flow of "
            "this path, 206 ms earlier");
  EXPECT_EQ(describe(oversize(FindingKind::probe)),
            "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54; a lone probe for a larger "
            "path MTU");
}

TEST(Brief, SaysWhatSetsAFindingApart) {
  Finding ignored = oversize(FindingKind::ignored_hint);
  EXPECT_EQ(brief(ignored), "206 ms after the hint in frame 7");
  ignored.transmission = 3;
  EXPECT_EQ(brief(ignored), "transmission 3, 206 ms after the hint in frame 7");
  EXPECT_EQ(brief(oversize(FindingKind::in_flight)), "only 206 ms after the hint in frame 7");
}

TEST(Excuse, IsForOversizeDatagramsThatBlameNobody) {
  EXPECT_EQ(excuse(oversize(FindingKind::ignored_hint)), "");
  EXPECT_EQ(excuse(oversize(FindingKind::in_flight)), "in flight");
  EXPECT_EQ(excuse(oversize(FindingKind::probe)), "probe");
  EXPECT_EQ(excuse(oversize(FindingKind::ignored_sibling_hint)), "sibling");
  Finding later = oversize(FindingKind::reprobe);
  EXPECT_EQ(excuse(later), "tried again");
  later.since_hint = Duration::seconds(601);
  EXPECT_EQ(excuse(later), "too old");
  Finding fits = oversize(FindingKind::in_flight);
  fits.length = DatagramLength{fits.path_mtu->value()};
  EXPECT_EQ(excuse(fits), "");
}

TEST(Describe, ReprobeNamesTheFiveMinutesOnlyWhenTheyWereNotKept) {
  Finding finding = oversize(FindingKind::reprobe);
  finding.since_hint = Duration::seconds(612);
  EXPECT_EQ(
      describe(finding),
      "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54, 612 s after the hint: the sender "
      "sends the larger size again");
  finding.since_hint = Duration::seconds(250);
  EXPECT_NE(describe(finding).find("sooner than the 5 minutes of RFC 1191"), std::string::npos);
}

TEST(Describe, HonouredTellsReducedFromFragmented) {
  Finding reduced = oversize(FindingKind::honoured);
  reduced.length = DatagramLength{1446};
  EXPECT_EQ(describe(reduced),
            "1446-byte DF datagram 206 ms after the hint in frame 7 keeps to path MTU 1446");
  Finding cleared = oversize(FindingKind::honoured);
  cleared.dont_fragment = false;
  EXPECT_EQ(describe(cleared),
            "1500-byte datagram without DF 206 ms after the hint in frame 7: path MTU 1446 honoured by "
            "fragmentation");
}

TEST(Describe, HintsNameReporterMtuAndQuotation) {
  EXPECT_EQ(describe(hint(FindingKind::hint_received)),
            "10.1.0.1 reports next-hop MTU 1446 for the 1500-byte datagram of frame 4");
  EXPECT_EQ(describe(hint(FindingKind::hint_received, HintRemark::raises_path_mtu)),
            "10.1.0.1 reports next-hop MTU 1446 for the 1500-byte datagram of frame 4; it would raise the "
            "path MTU, "
            "which no hint may do");
  Finding no_mtu = hint(FindingKind::hint_no_mtu);
  no_mtu.hint_mtu.reset();
  EXPECT_EQ(describe(no_mtu),
            "10.1.0.1 reports a datagram too big without naming an MTU for the 1500-byte datagram of frame 4 "
            "(a router "
            "older than RFC 1191)");
  EXPECT_EQ(describe(hint(FindingKind::hint_invalid, HintRemark::quote_without_df)),
            "10.1.0.1 reports next-hop MTU 1446 for the 1500-byte datagram of frame 4; the sender is right "
            "to ignore "
            "it: the quoted datagram does not have DF set");
}

TEST(Describe, BlackHolesCountTheTransmissions) {
  EXPECT_EQ(describe(black_hole(FindingKind::black_hole_suspected)),
            "3 transmissions since frame 12 of a 1500-byte DF datagram drew no acknowledgment while smaller "
            "ones passed");
  EXPECT_EQ(describe(black_hole(FindingKind::black_hole_confirmed)),
            "what 3 transmissions since frame 12 of a 1500-byte DF datagram could not deliver got through in "
            "smaller "
            "datagrams or without DF");
  Finding receiver = black_hole(FindingKind::black_hole_receiver);
  receiver.count = 2896;
  EXPECT_EQ(describe(receiver),
            "2896 bytes before this point never arrived although what follows them did (frame 12): datagrams "
            "of 1500 "
            "bytes are lost on the way here");
}

TEST(Describe, EchoRequestsDrawReplies) {
  Finding finding;
  finding.kind = FindingKind::black_hole_suspected;
  finding.length = DatagramLength{1493};
  finding.dont_fragment = true;
  finding.echo = true;
  finding.count = 5;
  finding.related_frame = FrameNumber{7};
  EXPECT_EQ(describe(finding),
            "none of 5 echo requests of 1493 bytes or more with DF since frame 7 drew a reply, while smaller "
            "ones did");
}

TEST(Describe, ALossTellsWhichTransmissionItIs) {
  Finding loss = black_hole(FindingKind::black_hole_loss);
  loss.transmission = 1;
  EXPECT_EQ(describe(loss), "1500-byte DF datagram lost, the first transmission of these bytes");
  loss.transmission = 5;
  loss.since_first = Duration::milliseconds(13500);
  EXPECT_EQ(describe(loss), "1500-byte DF datagram lost again, 5th transmission since frame 12 (13.5 s)");
  for (const auto& [transmission, ordinal] : {std::pair{2, "2nd"},
                                              {3, "3rd"},
                                              {11, "11th"},
                                              {12, "12th"},
                                              {13, "13th"},
                                              {21, "21st"},
                                              {112, "112th"}}) {
    loss.transmission = static_cast<std::uint16_t>(transmission);
    EXPECT_NE(describe(loss).find(ordinal), std::string::npos) << describe(loss);
  }
}

// Every kind yields one line, whatever else is known: the text goes into one row of an expert item.
TEST(Describe, EveryKindYieldsOneSentenceEvenWithNothingElseKnown) {
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    Finding finding;
    finding.kind = static_cast<FindingKind>(kind);
    const std::string text = describe(finding);
    EXPECT_FALSE(text.empty()) << name(finding.kind);
    EXPECT_EQ(text.find('\n'), std::string::npos) << name(finding.kind);
    EXPECT_EQ(text.find("frame 0"), std::string::npos) << text;
    EXPECT_NE(text.back(), '.') << text;
  }
}

TEST(Describe, EveryRemarkButNoneHasASentence) {
  EXPECT_EQ(sentence(HintRemark::none), "");
  for (int remark = 1; remark <= static_cast<int>(HintRemark::below_quic_minimum); ++remark) {
    EXPECT_NE(sentence(static_cast<HintRemark>(remark)), "") << remark;
  }
}

}  // namespace
}  // namespace pmtu
