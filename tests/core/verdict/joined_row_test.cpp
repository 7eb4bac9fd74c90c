// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/joined_row.h"

#include <gtest/gtest.h>

#include <array>

namespace pmtu {
namespace {

RowAtPoint marked(std::uint32_t point, std::uint32_t packets, const Tally& tally) {
  RowAtPoint at;
  at.row.verdict = Verdict::probably_ignoring;
  at.row.ignored_packets = packets;
  at.tally = &tally;
  at.point = PointId(point);
  return at;
}

JoinedDirection vanishing() {
  JoinedDirection joined;
  joined.points = {PointId(1), PointId(2)};
  joined.vanish.emplace();
  joined.vanish->bracket = {DatagramLength(504), DatagramLength(1500)};
  return joined;
}

// Two points on one link: nothing puts them in order, and the clocks must not.
TEST(JoinedRow, OfEqualVerdictsTheOneWithMoreMarksStands) {
  const Tally tally;
  const std::array rows{marked(1, 4, tally), marked(2, 6, tally)};
  const std::array turned{rows[1], rows[0]};
  EXPECT_EQ(join_rows(rows, nullptr).ignored_packets, 6U);
  EXPECT_EQ(join_rows(turned, nullptr).ignored_packets, 6U);
}

TEST(JoinedRow, NamesThePointsThatTellOfIt) {
  const Tally tally;
  const std::array rows{marked(2, 4, tally)};
  EXPECT_EQ(join_rows(rows, nullptr).points, std::vector{PointId(2)});
  const JoinedDirection joined = vanishing();
  EXPECT_EQ(join_rows(rows, &joined).points, (std::vector{PointId(1), PointId(2)}));
}

TEST(JoinedRow, WhatVanishesBetweenTwoPointsIsABlackHole) {
  const Tally silent;
  std::array<RowAtPoint, 1> rows;
  rows[0].tally = &silent;
  const JoinedDirection joined = vanishing();
  EXPECT_EQ(join_rows(rows, &joined).verdict, Verdict::black_hole_confirmed);
}

// Behind NAT64 a datagram of IPv4 is 20 bytes larger: what got through there is no bound here.
TEST(JoinedRow, SizesOfTheOtherFamilyNarrowNoBracket) {
  const Tally silent;
  std::array<RowAtPoint, 1> rows;
  rows[0].tally = &silent;
  rows[0].row.bracket.passed = DatagramLength(524);
  const JoinedDirection joined = vanishing();
  rows[0].row.flow.path.source.version = joined.flow.path.source.version;
  EXPECT_EQ(join_rows(rows, &joined).bracket.passed, DatagramLength(524));
  rows[0].row.flow.path.source.version =
      joined.flow.path.source.version == IpVersion::v4 ? IpVersion::v6 : IpVersion::v4;
  EXPECT_EQ(join_rows(rows, &joined).bracket.passed, DatagramLength(504));
}

// A hint came, and the capture does not hold enough of it to tell for which flow of the path.
TEST(JoinedRow, AHintThatWasCutMayExplainWhatVanishes) {
  Tally tally;
  tally.hint_cut = true;
  std::array<RowAtPoint, 1> rows;
  rows[0].row.verdict = Verdict::unverifiable;
  rows[0].tally = &tally;
  const JoinedDirection joined = vanishing();
  EXPECT_EQ(join_rows(rows, &joined).verdict, Verdict::unverifiable);
}

}  // namespace
}  // namespace pmtu
