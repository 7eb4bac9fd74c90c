// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/path_table.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

PathKey to(std::uint8_t last) {
  const std::array<std::uint8_t, 4> from{10, 0, 0, 1};
  const std::array<std::uint8_t, 4> destination{10, 0, 1, last};
  return {IpAddress::from_v4(from.data()), IpAddress::from_v4(destination.data())};
}

TEST(PathTable, APathHasOneDirection) {
  PathTable table(1, 10);
  const std::uint32_t there = table.find_or_add(to(1));
  EXPECT_EQ(table.find_or_add(to(1)), there);
  EXPECT_EQ(table.find({to(1).destination, to(1).source}), PathTable::kNone);
}

TEST(PathTable, AFullTableGivesUpWhatNobodyHolds) {
  PathTable table(1, 2);
  const std::uint32_t held = table.find_or_add(to(1));
  table.hold(held);
  table[held].largest_seen = 1500;
  const std::uint32_t free = table.find_or_add(to(2));
  EXPECT_EQ(table.find_or_add(to(3)), free) << "its place is used again";
  EXPECT_EQ(table.find(to(2)), PathTable::kNone);
  EXPECT_EQ(table[free].largest_seen, 0U) << "nothing of the old path is left";
  EXPECT_EQ(table[table.find(to(1))].largest_seen, 1500U);
  EXPECT_EQ(table.evicted(), 1U);
}

TEST(PathTable, WhereAllAreHeldThereIsNoRoom) {
  PathTable table(1, 1);
  table.hold(table.find_or_add(to(1)));
  EXPECT_EQ(table.find_or_add(to(2)), PathTable::kNone);
  table.release(table.find(to(1)));
  EXPECT_NE(table.find_or_add(to(2)), PathTable::kNone);
}

}  // namespace
}  // namespace pmtu
