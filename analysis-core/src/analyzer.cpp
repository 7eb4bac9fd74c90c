// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/analyzer.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "joined_analysis.h"
#include "pmtu/report.h"
#include "points/capture_points.h"

namespace pmtu {

namespace {

/// All points together; what each of them cannot tell counts at each.
void add(LookedAt& all, const LookedAt& one) {
  all.directions += one.directions;
  all.one_sided += one.one_sided;
  all.gaps += one.gaps;
  all.rejected += one.rejected;
  all.unanswered += one.unanswered;
  all.hints += one.hints;
  // Nothing is less than anything.
  all.largest_unanswered = std::max(all.largest_unanswered, one.largest_unanswered);
  all.largest_acknowledged = std::max(all.largest_acknowledged, one.largest_acknowledged);
  all.largest_mss = std::max(all.largest_mss, one.largest_mss);
  if (one.smallest_mss)
    all.smallest_mss = std::min(all.smallest_mss.value_or(*one.smallest_mss), *one.smallest_mss);
}

}  // namespace

/// The analysis of one capture: each frame to the rules of its capture point. With one point, the ids of its
/// ledger are those that everybody sees; several are joined.
class Analyzer::State {
 public:
  explicit State(const Preferences& preferences)
      : preferences_(preferences),
        points_(preferences.max_joined_datagrams, reinterpret_cast<std::uintptr_t>(this),
                preferences.several_points),
        joined_(at_point_, points_, preferences.max_findings) {
    add_point();
  }

  void observe(const Frame& frame);
  void conclude();

  [[nodiscard]] std::span<const Finding> findings() const;
  [[nodiscard]] std::span<const Finding> findings(FrameNumber frame) const;
  /// Whether there is something to say of the latest frame.
  [[nodiscard]] bool says_of(FrameNumber latest) const {
    return several() ? !findings(latest).empty() : alone().ledger.findings().says_of(latest);
  }
  [[nodiscard]] const HintHistories& hints(FrameNumber frame) const {
    const auto point = points_.point(frame);
    // Without memory for its analysis a point may be known that has none.
    const std::size_t at = point ? point->value() - 1 : 0;
    return at_point_[at < at_point_.size() ? at : 0]->analysis.hints();
  }
  [[nodiscard]] bool any_hints() const {
    return std::any_of(at_point_.begin(), at_point_.end(),
                       [](const auto& point) { return !point->analysis.hints().empty(); });
  }
  /// Empty for an id that no finding carries.
  [[nodiscard]] std::optional<ConversationRow> row(ConversationId id) const;
  [[nodiscard]] std::optional<FlowKey> flow(ConversationId id) const;
  [[nodiscard]] Verdict verdict(ConversationId id) const;
  [[nodiscard]] Summary summary() const;
  [[nodiscard]] const CapturePoints& points() const { return points_; }

 private:
  [[nodiscard]] bool several() const { return at_point_.size() > 1; }
  /// The only capture point there is.
  [[nodiscard]] const AnalyzedPoint& alone() const { return *at_point_.front(); }
  [[nodiscard]] FrameNumber last_frame() const {
    return FrameNumber(static_cast<std::uint32_t>(coverage_.frames));
  }
  void add_point() {
    facts_.reserve(at_point_.size() + 1);
    at_point_.push_back(std::make_unique<AnalyzedPoint>(preferences_));
    facts_.push_back(at_point_.back()->analysis.facts());
  }
  void count();
  void name_entrance(ConversationRow& row) const;
  [[nodiscard]] bool holds_path(const ConversationRow& row) const;
  [[nodiscard]] std::vector<ConversationRow> rows(Coverage& coverage) const;
  [[nodiscard]] std::vector<PathRow> paths(std::map<PathKey, DatagramLength> lost) const;
  [[nodiscard]] PathRow path_row(const PathKey& key, std::optional<DatagramLength> lost) const;

  Preferences preferences_;
  CapturePoints points_;
  std::vector<std::unique_ptr<AnalyzedPoint>> at_point_;
  std::vector<PointFacts> facts_;  ///< of each
  JoinedAnalysis joined_;
  Coverage coverage_;
  Observation seen_{};
};

void Analyzer::State::count() {
  ++coverage_.frames;
  coverage_.datagrams += seen_.datagram_count;
  if (seen_.end == WalkEnd::unknown_link_type) ++coverage_.opaque_frames;
  if (seen_.end == WalkEnd::truncated) ++coverage_.truncated_frames;
}

void Analyzer::State::observe(const Frame& frame) {
  decode(frame, seen_);
  count();
  const std::size_t point = points_.observe(seen_).value() - 1;
  if (point >= at_point_.size()) {
    if (!several()) joined_.begin();
    while (point >= at_point_.size()) add_point();
  }
  at_point_[point]->analysis.observe(seen_, facts_);
  if (several()) joined_.take_frame(point, frame.number);
}

std::span<const Finding> Analyzer::State::findings() const {
  return several() ? joined_.findings(last_frame()) : alone().ledger.findings().all();
}

std::span<const Finding> Analyzer::State::findings(FrameNumber frame) const {
  return several() ? joined_.findings_of(frame) : alone().ledger.findings().of(frame);
}

void Analyzer::State::conclude() {
  for (const auto& point : at_point_) point->analysis.conclude();
  if (!several()) return;
  points_.join();
  joined_.join(last_frame());
}

std::optional<ConversationRow> Analyzer::State::row(ConversationId id) const {
  std::optional<ConversationRow> row;
  if (several()) {
    row = joined_.row(id);
  } else if (const Ledger::Entry* const entry = alone().ledger.find(id)) {
    row = alone().row(*entry);
  }
  if (row) name_entrance(*row);
  return row;
}

void Analyzer::State::name_entrance(ConversationRow& row) const {
  // rule: reporter. Its outer side may have been captured elsewhere than the hint that it wrote.
  if (row.hint_remark != HintRemark::written_by_tunnel) return;
  for (const auto& point : at_point_) {
    if (!row.tunnel_entrance) row.tunnel_entrance = point->analysis.tunnel_entrance(row.flow.path);
  }
}

std::optional<FlowKey> Analyzer::State::flow(ConversationId id) const {
  if (several()) return joined_.flow(id);
  const Ledger::Entry* const entry = alone().ledger.find(id);
  return entry == nullptr ? std::nullopt : std::optional(entry->flow);
}

Verdict Analyzer::State::verdict(ConversationId id) const {
  if (several()) return joined_.verdict(id);
  const Ledger::Entry* const entry = alone().ledger.find(id);
  return entry == nullptr ? Verdict::none : settled_verdict(entry->tally, alone().analysis.facts_of(*entry));
}

std::vector<ConversationRow> Analyzer::State::rows(Coverage& coverage) const {
  std::vector<ConversationRow> rows;
  if (several()) {
    rows = joined_.rows();
  } else {
    for (const Ledger::Entry& entry : alone().ledger.rows()) rows.push_back(alone().row(entry));
  }
  for (ConversationRow& row : rows) name_entrance(row);
  std::erase_if(rows, [](const ConversationRow& row) { return row.verdict == Verdict::none; });
  std::stable_sort(rows.begin(), rows.end(), [](const ConversationRow& a, const ConversationRow& b) {
    if (a.verdict != b.verdict) return a.verdict > b.verdict;
    return a.first_frame < b.first_frame;
  });
  if (rows.size() > preferences_.max_conversations && several()) {
    coverage.evicted_conversations += rows.size() - preferences_.max_conversations;
    rows.resize(preferences_.max_conversations);
  }
  return rows;
}

bool Analyzer::State::holds_path(const ConversationRow& row) const {
  if (several()) return true;
  const Ledger::Entry* const entry = alone().ledger.find(row.id);
  return entry != nullptr && entry->path != PathTable::kNone;
}

Summary Analyzer::State::summary() const {
  Summary summary;
  summary.coverage = coverage_;
  for (const auto& point : at_point_) {
    const std::span<const UnseenHint> unseen = point->analysis.unseen_hints();
    summary.unseen_hints.insert(summary.unseen_hints.end(), unseen.begin(), unseen.end());
    add(summary.looked_at, point->analysis.looked_at());
    summary.coverage.any_icmp = summary.coverage.any_icmp || point->analysis.any_icmp();
    summary.coverage.offload = summary.coverage.offload || point->analysis.any_offload();
    summary.coverage.evicted_flows += point->analysis.evicted_flows();
    summary.coverage.evicted_paths += point->analysis.evicted_paths();
    summary.coverage.dropped_findings += point->ledger.findings().dropped();
    summary.coverage.evicted_conversations += point->ledger.evicted_rows();
  }
  if (several()) {
    summary.looked_at.directions = joined_.directions();
    summary.changed = joined_.changes();
  }
  summary.coverage.dropped_findings += joined_.dropped_findings();
  summary.coverage.unjoined_datagrams = points_.left_out();
  summary.coverage.crowded_points = points_.crowded();
  summary.points = points_.all();
  summary.conversations = rows(summary.coverage);
  std::map<PathKey, DatagramLength> lost_on_path;
  for (const ConversationRow& row : summary.conversations) {
    if (!row.bracket.lost || !holds_path(row)) continue;
    const auto [smallest, is_first] = lost_on_path.try_emplace(row.flow.path, *row.bracket.lost);
    if (!is_first) smallest->second = std::min(smallest->second, *row.bracket.lost);
  }
  summary.paths = paths(std::move(lost_on_path));
  complete_recommendations(summary, findings());
  return summary;
}

PathRow Analyzer::State::path_row(const PathKey& key, std::optional<DatagramLength> lost) const {
  PathRow row;
  row.path = key;
  for (const auto& point : at_point_) {
    if (const HintHistory* const history = point->analysis.hints().find(key)) {
      const std::optional<Mtu> mtu = history->in_force ? history->in_force->mtu : std::nullopt;
      if (mtu && (!row.path_mtu || *mtu < *row.path_mtu)) row.path_mtu = mtu;
      for (const IpAddress& reporter : history->reporters) {
        if (std::find(row.reporters.begin(), row.reporters.end(), reporter) == row.reporters.end())
          row.reporters.push_back(reporter);
      }
      row.hints = std::max(row.hints, history->hints);
    }
    const Path* const seen = point->analysis.path(key);
    if (seen == nullptr || seen->largest_passed == 0) continue;
    if (!row.bracket.passed || row.bracket.passed->value() < seen->largest_passed)
      row.bracket.passed = DatagramLength(seen->largest_passed);
  }
  if (row.path_mtu) row.explanation = explain_mtu(*row.path_mtu);
  row.bracket.lost = lost;
  if (row.bracket.passed && row.bracket.lost && *row.bracket.passed >= *row.bracket.lost)
    row.bracket.lost.reset();
  return row;
}

std::vector<PathRow> Analyzer::State::paths(std::map<PathKey, DatagramLength> lost) const {
  // Hinted paths in order of their first hints, then those that lose without one.
  std::vector<PathRow> rows;
  std::set<PathKey> told;
  for (const auto& point : at_point_) {
    for (const auto& hinted : point->analysis.hints().all()) {
      if (!told.insert(hinted.first).second) continue;
      const auto found = lost.find(hinted.first);
      rows.push_back(
          path_row(hinted.first, found == lost.end() ? std::nullopt : std::optional(found->second)));
      if (found != lost.end()) lost.erase(found);
    }
  }
  for (const auto& [key, length] : lost) rows.push_back(path_row(key, length));
  if (rows.size() > preferences_.max_paths && several()) rows.resize(preferences_.max_paths);
  return rows;
}

Analyzer::Analyzer(const Preferences& preferences) : state_(std::make_unique<State>(preferences)) {}

Analyzer::~Analyzer() = default;

bool Analyzer::observe(const Frame& frame) {
  state_->observe(frame);
  return state_->says_of(frame.number);
}

void Analyzer::conclude() {
  state_->conclude();
}

std::span<const Finding> Analyzer::findings(FrameNumber frame) const {
  return state_->findings(frame);
}

std::span<const Finding> Analyzer::findings() const {
  return state_->findings();
}

bool Analyzer::any_hinted_path() const noexcept {
  return state_->any_hints();
}

std::optional<PathMtuInForce> Analyzer::path_mtu(const Datagram& datagram, FrameNumber frame) const {
  const HintHistory* const history = state_->hints(frame).find({datagram.source, datagram.destination});
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
  return state_->verdict(conversation);
}

std::optional<FlowKey> Analyzer::flow(ConversationId conversation) const {
  return state_->flow(conversation);
}

std::optional<ConversationRow> Analyzer::row(ConversationId conversation) const {
  std::optional<ConversationRow> row = state_->row(conversation);
  return row && row->verdict != Verdict::none ? row : std::nullopt;
}

std::optional<PointId> Analyzer::point(FrameNumber frame) const {
  return state_->points().point(frame);
}

std::optional<FrameAcrossPoints> Analyzer::across_points(FrameNumber frame) const {
  const FrameAcrossPoints* const found = state_->points().joined().frame(frame);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

Summary Analyzer::summary() const {
  return state_->summary();
}

}  // namespace pmtu
