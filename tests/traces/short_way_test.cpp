// SPDX-License-Identifier: GPL-2.0-or-later
// Plain frames of healthy traffic take a short way through the analyzer. Whatever a capture holds, it must
// say frame by frame, and at the end, what decoding and observing every frame says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "support/capture_reader.h"
#include "support/trace_check.h"
#include "traffic.h"

namespace pmtu::test {
namespace {

/// Analyzers that are shown the same frames: one by one, in bursts, and one of them always the long way.
class BothWays {
 public:
  void observe(const Frame& frame) {
    collect(frame);
    const bool something = analyzer_.observe(frame, scratch_);
    decode(frame, seen_);
    long_way_.observe(seen_);
    const auto findings = analyzer_.findings(frame.number);
    const auto expected = long_way_.findings(frame.number);
    ASSERT_EQ(something, !findings.empty());
    ASSERT_TRUE(std::equal(findings.begin(), findings.end(), expected.begin(), expected.end()))
        << "frame " << frame.number.value();
  }

  void compare_conclusions() {
    take_burst();
    long_way_.conclude();
    const auto expected = long_way_.findings();
    for (Analyzer* const analyzer : {&analyzer_, &in_bursts_}) {
      analyzer->conclude();
      const auto findings = analyzer->findings();
      EXPECT_TRUE(std::equal(findings.begin(), findings.end(), expected.begin(), expected.end()));
      EXPECT_TRUE(analyzer->summary() == long_way_.summary());
    }
  }

 private:
  static constexpr std::size_t kBurst = 50;  // not what the analyzer itself divides them into

  void collect(const Frame& frame) {
    Frame& kept = burst_.emplace_back(frame);
    bytes_.emplace_back(frame.bytes.begin(), frame.bytes.end());
    kept.bytes = bytes_.back();
    if (burst_.size() == kBurst) take_burst();
  }
  void take_burst() {
    const bool something = in_bursts_.observe(burst_, scratch_);
    const bool expected = std::any_of(burst_.begin(), burst_.end(), [&](const Frame& frame) {
      return !in_bursts_.findings(frame.number).empty();
    });
    EXPECT_TRUE(something || !expected);
    burst_.clear();
    bytes_.clear();
  }

  std::vector<Frame> burst_;
  std::vector<std::vector<std::uint8_t>> bytes_;
  Analyzer analyzer_;
  Analyzer in_bursts_;
  Analyzer long_way_;
  Observation scratch_{};
  Observation seen_{};
};

std::vector<std::string> files(const std::string& folder, const std::string& ending) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ending) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(ShortWay, SaysTheSameOfTraces) {
  for (const std::string& file : files(PMTU_TRACE_FOLDER, ".trace")) {
    SCOPED_TRACE(file);
    BothWays ways;
    for (const TraceFrame& traced : read_trace(file).frames) {
      Frame frame;
      frame.number = traced.number;
      frame.time = traced.time;
      frame.link_type = traced.link_type;
      frame.interface_id = traced.interface_id;
      frame.bytes = traced.bytes;
      ASSERT_NO_FATAL_FAILURE(ways.observe(frame));
    }
    ways.compare_conclusions();
  }
}

TEST(ShortWay, SaysTheSameOfCaptures) {
  const auto captures = files(PMTU_CAPTURE_FOLDER, ".pcapng");
  ASSERT_FALSE(captures.empty());
  for (const std::string& file : captures) {
    SCOPED_TRACE(file);
    CaptureReader reader;
    ASSERT_TRUE(reader.open(file));
    BothWays ways;
    CapturedFrame captured;
    std::uint32_t number = 0;
    while (reader.next(captured)) {
      Frame frame;
      frame.number = FrameNumber(++number);
      frame.time = captured.time;
      frame.link_type = captured.link_type;
      frame.interface_id = captured.interface_id;
      frame.bytes = captured.bytes;
      ASSERT_NO_FATAL_FAILURE(ways.observe(frame));
    }
    ways.compare_conclusions();
  }
}

class ShortWayOverTraffic : public testing::TestWithParam<bench::TrafficKind> {
 protected:
  static bench::TrafficPlan plan(bench::TrafficKind kind);
};

bench::TrafficPlan ShortWayOverTraffic::plan(bench::TrafficKind kind) {
  bench::TrafficPlan plan;
  plan.kind = kind;
  plan.flows = 50;
  plan.frames_per_flow = 100;
  plan.train = 3;
  plan.faults_per_thousand = 20;
  plan.frames_per_second = 1000;
  return plan;
}

TEST_P(ShortWayOverTraffic, SaysTheSame) {
  bench::Traffic traffic(plan(GetParam()));
  BothWays ways;
  for (int i = 0; i < 20'000; ++i) ASSERT_NO_FATAL_FAILURE(ways.observe(traffic.next().frame));
  ways.compare_conclusions();
}

TEST_P(ShortWayOverTraffic, SaysTheSameOfBothSidesOfARouter) {
  bench::Traffic traffic(plan(GetParam()));
  BothWays ways;
  std::uint32_t number = 0;
  for (int i = 0; i < 10'000; ++i) {
    Frame frame = traffic.next().frame;
    frame.number = FrameNumber(++number);
    ASSERT_NO_FATAL_FAILURE(ways.observe(frame));
    std::vector<std::uint8_t> forwarded(frame.bytes.begin(), frame.bytes.end());
    constexpr std::size_t kIp = 14;
    --forwarded[kIp + (forwarded[kIp] >> 4U == 4 ? 8 : 7)];  // TTL, hop limit
    frame.number = FrameNumber(++number);
    frame.time = frame.time + Duration::microseconds(20);
    frame.interface_id = 1;
    frame.bytes = forwarded;
    ASSERT_NO_FATAL_FAILURE(ways.observe(frame));
  }
  ways.compare_conclusions();
}

INSTANTIATE_TEST_SUITE_P(Core, ShortWayOverTraffic,
                         testing::Values(bench::TrafficKind::mixed, bench::TrafficKind::bulk,
                                         bench::TrafficKind::acks, bench::TrafficKind::dns,
                                         bench::TrafficKind::tls, bench::TrafficKind::vpn,
                                         bench::TrafficKind::quic),
                         [](const auto& kind) { return std::string(name(kind.param)); });

}  // namespace
}  // namespace pmtu::test
