// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/record_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace pmtu::scan {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes seed() {
  std::ifstream in(PMTU_SOURCE_DIR "/captures/seed-appliance.pcapng", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Gives the splitter so many bytes at a time; what it gave as whole, one after the other.
Bytes split(const Bytes& stream, std::size_t at_a_time, RecordSplitter& splitter) {
  Bytes whole;
  Bytes pending;
  for (std::size_t begin = 0; begin < stream.size(); begin += at_a_time) {
    const std::size_t end = std::min(stream.size(), begin + at_a_time);
    pending.insert(pending.end(), stream.begin() + static_cast<std::ptrdiff_t>(begin),
                   stream.begin() + static_cast<std::ptrdiff_t>(end));
    const auto size = static_cast<std::ptrdiff_t>(splitter.whole_records(pending));
    whole.insert(whole.end(), pending.begin(), pending.begin() + size);
    pending.erase(pending.begin(), pending.begin() + size);
  }
  return whole;
}

TEST(RecordSplitter, GivesAllOfAStreamInPiecesOfAnySize) {
  const Bytes stream = seed();
  ASSERT_GT(stream.size(), 1000U);
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, stream.size()}) {
    RecordSplitter splitter;
    EXPECT_EQ(split(stream, size, splitter), stream) << size;
    EXPECT_TRUE(splitter.any_packet());
    EXPECT_FALSE(splitter.is_lost());
  }
}

TEST(RecordSplitter, KeepsBackARecordThatIsNotWhole) {
  Bytes stream = seed();
  stream.pop_back();
  RecordSplitter splitter;
  const Bytes whole = split(stream, stream.size(), splitter);
  EXPECT_LT(whole.size(), stream.size());
  EXPECT_GT(whole.size(), stream.size() - 2000);
}

TEST(RecordSplitter, IsLostInWhatIsNoCapture) {
  RecordSplitter text;
  EXPECT_EQ(text.whole_records(Bytes(100, 'x')), 0U);
  EXPECT_TRUE(text.is_lost());
  // A block whose length is 0 would never end.
  const Bytes stream = seed();
  Bytes endless(28 + 40);
  std::copy_n(stream.begin(), 28, endless.begin());
  RecordSplitter splitter;
  EXPECT_LE(splitter.whole_records(endless), endless.size());
  EXPECT_TRUE(splitter.is_lost());
}

TEST(RecordSplitter, EndsWithAnyBytes) {
  std::mt19937 dice(1);
  const Bytes stream = seed();
  for (int round = 0; round < 2000; ++round) {
    Bytes damaged = stream;
    for (int i = 0; i < 5; ++i) damaged[dice() % damaged.size()] = static_cast<std::uint8_t>(dice());
    RecordSplitter splitter;
    EXPECT_LE(split(damaged, damaged.size(), splitter).size(), damaged.size());
  }
}

}  // namespace
}  // namespace pmtu::scan
