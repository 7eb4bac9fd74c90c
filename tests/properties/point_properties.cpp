// SPDX-License-Identifier: GPL-2.0-or-later
// point_properties FOLDER [TEXT]: merges each two captures that one scenario left in a folder (those whose
// name holds TEXT), and checks what RULES.md §16 promises of any capture with several points:
// - a point alone accuses nobody whom the merge does not, unless the other point clears him;
// - the merge says nothing weaker than either point alone;
// - another clock at one point changes no verdict, nor a capture point that shows another one's frames again.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pmtu/analyzer.h"
#include "support/capture_reader.h"
#include "support/file_list.h"

namespace {

using pmtu::ConversationRow;
using pmtu::Duration;
using pmtu::Verdict;
using pmtu::test::LooseFrame;
using Capture = pmtu::test::LooseCapture;

/// Parts of file names that tell where a capture was taken.
constexpr std::array<std::string_view, 9> kPlaces{"sender", "appliance", "gateway", "router", "narrow",
                                                  "far",    "receiver",  "client",  "trunk"};
constexpr std::array kShifts{Duration::milliseconds(1700), Duration::milliseconds(-4),
                             Duration::seconds(7200), Duration::seconds(-7200)};
/// So long after a frame its copy at a repeated point stands.
constexpr Duration kBehind = Duration::microseconds(3);

/// Another point's frames, by its clock.
void add(Capture& merged, const Capture& point, std::uint32_t interface_id, Duration ahead) {
  for (LooseFrame record : point) {
    record.time = record.time + ahead;
    record.interface_id = interface_id;
    merged.push_back(std::move(record));
  }
  std::stable_sort(merged.begin(), merged.end(),
                   [](const LooseFrame& a, const LooseFrame& b) { return a.time < b.time; });
}

std::vector<ConversationRow> analyse(const Capture& capture) {
  pmtu::Analyzer analyzer;
  std::uint32_t number = 0;
  for (const LooseFrame& record : capture) analyzer.observe(record.as_frame(pmtu::FrameNumber(++number)));
  analyzer.conclude();
  return analyzer.summary().conversations;
}

bool is_black_hole(Verdict verdict) {
  return verdict == Verdict::black_hole_suspected || verdict == Verdict::black_hole_receiver ||
         verdict == Verdict::black_hole_recovered || verdict == Verdict::black_hole_confirmed;
}
bool is_settled(Verdict verdict) {
  return verdict == Verdict::black_hole_recovered || verdict == Verdict::black_hole_confirmed;
}
bool blames_sender(Verdict verdict) {
  return verdict == Verdict::ignoring || verdict == Verdict::probably_ignoring;
}
bool says_nothing(Verdict verdict) {
  return verdict == Verdict::none || verdict == Verdict::unverifiable;
}

/// Whether the row of both points says at least what one of them said alone.
bool holds(const ConversationRow& alone, const ConversationRow& both) {
  const bool cleared = both.verdict == Verdict::hint_undeliverable && both.joined && both.joined->filtered;
  if (alone.verdict == Verdict::ignoring) return both.verdict == Verdict::ignoring;
  if (alone.verdict == Verdict::probably_ignoring) return blames_sender(both.verdict) || cleared;
  if (is_black_hole(alone.verdict)) {
    if (is_settled(alone.verdict) && is_settled(both.verdict)) return true;
    if (!is_settled(alone.verdict) && is_black_hole(both.verdict)) return true;
    // A hint that only the other point saw explains the loss.
    const bool explained =
        both.path_mtu && alone.bracket.lost && both.path_mtu->value() < alone.bracket.lost->value();
    return explained && !says_nothing(both.verdict);
  }
  return says_nothing(alone.verdict) || !says_nothing(both.verdict);
}

class Check {
 public:
  void pair(const std::string& one, const std::string& other);
  [[nodiscard]] int pairs() const { return pairs_; }
  [[nodiscard]] int broken() const { return broken_; }

 private:
  void complain(const std::string& what, const ConversationRow& row, Verdict instead);
  void same(const std::string& how, const std::vector<ConversationRow>& rows,
            const std::vector<ConversationRow>& others);
  static const ConversationRow* find(const std::vector<ConversationRow>& rows, const pmtu::FlowKey& flow);

  std::string names_;
  int pairs_ = 0;
  int broken_ = 0;
};

void Check::complain(const std::string& what, const ConversationRow& row, Verdict instead) {
  ++broken_;
  std::printf("%s: %s:%u > %s:%u: %s: %s, then %s (%s)\n", names_.c_str(),
              to_string(row.flow.path.source).c_str(), row.flow.source_port,
              to_string(row.flow.path.destination).c_str(), row.flow.destination_port, what.c_str(),
              std::string(name(row.verdict)).c_str(), std::string(name(instead)).c_str(), row.reason.c_str());
}

const ConversationRow* Check::find(const std::vector<ConversationRow>& rows, const pmtu::FlowKey& flow) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const ConversationRow& row) {
    if (row.flow == flow) return true;
    if (!row.joined) return false;
    const std::vector<pmtu::FlowKey>& names = row.joined->other_names;
    return row.joined->flow == flow || std::find(names.begin(), names.end(), flow) != names.end();
  });
  return found == rows.end() ? nullptr : &*found;
}

void Check::same(const std::string& how, const std::vector<ConversationRow>& rows,
                 const std::vector<ConversationRow>& others) {
  for (const ConversationRow& row : rows) {
    const ConversationRow* const other = find(others, row.flow);
    const Verdict verdict = other == nullptr ? Verdict::none : other->verdict;
    if (verdict != row.verdict) {
      complain(how, row, verdict);
    } else if (other != nullptr &&
               (row.bracket != other->bracket || row.ignored_packets != other->ignored_packets)) {
      complain(how + ", bracket or marks", row, verdict);
    }
  }
  for (const ConversationRow& other : others) {
    if (other.verdict != Verdict::none && find(rows, other.flow) == nullptr)
      complain(how + ", a new row", other, other.verdict);
  }
}

void Check::pair(const std::string& one, const std::string& other) {
  names_ = std::filesystem::path(one).filename().string() + " + " +
           std::filesystem::path(other).filename().string();
  ++pairs_;
  const Capture first = pmtu::test::read_capture(one);
  const Capture second = pmtu::test::read_capture(other);
  Capture base;
  add(base, first, 0, {});
  Capture merged = base;
  add(merged, second, 1, {});
  const std::vector<ConversationRow> both = analyse(merged);
  for (const Capture* const alone : {&first, &second}) {
    Capture point;
    add(point, *alone, 0, {});
    for (const ConversationRow& row : analyse(point)) {
      const ConversationRow* const joined = find(both, row.flow);
      ConversationRow nothing;
      if (!holds(row, joined == nullptr ? nothing : *joined))
        complain("alone and merged", row, joined == nullptr ? Verdict::none : joined->verdict);
    }
  }
  for (const Duration shift : kShifts) {
    Capture shifted = base;
    add(shifted, second, 1, shift);
    same("shifted by " + std::to_string(shift.nanoseconds() / 1'000'000) + " ms", both, analyse(shifted));
  }
  Capture repeated = merged;
  add(repeated, second, 2, kBehind);
  same("second point twice", both, analyse(repeated));
  repeated = merged;
  add(repeated, first, 2, kBehind);
  same("first point twice", both, analyse(repeated));
}

/// File name without its place; empty: it names none that stands alone.
std::string scenario_of(const std::string& path) {
  const std::string stem = std::filesystem::path(path).stem().string();
  const std::size_t dash = stem.rfind('-');
  if (dash == std::string::npos) return {};
  const std::string_view place = std::string_view(stem).substr(dash + 1);
  const bool plain = std::find(kPlaces.begin(), kPlaces.end(), place) != kPlaces.end();
  return plain ? stem.substr(0, dash) : std::string();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string wanted = argc > 2 ? argv[2] : "";
  std::map<std::string, std::vector<std::string>> by_scenario;
  for (const std::string& file : pmtu::test::files_in(argv[1], {".pcapng"})) {
    const std::string scenario = scenario_of(file);
    if (!scenario.empty() && scenario.find(wanted) != std::string::npos)
      by_scenario[scenario].push_back(file);
  }
  Check check;
  for (const auto& [scenario, files] : by_scenario) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      for (std::size_t j = i + 1; j < files.size(); ++j) check.pair(files[i], files[j]);
    }
  }
  std::printf("%d merges, %d broken promises\n", check.pairs(), check.broken());
  return check.pairs() > 0 && check.broken() == 0 ? 0 : 1;
}
