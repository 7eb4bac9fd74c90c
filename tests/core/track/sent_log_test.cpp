// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/sent_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace pmtu {
namespace {

Transmission& append(SentLog& log, TransmissionChain& chain, std::uint32_t frame) {
  Transmission& sent = log.append(chain);
  sent.frame = FrameNumber(frame);
  return sent;
}

std::vector<std::uint32_t> latest_first(const SentLog& log, const TransmissionChain& chain) {
  std::vector<std::uint32_t> frames;
  log.latest_first(chain, [&](const Transmission& sent) {
    frames.push_back(sent.frame.value());
    return true;
  });
  return frames;
}

TEST(SentLog, EachDirectionHasAChainOfItsOwn) {
  SentLog log;
  TransmissionChain one;
  TransmissionChain other;
  append(log, one, 1);
  append(log, other, 2);
  append(log, one, 3);
  EXPECT_EQ(latest_first(log, one), (std::vector<std::uint32_t>{3, 1}));
  EXPECT_EQ(latest_first(log, other), (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(log.get(one.head)->frame, FrameNumber(1));
  EXPECT_EQ(log.get(log.get(one.head)->next)->frame, FrameNumber(3));
}

TEST(SentLog, LooksBackOverAllDirections) {
  SentLog log;
  TransmissionChain one;
  TransmissionChain other;
  append(log, one, 1);
  append(log, other, 2);
  std::vector<std::uint32_t> frames;
  log.latest_of_all([&](const Transmission& sent) {
    frames.push_back(sent.frame.value());
    return true;
  });
  EXPECT_EQ(frames, (std::vector<std::uint32_t>{2, 1}));
}

TEST(SentLog, ForgetsTheOldestAndSaysSo) {
  SentLog log;
  TransmissionChain early;
  append(log, early, 1);
  const std::uint32_t id = early.tail;
  TransmissionChain late;
  for (std::uint32_t i = 0; i < SentLog::kCapacity; ++i) append(log, late, i + 2);
  EXPECT_EQ(log.get(id), nullptr);
  EXPECT_TRUE(latest_first(log, early).empty());
  append(log, early, 7);
  EXPECT_EQ(latest_first(log, early), (std::vector<std::uint32_t>{7})) << "a chain begins anew";
}

TEST(SentLog, NoSearchGoesFartherThanItsBound) {
  SentLog log;
  TransmissionChain chain;
  for (std::uint32_t i = 0; i < 2U * SentLog::kLookBack; ++i) append(log, chain, i + 1);
  EXPECT_EQ(latest_first(log, chain).size(), std::size_t{SentLog::kLookBack});
}

}  // namespace
}  // namespace pmtu
