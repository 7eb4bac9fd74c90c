// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string>
#include <unordered_map>

#include "engine.h"

namespace pmtu {
namespace {

std::string in_frame(FrameNumber frame) {
  return "frame " + std::to_string(frame.value());
}

std::string count_of(std::uint32_t n, const char* thing) {
  return std::to_string(n) + ' ' + thing + (n == 1 ? "" : "s");
}

/// A black hole stands beside hints that were right to be ignored, and mentions them.
std::string beside_refused_hints(const Evidence& e) {
  if (e.refused_hints == 0) return "; no usable hint was captured";
  return "; " + count_of(e.refused_hints, "hint") + " captured, none of them valid for this flow";
}

/// Why the verdict is what it is, with frames and numbers.
std::string reason_for(Verdict verdict, const Evidence& e) {
  const std::string mtu = e.path_mtu ? std::to_string(e.path_mtu->value()) : std::string("unknown");
  const std::string lost = e.lost ? std::to_string(e.lost->value()) : std::string("unknown");
  switch (verdict) {
    case Verdict::none:
      return {};
    case Verdict::not_exercised:
      if (e.quic_minimum)
        return "the hint asks for less than QUIC's minimum of 1200 bytes; QUIC must ignore it";
      if (e.refuted) {
        return "larger datagrams sent after the hint in " + in_frame(e.first_hint) +
               " were acknowledged: the hint does not bind this flow";
      }
      return "hint in " + in_frame(e.first_hint) +
             ", but no oversize datagram was seen to be tested against it";
    case Verdict::compliant:
      return "went down to path MTU " + mtu + " after the hint in " + in_frame(e.first_hint);
    case Verdict::compliant_by_fragmentation:
      return "cleared DF or fragmented after the hint in " + in_frame(e.first_hint);
    case Verdict::probing:
      return count_of(e.probes, "isolated larger datagram") + " above path MTU " + mtu + ": path-MTU probing";
    case Verdict::unverifiable:
      if (e.sibling_packets != 0) {
        return "oversize datagrams are sent again, but the hint quotes another flow of the path";
      }
      if (e.accepted_hints == 0 && e.hint_cut)
        return "cannot tell: the capture is truncated, and what is left of a hint fits more than one flow";
      if (e.accepted_hints == 0 && e.one_sided)
        return "cannot tell: the capture is one-sided, large bytes are sent again but acknowledgments are "
               "not in it";
      return "cannot tell: the capture was taken with segmentation offload, sizes on the wire are unknown";
    case Verdict::hint_undeliverable:
      return count_of(e.refused_hints, "hint") +
             " invalid or not matching what was sent: right to be ignored";
    case Verdict::black_hole_recovered:
      if (e.hole == Evidence::Hole::recovered) {
        return "bytes missing since " + in_frame(e.hole_frame) + " came only in smaller datagrams";
      }
      return "size " + lost + " was lost " + std::to_string(e.transmissions) + " times from " +
             in_frame(e.black_hole_frame) + " on; smaller datagrams got through and the transfer goes on" +
             beside_refused_hints(e);
    case Verdict::black_hole_confirmed:
      return "size " + lost + " was lost " + std::to_string(e.transmissions) + " times from " +
             in_frame(e.black_hole_frame) + " on; the same bytes got through in smaller datagrams" +
             beside_refused_hints(e);
    case Verdict::black_hole_suspected:
      return "size " + lost + " was lost " + std::to_string(e.transmissions) + " times from " +
             in_frame(e.black_hole_frame) + " on while smaller datagrams get through" +
             beside_refused_hints(e);
    case Verdict::black_hole_receiver:
      return count_of(e.missing_bytes, "byte") + " before " + in_frame(e.hole_frame) +
             " never arrived, larger than anything that did" +
             (e.weak_hole ? "; weak evidence: only an empty segment lies beyond" : "") +
             (e.refused_hints != 0 ? beside_refused_hints(e) : std::string());
    case Verdict::probably_ignoring:
      return count_of(e.ignored_packets, "oversize DF datagram") + " after the hint in " +
             in_frame(e.first_hint) + " (path MTU " + mtu +
             "); the capture does not show that the hint reached the sender";
    case Verdict::ignoring:
      return count_of(e.ignored_packets, "oversize DF datagram") + " after the hint in " +
             in_frame(e.first_hint) + " (path MTU " + mtu + ") had reached the sender";
  }
  return {};
}

}  // namespace

Evidence& Analyzer::Engine::evidence_of(Flow& flow, unsigned side) {
  Direction& direction = flow.side[side];
  flow.watch_closely();
  if (direction.conversation == kNoConversation) {
    std::size_t slot = evidence_.size();
    if (slot < max_rows_) {
      evidence_.emplace_back().id = ConversationId(static_cast<std::uint32_t>(slot));
    } else {
      slot = least_missed_row();
      const ConversationId before = evidence_[slot].id;
      forget_row(slot);
      evidence_[slot] = Evidence{};
      evidence_[slot].id = ConversationId(before.value() + max_rows_);
    }
    Evidence& evidence = evidence_[slot];
    direction.conversation = evidence.id;
    evidence.flow = directed_key(flow, side);
    evidence.path = ensure_path(flow, side);
    if (evidence.path != PathTable::kNone) paths_.hold(evidence.path);
    evidence.first_frame = flow.first_frame;
    evidence.last_frame = flow.last_frame;
  }
  Evidence& evidence = *this->evidence(direction);
  evidence.touched = last_frame_;
  return evidence;
}

std::size_t Analyzer::Engine::least_missed_row() {
  // Of the next few: first those that blame nobody, which anybody can cause, then the oldest.
  constexpr int kCandidates = 16;
  std::size_t least = row_hand_;
  std::pair<bool, FrameNumber> rank;
  for (int i = 0; i < kCandidates; ++i) {
    row_hand_ = row_hand_ + 1 < evidence_.size() ? row_hand_ + 1 : 0;
    const Evidence& evidence = evidence_[row_hand_];
    const bool blames = settled_verdict(evidence) >= Verdict::black_hole_recovered;
    const std::pair<bool, FrameNumber> candidate{blames,
                                                 std::max(evidence.touched, evidence.last_ignored_frame)};
    if (i == 0 || candidate < rank) {
      least = row_hand_;
      rank = candidate;
    }
  }
  return least;
}

void Analyzer::Engine::forget_row(std::size_t slot) {
  // What a direction knows stands on its row, so it goes with it.
  const Evidence& evidence = evidence_[slot];
  const FlowTable::Entry entry = flows_.find(evidence.flow);
  if (entry.place != FlowTable::kNone) {
    Direction& direction = flows_[entry.place].side[entry.side];
    if (direction.conversation == evidence.id) {
      direction.conversation = kNoConversation;
      direction.knowledge.reset();
      direction.hole.reset();
      if (direction.loss) --watched_;
      direction.loss.reset();
    }
  }
  if (evidence.path != PathTable::kNone) paths_.release(evidence.path);
  ++coverage_.evicted_conversations;
}

void Analyzer::Engine::keep_last_values(Flow& flow, unsigned side) {
  Direction& direction = flow.side[side];
  Evidence* evidence = this->evidence(direction);
  if (evidence == nullptr) return;
  evidence->largest = std::max(evidence->largest, direction.largest_sent);
  evidence->last_frame = flow.last_frame;
  if (direction.seen) {
    evidence->ttl = direction.ttl;
    evidence->ttl_known = true;
  }
}

Verdict Analyzer::Engine::settled_verdict(const Evidence& evidence) const {
  const Verdict verdict = evidence.verdict();
  const bool by_size = verdict == Verdict::black_hole_suspected || verdict == Verdict::black_hole_confirmed ||
                       verdict == Verdict::black_hole_recovered || verdict == Verdict::black_hole_receiver;
  if (!by_size || evidence.path == PathTable::kNone || !evidence.refuting) return verdict;
  // "At any time in the capture": a size that got through, or that arrived, was not lost by its size.
  const Path& path = paths_[evidence.path];
  const bool at_receiver =
      evidence.hole != Evidence::Hole::none && evidence.black_hole == Evidence::BlackHole::none;
  const std::uint32_t got_through = at_receiver ? path.largest_seen : path.largest_passed;
  const bool disproved =
      got_through >= evidence.refuting->value() || (at_receiver && path.capture_misses_large);
  if (!disproved) return verdict;
  Evidence without = evidence;
  without.black_hole = Evidence::BlackHole::none;
  without.hole = Evidence::Hole::none;
  return without.verdict();
}

Verdict Analyzer::Engine::verdict(ConversationId conversation) const {
  const Evidence* evidence = row_evidence(conversation);
  return evidence == nullptr ? Verdict::none : settled_verdict(*evidence);
}

std::optional<FlowKey> Analyzer::Engine::flow(ConversationId conversation) const {
  const Evidence* evidence = row_evidence(conversation);
  if (evidence == nullptr) return std::nullopt;
  return evidence->flow;
}

void Analyzer::Engine::retract_disproved() {
  for (const Evidence& evidence : evidence_) {
    if (evidence.black_hole == Evidence::BlackHole::none && evidence.hole == Evidence::Hole::none) continue;
    if (settled_verdict(evidence) == evidence.verdict() || evidence.ignored_packets != 0) continue;
    for (const FindingKind kind : {FindingKind::black_hole_suspected, FindingKind::black_hole_confirmed,
                                   FindingKind::black_hole_recovered, FindingKind::black_hole_receiver}) {
      findings_.retract(kind, evidence.id, FrameNumber{});
    }
  }
}

void Analyzer::Engine::conclude() {
  for (std::uint32_t place = 0; place < flows_.places(); ++place) {
    Flow& flow = flows_[place];
    for (unsigned side = 0; side < 2; ++side) {
      Direction& direction = flow.side[side];
      if (direction.loss && direction.loss->told) review_suspicion(flow, side, now_);
      if (direction.loss && !direction.loss->told)
        tell_suspicion(flow, side, direction.loss->last_frame(), now_);
      if (direction.hole) tell_hole(flow, side, flow.last_frame, now_);
    }
  }
  findings_.settle();
  retract_disproved();
  findings_.settle();
}

ConversationRow Analyzer::Engine::row(ConversationId conversation) const {
  const Evidence& e = evidence_[slot_of(conversation)];
  ConversationRow row;
  row.id = conversation;
  row.flow = e.flow;
  row.verdict = settled_verdict(e);
  row.reason = reason_for(row.verdict, e);
  row.stage = e.stage;
  row.hints = e.hints;
  row.ignored_packets = e.ignored_packets;
  row.ignored_bytes = e.ignored_bytes;
  row.in_flight_packets = e.in_flight_packets;
  row.resent_bytes = e.resent_bytes;
  row.reporter = e.reporter;
  row.hint_frames = e.hint_frames;
  row.ignored_frames = e.ignored_frames;
  row.first_frame = e.first_frame;
  row.last_frame = e.last_frame;
  std::uint32_t largest = e.largest;
  bool ttl_known = e.ttl_known;
  std::uint8_t ttl = e.ttl;

  const FlowTable::Entry entry = flows_.find(e.flow);
  if (entry.place != FlowTable::kNone) {
    const Flow& flow = flows_[entry.place];
    const Direction& direction = flow.side[entry.side];
    if (direction.conversation == conversation) {
      largest = std::max(largest, direction.largest_sent);
      row.last_frame = flow.last_frame;
      if (direction.seen) {
        ttl_known = true;
        ttl = direction.ttl;
      }
    }
  }
  row.largest_datagram = DatagramLength(largest);
  if (ttl_known) row.sender_hops = hops_from_ttl(ttl);
  row.delivered = e.delivered ? Delivery::yes : Delivery::unknown;

  const bool hinted = e.accepted_hints != 0 || e.sibling_packets != 0;
  if (hinted) row.path_mtu = e.path_mtu;
  if (e.path != PathTable::kNone) {
    const Path& path = paths_[e.path];
    if (path.largest_passed != 0) row.bracket.passed = DatagramLength(path.largest_passed);
  }
  if (e.passed && e.hole != Evidence::Hole::none) row.bracket.passed = e.passed;
  row.bracket.lost = e.lost;
  if (!e.lost && e.ignored_packets != 0) row.bracket.lost = DatagramLength(largest);
  // Sizes above the limit that "passed" were offloaded or went another way: no bracket then.
  if (row.bracket.passed && row.bracket.lost && *row.bracket.passed >= *row.bracket.lost)
    row.bracket.passed.reset();
  if (e.stall_begin && e.stall_end && *e.stall_end > *e.stall_begin)
    row.stall = *e.stall_end - *e.stall_begin;

  if (row.path_mtu) {
    row.recommended = recommend(*row.path_mtu);
  } else if (row.bracket.lost && row.bracket.passed && row.bracket.passed->value() >= 576) {
    row.recommended = recommend(Mtu(row.bracket.passed->value()));
  }
  return row;
}

Summary Analyzer::Engine::summary() const {
  Summary summary;
  summary.coverage = coverage_;
  summary.coverage.evicted_flows = flows_.evicted();
  summary.coverage.evicted_paths = paths_.evicted();
  summary.coverage.dropped_findings = findings_.dropped();
  std::unordered_map<std::uint32_t, std::uint32_t> lost_on_path;

  for (const Evidence& evidence : evidence_) {
    ConversationRow next = row(evidence.id);
    if (next.verdict == Verdict::none) continue;
    if (next.bracket.lost && evidence.path != PathTable::kNone) {
      std::uint32_t& smallest = lost_on_path[evidence.path];
      const std::uint32_t lost = next.bracket.lost->value();
      smallest = smallest == 0 ? lost : std::min(smallest, lost);
    }
    summary.conversations.push_back(std::move(next));
  }
  std::stable_sort(summary.conversations.begin(), summary.conversations.end(),
                   [](const ConversationRow& a, const ConversationRow& b) {
                     if (a.verdict != b.verdict) return a.verdict > b.verdict;
                     return a.first_frame < b.first_frame;
                   });

  for (std::uint32_t place = 0; place < paths_.size(); ++place) {
    const Path& path = paths_[place];
    const HintHistory* history = paths_.history(place);
    const auto lost = lost_on_path.find(place);
    if (history == nullptr && lost == lost_on_path.end()) continue;
    PathRow next;
    next.path = path.key;
    if (history != nullptr) {
      next.path_mtu = history->in_force ? history->in_force->mtu : std::nullopt;
      next.reporters = history->reporters;
      next.hints = history->hints;
      if (next.path_mtu) next.explanation = explain_mtu(*next.path_mtu);
    }
    if (path.largest_passed != 0) next.bracket.passed = DatagramLength(path.largest_passed);
    if (lost != lost_on_path.end()) next.bracket.lost = DatagramLength(lost->second);
    if (next.bracket.passed && next.bracket.lost && *next.bracket.passed >= *next.bracket.lost)
      next.bracket.lost.reset();
    summary.paths.push_back(std::move(next));
  }
  return summary;
}

}  // namespace pmtu
