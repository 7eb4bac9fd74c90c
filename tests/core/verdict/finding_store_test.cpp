// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/finding_store.h"

#include <gtest/gtest.h>

#include <vector>

namespace pmtu {
namespace {

Finding finding(std::uint32_t frame, FindingKind kind, std::uint32_t row = 0) {
  Finding made;
  made.frame = FrameNumber(frame);
  made.kind = kind;
  made.conversation = ConversationId(row);
  return made;
}

std::vector<std::uint32_t> frames(const FindingStore& store) {
  std::vector<std::uint32_t> listed;
  for (const Finding& one : store.all()) listed.push_back(one.frame.value());
  return listed;
}

TEST(FindingStore, GivesTheFindingsOfAFrame) {
  FindingStore store(10);
  store.add(finding(1, FindingKind::hint_received));
  store.add(finding(3, FindingKind::ignored_hint));
  store.add(finding(3, FindingKind::mss_exceeds_path_mtu));
  EXPECT_EQ(store.of(FrameNumber(3)).size(), 2U);
  EXPECT_TRUE(store.of(FrameNumber(2)).empty());
  EXPECT_TRUE(store.says_of(FrameNumber(3)));
  EXPECT_FALSE(store.says_of(FrameNumber(1))) << "only the latest frame is asked for so";
}

TEST(FindingStore, WhatComesLateIsInOrderOnceSettled) {
  FindingStore store(10);
  store.add(finding(5, FindingKind::ignored_hint));
  store.add(finding(2, FindingKind::black_hole_receiver));
  EXPECT_EQ(frames(store), (std::vector<std::uint32_t>{5}));
  store.settle();
  EXPECT_EQ(frames(store), (std::vector<std::uint32_t>{2, 5}));
}

TEST(FindingStore, WithdrawsOneKindOfOneRowFromAFrameOn) {
  FindingStore store(10);
  store.add(finding(1, FindingKind::ignored_hint, 7));
  store.add(finding(2, FindingKind::ignored_hint, 8));
  store.add(finding(3, FindingKind::ignored_hint, 7));
  store.add(finding(3, FindingKind::honoured, 7));
  store.retract(FindingKind::ignored_hint, ConversationId(7), FrameNumber(2));
  store.settle();
  EXPECT_EQ(frames(store), (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(store.of(FrameNumber(3)).front().kind, FindingKind::honoured);
}

TEST(FindingStore, WhatIsAddedAfterAWithdrawalStays) {
  FindingStore store(10);
  store.add(finding(1, FindingKind::ignored_hint));
  store.retract(FindingKind::ignored_hint, ConversationId(0), FrameNumber(0));
  store.add(finding(4, FindingKind::ignored_hint));
  store.settle();
  EXPECT_EQ(frames(store), (std::vector<std::uint32_t>{4}));
}

// Anybody can send hints: they must leave room for what matters.
TEST(FindingStore, HintsFillNoMoreThanHalf) {
  FindingStore store(4);
  for (std::uint32_t i = 1; i <= 4; ++i) store.add(finding(i, FindingKind::hint_unseen));
  store.add(finding(5, FindingKind::ignored_hint));
  EXPECT_EQ(frames(store), (std::vector<std::uint32_t>{1, 2, 5}));
  EXPECT_EQ(store.dropped(), 2U);
}

}  // namespace
}  // namespace pmtu
