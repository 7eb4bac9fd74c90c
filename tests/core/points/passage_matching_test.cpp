// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/passage_matching.h"

#include <gtest/gtest.h>

#include <chrono>

namespace pmtu {
namespace {

Passage datagram(std::uint64_t content, std::uint16_t identification = 0) {
  Passage passage;
  passage.content = content;
  passage.identification = identification;
  passage.length = 1500;
  return passage;
}

Passage segment(std::uint32_t begin, std::uint32_t end, std::uint32_t tick) {
  Passage passage = datagram((std::uint64_t{begin} << 32U | end) * 31 + tick);
  passage.sequence = SequenceNumber(begin);
  passage.payload = end - begin;
  passage.has_timestamps = true;
  passage.timestamp_value = SequenceNumber(tick);
  return passage;
}

std::vector<Fate> fates(const std::vector<Passage>& here, const std::vector<Passage>& there,
                        const std::vector<Passage>& fragments = {}) {
  std::vector<Fate> result;
  for (const Match& match : match_passages(here, there, fragments)) result.push_back(match.fate);
  return result;
}

constexpr Fate kArrived = Fate::arrived;
constexpr Fate kMissing = Fate::missing;

TEST(PassageMatching, WhatIsMissingIsFoundInAnyOrder) {
  const auto matches = match_passages(std::vector{datagram(1), datagram(2), datagram(3), datagram(4)},
                                      std::vector{datagram(9), datagram(3), datagram(1), datagram(4)});
  EXPECT_EQ(matches[0].other, 2U);
  EXPECT_EQ(matches[1].fate, kMissing);
  EXPECT_EQ(matches[2].other, 1U);
  EXPECT_EQ(matches[3].other, 3U);
}

// A repetition has an identification of its own: the one that arrived is the second.
TEST(PassageMatching, IdentificationsTellRepetitionsApart) {
  const auto found = fates({datagram(1, 50), datagram(1, 51)}, {datagram(1, 51)});
  EXPECT_EQ(found, (std::vector{kMissing, kArrived}));
}

// RFC 6864 §5: middleboxes that rewrite identifications.
TEST(PassageMatching, RewrittenIdentificationsDoNotCount) {
  const auto found =
      fates({datagram(1, 50), datagram(2, 51), datagram(3, 52)}, {datagram(1, 7), datagram(3, 8)});
  EXPECT_EQ(found, (std::vector{kArrived, kMissing, kArrived}));
}

TEST(PassageMatching, ASuperSegmentArrivesInPieces) {
  EXPECT_EQ(
      fates({segment(1, 4345, 7)}, {segment(1, 1449, 7), segment(1449, 2897, 7), segment(2897, 4345, 7)}),
      std::vector{Fate::re_cut});
  EXPECT_EQ(fates({segment(1, 4345, 7)}, {segment(1, 1449, 7), segment(2897, 4345, 7)}),
            std::vector{kMissing});
  EXPECT_EQ(fates({segment(1, 1449, 7), segment(1449, 2897, 7)}, {segment(1, 2897, 7)}),
            (std::vector{Fate::re_cut, Fate::re_cut}))
      << "coalesced at the other point";
}

// Lost at 1500 and sent again in two halves: the first transmission did not arrive.
TEST(PassageMatching, SmallerRepetitionsDoNotMakeALossGood) {
  const auto found = fates({segment(1, 1449, 7), segment(1, 1025, 900), segment(1025, 1449, 900)},
                           {segment(1, 1025, 900), segment(1025, 1449, 900)});
  EXPECT_EQ(found, (std::vector{kMissing, kArrived, kArrived}));
}

TEST(PassageMatching, SequenceNumbersMayWrap) {
  const std::uint32_t near_end = 0xffffff00U;
  EXPECT_EQ(fates({segment(near_end, near_end + 2000, 7)},
                  {segment(near_end, near_end + 1000, 7), segment(near_end + 1000, near_end + 2000, 7)}),
            std::vector{Fate::re_cut});
}

TEST(PassageMatching, FragmentsKeepTheIdentification) {
  Passage piece = datagram(77, 50);
  piece.fragment = true;
  EXPECT_EQ(fates({datagram(1, 50), datagram(2, 51)}, {datagram(5, 60)}, {piece, piece}),
            (std::vector{Fate::fragmented, kMissing}));
}

// What somebody makes up may not cost more than what is real.
TEST(PassageMatching, AFloodOfEqualDatagramsIsPairedInOrder) {
  const std::vector<Passage> flood(200'000, datagram(1, 1));
  std::vector<Passage> there(150'000, datagram(1, 1));
  there.insert(there.begin(), datagram(2, 2));
  const auto begin = std::chrono::steady_clock::now();
  const auto matches = match_passages(flood, there);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(matches[149'999].fate, kArrived);
  EXPECT_EQ(matches[150'000].fate, kMissing);
}

}  // namespace
}  // namespace pmtu
