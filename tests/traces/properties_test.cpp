// SPDX-License-Identifier: GPL-2.0-or-later
// What must not change a verdict: other traffic, another clock, other names, a second look at the same
// frames, and what a shorter capture may never bring: an accusation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "pmtu/analyzer.h"
#include "support/trace_check.h"

namespace pmtu::test {
namespace {

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What is said of a capture, without frame numbers.
struct Outcome {
  std::map<FlowKey, std::pair<Verdict, std::uint32_t>> rows;  ///< verdict and number of marks
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::string to_text(const Outcome& outcome) {
  std::string text;
  for (const auto& [flow, row] : outcome.rows) {
    text += to_string(flow.path.source) + " > " + to_string(flow.path.destination) + ": " +
            std::string(name(row.first)) + ", " + std::to_string(row.second) + " marks; ";
  }
  return text;
}

Outcome outcome_of(const Trace& trace) {
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  Outcome outcome;
  for (const ConversationRow& row : analyzer.summary().conversations) {
    auto& [verdict, marks] = outcome.rows[row.flow];
    verdict = std::max(verdict, row.verdict);
    marks += row.ignored_packets;
  }
  return outcome;
}

bool accuses_a_sender(Verdict verdict) {
  return verdict == Verdict::ignoring || verdict == Verdict::probably_ignoring;
}

void number_again(Trace& trace) {
  std::uint32_t number = 0;
  for (TraceFrame& frame : trace.frames) frame.number = FrameNumber(++number);
}

/// An IPv4 address in the place of an IPv6 one, by its four numbers.
std::string ipv6_address(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\b(\d+)\.(\d+)\.(\d+)\.(\d+)\b)"), "fd00:$1:$2:$3::$4");
}

/// The trace over IPv6: the same payloads, each datagram and MTU larger by the difference of the headers.
/// Empty where there is no such trace: it speaks of DF, identifications, fragments or MTUs that IPv6 does not
/// have, cuts quotations by IPv4's measure, or is of IPv6 already.
std::optional<std::string> over_ipv6(const std::string& text) {
  static const std::regex only_ipv4(
      R"(nodf|\bid \d|\bfrag \d|more|length0|quote|\bcut\b|snaplen|\bvia\b|unreachable)");
  static const std::set<std::string> takes_number{"ack", "win", "mss",  "wscale", "ttl",  "mtu",
                                                  "seq", "if",  "vlan", "code",   "port", "isn"};
  constexpr unsigned kDifference = 20;
  constexpr unsigned kMinimum = 1280;
  constexpr unsigned kEthernet = 1500;
  const bool shows_mss = text.find(" SYN ") != std::string::npos;
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("host ")) {
      if (line.find(':') != std::string::npos) return std::nullopt;
      result += ipv6_address(line) + "\n";
      continue;
    }
    if (line.empty() || std::isdigit(static_cast<unsigned char>(line.front())) == 0) {
      result += line + "\n";
      continue;
    }
    const std::string packet = line.substr(0, line.find("=>"));
    if (std::regex_search(packet, only_ipv4)) return std::nullopt;
    std::istringstream words(packet);
    std::string before;
    for (std::string word; words >> word;) {
      const std::string closing = word.ends_with("]") ? "]" : "";
      const std::string number = word.substr(0, word.size() - closing.size());
      const bool is_number = number.find_first_not_of("0123456789") == std::string::npos && !number.empty();
      const bool is_length = is_number && !before.empty() && !takes_number.contains(before);
      if (word == "frag_needed") {
        word = "packet_too_big";
      } else if (is_length || before == "mtu") {
        const auto larger = static_cast<unsigned>(std::stoul(number)) + kDifference;
        if (before == "mtu" && larger < kMinimum) return std::nullopt;
        if (before != "mtu" && larger > kEthernet && !shows_mss) return std::nullopt;
        word = std::to_string(larger) + closing;
      }
      result += word + " ";
      before = word;
    }
    result += "\n";
  }
  return result;
}

/// Verdicts and marks alone, for traces whose hosts have other names.
std::multiset<std::pair<Verdict, std::uint32_t>> anonymous(const Outcome& outcome) {
  std::multiset<std::pair<Verdict, std::uint32_t>> rows;
  for (const auto& [flow, row] : outcome.rows) rows.insert(row);
  return rows;
}

std::vector<std::string> traces_over_both_versions() {
  std::vector<std::string> files = trace_files(PMTU_TRACE_FOLDER);
  std::erase_if(files, [](const std::string& file) { return !over_ipv6(text_of(file)); });
  return files;
}

class Properties : public testing::TestWithParam<std::string> {
 protected:
  Trace trace_ = read_trace(GetParam());
};

TEST_P(Properties, AnotherClockChangesNothing) {
  Trace shifted = trace_;
  for (TraceFrame& frame : shifted.frames) frame.time = frame.time + Duration::seconds(1'000'000'007);
  EXPECT_EQ(outcome_of(shifted), outcome_of(trace_));
}

TEST_P(Properties, UnrelatedTrafficChangesNothing) {
  // A healthy connection of other hosts between all frames.
  std::string text = text_of(std::string(PMTU_TRACE_FOLDER) + "/healthy-handshake-and-data.trace");
  text = std::regex_replace(text, std::regex(R"((host \w+ )10\.)"), "$01172.");
  const Trace other = parse_trace("other", text);
  ASSERT_FALSE(other.frames.empty());
  Trace mixed = trace_;
  mixed.frames.clear();
  std::size_t next = 0;
  for (const TraceFrame& frame : trace_.frames) {
    TraceFrame between = other.frames[next++ % other.frames.size()];
    between.time = frame.time;
    between.interface_id = frame.interface_id;
    mixed.frames.push_back(between);
    mixed.frames.push_back(frame);
  }
  number_again(mixed);
  Outcome outcome = outcome_of(mixed);
  // The healthy hosts themselves must stay out of it, whatever became of their order.
  for (const auto& [flow, row] : outcome.rows)
    EXPECT_FALSE(flow.path.source.bytes[0] == 172) << to_text(outcome);
  EXPECT_EQ(outcome, outcome_of(trace_)) << to_text(outcome) << "instead of " << to_text(outcome_of(trace_));
}

TEST_P(Properties, OtherAddressesAndPortsChangeNothing) {
  std::string text = text_of(GetParam());
  text = std::regex_replace(text, std::regex(R"((host \w+ )10\.)"), "$01198.");
  text = std::regex_replace(text, std::regex(R"((host \w+ )(fd00|2001:db8))"), "$012a0b");
  // The names of applications hang on well-known ports; the others are free.
  text = std::regex_replace(text, std::regex(R"(port 40443)"), "port 51515");
  const Trace renamed = parse_trace(trace_.name, text);
  EXPECT_EQ(anonymous(outcome_of(renamed)), anonymous(outcome_of(trace_)));
}

TEST_P(Properties, ASecondInterfaceAccusesNobodyTwice) {
  Trace doubled = trace_;
  doubled.frames.clear();
  for (const TraceFrame& frame : trace_.frames) {
    doubled.frames.push_back(frame);
    doubled.frames.push_back(frame);
    doubled.frames.back().interface_id = frame.interface_id + 100;
    doubled.frames.back().time = frame.time + Duration::microseconds(3);
  }
  // In order of time, as a capture on several interfaces is, unless a clock was set meanwhile.
  const auto earlier = [](const TraceFrame& a, const TraceFrame& b) { return a.time < b.time; };
  if (std::is_sorted(trace_.frames.begin(), trace_.frames.end(), earlier))
    std::stable_sort(doubled.frames.begin(), doubled.frames.end(), earlier);
  number_again(doubled);
  const Outcome once = outcome_of(trace_);
  const Outcome twice = outcome_of(doubled);
  EXPECT_EQ(twice, once) << to_text(twice) << "instead of " << to_text(once);
}

TEST_P(Properties, AnEarlierEndAccusesNoOtherSender) {
  const Outcome whole = outcome_of(trace_);
  Trace shorter = trace_;
  while (!shorter.frames.empty()) {
    shorter.frames.pop_back();
    const Outcome part = outcome_of(shorter);
    for (const auto& [flow, row] : part.rows) {
      if (!accuses_a_sender(row.first)) continue;
      const auto same = whole.rows.find(flow);
      ASSERT_NE(same, whole.rows.end()) << shorter.frames.size() << " frames: " << to_text(part);
      EXPECT_TRUE(accuses_a_sender(same->second.first))
          << shorter.frames.size() << " frames: " << to_text(part);
      EXPECT_LE(row.second, same->second.second);
    }
  }
}

// Losses by size are left out: that the size once got through is just what a later begin hides.
TEST_P(Properties, ALaterBeginAccusesNoOtherSender) {
  // A quotation without ports that fits the only flow in sight is taken for that flow's; a later begin may
  // hide the second flow that would have made it ambiguous. That is the price of reading short quotations at
  // all.
  const bool short_quotation = std::count(trace_.rules.begin(), trace_.rules.end(), "hint-quote-size") != 0;
  if (short_quotation) return;
  const Outcome whole = outcome_of(trace_);
  for (std::size_t begin = 1; begin < trace_.frames.size(); ++begin) {
    Trace later = trace_;
    later.frames.erase(later.frames.begin(), later.frames.begin() + static_cast<std::ptrdiff_t>(begin));
    number_again(later);
    const Outcome part = outcome_of(later);
    for (const auto& [flow, row] : part.rows) {
      if (!accuses_a_sender(row.first)) continue;
      const auto same = whole.rows.find(flow);
      const bool accused_anyway = same != whole.rows.end() && accuses_a_sender(same->second.first);
      EXPECT_TRUE(accused_anyway) << "from frame " << begin + 1 << ": " << to_text(part);
    }
  }
}

// rule: hint-unseen. It has no row, and the report would have nothing else of it.
TEST_P(Properties, AHintForAConversationThatWasNotCapturedIsListed) {
  const Trace trace = read_trace(GetParam());
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  const std::vector<UnseenHint> listed = analyzer.summary().unseen_hints;
  for (const Finding& finding : analyzer.findings()) {
    const bool lacks_flow =
        finding.remark == HintRemark::flow_never_seen || finding.remark == HintRemark::path_never_seen;
    if (!finding.hint_status || !lacks_flow) continue;
    EXPECT_TRUE(std::any_of(listed.begin(), listed.end(),
                            [&](const UnseenHint& hint) { return hint.frame == finding.frame; }))
        << "frame " << finding.frame.value();
  }
}

// rule: hint-fields. The report must not say that nothing shows why.
TEST(LookedAt, WhatAnIcmpErrorQuotesIsRejectedAndNotMerelyUnanswered) {
  const Trace trace = read_trace(std::string(PMTU_TRACE_FOLDER) + "/prohibited-by-a-filter.trace");
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  const LookedAt looked_at = analyzer.summary().looked_at;
  EXPECT_EQ(looked_at.rejected, 1U);
  EXPECT_EQ(looked_at.unanswered, 0U);
}

class BothVersions : public testing::TestWithParam<std::string> {};

TEST_P(BothVersions, SayTheSame) {
  const Trace ipv4 = read_trace(GetParam());
  const Trace ipv6 = parse_trace(ipv4.name, *over_ipv6(text_of(GetParam())));
  const Outcome expected = outcome_of(ipv4);
  const Outcome outcome = outcome_of(ipv6);
  EXPECT_EQ(anonymous(outcome), anonymous(expected))
      << to_text(outcome) << "instead of " << to_text(expected);
}

TEST(BothVersionsOfIp, AreComparedOverManyTraces) {
  EXPECT_GE(traces_over_both_versions().size(), 40U);
}

INSTANTIATE_TEST_SUITE_P(Core, BothVersions, testing::ValuesIn(traces_over_both_versions()), test_name);
INSTANTIATE_TEST_SUITE_P(Core, Properties, testing::ValuesIn(trace_files(PMTU_TRACE_FOLDER)), test_name);

}  // namespace
}  // namespace pmtu::test
