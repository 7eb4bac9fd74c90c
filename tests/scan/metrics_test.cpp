// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pmtu::scan {
namespace {

TEST(Metrics, CountByVerdictSenderAndReporter) {
  Metrics metrics;
  metrics.frames = 7;
  metrics.count_verdict(Verdict::ignoring, "10.1.0.10", "10.1.0.1", 2);
  metrics.count_verdict(Verdict::ignoring, "10.1.0.10", "10.1.0.1");
  metrics.count_verdict(Verdict::black_hole_suspected, "2001:db8::1", "");
  const std::string text = metrics.text();
  EXPECT_NE(text.find("\npmtu_frames_total 7\n"), std::string::npos);
  EXPECT_NE(
      text.find("pmtu_verdicts_total{verdict=\"ignoring\",sender=\"10.1.0.10\",reporter=\"10.1.0.1\"} 3\n"),
      std::string::npos);
  EXPECT_NE(text.find("{verdict=\"black_hole_suspected\",sender=\"2001:db8::1\",reporter=\"\"} 1\n"),
            std::string::npos);
}

TEST(Metrics, AreBounded) {
  Metrics metrics;
  for (std::size_t i = 0; i < 5 * Metrics::kMostSeries; ++i)
    metrics.count_verdict(Verdict::ignoring, std::to_string(i), "r");
  const std::string text = metrics.text();
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'),
            static_cast<std::ptrdiff_t>(Metrics::kMostSeries) + 20);
  EXPECT_NE(text.find("sender=\"other\",reporter=\"other\"} 4000\n"), std::string::npos);
}

}  // namespace
}  // namespace pmtu::scan
