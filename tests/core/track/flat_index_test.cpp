// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/flat_index.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace pmtu {
namespace {

/// Hashes whose upper halves, which decide the home of a slot, are all the same: the worst that can happen.
constexpr std::uint64_t kSameHome = std::uint64_t{7} << 32U;

std::uint32_t find(const FlatIndex& index, std::uint64_t hash, std::uint32_t wanted) {
  return index.find(hash, [&](std::uint32_t place) { return place == wanted; });
}

TEST(FlatIndex, FindsWhatWasInsertedAndNothingElse) {
  FlatIndex index;
  EXPECT_EQ(find(index, kSameHome, 1), FlatIndex::kNone);
  index.insert(kSameHome, 1);
  EXPECT_EQ(find(index, kSameHome, 1), 1U);
  EXPECT_EQ(find(index, kSameHome, 2), FlatIndex::kNone);
  EXPECT_EQ(index.size(), 1U);
}

TEST(FlatIndex, KeepsAllWhenItGrows) {
  FlatIndex index;
  constexpr std::uint32_t kMany = 5'000;
  for (std::uint32_t i = 0; i < kMany; ++i) index.insert(std::uint64_t{i} * 0x9e3779b97f4a7c15ULL, i);
  EXPECT_EQ(index.size(), kMany);
  for (std::uint32_t i = 0; i < kMany; ++i)
    ASSERT_EQ(find(index, std::uint64_t{i} * 0x9e3779b97f4a7c15ULL, i), i);
}

// Erasing closes the gap: what had to move on past it must still be found.
TEST(FlatIndex, ErasingFromARunLosesNoneOfTheOthers) {
  constexpr std::uint32_t kRun = 20;
  for (std::uint32_t erased = 0; erased < kRun; ++erased) {
    FlatIndex index;
    for (std::uint32_t i = 0; i < kRun; ++i) index.insert(kSameHome + (std::uint64_t{i % 3} << 32U), i);
    index.erase(kSameHome + (std::uint64_t{erased % 3} << 32U), erased);
    EXPECT_EQ(index.size(), kRun - 1);
    for (std::uint32_t i = 0; i < kRun; ++i) {
      const std::uint32_t expected = i == erased ? FlatIndex::kNone : i;
      ASSERT_EQ(find(index, kSameHome + (std::uint64_t{i % 3} << 32U), i), expected) << "erased " << erased;
    }
  }
}

TEST(FlatIndex, ARunThatWrapsAroundTheEndSurvivesErasing) {
  constexpr std::uint64_t kLastHome = std::uint64_t{1023} << 32U;  // of the initial 1024 slots
  FlatIndex index;
  for (std::uint32_t i = 0; i < 5; ++i) index.insert(kLastHome, i);
  index.erase(kLastHome, 0);
  for (std::uint32_t i = 1; i < 5; ++i) EXPECT_EQ(find(index, kLastHome, i), i);
}

}  // namespace
}  // namespace pmtu
