// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/trace_check.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>

#include "pmtu/decode.h"

namespace pmtu::test {
namespace {

constexpr std::string_view kNothing = "-";

std::string text_of(FrameNumber frame) {
  return frame.value() == 0 ? std::string(kNothing) : "#" + std::to_string(frame.value());
}

template <class Value>
std::string text_of(const std::optional<Value>& value) {
  if (!value) return std::string(kNothing);
  if constexpr (requires { value->value(); }) {
    return std::to_string(value->value());
  } else {
    return std::to_string(*value);
  }
}

std::string text_of(HintRemark remark) {
  switch (remark) {
    case HintRemark::none:
      return "none";
    case HintRemark::mtu_below_minimum:
      return "mtu_below_minimum";
    case HintRemark::mtu_not_below_datagram:
      return "mtu_not_below_datagram";
    case HintRemark::quote_without_df:
      return "quote_without_df";
    case HintRemark::wrong_recipient:
      return "wrong_recipient";
    case HintRemark::bytes_never_sent:
      return "bytes_never_sent";
    case HintRemark::flow_never_seen:
      return "flow_never_seen";
    case HintRemark::quote_too_short:
      return "quote_too_short";
    case HintRemark::quote_ambiguous:
      return "quote_ambiguous";
    case HintRemark::bytes_already_acknowledged:
      return "bytes_already_acknowledged";
    case HintRemark::raises_path_mtu:
      return "raises_path_mtu";
    case HintRemark::below_quic_minimum:
      return "below_quic_minimum";
    case HintRemark::path_never_seen:
      return "path_never_seen";
    case HintRemark::untranslated:
      return "untranslated";
    case HintRemark::reporter_is_recipient:
      return "reporter_is_recipient";
    case HintRemark::private_reporter:
      return "private_reporter";
    case HintRemark::reporter_estimate:
      return "reporter_estimate";
    case HintRemark::written_by_tunnel:
      return "written_by_tunnel";
  }
  return "";
}

/// A member of a finding as traces write it; empty when no member is called so.
std::optional<std::string> member(const Finding& finding, const std::string& key) {
  if (key == "hint") return text_of(finding.hint_frame);
  if (key == "quoted") return text_of(finding.quoted_frame);
  if (key == "related") return text_of(finding.related_frame);
  if (key == "excess") return std::to_string(finding.excess());
  if (key == "length") return std::to_string(finding.length.value());
  if (key == "quoted_length") return std::to_string(finding.quoted_length.value());
  if (key == "transmission") return std::to_string(finding.transmission);
  if (key == "count") return std::to_string(finding.count);
  if (key == "level") return std::to_string(finding.level);
  if (key == "path_mtu") return text_of(finding.path_mtu);
  if (key == "mtu") return text_of(finding.hint_mtu);
  if (key == "proof") return std::string(name(finding.proof));
  if (key == "severity") return std::string(name(finding.severity));
  if (key == "status")
    return finding.hint_status ? std::string(name(*finding.hint_status)) : std::string(kNothing);
  if (key == "remark") return text_of(finding.remark);
  return std::nullopt;
}

std::string stage_as_word(Stage stage) {
  std::string word(text(stage));
  std::replace(word.begin(), word.end(), ' ', '_');
  return word.empty() ? std::string(kNothing) : word;
}

std::optional<std::string> member(const ConversationRow& row, const std::string& key) {
  if (key == "mark") return std::to_string(row.ignored_packets);
  if (key == "ignored_bytes") return std::to_string(row.ignored_bytes);
  if (key == "in_flight") return std::to_string(row.in_flight_packets);
  if (key == "hints") return std::to_string(row.hints);
  if (key == "largest") return std::to_string(row.largest_datagram.value());
  if (key == "resent") return std::to_string(row.resent_bytes);
  if (key == "path_mtu") return text_of(row.path_mtu);
  if (key == "passed") return text_of(row.bracket.passed);
  if (key == "lost") return text_of(row.bracket.lost);
  if (key == "mss_v4") return text_of(row.recommended.mss_v4);
  if (key == "mss_v6") return text_of(row.recommended.mss_v6);
  if (key == "mtu") return text_of(row.recommended.mtu);
  if (key == "hops") return text_of(row.sender_hops);
  if (key == "delivered") return std::string(name(row.delivered));
  if (key == "reporter") return row.reporter ? to_string(*row.reporter) : std::string(kNothing);
  if (key == "entrance") return row.tunnel_entrance ? to_string(*row.tunnel_entrance) : std::string(kNothing);
  if (key == "cites") return text_of(row.hint_frame);
  if (key == "remark") return text_of(row.hint_remark);
  if (key == "stage") return stage_as_word(row.stage);
  if (key == "first") return text_of(row.first_frame);
  if (key == "last") return text_of(row.last_frame);
  if (key == "stall") return row.stall ? std::to_string(row.stall->seconds()) : std::string(kNothing);
  return std::nullopt;
}

/// Equal, or within "low..high".
bool fits(const std::string& actual, const std::string& expected) {
  const std::size_t dots = expected.find("..");
  if (dots == std::string::npos) return actual == expected;
  if (actual == kNothing) return false;
  const double value = std::strtod(actual.c_str(), nullptr);
  return value >= std::strtod(expected.substr(0, dots).c_str(), nullptr) &&
         value <= std::strtod(expected.substr(dots + 2).c_str(), nullptr);
}

class Comparison {
 public:
  explicit Comparison(const Trace& trace, const Analyzer& analyzer)
      : trace_(trace), analyzer_(analyzer), summary_(analyzer.summary()) {}

  std::vector<std::string> run() {
    for (const TraceFrame& frame : trace_.frames) compare_frame(frame);
    for (const ExpectedSomewhere& expected : trace_.somewhere) compare_somewhere(expected);
    for (const ExpectedRow& row : trace_.rows) compare_row(row);
    if (trace_.accuse_nothing) compare_with_silence();
    return std::move(differences_);
  }

 private:
  void differ(std::size_t line, const std::string& what) {
    differences_.push_back("line " + std::to_string(line) + ": " + what);
  }

  void compare_frame(const TraceFrame& frame) {
    const std::span<const Finding> actual = analyzer_.findings(frame.number);
    std::vector<bool> named(actual.size());
    for (const ExpectedFinding& expected : frame.expected) {
      std::size_t at = 0;
      while (at < actual.size() && (named[at] || !is_one_of(actual[at].kind, expected.kinds))) ++at;
      if (at == actual.size()) {
        if (!expected.absent) differ(frame.line, "lacks " + std::string(name(expected.kinds.front())));
        continue;
      }
      named[at] = true;
      if (expected.absent) {
        differ(frame.line, "must not have: " + describe(actual[at]));
        continue;
      }
      for (const auto& [key, value] : expected.members) compare_member(frame.line, actual[at], key, value);
    }
    for (std::size_t i = 0; i < actual.size(); ++i) {
      if (named[i] || needs_no_name(actual[i])) continue;
      differ(frame.line,
             "not expected: " + std::string(name(actual[i].kind)) + " (" + describe(actual[i]) + ")");
    }
  }

  static bool is_one_of(FindingKind kind, const std::vector<FindingKind>& kinds) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  /// Chat says nothing that a trace must know of, and remarks on a capture as a whole may stand at any frame.
  [[nodiscard]] bool needs_no_name(const Finding& finding) const {
    const bool named_somewhere =
        std::any_of(trace_.somewhere.begin(), trace_.somewhere.end(),
                    [&](const ExpectedSomewhere& e) { return !e.absent && e.kind == finding.kind; });
    if (named_somewhere) return true;
    if (trace_.strict) return false;
    return finding.severity == Severity::chat || finding.kind == FindingKind::offload ||
           finding.kind == FindingKind::mss_exceeds_path_mtu;
  }

  void compare_somewhere(const ExpectedSomewhere& expected) {
    const auto all = analyzer_.findings();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const Finding& f) { return f.kind == expected.kind; });
    if (at == all.end() && !expected.absent)
      differ(expected.line, "nowhere " + std::string(name(expected.kind)));
    if (at != all.end() && expected.absent) {
      differ(expected.line, "frame " + std::to_string(at->frame.value()) + " has it: " + describe(*at));
    }
  }

  template <class Subject>
  void compare_member(std::size_t line, const Subject& subject, const std::string& key,
                      const std::string& value) {
    const std::optional<std::string> actual = member(subject, key);
    if (!actual) {
      differ(line, "nothing is called '" + key + "'");
    } else if (!fits(*actual, value)) {
      differ(line, key + " is " + *actual + ", expected " + value);
    }
  }

  void compare_row(const ExpectedRow& expected) {
    const auto row = std::find_if(summary_.conversations.begin(), summary_.conversations.end(),
                                  [&](const ConversationRow& r) { return r.flow == expected.flow; });
    const bool missing = row == summary_.conversations.end();
    const std::string verdict(name(missing ? Verdict::none : row->verdict));
    if (std::find(expected.verdicts.begin(), expected.verdicts.end(), verdict) == expected.verdicts.end()) {
      differ(expected.line, "verdict is " + verdict + (missing ? "" : " (" + row->reason + ")"));
    }
    if (missing) return;
    for (const auto& [key, value] : expected.members) compare_member(expected.line, *row, key, value);
  }

  void compare_with_silence() {
    for (const Finding& finding : analyzer_.findings()) {
      if (!accuses(finding.kind)) continue;
      differences_.push_back("frame " + std::to_string(finding.frame.value()) +
                             " accuses: " + describe(finding));
    }
    for (const ConversationRow& row : summary_.conversations) {
      if (accuses(row.verdict))
        differences_.push_back("accused: " + std::string(name(row.verdict)) + ", " + row.reason);
    }
  }

  const Trace& trace_;
  const Analyzer& analyzer_;
  const Summary summary_;
  std::vector<std::string> differences_;
};

}  // namespace

void run_trace(const Trace& trace, Analyzer& analyzer) {
  for (const TraceFrame& traced : trace.frames) analyzer.observe(traced.as_frame());
  analyzer.conclude();
}

std::vector<std::string> differences(const Trace& trace, const Analyzer& analyzer) {
  return Comparison(trace, analyzer).run();
}

bool accuses(FindingKind kind) {
  switch (kind) {
    case FindingKind::ignored_hint:
    case FindingKind::ignored_sibling_hint:
    case FindingKind::black_hole_suspected:
    case FindingKind::black_hole_loss:
    case FindingKind::black_hole_confirmed:
    case FindingKind::black_hole_receiver:
    case FindingKind::tunnel_hint_not_relayed:
    case FindingKind::vanished:
    case FindingKind::fragments_lost:
      return true;
    case FindingKind::hint_received:
    case FindingKind::hint_stale:
    case FindingKind::hint_unseen:
    case FindingKind::hint_no_mtu:
    case FindingKind::hint_invalid:
    case FindingKind::hint_unmatched:
    case FindingKind::in_flight:
    case FindingKind::honoured:
    case FindingKind::probe:
    case FindingKind::reprobe:
    case FindingKind::black_hole_recovered:
    case FindingKind::mss_exceeds_path_mtu:
    case FindingKind::mss_clamped_one_way:
    case FindingKind::offload:
    case FindingKind::hint_untranslated:
    case FindingKind::hint_filtered:
    case FindingKind::fragmented_despite_df:
      return false;
  }
  return false;
}

bool accuses(Verdict verdict) {
  switch (verdict) {
    case Verdict::fragments_lost:
    case Verdict::black_hole_suspected:
    case Verdict::black_hole_receiver:
    case Verdict::probably_ignoring:
    case Verdict::black_hole_confirmed:
    case Verdict::ignoring:
      return true;
    case Verdict::none:
    case Verdict::not_exercised:
    case Verdict::compliant:
    case Verdict::compliant_by_fragmentation:
    case Verdict::probing:
    case Verdict::unverifiable:
    case Verdict::hint_undeliverable:
    case Verdict::black_hole_recovered:
      return false;
  }
  return false;
}

}  // namespace pmtu::test
