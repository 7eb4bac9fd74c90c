// SPDX-License-Identifier: GPL-2.0-or-later
// Plain frames take a fast way through the decoder. Whatever a frame holds, it must find what the walk from
// header to header finds, to the last byte of the observation.
#include <gtest/gtest.h>
#include <algorithm>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "decode/plain.h"
#include "decode/walk.h"
#include "support/capture_reader.h"
#include "support/file_list.h"
#include "support/trace_check.h"
#include "traffic.h"

namespace pmtu::test {
namespace {

class BothWays {
 public:
  void decode(const Frame& frame) {
    std::memset(static_cast<void*>(plain_.get()), 0, sizeof(Observation));
    std::memset(static_cast<void*>(walked_.get()), 0, sizeof(Observation));
    if (!detail::decode_plain(frame, *plain_)) return;
    ++plain_frames_;
    detail::FrameWalk(frame, *walked_).run();
    ASSERT_EQ(std::memcmp(plain_.get(), walked_.get(), sizeof(Observation)), 0)
        << "frame " << frame.number.value();
  }
  [[nodiscard]] std::uint32_t plain_frames() const { return plain_frames_; }

 private:
  std::unique_ptr<Observation> plain_ = std::make_unique<Observation>();
  std::unique_ptr<Observation> walked_ = std::make_unique<Observation>();
  std::uint32_t plain_frames_ = 0;
};

std::vector<std::string> captures() {
  return files_in(PMTU_CAPTURE_FOLDER, {".pcapng"});
}

TEST(PlainDecode, FindsWhatTheWalkFindsInTraces) {
  BothWays ways;
  for (const std::string& file : trace_files(PMTU_TRACE_FOLDER)) {
    SCOPED_TRACE(file);
    for (const TraceFrame& traced : read_trace(file).frames) {
      ASSERT_NO_FATAL_FAILURE(ways.decode(traced.as_frame()));
    }
  }
  EXPECT_GT(ways.plain_frames(), 150U);
}

TEST(PlainDecode, FindsWhatTheWalkFindsInCapturesCutAnywhere) {
  BothWays ways;
  for (const std::string& file : captures()) {
    SCOPED_TRACE(file);
    CaptureReader reader;
    ASSERT_TRUE(reader.open(file));
    CapturedFrame captured;
    std::uint32_t number = 0;
    while (reader.next(captured)) {
      Frame frame = captured.as_frame(FrameNumber(++number));
      ASSERT_NO_FATAL_FAILURE(ways.decode(frame));
      frame.bytes = frame.bytes.first(frame.bytes.size() * (number % 16) / 16);
      ASSERT_NO_FATAL_FAILURE(ways.decode(frame));
    }
  }
  EXPECT_GT(ways.plain_frames(), 10'000U);
}

class PlainDecodeOfTraffic : public testing::TestWithParam<bench::TrafficKind> {};

TEST_P(PlainDecodeOfTraffic, FindsWhatTheWalkFindsWithAnyByteChanged) {
  bench::TrafficPlan plan;
  plan.kind = GetParam();
  plan.flows = 50;
  bench::Traffic traffic(plan);
  BothWays ways;
  for (std::uint32_t i = 0; i < 4'000; ++i) {
    const Frame original = traffic.next().frame;
    ASSERT_NO_FATAL_FAILURE(ways.decode(original));
    std::vector<std::uint8_t> bytes(original.bytes.begin(), original.bytes.end());
    Frame changed = original;
    changed.bytes = bytes;
    constexpr std::size_t kHeaders = 80;
    bytes[i % std::min(bytes.size(), kHeaders)] ^= static_cast<std::uint8_t>(1U << i / kHeaders % 8);
    ASSERT_NO_FATAL_FAILURE(ways.decode(changed));
  }
  EXPECT_GT(ways.plain_frames(), 2'000U);
}

INSTANTIATE_TEST_SUITE_P(Core, PlainDecodeOfTraffic,
                         testing::Values(bench::TrafficKind::mixed, bench::TrafficKind::bulk,
                                         bench::TrafficKind::acks, bench::TrafficKind::dns,
                                         bench::TrafficKind::tls, bench::TrafficKind::vpn,
                                         bench::TrafficKind::quic),
                         [](const auto& kind) { return std::string(name(kind.param)); });

}  // namespace
}  // namespace pmtu::test
