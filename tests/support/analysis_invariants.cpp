// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/analysis_invariants.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string_view>

#include "pmtu/report.h"

namespace pmtu::test {
namespace {

class Promises {
 public:
  void hold(bool held, std::string_view promise, FrameNumber frame = {}) {
    if (held) return;
    std::string sentence(promise);
    if (frame != FrameNumber{}) sentence += " (frame " + std::to_string(frame.value()) + ')';
    broken_.push_back(std::move(sentence));
  }
  [[nodiscard]] std::vector<std::string> broken() && { return std::move(broken_); }

 private:
  std::vector<std::string> broken_;
};

bool is_mark(const Finding& finding) {
  return finding.kind == FindingKind::ignored_hint;
}

bool blames_for_ignoring(Verdict verdict) {
  return verdict == Verdict::ignoring || verdict == Verdict::probably_ignoring;
}

void check_finding(Promises& promises, const Finding& finding, FrameNumber frames) {
  const FrameNumber at = finding.frame;
  promises.hold(at != FrameNumber{} && at <= frames, "a finding is about a frame that was observed", at);
  promises.hold(finding.hint_frame <= at, "knowledge comes from a frame at or before the finding", at);
  promises.hold(finding.quoted_frame <= at, "what a hint quotes was captured before", at);
  promises.hold(finding.related_frame <= frames, "related frames were observed", at);
  promises.hold(!describe(finding).empty(), "every finding is a sentence", at);
  if (!is_mark(finding)) return;
  promises.hold(finding.dont_fragment, "only DF datagrams can ignore a hint", at);
  promises.hold(finding.proof != Proof::none, "no accusation without proof", at);
  promises.hold(finding.hint_frame != FrameNumber{}, "no accusation without a hint", at);
  promises.hold(!finding.path_mtu || finding.excess() != 0, "no accusation of what fits", at);
  promises.hold(finding.since_hint >= Duration{}, "no accusation of what was captured before the hint", at);
  promises.hold(finding.conversation != kNoConversation, "an accusation names its row", at);
}

void check_frame_list(Promises& promises, const std::vector<FrameNumber>& list,
                      const Preferences& preferences, FrameNumber frames) {
  promises.hold(std::is_sorted(list.begin(), list.end()), "frames of a row are listed in order");
  promises.hold(list.empty() || (list.front() != FrameNumber{} && list.back() <= frames),
                "frames of a row were observed");
  promises.hold(list.size() <= preferences.max_listed_frames, "lists of frames are bounded");
}

/// `marks`: number of accusations among the findings, by row.
void check_row(Promises& promises, const ConversationRow& row, std::size_t marks,
               const Preferences& preferences, FrameNumber frames, bool findings_complete,
               bool several_points) {
  promises.hold(row.verdict != Verdict::none, "rows have something to say");
  promises.hold(!row.reason.empty(), "rows give their reason");
  promises.hold(row.first_frame <= row.last_frame && row.last_frame <= frames,
                "rows begin before they end, and end with the capture", row.last_frame);
  check_frame_list(promises, row.hint_frames, preferences, frames);
  check_frame_list(promises, row.ignored_frames, preferences, frames);
  promises.hold(blames_for_ignoring(row.verdict) == (row.ignored_packets != 0),
                "the verdict ignoring stands for marked datagrams", row.first_frame);
  promises.hold(row.ignored_packets >= row.ignored_frames.size(), "listed marks are counted");
  promises.hold(row.verdict != Verdict::ignoring || row.delivered == Delivery::yes,
                "ignoring says that the hint was delivered");
  if (findings_complete) {
    // What several capture points saw is marked at each, and counted once.
    promises.hold(several_points ? marks >= row.ignored_packets : marks == row.ignored_packets,
                  "rows count the marks that frames show", row.first_frame);
  }
  if (row.bracket.passed && row.bracket.lost) {
    promises.hold(*row.bracket.passed < *row.bracket.lost, "a bracket has a lower and an upper end");
  }
  if (row.recommended.mss_v4 && row.recommended.mtu) {
    promises.hold(*row.recommended.mss_v4 + 40U == row.recommended.mtu->value(),
                  "the recommended MSS is the recommended MTU less 40");
  }
  promises.hold(!row.stall || *row.stall >= Duration{}, "a stall takes time");
  promises.hold(!evidence_filter(row).empty(), "every row has its filter");
}

bool same_row(const ConversationRow& a, const ConversationRow& b) {
  return a.id == b.id && a.verdict == b.verdict && a.reason == b.reason && a.hints == b.hints &&
         a.ignored_frames == b.ignored_frames && a.hint_frames == b.hint_frames && a.stage == b.stage &&
         a.bracket.passed == b.bracket.passed && a.bracket.lost == b.bracket.lost;
}

bool same_finding(const Finding& a, const Finding& b) {
  return a.frame == b.frame && a.kind == b.kind && a.severity == b.severity &&
         a.conversation == b.conversation && a.length == b.length && a.hint_frame == b.hint_frame;
}

}  // namespace

std::vector<std::string> broken_promises(Analyzer& analyzer, const Preferences& preferences,
                                         FrameNumber frames) {
  Promises promises;
  analyzer.conclude();
  const std::vector<Finding> findings(analyzer.findings().begin(), analyzer.findings().end());
  const Summary summary = analyzer.summary();
  const Coverage& coverage = summary.coverage;

  promises.hold(std::is_sorted(findings.begin(), findings.end(),
                               [](const Finding& a, const Finding& b) { return a.frame < b.frame; }),
                "findings come in order of frames");
  promises.hold(findings.size() <= preferences.max_findings, "findings are bounded");
  std::map<std::uint32_t, std::size_t> marks;
  for (const Finding& finding : findings) {
    check_finding(promises, finding, frames);
    if (is_mark(finding)) ++marks[finding.conversation.value()];
    const auto of_frame = analyzer.findings(finding.frame);
    promises.hold(std::any_of(of_frame.begin(), of_frame.end(),
                              [&](const Finding& other) { return same_finding(finding, other); }),
                  "a frame shows its findings", finding.frame);
  }

  const bool findings_complete = coverage.dropped_findings == 0;
  for (const ConversationRow& row : summary.conversations) {
    const auto counted = marks.find(row.id.value());
    check_row(promises, row, counted == marks.end() ? 0 : counted->second, preferences, frames,
              findings_complete, !summary.points.empty());
    promises.hold(analyzer.verdict(row.id) == row.verdict, "a row has one verdict");
    promises.hold(analyzer.flow(row.id) == row.flow, "a row has one flow");
    if (counted != marks.end()) marks.erase(counted);
  }
  promises.hold(marks.empty() || coverage.evicted_conversations != 0, "every mark belongs to a row");
  promises.hold(summary.conversations.size() <= preferences.max_conversations, "rows are bounded");
  promises.hold(std::is_sorted(
                    summary.conversations.begin(), summary.conversations.end(),
                    [](const ConversationRow& a, const ConversationRow& b) { return a.verdict > b.verdict; }),
                "the worst rows come first");
  promises.hold(summary.paths.size() <= preferences.max_paths, "paths are bounded");
  promises.hold(coverage.frames == frames.value(), "every frame is counted");
  promises.hold(!write_report(summary, findings).empty(), "there is always a report");

  analyzer.conclude();
  const auto again = analyzer.findings();
  promises.hold(std::equal(findings.begin(), findings.end(), again.begin(), again.end(), same_finding),
                "concluding twice says nothing twice");
  const Summary summary_again = analyzer.summary();
  promises.hold(std::equal(summary.conversations.begin(), summary.conversations.end(),
                           summary_again.conversations.begin(), summary_again.conversations.end(), same_row),
                "concluding twice changes no row");
  return std::move(promises).broken();
}

}  // namespace pmtu::test
