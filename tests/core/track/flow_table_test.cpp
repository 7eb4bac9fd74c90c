// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/flow_table.h"

#include <gtest/gtest.h>

#include "pmtu/observation.h"

namespace pmtu {
namespace {

constexpr std::uint64_t kSeed = 42;

IpAddress v4(std::uint8_t last) {
  const std::array<std::uint8_t, 4> bytes{10, 0, 0, last};
  return IpAddress::from_v4(bytes.data());
}

FlowKey key(std::uint16_t port) {
  return {{v4(1), v4(2)}, port, 443, ip_protocol::tcp};
}

FlowKey turned(const FlowKey& flow) {
  return {{flow.path.destination, flow.path.source}, flow.destination_port, flow.source_port, flow.protocol};
}

FlowTable::Entry add(FlowTable& table, std::uint16_t port, FrameNumber frame) {
  const auto entry = table.find_or_add(UndirectedKey(key(port)), [&] {
    const std::uint32_t least = table.least_missed();
    if (least != FlowTable::kNone) table.forget(least);
  });
  table[entry.place].first_frame = table[entry.place].last_frame = frame;
  return entry;
}

TEST(FlowTable, BothDirectionsAreOneFlow) {
  FlowTable table(kSeed, 10);
  const auto there = add(table, 1000, FrameNumber(1));
  const auto back = table.find(turned(key(1000)));
  EXPECT_EQ(back.place, there.place);
  EXPECT_NE(back.side, there.side);
  EXPECT_EQ(table[there.place].key.directed(there.side), key(1000));
  EXPECT_EQ(table[there.place].key.directed(back.side), turned(key(1000)));
}

TEST(FlowTable, ATalkToOneselfHasOneSide) {
  FlowTable table(kSeed, 10);
  const FlowKey self{{v4(1), v4(1)}, 5, 5, ip_protocol::udp};
  const auto entry = table.find_or_add(UndirectedKey(self), [] {});
  EXPECT_EQ(table.find(self).side, entry.side);
}

TEST(FlowTable, AFullTableGivesUpTheLongestIdle) {
  FlowTable table(kSeed, 3);
  add(table, 1, FrameNumber(10));
  add(table, 2, FrameNumber(5));
  add(table, 3, FrameNumber(20));
  add(table, 4, FrameNumber(21));
  EXPECT_EQ(table.find(key(2)).place, FlowTable::kNone);
  EXPECT_NE(table.find(key(1)).place, FlowTable::kNone);
  EXPECT_EQ(table.evicted(), 1U);
  EXPECT_EQ(table.size(), 3U);
}

TEST(FlowTable, WhatIsWatchedIsGivenUpLast) {
  FlowTable table(kSeed, 2);
  table[add(table, 1, FrameNumber(1)).place].watched = true;
  add(table, 2, FrameNumber(50));
  add(table, 3, FrameNumber(51));
  EXPECT_NE(table.find(key(1)).place, FlowTable::kNone);
  EXPECT_EQ(table.find(key(2)).place, FlowTable::kNone);
}

}  // namespace
}  // namespace pmtu
