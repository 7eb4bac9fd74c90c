// SPDX-License-Identifier: GPL-2.0-or-later
// What is said while frames come in, as one pass of tshark shows it, against what is said at the end: an
// accusation comes late or never, and none is taken back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "support/capture_reader.h"
#include "support/file_list.h"
#include "support/trace_check.h"

namespace pmtu::test {
namespace {

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

bool is_suspicion(FindingKind kind) {
  return kind == FindingKind::black_hole_suspected || kind == FindingKind::black_hole_loss;
}

/// Takes in frames as they come and remembers what each was accused of at that moment.
class OnePass {
 public:
  explicit OnePass(const Preferences& preferences) : analyzer_(preferences) {}

  void observe(const Frame& frame) {
    analyzer_.observe(frame);
    for (const Finding& finding : analyzer_.findings(frame.number)) {
      if (accuses(finding.kind)) said_.push_back(finding);
    }
  }

  /// Every accusation of the one pass that the end does not make.
  [[nodiscard]] std::string taken_back() {
    analyzer_.conclude();
    std::string text;
    for (const Finding& said : said_) {
      if (stands(said) || (is_suspicion(said.kind) && was_hinted_later(said))) continue;
      text += "frame " + std::to_string(said.frame.value()) + ": " + std::string(name(said.kind)) + "\n";
    }
    return text;
  }

 private:
  [[nodiscard]] bool stands(const Finding& said) const {
    const std::span<const Finding> final = analyzer_.findings(said.frame);
    return std::any_of(final.begin(), final.end(),
                       [&](const Finding& finding) { return finding.kind == said.kind; });
  }
  /// A router that answers late explains the loss by the hint (rule: precedence).
  [[nodiscard]] bool was_hinted_later(const Finding& said) const {
    const std::span<const Finding> final = analyzer_.findings();
    return std::any_of(final.begin(), final.end(), [&](const Finding& finding) {
      return finding.frame > said.frame && finding.conversation == said.conversation && finding.hint_status;
    });
  }

  Analyzer analyzer_;
  std::vector<Finding> said_;
};

class OnePassOverTrace : public testing::TestWithParam<std::string> {};

TEST_P(OnePassOverTrace, TakesNothingBack) {
  const Trace trace = read_trace(GetParam());
  OnePass pass(trace.preferences);
  for (const TraceFrame& traced : trace.frames) pass.observe(traced.as_frame());
  EXPECT_EQ(pass.taken_back(), "");
}

class OnePassOverCapture : public testing::TestWithParam<std::string> {};

TEST_P(OnePassOverCapture, TakesNothingBack) {
  CaptureReader reader;
  ASSERT_TRUE(reader.open(GetParam()));
  OnePass pass{Preferences{}};
  CapturedFrame captured;
  std::uint32_t number = 0;
  while (reader.next(captured)) pass.observe(captured.as_frame(FrameNumber(++number)));
  EXPECT_EQ(pass.taken_back(), "");
}

std::vector<std::string> captures() {
  return files_in(PMTU_CAPTURE_FOLDER, {".pcapng", ".pcap"});
}

INSTANTIATE_TEST_SUITE_P(Core, OnePassOverTrace, testing::ValuesIn(trace_files(PMTU_TRACE_FOLDER)),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Core, OnePassOverCapture, testing::ValuesIn(captures()), test_name);

}  // namespace
}  // namespace pmtu::test
