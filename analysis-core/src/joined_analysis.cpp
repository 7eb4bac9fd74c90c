// SPDX-License-Identifier: GPL-2.0-or-later
#include "joined_analysis.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "pmtu/protocol_sizes.h"
#include "verdict/joined_row.h"

namespace pmtu {

namespace {

PointId at_point_id(std::size_t at) {
  return PointId(static_cast<std::uint32_t>(at + 1));
}

/// From the sender on; where nothing tells, as the points are numbered.
void along_the_way(std::vector<RowAtPoint>& rows, const JoinedDirection& direction) {
  const auto place = [&](const RowAtPoint& row) {
    return std::pair(std::find(direction.points.begin(), direction.points.end(), row.point), row.point);
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const RowAtPoint& a, const RowAtPoint& b) { return place(a) < place(b); });
}

bool by_frame(const Finding& a, const Finding& b) {
  return a.frame < b.frame;
}

}  // namespace

ConversationRow AnalyzedPoint::row(const Ledger::Entry& entry) const {
  ConversationRow row = make_row(entry.tally, analysis.facts_of(entry));
  row.id = entry.id;
  row.flow = entry.flow;
  // Applications choose how far multicast goes (RFC 1112 §6.1): its TTL begins anywhere.
  if (!row.flow.path.destination.is_unicast()) row.sender_hops.reset();
  return row;
}

/// The rows that have been told of keep their numbers.
void JoinedAnalysis::begin() {
  std::vector<ConversationId> told;
  for (const Ledger::Entry& entry : at_point_.front()->ledger.rows()) told.push_back(entry.id);
  std::sort(told.begin(), told.end());
  for (const ConversationId id : told) take_seat(0, id);
}

void JoinedAnalysis::take_frame(std::size_t point, FrameNumber frame) {
  for (const Finding& finding : at_point_[point]->ledger.findings().of(frame)) {
    if (finding.conversation != kNoConversation) take_seat(point, finding.conversation);
  }
}

void JoinedAnalysis::join(FrameNumber last) {
  join_names();
  merge_findings(last);
}

std::span<const Finding> JoinedAnalysis::findings(FrameNumber last) const {
  if (merged_to_ != last) merge_findings(last);
  return merged_;
}

std::span<const Finding> JoinedAnalysis::findings_of(FrameNumber frame) const {
  if (frame <= merged_to_) {
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

std::optional<ConversationRow> JoinedAnalysis::row(ConversationId id) const {
  if (id.value() >= joints_.size()) return std::nullopt;
  const Joint& joint = joints_[joints_[id.value()].leader.value()];
  const JoinedDirection* const direction = joined(joint.flow);
  std::vector<const Joint*> names = {&joint};
  for (const ConversationId other : joint.others) names.push_back(&joints_[other.value()]);
  std::vector<RowAtPoint> at_points;
  for (const Joint* const name : names) {
    for (const Seat& seat : name->seats) {
      const Ledger::Entry* const entry = at_point_[seat.point]->ledger.find(seat.id);
      if (entry == nullptr) continue;
      at_points.push_back({at_point_[seat.point]->row(*entry), &entry->tally,
                           at_point_[seat.point]->analysis.facts_of(*entry), at_point_id(seat.point)});
    }
  }
  if (direction != nullptr) along_the_way(at_points, *direction);
  ConversationRow row = join_rows(at_points, direction);
  if (row.joined) {
    row.joined->positions = positions(*row.joined);
    if (row.stage == Stage::unknown && row.verdict == Verdict::black_hole_confirmed && row.joined->vanish)
      row.stage = stuck_stage(*row.joined);
  }
  row.id = joint.leader;
  row.flow = joint.flow;
  return row;
}

std::optional<FlowKey> JoinedAnalysis::flow(ConversationId id) const {
  if (id.value() >= joints_.size()) return std::nullopt;
  return joints_[joints_[id.value()].leader.value()].flow;
}

std::vector<ConversationRow> JoinedAnalysis::rows() const {
  std::vector<ConversationRow> rows;
  for (std::uint32_t i = 0; i < joints_.size(); ++i) {
    if (joints_[i].leader == ConversationId(i)) rows.push_back(*row(ConversationId(i)));
  }
  return rows;
}

std::vector<ChangeInSum> JoinedAnalysis::changes() const {
  constexpr std::size_t kMost = 100;
  std::map<std::tuple<ChangeKind, PointId, PointId, std::uint32_t, std::uint32_t>, ChangeInSum> sums;
  for (const JoinedDirection& direction : points_.joined().directions) {
    for (const ChangeOnTheWay& change : direction.changes) {
      ChangeInSum& sum = sums[{change.kind, change.from, change.to, change.before, change.after}];
      const std::uint32_t count = sum.change.count + change.count;
      const std::uint32_t kept_df = sum.change.kept_df + change.kept_df;
      if (sum.directions == 0 || change.frame < sum.change.frame) {
        sum.change = change;
        sum.first = direction.flow;
      }
      sum.change.count = count;
      sum.change.kept_df = kept_df;
      ++sum.directions;
    }
  }
  std::vector<ChangeInSum> all;
  all.reserve(sums.size());
  for (const auto& [what, sum] : sums) all.push_back(sum);
  const auto weight = [](const ChangeInSum& sum) {
    switch (sum.change.kind) {
      case ChangeKind::fragmented_despite_df:
        return 0;
      case ChangeKind::df_cleared:
        return 1;
      case ChangeKind::mss_rewritten:
      case ChangeKind::translated:
        break;
    }
    return 2;
  };
  std::stable_sort(all.begin(), all.end(), [&](const ChangeInSum& a, const ChangeInSum& b) {
    return std::tuple(weight(a), a.change.frame) < std::tuple(weight(b), b.change.frame);
  });
  if (all.size() > kMost) all.resize(kMost);
  return all;
}

std::uint64_t JoinedAnalysis::directions() const {
  std::set<FlowKey> names;
  for (const auto& point : at_point_) point->analysis.add_directions(names);
  for (const JoinedDirection& direction : points_.joined().directions) {
    for (const FlowKey& other : direction.other_names) names.erase(other);
  }
  return names.size();
}

ConversationId JoinedAnalysis::joint_of(const FlowKey& flow) {
  const ConversationId next(static_cast<std::uint32_t>(joints_.size()));
  const auto known = joint_of_flow_.find(flow);
  if (known != joint_of_flow_.end()) return known->second;
  joints_.push_back({flow, next, {}, {}});
  try {
    joint_of_flow_.emplace(flow, next);
  } catch (...) {
    joints_.pop_back();
    throw;
  }
  return next;
}

void JoinedAnalysis::take_seat(std::size_t point, ConversationId id) {
  const Ledger::Entry* const entry = at_point_[point]->ledger.find(id);
  if (entry == nullptr) return;
  const ConversationId joint = joint_of(entry->flow);
  std::vector<Seat>& seats = joints_[joint.value()].seats;
  // Ports that are used again have one row for each connection.
  const bool seated = std::any_of(seats.begin(), seats.end(),
                                  [&](const Seat& seat) { return seat.point == point && seat.id == id; });
  if (seated) return;
  std::erase_if(seats,
                [&](const Seat& seat) { return at_point_[seat.point]->ledger.find(seat.id) == nullptr; });
  seats.push_back({point, id});
}

ConversationId JoinedAnalysis::leader_of(std::size_t point, ConversationId id) const {
  const Ledger::Entry* const entry = at_point_[point]->ledger.find(id);
  if (entry == nullptr) return kNoConversation;
  const auto joint = joint_of_flow_.find(entry->flow);
  return joint == joint_of_flow_.end() ? kNoConversation : joints_[joint->second.value()].leader;
}

bool JoinedAnalysis::is_delivered(std::size_t point, ConversationId id) const {
  const Ledger::Entry* const entry = at_point_[point]->ledger.find(id);
  return entry != nullptr && entry->tally.delivered;
}

/// A direction that a translator gave several names is one row.
void JoinedAnalysis::join_names() {
  for (std::size_t point = 0; point < at_point_.size(); ++point) {
    for (const Ledger::Entry& entry : at_point_[point]->ledger.rows()) take_seat(point, entry.id);
  }
  joined_of_flow_.clear();
  for (Joint& joint : joints_) {
    joint.leader = joint_of_flow_.at(joint.flow);
    joint.others.clear();
  }
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
      if (other != joint_of_flow_.end())
        joints_[end_of_chain(other->second).value()].leader = end_of_chain(leader);
    }
  }
  for (std::uint32_t i = 0; i < joints_.size(); ++i) {
    const ConversationId leader = end_of_chain(ConversationId(i));
    joints_[i].leader = leader;
    if (leader != ConversationId(i)) joints_[leader.value()].others.push_back(ConversationId(i));
  }
}

/// Several directions may share a name: whoever leads one of them may be led by another.
ConversationId JoinedAnalysis::end_of_chain(ConversationId id) const {
  while (joints_[id.value()].leader != id) id = joints_[id.value()].leader;
  return id;
}

const JoinedDirection* JoinedAnalysis::joined(const FlowKey& flow) const {
  const auto found = joined_of_flow_.find(flow);
  return found == joined_of_flow_.end() ? nullptr : &points_.joined().directions[found->second];
}

void JoinedAnalysis::merge_findings(FrameNumber last) const {
  merged_.clear();
  merged_to_ = FrameNumber{};
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
  if (merged_.size() > max_findings_) {
    dropped_ = merged_.size() - max_findings_;
    merged_.resize(max_findings_);
  }
  merged_to_ = last;
}

void JoinedAnalysis::add_findings_of_joining(const JoinedDirection& direction, ConversationId id) const {
  Finding finding;
  finding.severity = Severity::warn;
  finding.conversation = id;
  // Where a hint explains it and was heeded, that is what hints are for.
  if (direction.vanish && accuses(verdict(id))) {
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
    cut.conversation = id;
    cut.frame = change.frame;
    cut.dont_fragment = true;
    cut.count = change.kept_df;
    cut.passed_point = change.from;
    cut.lost_point = change.to;
    merged_.push_back(cut);
  }
}

void JoinedAnalysis::add_one_way_clamp(const JoinedDirection& direction, const ChangeOnTheWay& change,
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

/// What no single point suspected has its stage only from where it was sent.
Stage JoinedAnalysis::stuck_stage(const JoinedDirection& direction) const {
  const PointAnalysis& sent = at_point_[direction.vanish->from.value() - 1]->analysis;
  Stage stage = sent.stuck_stage(direction.flow);
  for (const FlowKey& name : direction.other_names) {
    if (stage == Stage::unknown) stage = sent.stuck_stage(name);
  }
  return stage;
}

std::vector<Position> JoinedAnalysis::positions(const JoinedDirection& direction) const {
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

Verdict JoinedAnalysis::verdict(ConversationId id) const {
  const auto found = row(id);
  return found ? found->verdict : Verdict::none;
}

}  // namespace pmtu
