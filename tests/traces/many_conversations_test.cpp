// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <string>

#include "pmtu/report.h"
#include "support/trace_check.h"

namespace pmtu::test {
namespace {

constexpr int kConversations = 10'000;

/// One appliance that ignores its gateway's hints in ten thousand conversations at once.
std::string many_conversations() {
  std::string text =
      "# rule: ignored-hint\n"
      "# shows: the size of a capture changes no verdict\n"
      "host A 10.1.0.10 port 443\n"
      "host R 10.1.0.1\n"
      "host B 10.2.0.20 ttl 62 behind R\n";
  const auto for_each_conversation = [&](double begin, const char* format) {
    for (int i = 0; i < kConversations; ++i) {
      char line[160];
      const int port = 10'000 + i;
      std::snprintf(line, sizeof line, format, begin + i * 1e-4, port, port);
      text += line;
    }
  };
  for_each_conversation(0, "%.4f A > B:%d tcp 1:1449 df 1500\n");
  for_each_conversation(2, "%.4f R > A frag_needed mtu 1446 [A > B:%d tcp 1:1449 1500]\n");
  for_each_conversation(4, "%.4f A > B:%d tcp 1:1449 df 1500\n");
  for_each_conversation(6, "%.4f A > B:%d tcp 1:1449 df 1500\n");
  return text;
}

/// The text window makes its report when it is opened: a person waits for that.
TEST(ManyConversations, ReportIsThereInASecond) {
  Analyzer analyzer;
  run_trace(parse_trace("many", many_conversations()), analyzer);

  const std::clock_t begin = std::clock();
  const Summary summary = analyzer.summary();
  const std::string report = write_report(summary, analyzer.findings());
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;

  ASSERT_EQ(summary.conversations.size(), std::size_t{kConversations});
  for (const ConversationRow& row : summary.conversations) {
    ASSERT_EQ(row.verdict, Verdict::ignoring);
    ASSERT_EQ(row.ignored_packets, 2U);
  }
  RecordProperty("milliseconds", static_cast<int>(seconds * 1'000));
  EXPECT_LT(seconds, 1.0);
}

/// All are one case: so many are listed, and the rest is a number.
TEST(ManyConversations, ReportSaysHowManyItLeavesOut) {
  Analyzer analyzer;
  run_trace(parse_trace("many", many_conversations()), analyzer);
  const std::string report = write_report(analyzer.summary(), analyzer.findings());
  EXPECT_NE(report.find("- and 9800 more\n"), std::string::npos);
  EXPECT_LT(report.size(), 300'000U);
}

}  // namespace
}  // namespace pmtu::test
