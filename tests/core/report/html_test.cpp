// SPDX-License-Identifier: GPL-2.0-or-later
// The page needs nothing else, runs nothing, and is one whatever a capture holds.
#include <gtest/gtest.h>

#include <array>
#include <regex>
#include <string>
#include <vector>

#include "pmtu/observation.h"
#include "pmtu/report.h"
#include "report/svg.h"

namespace pmtu {
namespace {

IpAddress v4(std::uint8_t last) {
  const std::array<std::uint8_t, 4> bytes{10, 0, 0, last};
  return IpAddress::from_v4(bytes.data());
}

Finding finding(std::uint32_t frame, FindingKind kind) {
  Finding one;
  one.frame = FrameNumber{frame};
  one.kind = kind;
  one.conversation = ConversationId{0};
  return one;
}

/// A hint in frame 2 for frame 1, ignored in frame 3.
struct Story {
  Summary summary;
  std::vector<Finding> findings{finding(2, FindingKind::hint_received),
                                finding(3, FindingKind::ignored_hint)};
  std::vector<SizePoint> points{{FrameNumber{1}, Timestamp{0}, DatagramLength{1500}, true},
                                {FrameNumber{3}, Timestamp{2'000'000'000}, DatagramLength{1500}, true}};

  explicit Story(Verdict verdict = Verdict::ignoring) {
    ConversationRow row;
    row.id = ConversationId{0};
    row.flow = {{v4(1), v4(2)}, 443, 40000, ip_protocol::tcp};
    row.verdict = verdict;
    row.path_mtu = Mtu{1400};
    row.bracket = {DatagramLength{1300}, DatagramLength{1500}};
    row.ignored_packets = 1;
    row.ignored_bytes = 1500;
    row.hints = 1;
    row.hint_frames = {FrameNumber{2}};
    row.reporter = v4(9);
    row.stall = Duration::seconds(2);
    row.stall_begin = Timestamp{0};
    summary.conversations.push_back(row);
    findings[0].hint_status = HintStatus::valid;
    findings[0].hint_mtu = Mtu{1400};
    findings[0].quoted_frame = FrameNumber{1};
    findings[0].quoted_length = DatagramLength{1500};
    findings[0].reporter = v4(9);
    findings[1].length = DatagramLength{1500};
    findings[1].dont_fragment = true;
    findings[1].path_mtu = Mtu{1400};
    findings[1].hint_frame = FrameNumber{2};
    findings[1].severity = Severity::error;
  }

  [[nodiscard]] std::string page(const Provenance& provenance = {}) const {
    return write_html_report(summary, findings, provenance, [&](const FlowKey&) { return points; });
  }
};

bool says(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

/// What is opened and not closed, or closed and not open; empty when the elements nest.
std::string broken_nesting(const std::string& page) {
  const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>");
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(page.begin(), page.end(), tag); it != std::sregex_iterator(); ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || (*it)[3].length() != 0) continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + ">";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

TEST(HtmlReport, IsAPageThatNeedsNothingElse) {
  const std::string page = Story{}.page();
  EXPECT_EQ(page.rfind("<!DOCTYPE html>\n", 0), 0U);
  EXPECT_TRUE(says(
      page,
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"));
  for (const char* word : {"<script", "http://", "https://", " href", " src=", "url(", "@import"})
    EXPECT_FALSE(says(page, word)) << word;
  EXPECT_FALSE(std::regex_search(page, std::regex("<[^>]* on[a-z]+=")));
  EXPECT_EQ(broken_nesting(page), "");
}

TEST(HtmlReport, DrawsPathSizesAndLadderWithWordsForScreenReaders) {
  const std::string page = Story{}.page();
  for (const char* title :
       {"<title>The path</title>", "<title>Sizes over time</title>", "<title>The frames that decide</title>"})
    EXPECT_TRUE(says(page, title)) << title;
  EXPECT_TRUE(says(page, "<desc>From left to right: 10.0.0.1 (sender), captured here ("));
  EXPECT_TRUE(says(
      page,
      "<desc>2 datagrams of 10.0.0.1:443 -&gt; 10.0.0.2:40000 (TCP) in 2.0 s, the largest of 1500 bytes. 1: "
      "ignores the hint."));
  EXPECT_TRUE(says(
      page, "<desc>Frame 1: 1500 bytes, does not fit. Frame 2: hint: MTU 1400. Frame 3: 1500 bytes, DF"));
  EXPECT_TRUE(says(page, "class=\"stall\""));
  EXPECT_TRUE(says(page, "<title>frame 3: 1500 bytes, ignores the hint</title>"));
}

TEST(HtmlReport, ShadesNoStallThatItDoesNotKnow) {
  Story story;
  story.summary.conversations[0].stall_begin.reset();
  EXPECT_FALSE(says(story.page(), "class=\"stall\""));
}

TEST(HtmlReport, EscapesWhatComesFromOutside) {
  Provenance provenance;
  provenance.file = "<script>alert('x')</script>\xff&\x01.pcap";
  provenance.filter = "frame contains \"`<b>`\"";
  const std::string page = Story{}.page(provenance);
  EXPECT_FALSE(says(page, "<script"));
  EXPECT_TRUE(
      says(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\xef\xbf\xbd&amp;\xef\xbf\xbd.pcap"));
  EXPECT_EQ(broken_nesting(page), "");
}

TEST(HtmlReport, EveryVerdictMakesAPage) {
  for (std::size_t verdict = 0; verdict < kVerdicts; ++verdict) {
    Story story(static_cast<Verdict>(verdict));
    EXPECT_EQ(broken_nesting(story.page()), "") << verdict;
    story.points.clear();
    EXPECT_EQ(broken_nesting(story.page()), "") << verdict;
    story.findings.clear();
    EXPECT_EQ(broken_nesting(story.page()), "") << verdict;
  }
}

TEST(HtmlReport, ALargeConversationMakesNoLargeDrawing) {
  Story story;
  for (std::uint32_t i = 4; i < 200'000; ++i)
    story.points.push_back({FrameNumber{i}, Timestamp{i * 100'000LL}, DatagramLength{i % 1500}, true});
  EXPECT_LT(story.page().size(), 20'000'000U);
}

TEST(Escaped, LeavesUtf8AndMendsWhatIsNone) {
  EXPECT_EQ(report::escaped("µ € 𝄞"), "µ € 𝄞");
  const std::string replacement = "\xef\xbf\xbd";
  EXPECT_EQ(report::escaped("\xc0\x80"), replacement + replacement);           // overlong
  EXPECT_EQ(report::escaped("\xed\xa0\x80").find('\xed'), std::string::npos);  // a surrogate
  EXPECT_EQ(report::escaped("\xf5"), replacement);
  EXPECT_EQ(report::escaped("a\xe2\x82"), "a" + replacement + replacement);  // cut
}

}  // namespace
}  // namespace pmtu
