// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/ledger.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

Preferences two_rows() {
  Preferences preferences;
  preferences.max_conversations = 2;
  return preferences;
}

FlowKey flow(std::uint16_t port) {
  FlowKey key;
  key.source_port = port;
  return key;
}

event::Ignored ignored(std::uint32_t frame) {
  event::Ignored one;
  one.finding.frame = FrameNumber(frame);
  one.finding.kind = FindingKind::ignored_hint;
  return one;
}

bool blames(const Ledger::Entry& row) {
  return verdict_of(row.tally) >= Verdict::black_hole_recovered;
}

ConversationId open(Ledger& ledger, std::uint16_t port, std::optional<Ledger::Entry>& evicted) {
  return ledger.open(flow(port), blames, evicted).id;
}

TEST(Ledger, AnEventCountsInItsRowAndShowsOnItsFrame) {
  Ledger ledger(two_rows());
  std::optional<Ledger::Entry> evicted;
  const ConversationId id = open(ledger, 1, evicted);
  ledger.record(id, ignored(9), FrameNumber(9));
  ASSERT_EQ(ledger.findings().of(FrameNumber(9)).size(), 1U);
  EXPECT_EQ(ledger.findings().of(FrameNumber(9))[0].conversation, id);
  EXPECT_EQ(ledger.find(id)->tally.marks().packets, 1U);
  EXPECT_EQ(ledger.find(id)->touched, FrameNumber(9));
}

TEST(Ledger, AnEventOfNoRowShowsAllTheSame) {
  Ledger ledger(two_rows());
  event::Remark remark;
  remark.finding.frame = FrameNumber(3);
  remark.finding.kind = FindingKind::hint_unseen;
  ledger.record(kNoConversation, remark, FrameNumber(3));
  EXPECT_EQ(ledger.findings().all().size(), 1U);
  EXPECT_TRUE(ledger.rows().empty());
}

TEST(Ledger, WithdrawnMarksFallFromTheirFrames) {
  Ledger ledger(two_rows());
  std::optional<Ledger::Entry> evicted;
  const ConversationId id = open(ledger, 1, evicted);
  ledger.record(id, ignored(9), FrameNumber(9));
  ledger.record(id, event::MarksWithdrawn{FrameNumber(2)}, FrameNumber(12));
  ledger.settle();
  EXPECT_TRUE(ledger.findings().all().empty());
}

TEST(Ledger, WithdrawnSuspicionsTakeTheirConfirmationAlong) {
  Ledger ledger(two_rows());
  std::optional<Ledger::Entry> evicted;
  const ConversationId id = open(ledger, 1, evicted);
  event::LossSuspected suspected;
  suspected.finding.frame = FrameNumber(5);
  suspected.finding.kind = FindingKind::black_hole_suspected;
  ledger.record(id, suspected, FrameNumber(5));
  event::LossConfirmed confirmed;
  confirmed.finding.frame = FrameNumber(6);
  confirmed.finding.kind = FindingKind::black_hole_confirmed;
  ledger.record(id, confirmed, FrameNumber(6));
  ledger.record(id, event::SuspicionWithdrawn{FrameNumber{}}, FrameNumber(9));
  ledger.settle();
  EXPECT_TRUE(ledger.findings().all().empty());
  EXPECT_EQ(verdict_of(ledger.find(id)->tally), Verdict::none);
}

TEST(Ledger, AFullTableGivesUpTheRowThatBlamesNobody) {
  Ledger ledger(two_rows());
  std::optional<Ledger::Entry> evicted;
  const ConversationId blaming = open(ledger, 1, evicted);
  ledger.record(blaming, ignored(5), FrameNumber(5));
  const ConversationId silent = open(ledger, 2, evicted);
  ASSERT_FALSE(evicted);
  const ConversationId next = open(ledger, 3, evicted);
  ASSERT_TRUE(evicted);
  EXPECT_EQ(evicted->id, silent);
  EXPECT_EQ(evicted->flow, flow(2));
  EXPECT_EQ(ledger.find(silent), nullptr);
  EXPECT_NE(ledger.find(blaming), nullptr);
  EXPECT_NE(next, silent) << "a number is never used twice";
  EXPECT_EQ(ledger.evicted_rows(), 1U);
}

}  // namespace
}  // namespace pmtu
