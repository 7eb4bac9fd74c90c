// SPDX-License-Identifier: GPL-2.0-or-later
// mutated_captures FOLDER [CASES [TEXT]]: damages each capture of a folder in every way of mutation.h (those
// whose name holds TEXT), the random ones CASES times, and analyses what is left. Fails when a promise of the
// analysis is broken, when a sender is said to ignore hints whom the clean capture does not accuse, or when a
// mutation that keeps the meaning of a capture changes a verdict.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mutation.h"
#include "pmtu/analyzer.h"
#include "support/analysis_invariants.h"
#include "support/capture_reader.h"
#include "support/file_list.h"

namespace {

using pmtu::Verdict;
using pmtu::test::LooseCapture;
using pmtu::test::LooseFrame;
using pmtu::test::Meaning;
using pmtu::test::Mutation;

struct Outcome {
  std::map<pmtu::FlowKey, Verdict> verdicts;  ///< the worst of each flow
  std::map<pmtu::FlowKey, std::string> reasons;
  /// Cleared by what two capture points show together: without it, one of them alone says "probably".
  std::set<pmtu::FlowKey> cleared_by_points;
  std::vector<std::string> broken;
};

Outcome analyse(const LooseCapture& capture) {
  const pmtu::Preferences preferences;
  pmtu::Analyzer analyzer(preferences);
  std::uint32_t number = 0;
  for (const LooseFrame& loose : capture) analyzer.observe(loose.as_frame(pmtu::FrameNumber(++number)));
  Outcome outcome;
  outcome.broken = pmtu::test::broken_promises(analyzer, preferences, pmtu::FrameNumber(number));
  for (const pmtu::ConversationRow& row : analyzer.summary().conversations) {
    Verdict& verdict = outcome.verdicts[row.flow];
    if (row.verdict >= verdict) outcome.reasons[row.flow] = row.reason;
    verdict = std::max(verdict, row.verdict);
    if (row.joined && row.joined->hint_way == pmtu::HintWay::filtered)
      outcome.cleared_by_points.insert(row.flow);
  }
  return outcome;
}

bool accuses_a_sender(Verdict verdict) {
  return verdict == Verdict::ignoring || verdict == Verdict::probably_ignoring;
}

Verdict verdict_on(const pmtu::FlowKey& flow, const Outcome& outcome) {
  const auto found = outcome.verdicts.find(flow);
  return found == outcome.verdicts.end() ? Verdict::none : found->second;
}

std::vector<std::string> changes(const Outcome& clean, const Outcome& mutated, Meaning meaning) {
  std::vector<std::string> list;
  const auto tell = [&](const pmtu::FlowKey& flow) {
    const auto reason = mutated.reasons.find(flow);
    list.push_back(to_string(flow.path.source) + ':' + std::to_string(flow.source_port) + " > " +
                   to_string(flow.path.destination) + ':' + std::to_string(flow.destination_port) + " is " +
                   std::string(name(verdict_on(flow, mutated))) + ", clean " +
                   std::string(name(verdict_on(flow, clean))) +
                   (reason == mutated.reasons.end() ? "" : " (" + reason->second + ')'));
  };
  for (const auto& [flow, verdict] : mutated.verdicts) {
    const bool doubtful = meaning == Meaning::doubtful || clean.cleared_by_points.contains(flow);
    const bool accused = doubtful ? verdict == Verdict::ignoring : accuses_a_sender(verdict);
    if (accused && !accuses_a_sender(verdict_on(flow, clean))) tell(flow);
  }
  if (meaning == Meaning::kept && mutated.verdicts != clean.verdicts) {
    for (const auto& [flow, verdict] : clean.verdicts) {
      if (verdict_on(flow, mutated) != verdict) tell(flow);
    }
    for (const auto& [flow, verdict] : mutated.verdicts) {
      if (!clean.verdicts.contains(flow)) tell(flow);
    }
  }
  return list;
}

/// What became of all runs.
struct Tally {
  std::size_t runs = 0;
  std::size_t frames = 0;
  std::size_t accused_clean = 0;
  std::size_t altered = 0;          ///< runs whose evidence was altered
  std::size_t accused_altered = 0;  ///< by those, and not by the clean capture
  std::size_t faults = 0;

  [[nodiscard]] bool good() const {
    constexpr std::size_t kRare = 1'000;
    return runs != 0 && accused_clean != 0 && faults == 0 && accused_altered * kRare <= altered;
  }
};

class Judge {
 public:
  explicit Judge(const std::filesystem::path& file)
      : name_(file.filename().string()),
        capture_(pmtu::test::read_capture(file.string())),
        clean_(analyse(capture_)) {}

  void count_accused(Tally& tally) const {
    for (const auto& [flow, verdict] : clean_.verdicts)
      tally.accused_clean += accuses_a_sender(verdict) ? 1 : 0;
  }

  void run(const Mutation& mutation, std::uint32_t number, Tally& tally) const {
    LooseCapture mutated = capture_;
    std::mt19937 random(number);
    mutation.apply(mutated, random);
    ++tally.runs;
    tally.frames += mutated.size();
    const Outcome outcome = analyse(mutated);
    const auto tell = [&](const std::string& what) {
      std::printf("%s, %s, case %u: %s\n", name_.c_str(), mutation.name.c_str(), number, what.c_str());
    };
    for (const std::string& promise : outcome.broken) tell(promise);
    tally.faults += outcome.broken.size();
    const std::vector<std::string> changed = changes(clean_, outcome, mutation.meaning);
    for (const std::string& change : changed) tell(change);
    if (mutation.meaning == Meaning::altered) {
      ++tally.altered;
      tally.accused_altered += changed.size();
    } else {
      tally.faults += changed.size();
    }
  }

 private:
  std::string name_;
  LooseCapture capture_;
  Outcome clean_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: mutated_captures FOLDER [CASES [TEXT]]\n");
    return 2;
  }
  const unsigned long cases = argc > 2 ? std::stoul(argv[2]) : 10;
  const std::string wanted = argc > 3 ? argv[3] : "";
  const std::vector<std::string> files = pmtu::test::files_in(argv[1], {".pcapng"});

  Tally tally;
  for (const auto& file : files) {
    const Judge judge(file);
    judge.count_accused(tally);
    for (const Mutation& mutation : pmtu::test::mutations()) {
      if (mutation.name.find(wanted) == std::string::npos) continue;
      for (std::uint32_t number = 0; number < (mutation.is_random ? cases : 1); ++number) {
        judge.run(mutation, number, tally);
      }
    }
  }
  std::printf(
      "%zu captures, %zu mutations, %zu frames; %zu senders accused by clean captures, %zu more in %zu "
      "captures with "
      "altered evidence; %zu faults\n",
      files.size(), tally.runs, tally.frames, tally.accused_clean, tally.accused_altered, tally.altered,
      tally.faults);
  return tally.good() ? 0 : 1;
}
