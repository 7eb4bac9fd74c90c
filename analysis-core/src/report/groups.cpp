// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "pmtu/protocol_sizes.h"

namespace pmtu::report {
namespace {

bool by_conversation(const Finding* a, const Finding* b) {
  return a->conversation < b->conversation;
}

Case case_of(const ConversationRow& row, std::span<const Finding* const> findings) {
  Case one;
  one.row = &row;
  one.findings = findings;
  return one;
}

void add_mark(Case& one, const Finding& mark) {
  const std::uint32_t length = mark.length.value();
  if (one.first == nullptr) {
    one.first = &mark;
    one.mtu = mark.path_mtu;
    one.hint_frame = mark.hint_frame;
    one.smallest = length;
  }
  ++one.packets;
  one.bytes += length;
  one.smallest = std::min(one.smallest, length);
  one.largest = std::max(one.largest, length);
  one.frames.push_back(mark.frame);
}

/// Who sent the hint of a frame.
std::optional<IpAddress> reporter_of(FrameNumber hint_frame, std::span<const Finding* const> findings) {
  for (const Finding* finding : findings) {
    if (finding->frame == hint_frame && finding->hint_status) return finding->reporter;
  }
  return std::nullopt;
}

/// The mark of another capture point: the row counts each datagram once.
bool seen_elsewhere(const ConversationRow& row, const Finding& mark) {
  const bool all_listed = row.ignored_frames.size() == row.ignored_packets;
  return all_listed && !std::binary_search(row.ignored_frames.begin(), row.ignored_frames.end(), mark.frame);
}

IgnoredHint hint_of(const Case& one) {
  return {one.hint_frame, one.mtu, one.packets, one.smallest, one.largest, one.frames, one.obeyed_later};
}

/// One who names several MTUs, one after the other, has one case.
std::vector<Case> by_reporter(std::vector<Case> by_mtu) {
  std::vector<Case> cases;
  for (Case& one : by_mtu) {
    const auto same = std::find_if(cases.begin(), cases.end(), [&](const Case& known) {
      return known.reporter == one.reporter && known.mtu && one.mtu;
    });
    if (same == cases.end()) {
      cases.push_back(std::move(one));
      continue;
    }
    if (same->hints.empty()) same->hints.push_back(hint_of(*same));
    same->hints.push_back(hint_of(one));
    same->mtu = std::min(same->mtu, one.mtu);
    same->packets += one.packets;
    same->bytes += one.bytes;
    same->smallest = std::min(same->smallest, one.smallest);
    same->largest = std::max(same->largest, one.largest);
    same->frames.insert(same->frames.end(), one.frames.begin(), one.frames.end());
    same->obeyed_later = one.obeyed_later;
  }
  return cases;
}

/// One case for each reporter whose hints the sender exceeded.
std::vector<Case> ignored(const ConversationRow& row, std::span<const Finding* const> findings) {
  std::vector<Case> cases;
  for (const Finding* finding : findings) {
    if (finding->kind == FindingKind::honoured) {
      for (Case& one : cases) {
        if (one.mtu == finding->path_mtu && one.obeyed_later == FrameNumber{})
          one.obeyed_later = finding->frame;
      }
    }
    if (finding->kind != FindingKind::ignored_hint || seen_elsewhere(row, *finding)) continue;
    auto same = std::find_if(cases.begin(), cases.end(),
                             [&](const Case& one) { return one.mtu == finding->path_mtu; });
    if (same == cases.end()) same = cases.insert(cases.end(), case_of(row, findings));
    add_mark(*same, *finding);
    same->obeyed_later = FrameNumber{};
  }
  for (Case& one : cases) {
    one.reporter = reporter_of(one.hint_frame, findings);
    if (!one.reporter) one.reporter = row.reporter;
  }
  return by_reporter(std::move(cases));
}

/// Findings are bounded in number, rows are counted to the end.
Case counted(const ConversationRow& row, std::span<const Finding* const> findings) {
  Case one = case_of(row, findings);
  one.mtu = row.path_mtu;
  one.reporter = row.reporter;
  one.hint_frame = row.hint_frame;
  if (one.hint_frame == FrameNumber{} && !row.hint_frames.empty()) one.hint_frame = row.hint_frames.front();
  one.packets = row.ignored_packets;
  one.bytes = row.ignored_bytes;
  one.smallest = row.smallest_ignored.value();
  one.largest = row.largest_ignored.value();
  one.frames = row.ignored_frames;
  return one;
}

/// The refused hint that is explained: the first one.
Case refused(const ConversationRow& row, std::span<const Finding* const> findings) {
  Case one = counted(row, findings);
  for (const Finding* finding : findings) {
    if (finding->kind != FindingKind::hint_invalid && finding->kind != FindingKind::hint_unmatched &&
        finding->kind != FindingKind::hint_untranslated) {
      continue;
    }
    one.mtu = finding->hint_mtu;
    one.reporter = finding->reporter;
    one.hint_frame = finding->frame;
    one.remark = finding->remark;
    break;
  }
  return one;
}

std::vector<Case> cases_of(const ConversationRow& row, std::span<const Finding* const> findings) {
  if (row.verdict == Verdict::hint_undeliverable) return {refused(row, findings)};
  if (is_ignoring(row.verdict)) {
    std::vector<Case> cases = ignored(row, findings);
    if (cases.size() == 1 && cases.front().packets < row.ignored_packets) {
      cases.front().packets = row.ignored_packets;
      cases.front().bytes = row.ignored_bytes;
      for (IgnoredHint& hint : cases.front().hints) hint.packets = 0;
    }
    if (!cases.empty()) return cases;
  }
  return {counted(row, findings)};
}

std::optional<Between> loses_between(const ConversationRow& row) {
  if (!row.joined) return std::nullopt;
  const auto& [vanish, filtered] = std::tie(row.joined->vanish, row.joined->filtered);
  if (is_black_hole(row.verdict) && vanish) return Between{vanish->from, vanish->to};
  if (row.verdict == Verdict::hint_undeliverable && filtered)
    return Between{filtered->seen_at, filtered->missing_at};
  return std::nullopt;
}

bool more_is_held_against(const Case& a, const Case& b) {
  const auto weight = [](const Case& one) {
    return std::tuple(one.bytes, one.row->resent_bytes, one.row->stall.value_or(Duration{}));
  };
  return weight(a) > weight(b);
}

}  // namespace

FindingsByConversation::FindingsByConversation(std::span<const Finding> findings) {
  for (const Finding& finding : findings) {
    if (finding.conversation != kNoConversation) sorted_.push_back(&finding);
  }
  std::stable_sort(sorted_.begin(), sorted_.end(), by_conversation);
}

std::span<const Finding* const> FindingsByConversation::of(ConversationId conversation) const {
  Finding wanted;
  wanted.conversation = conversation;
  const auto [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), &wanted, by_conversation);
  return {first, last};
}

namespace {

/// More receivers than that of one sender, to which the same size is lost, are told of together.
constexpr std::size_t kGroupsBySender = 3;

using Key = std::tuple<Verdict, bool, IpAddress, std::optional<IpAddress>, std::optional<Mtu>,
                       std::vector<Mtu>, std::optional<DatagramLength>, HintRemark, std::optional<Between>>;

Key key_of(const Group& group) {
  return {group.verdict, group.stalls, group.sender, group.reporter, group.mtu,
          group.mtus,    group.lost,   group.remark, group.between};
}

/// It obeys, and somebody sends it what it may not go by.
bool stalls_beside_refused_hints(const ConversationRow& row) {
  return row.verdict == Verdict::compliant && row.stuck_obeying && row.stuck_obeying->refused_hints != 0;
}

/// Who obeys and stalls has the trouble of those whose hints are all refused.
Verdict weight_of(const Group& group) {
  return group.stalls ? Verdict::hint_undeliverable : group.verdict;
}

Group alone(const ConversationRow& row, Case one) {
  const auto lost = is_black_hole(row.verdict) ? row.bracket.lost : std::nullopt;
  Group group;
  group.verdict = row.verdict;
  group.sender = row.flow.path.source;
  group.reporter = one.reporter;
  group.mtu = one.mtu;
  for (const IgnoredHint& hint : one.hints) group.mtus.push_back(*hint.mtu);
  group.lost = lost;
  group.remark = one.remark;
  group.stalls = stalls_beside_refused_hints(row);
  group.between = loses_between(row);
  group.cases.push_back(std::move(one));
  return group;
}

/// By receiver, save where there are too many.
std::vector<Group> by_receiver(Group group) {
  if (!is_black_hole(group.verdict)) return {std::move(group)};
  std::map<IpAddress, Group> receivers;
  for (const Case& one : group.cases) {
    Group& receiver = receivers[one.row->flow.path.destination];
    if (receiver.cases.empty()) {
      receiver = group;
      receiver.cases.clear();
    }
    receiver.cases.push_back(one);
  }
  if (receivers.size() > kGroupsBySender) return {std::move(group)};
  std::vector<Group> groups;
  groups.reserve(receivers.size());
  for (auto& [address, receiver] : receivers) groups.push_back(std::move(receiver));
  return groups;
}

bool cites(const ConversationRow& row, FrameNumber hint_frame) {
  return row.hint_frame == hint_frame ||
         std::find(row.hint_frames.begin(), row.hint_frames.end(), hint_frame) != row.hint_frames.end();
}

CarryingTunnel tunnel_of(const ConversationRow& outer, Mtu mtu) {
  CarryingTunnel tunnel;
  tunnel.entrance = outer.flow.path.source;
  tunnel.outer_mtu = mtu;
  tunnel.hint_frame = outer.hint_frame;
  tunnel.delivered = outer.delivered == Delivery::yes;
  tunnel.room = tunnel_room(outer.flow, mtu, outer.may_refuse_hints);
  return tunnel;
}

/// By what was said of the entrance; or where the same frames that were lost inside ignored a hint outside.
std::optional<CarryingTunnel> tunnel_around(const Group& group, const Summary& summary) {
  if (!is_black_hole(group.verdict)) return std::nullopt;
  for (const Finding* finding : group.worst().findings) {
    const bool silent = finding->kind == FindingKind::tunnel_hint_not_relayed && finding->path_mtu;
    if (!silent && finding->kind != FindingKind::black_hole_loss) continue;
    for (const ConversationRow& outer : summary.conversations) {
      const std::vector<FrameNumber>& ignored = outer.ignored_frames;
      const bool carries =
          silent ? outer.flow.path.source == finding->reporter && cites(outer, finding->hint_frame)
                 : &outer != &group.row() && outer.path_mtu &&
                       std::binary_search(ignored.begin(), ignored.end(), finding->frame);
      if (!carries) continue;
      CarryingTunnel tunnel = tunnel_of(outer, silent ? *finding->path_mtu : *outer.path_mtu);
      tunnel.silent = silent;
      const bool explains = !tunnel.room || !group.lost || tunnel.room->mtu < group.lost->value();
      if (explains) return tunnel;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Group> group(const Summary& summary, const FindingsByConversation& findings) {
  std::map<Key, Group> groups;
  for (const ConversationRow& row : summary.conversations) {
    for (Case& one : cases_of(row, findings.of(row.id))) {
      Group single = alone(row, std::move(one));
      const auto [known, is_new] = groups.try_emplace(key_of(single), single);
      if (!is_new) known->second.cases.push_back(std::move(single.cases.front()));
    }
  }
  std::vector<Group> sorted;
  for (auto& [key, group] : groups) {
    std::stable_sort(group.cases.begin(), group.cases.end(), more_is_held_against);
    for (Group& receiver : by_receiver(std::move(group))) sorted.push_back(std::move(receiver));
  }
  for (Group& one : sorted) one.tunnel = tunnel_around(one, summary);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Group& a, const Group& b) {
    const std::tuple of_a(asks_for_action(a), weight_of(a), a.cases.size());
    const std::tuple of_b(asks_for_action(b), weight_of(b), b.cases.size());
    return of_a > of_b;
  });
  return sorted;
}

std::vector<IpAddress> destinations(const Group& group) {
  std::vector<IpAddress> addresses;
  std::set<IpAddress> known;
  for (const Case& one : group.cases) {
    const IpAddress& address = one.row->flow.path.destination;
    if (known.insert(address).second) addresses.push_back(address);
  }
  return addresses;
}

bool asks_for_action(const Group& group) {
  switch (group.verdict) {
    case Verdict::hint_undeliverable:
    case Verdict::black_hole_recovered:
    case Verdict::black_hole_suspected:
    case Verdict::fragments_lost:
    case Verdict::black_hole_receiver:
    case Verdict::probably_ignoring:
    case Verdict::black_hole_confirmed:
    case Verdict::ignoring:
    case Verdict::unverifiable:
      return true;
    case Verdict::none:
    case Verdict::not_exercised:
    case Verdict::compliant_by_fragmentation:
    case Verdict::probing:
      return false;
    case Verdict::compliant:
      return group.stalls;
  }
  return false;
}

bool is_ignoring(Verdict verdict) {
  return verdict == Verdict::ignoring || verdict == Verdict::probably_ignoring;
}

bool is_filtered(const Group& group) {
  return group.verdict == Verdict::hint_undeliverable && group.between.has_value();
}

bool is_black_hole(Verdict verdict) {
  return verdict == Verdict::black_hole_suspected || verdict == Verdict::black_hole_confirmed ||
         verdict == Verdict::black_hole_recovered || verdict == Verdict::black_hole_receiver;
}

bool on_one_link(const Group& group) {
  const auto both_initial = [](const auto& seen) { return seen.sender_hops == 0 && seen.receiver_hops == 0; };
  return std::all_of(group.cases.begin(), group.cases.end(), [&](const Case& one) {
    const auto& joined = one.row->joined;
    // What two places tell of the ends does not add up to one link: each has to tell it of both.
    if (!joined || joined->points.size() < 2) return both_initial(*one.row);
    return joined->positions.size() == joined->points.size() &&
           std::all_of(joined->positions.begin(), joined->positions.end(), both_initial);
  });
}

bool loses_giants(const Group& group) {
  const auto lost = group.row().bracket.lost;
  return lost && lost->value() > kEthernetMtu && on_one_link(group);
}

const Finding* untranslated_hint(const Group& group) {
  if (!is_black_hole(group.verdict)) return nullptr;
  for (const Finding* finding : group.worst().findings) {
    if (finding->kind != FindingKind::hint_untranslated || !finding->hint_mtu) continue;
    if (!group.lost || finding->hint_mtu->value() < group.lost->value()) return finding;
  }
  return nullptr;
}

const Finding* unusable_hint(const Group& group) {
  if (!is_black_hole(group.verdict) && !group.stalls) return nullptr;
  for (const Finding* finding : group.worst().findings) {
    const bool by_its_mtu = finding->remark == HintRemark::mtu_below_minimum ||
                            finding->remark == HintRemark::mtu_not_below_datagram;
    if (finding->kind == FindingKind::hint_invalid && by_its_mtu && finding->hint_mtu) return finding;
  }
  return nullptr;
}

const Finding* one_way_clamp(const Group& group) {
  for (const Finding* finding : group.worst().findings) {
    if (finding->kind == FindingKind::mss_clamped_one_way) return finding;
  }
  return nullptr;
}

bool is_below_ipv6(const Group& group, HintRemark remark) {
  return group.version() == IpVersion::v6 && remark == HintRemark::mtu_below_minimum;
}

bool is_quic_handshake(const Group& group) {
  return is_black_hole(group.verdict) && group.row().stage == Stage::quic_handshake;
}

}  // namespace pmtu::report
