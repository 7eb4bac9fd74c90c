// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/live_analysis.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/capture_reader.h"

namespace pmtu::scan {
namespace {

std::vector<test::CapturedFrame> frames_of(test::CaptureReader& reader) {
  EXPECT_TRUE(reader.open(PMTU_SOURCE_DIR "/captures/seed-appliance.pcapng"));
  std::vector<test::CapturedFrame> frames;
  for (test::CapturedFrame frame; reader.next(frame);) frames.push_back(frame);
  return frames;
}

/// The story, so many times one after the other, at new times; frames with an ignored hint by story.
std::vector<std::vector<std::uint32_t>> told_of_stories(unsigned stories, LiveAnalysis::Limits limits) {
  test::CaptureReader reader;
  const auto frames = frames_of(reader);
  std::vector<std::vector<std::uint32_t>> told(stories);
  unsigned story = 0;
  LiveAnalysis analysis(
      {},
      [&](const LiveFinding& live) {
        if (live.finding.kind == FindingKind::ignored_hint) told[story].push_back(live.finding.frame.value());
      },
      limits);
  for (; story < stories; ++story) {
    analysis.begin_file();
    std::uint32_t number = 0;
    for (const auto& frame : frames) {
      const Timestamp time = frame.time + Duration::seconds(std::int64_t{700} * story);
      analysis.observe({FrameNumber(++number), time, frame.link_type, frame.interface_id, frame.bytes, {}});
    }
    if (story + 1 == stories) analysis.conclude();
  }
  return told;
}

const std::vector<std::uint32_t> kIgnoring{17, 21, 24, 26, 30, 32};

TEST(LiveAnalysis, TellsEachFindingOnceWhenItIsConcludedAgainAndAgain) {
  test::CaptureReader reader;
  std::vector<std::uint32_t> told;
  LiveAnalysis analysis({}, [&](const LiveFinding& live) {
    if (live.finding.kind != FindingKind::ignored_hint) return;
    told.push_back(live.finding.frame.value());
    EXPECT_EQ(live.verdict, Verdict::ignoring);
    EXPECT_EQ(to_string(live.flow->path.source), "10.1.0.10");
    EXPECT_EQ(to_string(*live.reporter), "10.1.0.1");
  });
  std::uint32_t number = 0;
  for (const auto& frame : frames_of(reader)) {
    analysis.observe(
        {FrameNumber(++number), frame.time, frame.link_type, frame.interface_id, frame.bytes, {}});
    analysis.conclude();
  }
  EXPECT_EQ(told, kIgnoring);
}

TEST(LiveAnalysis, ASuccessorTellsTheSame) {
  const auto alone = told_of_stories(6, {});
  EXPECT_EQ(alone[0], kIgnoring);
  // A successor for every story.
  EXPECT_EQ(told_of_stories(6, {10, 400'000}), alone);
  EXPECT_EQ(told_of_stories(6, {1'000'000'000, 3}), alone);
}

TEST(LiveAnalysis, NumbersAreThoseOfTheFileAlsoWhenItIsReadInTwoGoes) {
  test::CaptureReader reader;
  const auto frames = frames_of(reader);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> told;
  LiveAnalysis analysis({}, [&](const LiveFinding& live) {
    if (live.finding.kind == FindingKind::ignored_hint)
      told.emplace_back(live.finding.frame.value(), live.finding.hint_frame.value());
  });
  const auto read = [&](std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t number = from; number <= to; ++number) {
      const auto& frame = frames[number - 1];
      analysis.observe(
          {FrameNumber(number), frame.time, frame.link_type, frame.interface_id, frame.bytes, {}});
    }
  };
  analysis.begin_file();
  read(1, 20);
  analysis.begin_file(20);
  read(21, 25);
  analysis.begin_file(25);
  read(26, static_cast<std::uint32_t>(frames.size()));
  EXPECT_EQ(told, (decltype(told){{17, 9}, {21, 9}, {24, 9}, {26, 9}, {30, 9}, {32, 9}}));
}

}  // namespace
}  // namespace pmtu::scan
