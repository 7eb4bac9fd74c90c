// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/analyzer.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "pmtu/protocol_sizes.h"
#include "point_analysis.h"
#include "points/capture_points.h"
#include "verdict/joined_row.h"
#include "verdict/ledger.h"

namespace pmtu {

namespace {

/// One capture point: all rules over its frames, and what they say.
struct Point {
  explicit Point(const Preferences& preferences) : ledger(preferences), analysis(preferences, ledger) {}
  Ledger ledger;
  PointAnalysis analysis;
};

/// All points together: a direction that several saw counts at each.
void add(LookedAt& all, const LookedAt& one) {
  all.directions += one.directions;
  all.hints += one.hints;
  if (one.largest_acknowledged)
    all.largest_acknowledged =
        std::max(all.largest_acknowledged.value_or(DatagramLength{}), *one.largest_acknowledged);
  if (one.smallest_mss)
    all.smallest_mss = std::min(all.smallest_mss.value_or(*one.smallest_mss), *one.smallest_mss);
  if (one.largest_mss)
    all.largest_mss = std::max(all.largest_mss.value_or(*one.largest_mss), *one.largest_mss);
}

bool by_frame(const Finding& a, const Finding& b) {
  return a.frame < b.frame;
}

}  // namespace

/// The analysis of one capture: frames in, a ledger for each capture point out; rows and findings are joined
/// where there are several. With one, the ids of its ledger are those that everybody sees.
class Analyzer::State {
 public:
  explicit State(const Preferences& preferences)
      : preferences_(preferences),
        points_(preferences.max_joined_datagrams, reinterpret_cast<std::uintptr_t>(this)) {
    add_point();
  }

  void observe(const Frame& frame);
  void conclude();

  [[nodiscard]] std::span<const Finding> findings() const;
  [[nodiscard]] std::span<const Finding> findings(FrameNumber frame) const;
  /// Whether there is something to say of the latest frame.
  [[nodiscard]] bool says_of(FrameNumber latest) const {
    return several() ? !findings(latest).empty() : at_point_.front()->ledger.findings().says_of(latest);
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
  /// A row of one point's ledger.
  struct Seat {
    std::size_t point = 0;
    ConversationId id;
  };
  /// A direction by one of its names; `leader`: the row that it is part of.
  struct Joint {
    FlowKey flow;
    ConversationId leader;
    std::vector<Seat> seats;
  };

  [[nodiscard]] bool several() const { return at_point_.size() > 1; }
  void add_point() {
    facts_.reserve(at_point_.size() + 1);
    at_point_.push_back(std::make_unique<Point>(preferences_));
    facts_.push_back(at_point_.back()->analysis.facts());
  }
  void count();
  void begin_joining();
  ConversationId joint_of(const FlowKey& flow);
  ConversationId take_seat(std::size_t point, ConversationId id);
  [[nodiscard]] ConversationId leader_of(std::size_t point, ConversationId id) const;
  /// Whether that point shows that hints reached the sender. Another point may yet show that they did not.
  [[nodiscard]] bool is_delivered(std::size_t point, ConversationId id) const;
  void join_rows_of_points();
  void merge_findings() const;
  void add_findings_of_joining(const JoinedDirection& direction, ConversationId id) const;
  void add_one_way_clamp(const JoinedDirection& direction, const ChangeOnTheWay& change,
                         ConversationId id) const;
  [[nodiscard]] bool holds_path(const ConversationRow& row) const;
  [[nodiscard]] const JoinedDirection* joined(const FlowKey& flow) const;
  [[nodiscard]] std::vector<Position> positions(const JoinedDirection& direction) const;
  [[nodiscard]] ConversationRow row_at(std::size_t point, const Ledger::Entry& entry) const;
  [[nodiscard]] std::vector<ConversationRow> rows(Coverage& coverage) const;
  [[nodiscard]] std::vector<PathRow> paths(std::map<PathKey, DatagramLength> lost) const;
  [[nodiscard]] PathRow path_row(const PathKey& key, std::optional<DatagramLength> lost) const;

  Preferences preferences_;
  CapturePoints points_;
  std::vector<std::unique_ptr<Point>> at_point_;
  std::vector<PointFacts> facts_;  ///< of each
  Coverage coverage_;
  Observation seen_{};

  // Of captures with several points.
  std::vector<Joint> joints_;  ///< by `ConversationId`
  std::map<FlowKey, ConversationId> joint_of_flow_;
  std::map<FlowKey, std::size_t> joined_of_flow_;
  mutable std::vector<Finding> merged_;
  mutable FrameNumber merged_at_;  ///< the last frame of which the findings are in `merged_`
  mutable std::uint64_t dropped_ = 0;
  mutable std::vector<Finding> of_one_frame_;  ///< asked for before they were merged
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
    if (!several()) begin_joining();
    while (point >= at_point_.size()) add_point();
  }
  at_point_[point]->analysis.observe(seen_, facts_);
  if (!several()) return;
  for (const Finding& finding : at_point_[point]->ledger.findings().of(frame.number)) {
    if (finding.conversation != kNoConversation) take_seat(point, finding.conversation);
  }
}

/// The rows that have been told of keep their numbers.
void Analyzer::State::begin_joining() {
  std::vector<ConversationId> told;
  for (const Ledger::Entry& entry : at_point_.front()->ledger.rows()) told.push_back(entry.id);
  std::sort(told.begin(), told.end());
  for (const ConversationId id : told) take_seat(0, id);
}

ConversationId Analyzer::State::joint_of(const FlowKey& flow) {
  const ConversationId next(static_cast<std::uint32_t>(joints_.size()));
  const auto known = joint_of_flow_.find(flow);
  if (known != joint_of_flow_.end()) return known->second;
  joints_.push_back({flow, next, {}});
  try {
    joint_of_flow_.emplace(flow, next);
  } catch (...) {
    joints_.pop_back();
    throw;
  }
  return next;
}

ConversationId Analyzer::State::take_seat(std::size_t point, ConversationId id) {
  const Ledger::Entry* const entry = at_point_[point]->ledger.find(id);
  if (entry == nullptr) return kNoConversation;
  const ConversationId joint = joint_of(entry->flow);
  std::vector<Seat>& seats = joints_[joint.value()].seats;
  const auto same = std::find_if(seats.begin(), seats.end(), [&](const Seat& s) { return s.point == point; });
  if (same == seats.end())
    seats.push_back({point, id});
  else
    same->id = id;
  return joint;
}

ConversationId Analyzer::State::leader_of(std::size_t point, ConversationId id) const {
  const Ledger::Entry* const entry = at_point_[point]->ledger.find(id);
  if (entry == nullptr) return kNoConversation;
  const auto joint = joint_of_flow_.find(entry->flow);
  return joint == joint_of_flow_.end() ? kNoConversation : joints_[joint->second.value()].leader;
}

std::span<const Finding> Analyzer::State::findings() const {
  if (!several()) return at_point_.front()->ledger.findings().all();
  if (merged_at_.value() != coverage_.frames) merge_findings();
  return merged_;
}

std::span<const Finding> Analyzer::State::findings(FrameNumber frame) const {
  if (!several()) return at_point_.front()->ledger.findings().of(frame);
  if (frame <= merged_at_) {
    Finding wanted;
    wanted.frame = frame;
    const auto [begin, end] = std::equal_range(merged_.begin(), merged_.end(), wanted, by_frame);
    return {begin, end};
  }
  of_one_frame_.clear();
  for (std::size_t at = 0; at < at_point_.size(); ++at) {
    for (Finding finding : at_point_[at]->ledger.findings().of(frame)) {
      if (finding.kind == FindingKind::ignored_hint && !is_delivered(at, finding.conversation)) continue;
      if (finding.conversation != kNoConversation) finding.conversation = leader_of(at, finding.conversation);
      of_one_frame_.push_back(finding);
    }
  }
  return of_one_frame_;
}

bool Analyzer::State::is_delivered(std::size_t point, ConversationId id) const {
  const Ledger::Entry* const entry = at_point_[point]->ledger.find(id);
  return entry != nullptr && entry->tally.delivered;
}

void Analyzer::State::conclude() {
  for (const auto& point : at_point_) point->analysis.conclude();
  if (!several()) return;
  points_.join();
  join_rows_of_points();
  merge_findings();
}

/// A direction that a translator gave several names is one row.
void Analyzer::State::join_rows_of_points() {
  for (std::size_t point = 0; point < at_point_.size(); ++point) {
    for (const Ledger::Entry& entry : at_point_[point]->ledger.rows()) take_seat(point, entry.id);
  }
  joined_of_flow_.clear();
  for (Joint& joint : joints_) joint.leader = joint_of_flow_.at(joint.flow);
  const std::vector<JoinedDirection>& directions = points_.joined().directions;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const JoinedDirection& direction = directions[i];
    joined_of_flow_.emplace(direction.flow, i);
    const bool has_row = direction.vanish || joint_of_flow_.contains(direction.flow);
    const bool named_elsewhere =
        std::any_of(direction.other_names.begin(), direction.other_names.end(),
                    [&](const FlowKey& name) { return joint_of_flow_.contains(name); });
    if (!has_row && !named_elsewhere) continue;
    const ConversationId leader = joint_of(direction.flow);
    for (const FlowKey& name : direction.other_names) {
      const auto other = joint_of_flow_.find(name);
      if (other != joint_of_flow_.end()) joints_[other->second.value()].leader = leader;
    }
  }
}

const JoinedDirection* Analyzer::State::joined(const FlowKey& flow) const {
  const auto found = joined_of_flow_.find(flow);
  return found == joined_of_flow_.end() ? nullptr : &points_.joined().directions[found->second];
}

void Analyzer::State::merge_findings() const {
  merged_.clear();
  merged_at_ = FrameNumber{};
  std::map<ConversationId, Verdict> verdicts;
  const auto verdict_of_row = [&](ConversationId id) {
    const auto [found, added] = verdicts.try_emplace(id, Verdict::none);
    if (added) found->second = verdict(id);
    return found->second;
  };
  for (std::size_t point = 0; point < at_point_.size(); ++point) {
    for (Finding finding : at_point_[point]->ledger.findings().all()) {
      if (finding.conversation != kNoConversation)
        finding.conversation = leader_of(point, finding.conversation);
      // Who never got the hint did not ignore it.
      const bool cleared = finding.kind == FindingKind::ignored_hint &&
                           verdict_of_row(finding.conversation) == Verdict::hint_undeliverable;
      if (!cleared) merged_.push_back(finding);
    }
  }
  for (const JoinedDirection& direction : points_.joined().directions) {
    const auto joint = joint_of_flow_.find(direction.flow);
    const ConversationId id = joint == joint_of_flow_.end() ? kNoConversation : joint->second;
    add_findings_of_joining(direction, id);
  }
  std::stable_sort(merged_.begin(), merged_.end(), by_frame);
  dropped_ = 0;
  if (merged_.size() > preferences_.max_findings) {
    dropped_ = merged_.size() - preferences_.max_findings;
    merged_.resize(preferences_.max_findings);
  }
  merged_at_ = FrameNumber(static_cast<std::uint32_t>(coverage_.frames));
}

void Analyzer::State::add_findings_of_joining(const JoinedDirection& direction, ConversationId id) const {
  Finding finding;
  finding.severity = Severity::warn;
  finding.conversation = id;
  if (direction.vanish) {
    finding.kind = FindingKind::vanished;
    finding.dont_fragment = true;
    finding.passed_point = direction.vanish->from;
    finding.lost_point = direction.vanish->to;
    finding.count = direction.vanish->lost;
    for (const LostDatagram& lost : direction.vanish->datagrams) {
      finding.frame = lost.frame;
      finding.length = lost.length;
      merged_.push_back(finding);
    }
  }
  if (direction.filtered && id != kNoConversation && verdict(id) == Verdict::hint_undeliverable) {
    Finding filtered;
    filtered.kind = FindingKind::hint_filtered;
    filtered.severity = Severity::warn;
    filtered.conversation = id;
    filtered.passed_point = direction.filtered->seen_at;
    filtered.lost_point = direction.filtered->missing_at;
    for (const FrameNumber frame : direction.filtered->frames) {
      filtered.frame = frame;
      merged_.push_back(filtered);
    }
  }
  for (const ChangeOnTheWay& change : direction.changes) {
    if (change.kind == ChangeKind::mss_rewritten) add_one_way_clamp(direction, change, id);
    if (change.kind != ChangeKind::fragmented_despite_df) continue;
    Finding cut;
    cut.kind = FindingKind::fragmented_despite_df;
    cut.severity = Severity::warn;
    cut.frame = change.frame;
    cut.dont_fragment = true;
    cut.passed_point = change.from;
    cut.lost_point = change.to;
    merged_.push_back(cut);
  }
}

void Analyzer::State::add_one_way_clamp(const JoinedDirection& direction, const ChangeOnTheWay& change,
                                        ConversationId id) const {
  // rule: mss-one-way. This side's SYN was clamped between the two points, the other side's, by which this
  // side goes, was not: between them it passed as large as before.
  const std::optional<ConversationRow> judged = id == kNoConversation ? std::nullopt : row(id);
  if (!judged || !judged->path_mtu) return;
  const FlowKey& flow = direction.flow;
  const FlowKey back{
      {flow.path.destination, flow.path.source}, flow.destination_port, flow.source_port, flow.protocol};
  const std::uint16_t mss = at_point_[change.from.value() - 1]->analysis.announced_mss(back);
  const std::uint32_t headers = tcp_headers(flow.path.source.version);
  if (mss + headers <= judged->path_mtu->value() || change.after + headers > judged->path_mtu->value())
    return;
  Finding finding;
  finding.frame = change.frame;
  finding.kind = FindingKind::mss_clamped_one_way;
  finding.severity = Severity::warn;
  finding.conversation = id;
  finding.path_mtu = judged->path_mtu;
  finding.related_frame = change.frame;
  finding.count = mss;
  merged_.push_back(finding);
}

ConversationRow Analyzer::State::row_at(std::size_t point, const Ledger::Entry& entry) const {
  ConversationRow row = make_row(entry.tally, at_point_[point]->analysis.facts_of(entry));
  row.id = entry.id;
  row.flow = entry.flow;
  row.first_frame = entry.first_frame;
  return row;
}

std::optional<ConversationRow> Analyzer::State::row(ConversationId id) const {
  if (!several()) {
    const Ledger::Entry* const entry = at_point_.front()->ledger.find(id);
    return entry == nullptr ? std::nullopt : std::optional(row_at(0, *entry));
  }
  if (id.value() >= joints_.size()) return std::nullopt;
  const Joint& joint = joints_[joints_[id.value()].leader.value()];
  const JoinedDirection* const direction = joined(joint.flow);
  std::vector<const Joint*> names = {&joint};
  if (direction != nullptr) {
    for (const FlowKey& name : direction->other_names) {
      const auto other = joint_of_flow_.find(name);
      if (other != joint_of_flow_.end()) names.push_back(&joints_[other->second.value()]);
    }
  }
  std::vector<RowAtPoint> at_points;
  for (const Joint* const name : names) {
    for (const Seat& seat : name->seats) {
      const Ledger::Entry* const entry = at_point_[seat.point]->ledger.find(seat.id);
      if (entry == nullptr) continue;
      at_points.push_back(
          {row_at(seat.point, *entry), &entry->tally, at_point_[seat.point]->analysis.facts_of(*entry)});
    }
  }
  ConversationRow row = join_rows(at_points, direction);
  if (row.joined) row.joined->positions = positions(*row.joined);
  row.id = joint.leader;
  row.flow = joint.flow;
  return row;
}

std::vector<Position> Analyzer::State::positions(const JoinedDirection& direction) const {
  std::vector<FlowKey> names = direction.other_names;
  names.insert(names.begin(), direction.flow);
  std::vector<Position> positions;
  for (const PointId point : direction.points) {
    Position found;
    for (const FlowKey& name : names) {
      const Position position = at_point_[point.value() - 1]->analysis.position(name);
      if (!found.sender_hops) found.sender_hops = position.sender_hops;
      if (!found.receiver_hops) found.receiver_hops = position.receiver_hops;
    }
    found.point = point;
    positions.push_back(found);
  }
  return positions;
}

std::optional<FlowKey> Analyzer::State::flow(ConversationId id) const {
  if (!several()) {
    const Ledger::Entry* const entry = at_point_.front()->ledger.find(id);
    return entry == nullptr ? std::nullopt : std::optional(entry->flow);
  }
  if (id.value() >= joints_.size()) return std::nullopt;
  return joints_[joints_[id.value()].leader.value()].flow;
}

Verdict Analyzer::State::verdict(ConversationId id) const {
  if (several()) {
    const auto found = row(id);
    return found ? found->verdict : Verdict::none;
  }
  const Point& point = *at_point_.front();
  const Ledger::Entry* const entry = point.ledger.find(id);
  return entry == nullptr ? Verdict::none : settled_verdict(entry->tally, point.analysis.facts_of(*entry));
}

std::vector<ConversationRow> Analyzer::State::rows(Coverage& coverage) const {
  std::vector<ConversationRow> rows;
  if (!several()) {
    for (const Ledger::Entry& entry : at_point_.front()->ledger.rows()) rows.push_back(row_at(0, entry));
  } else {
    for (std::uint32_t i = 0; i < joints_.size(); ++i) {
      if (joints_[i].leader == ConversationId(i)) rows.push_back(*row(ConversationId(i)));
    }
  }
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
  const Ledger::Entry* const entry = at_point_.front()->ledger.find(row.id);
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
  summary.coverage.dropped_findings += dropped_;
  summary.points = points_.all();
  summary.conversations = rows(summary.coverage);
  std::map<PathKey, DatagramLength> lost_on_path;
  for (const ConversationRow& row : summary.conversations) {
    if (!row.bracket.lost || !holds_path(row)) continue;
    const auto [smallest, is_first] = lost_on_path.try_emplace(row.flow.path, *row.bracket.lost);
    if (!is_first) smallest->second = std::min(smallest->second, *row.bracket.lost);
  }
  summary.paths = paths(std::move(lost_on_path));
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
