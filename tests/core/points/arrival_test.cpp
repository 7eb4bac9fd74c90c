// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/arrival.h"

#include <gtest/gtest.h>

namespace pmtu {
namespace {

constexpr bool kArrived = true;
constexpr bool kLost = false;

/// Datagrams in order: frames count from 1.
class Path {
 public:
  Path& send(std::uint32_t length, bool arrived, unsigned times = 1, bool dont_fragment = true) {
    for (unsigned i = 0; i < times; ++i)
      sent_.push_back({FrameNumber(++frame_), length, 0, arrived, dont_fragment});
    return *this;
  }
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
  [[nodiscard]] auto vanishing() const { return vanishing_sizes(sent_); }

 private:
  std::vector<Sent> sent_;
  std::uint32_t frame_ = 0;
};

TEST(Arrival, LargeOnesVanishWhileSmallOnesPass) {
  const auto found = Path().send(60, kArrived, 2).send(1500, kLost, 3).send(480, kArrived).vanishing();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bracket, (Bracket{DatagramLength(480), DatagramLength(1500)}));
  EXPECT_EQ(found->lost, 3U);
  EXPECT_EQ(found->smaller_arrived, 3U);
}

TEST(Arrival, TwoLossesAreChance) {
  EXPECT_FALSE(Path().send(60, kArrived, 9).send(1500, kLost, 2).send(60, kArrived, 9).vanishing());
}

TEST(Arrival, ASizeThatArrivedOnceIsNotTooLarge) {
  EXPECT_FALSE(
      Path().send(60, kArrived, 3).send(1500, kLost, 5).send(1500, kArrived).send(60, kArrived).vanishing());
}

TEST(Arrival, FewerThanThreeSmallerOnesShowNoLife) {
  EXPECT_FALSE(Path().send(60, kArrived).send(1500, kLost, 5).send(60, kArrived).vanishing());
}

// One datagram of a burst is of a size that nothing else tells of: no smaller one was lost.
TEST(Arrival, ASizeBetweenTheTwoThatWasLostOnceIsNoLossyLink) {
  const auto found = Path()
                         .send(60, kArrived, 2)
                         .send(1500, kLost, 2)
                         .send(1252, kLost)
                         .send(699, kArrived)
                         .send(1500, kLost, 5)
                         .send(52, kArrived)
                         .vanishing();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bracket, (Bracket{DatagramLength(699), DatagramLength(1500)}));
  EXPECT_EQ(found->lost, 7U);
  EXPECT_EQ(found->smaller_arrived, 4U);
  // But what is lost of the sizes that arrived counts.
  EXPECT_FALSE(Path()
                   .send(60, kArrived, 2)
                   .send(1500, kLost, 2)
                   .send(1252, kLost)
                   .send(699, kArrived)
                   .send(600, kLost)
                   .send(52, kArrived)
                   .vanishing());
}

// A link that was cut: nothing arrives any more, whatever its size.
TEST(Arrival, NothingSmallerAfterTheFirstLossIsACutLink) {
  EXPECT_FALSE(Path().send(60, kArrived, 9).send(1500, kLost, 5).vanishing());
}

TEST(Arrival, MoreThanAQuarterOfTheSmallerOnesLostIsALossyLink) {
  EXPECT_TRUE(
      Path().send(60, kArrived, 3).send(1500, kLost, 3).send(60, kArrived, 3).send(60, kLost).vanishing());
  EXPECT_FALSE(
      Path().send(60, kArrived, 3).send(1500, kLost, 3).send(60, kArrived, 2).send(60, kLost).vanishing());
}

TEST(Arrival, TheLostSizeIsTheSmallestThatWasLostTwice) {
  const auto found = Path()
                         .send(60, kArrived, 3)
                         .send(900, kLost)
                         .send(1446, kLost, 2)
                         .send(1500, kLost, 3)
                         .send(60, kArrived, 4);
  ASSERT_TRUE(found.vanishing().has_value());
  EXPECT_EQ(found.vanishing()->bracket.lost, DatagramLength(1446));
}

// Without DF a router may have cut it: no size that passed, but a path that lives.
TEST(Arrival, DatagramsWithoutDfShowLifeButNoSize) {
  const auto found = Path()
                         .send(60, kArrived)
                         .send(1500, kLost, 3)
                         .send(576, kArrived, 3, false)
                         .send(1500, kArrived, 1, false);
  ASSERT_TRUE(found.vanishing().has_value());
  EXPECT_EQ(found.vanishing()->bracket, (Bracket{DatagramLength(60), DatagramLength(1500)}));
  EXPECT_FALSE(Path().send(60, kArrived, 4).send(1500, kLost, 3, false).send(60, kArrived).vanishing());
}

TEST(Arrival, NeighbouringSizesOfOneFateShareARow) {
  const auto rows = arrival_by_size(Path()
                                        .send(1500, kLost, 2)
                                        .send(60, kArrived)
                                        .send(72, kArrived, 2)
                                        .send(1400, kLost)
                                        .send(600, kArrived)
                                        .send(600, kLost)
                                        .sent());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], (ArrivalBySize{DatagramLength(60), DatagramLength(72), 3, 3}));
  EXPECT_EQ(rows[1], (ArrivalBySize{DatagramLength(600), DatagramLength(600), 2, 1}));
  EXPECT_EQ(rows[2], (ArrivalBySize{DatagramLength(1400), DatagramLength(1500), 3, 0}));
}

Lost tcp(std::uint32_t frame, std::uint32_t length, std::uint32_t sequence) {
  return {FrameNumber(frame), length, SequenceNumber(sequence), true, false};
}

TEST(Arrival, BytesSentAgainAtALostSizeAreInsistence) {
  const std::vector<Lost> lost = {tcp(4, 1500, 1), tcp(5, 1500, 1449), tcp(9, 1500, 1)};
  const auto found = insistent_losses(lost, 1500);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->count, 3U);
  EXPECT_EQ(found->first, FrameNumber(4));
  EXPECT_EQ(found->last, FrameNumber(9));
}

// RFC 4821 §7.6: what a probe lost comes again in smaller segments.
TEST(Arrival, ProbesAreNoInsistence) {
  const std::vector<Lost> lost = {tcp(4, 1492, 1), tcp(30, 1492, 9000), tcp(70, 1492, 20000)};
  EXPECT_FALSE(insistent_losses(lost, 1492));
}

// RFC 8899 §5.1.4: MAX_PROBES lone tries of a size.
TEST(Arrival, LoneDatagramsAreProbesAndRowsAreNot) {
  const Lost lone{FrameNumber(4), 1400, {}, false, false};
  const Lost next{FrameNumber(5), 1400, {}, false, true};
  EXPECT_FALSE(insistent_losses(std::vector{lone, lone, lone}, 1400));
  EXPECT_TRUE(insistent_losses(std::vector{lone, next, next}, 1400));
}

TEST(Arrival, NoSearchTriesASizeFourTimes) {
  const Lost lone{FrameNumber(4), 1400, {}, false, false};
  const Lost larger{FrameNumber(9), 1450, {}, false, false};
  EXPECT_FALSE(insistent_losses(std::vector{lone, lone, lone, larger, larger, larger}, 1400));
  EXPECT_TRUE(insistent_losses(std::vector{lone, lone, lone, larger, lone}, 1400));
  // A window of new bytes, each of which comes again smaller.
  EXPECT_FALSE(insistent_losses(
      std::vector{tcp(4, 9001, 1), tcp(8, 9001, 9000), tcp(12, 9001, 18000), tcp(16, 9001, 27000)}, 9001));
}

}  // namespace
}  // namespace pmtu
