// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/joined_row.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace pmtu {
namespace {

std::string point(PointId id) {
  return "capture point " + std::to_string(id.value());
}

bool is_black_hole(Verdict verdict) {
  return verdict == Verdict::black_hole_suspected || verdict == Verdict::black_hole_confirmed ||
         verdict == Verdict::black_hole_recovered || verdict == Verdict::black_hole_receiver;
}

/// A hint that was accepted explains losses above its MTU; without an MTU, all of them.
bool hint_explains(std::span<const RowAtPoint> rows, std::optional<DatagramLength> lost) {
  return std::any_of(rows.begin(), rows.end(), [&](const RowAtPoint& one) {
    if (one.tally == nullptr || one.tally->accepted_hints == 0) return false;
    const std::optional<Mtu>& mtu = one.row.path_mtu;
    return !mtu || !lost || mtu->value() < lost->value();
  });
}

/// A quotation was cut before it told whom the hint is for: it may be for this direction.
bool hint_cut(std::span<const RowAtPoint> rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const RowAtPoint& one) { return one.tally != nullptr && one.tally->hint_cut; });
}

/// Marks first, whatever else another point suspects; then the worst, without what a hint explains. Of two
/// points on one link, which no TTL puts in order, the one that saw more.
const RowAtPoint& strongest(std::span<const RowAtPoint> rows) {
  const auto rank = [&](const RowAtPoint& one) {
    const bool explained = is_black_hole(one.row.verdict) && hint_explains(rows, one.row.bracket.lost);
    return std::tuple(one.row.ignored_packets != 0, explained ? Verdict::none : one.row.verdict,
                      one.row.ignored_packets);
  };
  return *std::max_element(rows.begin(), rows.end(),
                           [&](const RowAtPoint& a, const RowAtPoint& b) { return rank(a) < rank(b); });
}

void take_facts(ConversationRow& into, const ConversationRow& from) {
  into.hints = std::max(into.hints, from.hints);
  into.largest_datagram = std::max(into.largest_datagram, from.largest_datagram);
  if (from.first_frame != FrameNumber{} &&
      (into.first_frame == FrameNumber{} || from.first_frame < into.first_frame))
    into.first_frame = from.first_frame;
  into.last_frame = std::max(into.last_frame, from.last_frame);
  // Both of one point: what two points see of the ends does not add up to one link.
  if (from.sender_hops && (!into.sender_hops || *from.sender_hops < *into.sender_hops)) {
    into.sender_hops = from.sender_hops;
    into.receiver_hops = from.receiver_hops;
  }
  if (from.may_refuse_hints) into.may_refuse_hints = true;
  if (from.delivered == Delivery::yes) into.delivered = Delivery::yes;
  if (!into.reporter) into.reporter = from.reporter;
  if (into.stage == Stage::unknown) into.stage = from.stage;
  if (from.stall && (!into.stall || *into.stall < *from.stall)) into.stall = from.stall;
  into.resent_bytes = std::max(into.resent_bytes, from.resent_bytes);
}

/// The sender never got what it seemed to ignore.
void clear_sender(ConversationRow& row, const FilteredHint& filtered, std::span<const RowAtPoint> rows) {
  // rule: hint-filtered
  row.verdict = Verdict::hint_undeliverable;
  row.ignored_packets = 0;
  row.ignored_bytes = 0;
  row.ignored_frames.clear();
  for (const RowAtPoint& one : rows) {
    if (!row.path_mtu) row.path_mtu = one.row.path_mtu;
    if (row.hint_frames.empty()) row.hint_frames = one.row.hint_frames;
  }
  if (row.path_mtu) row.recommended = recommend(*row.path_mtu);
  row.reason = "the hint in frame " + std::to_string(filtered.frame.value()) + " passed " +
               point(filtered.seen_at) + " but never reached the sender: " + point(filtered.missing_at) +
               ", nearer to it, saw none of " + std::to_string(filtered.hints) +
               " hints; they were filtered in between";
  if (!filtered.icmp_seen)
    row.reason +=
        " (or by a capture filter at " + point(filtered.missing_at) + ", which saw no ICMP error at all)";
}

void confirm(ConversationRow& row, const VanishBetween& vanish, IpVersion version) {
  // rule: vanish-between
  row.verdict = Verdict::black_hole_confirmed;
  // Behind NAT64 the same datagram has another size.
  const Bracket own = row.flow.path.source.version == version ? row.bracket : Bracket{};
  row.bracket = vanish.bracket;
  // Acknowledged sizes narrow it, too, from either end.
  if (own.passed && *own.passed > *row.bracket.passed && *own.passed < *row.bracket.lost)
    row.bracket.passed = own.passed;
  if (own.lost && *own.lost<*row.bracket.lost&& * own.lost> * row.bracket.passed) row.bracket.lost = own.lost;
  row.largest_datagram = std::max(row.largest_datagram, *vanish.bracket.lost);
  if (row.first_frame == FrameNumber{}) row.first_frame = vanish.first_frame;
  row.last_frame = std::max(row.last_frame, vanish.last_frame);
  row.recommended = recommend_passed(*row.bracket.passed, version);
  row.reason = std::to_string(vanish.lost) + " datagrams of " + std::to_string(vanish.bracket.lost->value()) +
               " bytes or more of this direction passed " + point(vanish.from) + " and none arrived at " +
               point(vanish.to) + ", while " + std::to_string(vanish.smaller_arrived) +
               (vanish.smaller_arrived == 1 ? " smaller one" : " smaller ones") +
               " of its pair of hosts, of any conversation, did";
}

}  // namespace

bool accuses(Verdict verdict) noexcept {
  return verdict == Verdict::ignoring || verdict == Verdict::probably_ignoring || is_black_hole(verdict);
}

ConversationRow join_rows(std::span<const RowAtPoint> rows, const JoinedDirection* joined) {
  ConversationRow row;
  const Tally* tally = nullptr;
  RowFacts facts;
  if (!rows.empty()) {
    const RowAtPoint& best = strongest(rows);
    row = best.row;
    tally = best.tally;
    facts = best.facts;
    for (const RowAtPoint& other : rows) take_facts(row, other.row);
  }
  row.points.clear();
  for (const RowAtPoint& one : rows) row.points.push_back(one.point);
  if (row.verdict == Verdict::probably_ignoring && row.delivered == Delivery::yes && tally != nullptr) {
    row.verdict = Verdict::ignoring;
    row.reason = reason_for(row.verdict, *tally, facts);
  }
  if (joined == nullptr) return row;
  row.joined = *joined;
  row.points = joined->points;
  if (row.delivered == Delivery::yes) {
    row.joined->hint_way = HintWay::delivered;
    row.joined->filtered.reset();
  } else if (joined->filtered && hint_explains(rows, std::nullopt)) {
    if (accuses(row.verdict)) {
      clear_sender(row, *joined->filtered, rows);
    } else {
      // Whoever heeds a hint has got it: a capture filter hid it.
      row.joined->hint_way = HintWay::unknown;
      row.joined->filtered.reset();
    }
  }
  const bool open = row.verdict != Verdict::probing && row.ignored_packets == 0;
  if (joined->vanish && open && !hint_cut(rows) && !hint_explains(rows, joined->vanish->bracket.lost))
    confirm(row, *joined->vanish, joined->flow.path.source.version);
  return row;
}

}  // namespace pmtu
