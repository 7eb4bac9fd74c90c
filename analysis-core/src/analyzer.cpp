// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/analyzer.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "point_analysis.h"
#include "verdict/ledger.h"

namespace pmtu {

/// The analysis of one capture: frames in, ledger out.
class Analyzer::State {
 public:
  explicit State(const Preferences& preferences) : ledger_(preferences), point_(preferences, ledger_) {}

  void observe(const Frame& frame) {
    decode(frame, seen_);
    count();
    point_.observe(seen_);
  }
  void conclude() { point_.conclude(); }

  [[nodiscard]] const FindingStore& findings() const { return ledger_.findings(); }
  [[nodiscard]] const HintHistories& hints() const { return point_.hints(); }
  [[nodiscard]] const Ledger::Entry* find(ConversationId id) const { return ledger_.find(id); }
  [[nodiscard]] Verdict verdict(const Ledger::Entry& entry) const {
    return settled_verdict(entry.tally, point_.facts_of(entry));
  }
  [[nodiscard]] ConversationRow row(const Ledger::Entry& entry) const;
  [[nodiscard]] Summary summary() const;

 private:
  void count();
  [[nodiscard]] std::vector<PathRow> paths(std::map<PathKey, DatagramLength> lost) const;
  [[nodiscard]] PathRow path_row(const PathKey& key, std::optional<DatagramLength> lost) const;

  Ledger ledger_;
  PointAnalysis point_;
  Coverage coverage_;
  Observation seen_{};
};

void Analyzer::State::count() {
  ++coverage_.frames;
  coverage_.datagrams += seen_.datagram_count;
  if (seen_.end == WalkEnd::unknown_link_type) ++coverage_.opaque_frames;
  if (seen_.end == WalkEnd::truncated) ++coverage_.truncated_frames;
}

ConversationRow Analyzer::State::row(const Ledger::Entry& entry) const {
  ConversationRow row = make_row(entry.tally, point_.facts_of(entry));
  row.id = entry.id;
  row.flow = entry.flow;
  row.first_frame = entry.first_frame;
  return row;
}

Summary Analyzer::State::summary() const {
  Summary summary;
  summary.coverage = coverage_;
  summary.coverage.any_icmp = point_.any_icmp();
  summary.coverage.offload = point_.any_offload();
  summary.coverage.evicted_flows = point_.evicted_flows();
  summary.coverage.evicted_paths = point_.evicted_paths();
  summary.coverage.dropped_findings = ledger_.findings().dropped();
  summary.coverage.evicted_conversations = ledger_.evicted_rows();
  std::map<PathKey, DatagramLength> lost_on_path;
  for (const Ledger::Entry& entry : ledger_.rows()) {
    ConversationRow next = row(entry);
    if (next.verdict == Verdict::none) continue;
    if (next.bracket.lost && entry.path != PathTable::kNone) {
      const auto [smallest, is_first] = lost_on_path.try_emplace(entry.flow.path, *next.bracket.lost);
      if (!is_first) smallest->second = std::min(smallest->second, *next.bracket.lost);
    }
    summary.conversations.push_back(std::move(next));
  }
  std::stable_sort(summary.conversations.begin(), summary.conversations.end(),
                   [](const ConversationRow& a, const ConversationRow& b) {
                     if (a.verdict != b.verdict) return a.verdict > b.verdict;
                     return a.first_frame < b.first_frame;
                   });
  summary.paths = paths(std::move(lost_on_path));
  summary.unseen_hints = point_.unseen_hints();
  return summary;
}

PathRow Analyzer::State::path_row(const PathKey& key, std::optional<DatagramLength> lost) const {
  PathRow row;
  row.path = key;
  if (const HintHistory* const history = hints().find(key)) {
    row.path_mtu = history->in_force ? history->in_force->mtu : std::nullopt;
    row.reporters = history->reporters;
    row.hints = history->hints;
    if (row.path_mtu) row.explanation = explain_mtu(*row.path_mtu);
  }
  if (const Path* const seen = point_.path(key); seen != nullptr && seen->largest_passed != 0)
    row.bracket.passed = DatagramLength(seen->largest_passed);
  row.bracket.lost = lost;
  if (row.bracket.passed && row.bracket.lost && *row.bracket.passed >= *row.bracket.lost)
    row.bracket.lost.reset();
  return row;
}

std::vector<PathRow> Analyzer::State::paths(std::map<PathKey, DatagramLength> lost) const {
  // Hinted paths in order of their first hints, then those that lose without one.
  std::vector<PathRow> rows;
  for (const auto& hinted : hints().all()) {
    const auto found = lost.find(hinted.first);
    rows.push_back(path_row(hinted.first, found == lost.end() ? std::nullopt : std::optional(found->second)));
    if (found != lost.end()) lost.erase(found);
  }
  for (const auto& [key, length] : lost) rows.push_back(path_row(key, length));
  return rows;
}

Analyzer::Analyzer(const Preferences& preferences) : state_(std::make_unique<State>(preferences)) {}

Analyzer::~Analyzer() = default;

bool Analyzer::observe(const Frame& frame) {
  state_->observe(frame);
  return state_->findings().says_of(frame.number);
}

void Analyzer::conclude() {
  state_->conclude();
}

std::span<const Finding> Analyzer::findings(FrameNumber frame) const {
  return state_->findings().of(frame);
}

std::span<const Finding> Analyzer::findings() const {
  return state_->findings().all();
}

bool Analyzer::any_hinted_path() const noexcept {
  return !state_->hints().empty();
}

std::optional<PathMtuInForce> Analyzer::path_mtu(const Datagram& datagram, FrameNumber frame) const {
  const HintHistory* const history = state_->hints().find({datagram.source, datagram.destination});
  if (history == nullptr) return std::nullopt;
  const auto later =
      std::partition_point(history->changes.begin(), history->changes.end(),
                           [&](const HintHistory::Change& change) { return change.from < frame; });
  if (later == history->changes.begin()) return std::nullopt;
  const HintHistory::Change& change = *std::prev(later);
  if (!change.in_force) return std::nullopt;
  return PathMtuInForce{change.mtu, change.hint_frame};
}

Verdict Analyzer::verdict(ConversationId conversation) const {
  const Ledger::Entry* const entry = state_->find(conversation);
  return entry == nullptr ? Verdict::none : state_->verdict(*entry);
}

std::optional<FlowKey> Analyzer::flow(ConversationId conversation) const {
  const Ledger::Entry* const entry = state_->find(conversation);
  return entry == nullptr ? std::nullopt : std::optional(entry->flow);
}

std::optional<ConversationRow> Analyzer::row(ConversationId conversation) const {
  const Ledger::Entry* const entry = state_->find(conversation);
  if (entry == nullptr) return std::nullopt;
  ConversationRow row = state_->row(*entry);
  return row.verdict == Verdict::none ? std::nullopt : std::optional(std::move(row));
}

Summary Analyzer::summary() const {
  return state_->summary();
}

}  // namespace pmtu
