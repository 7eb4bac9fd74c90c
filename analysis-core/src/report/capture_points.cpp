// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/capture_points.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr std::size_t kListedPoints = 50;
constexpr std::size_t kListedStretches = 20;
constexpr std::size_t kLongestName = 40;  ///< bytes of an interface's name

std::string point(PointId id) {
  return "capture point " + number(id.value());
}

/// With microseconds, as the JSON document has it.
std::string seconds(Duration time) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.6f s", time.seconds());
  return text.data();
}

/// Names come from the capture file: nothing in them may end a cell of a table or begin code.
std::string harmless(std::string name) {
  if (name.size() > kLongestName) name = name.substr(0, kLongestName) + "…";
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '|' || c == '`' || c == '\x7f'; },
      '_');
  return name;
}

std::string interface_of(const CapturePoint& point, const Provenance& provenance) {
  const auto named = provenance.interfaces.find({point.section, point.capture_interface});
  const bool has_name = named != provenance.interfaces.end();
  const std::string interface = "interface " + number(point.capture_interface);
  const std::string at = has_name ? harmless(named->second) + " (" + interface + ")" : interface;
  std::string text;
  if (point.section < provenance.section_files.size()) {
    text = harmless(provenance.section_files[point.section]);
    if (has_name || point.capture_interface != 0) text += ", " + at;
  } else {
    text = at;
    if (point.section != 0) text += " of section " + number(point.section);
  }
  if (point.interface_index != 0) text += ", index " + number(point.interface_index);
  if (point.shares_interface) text += ", told apart by TTL and link layer";
  return text;
}

std::string hops(std::uint8_t count, const IpAddress& from) {
  return count_of(count, "hop") + " from " + to_string(from);
}

/// Where it lies on the way of the worst conversation that passed it.
std::string place_of(PointId id, const Summary& summary) {
  for (const ConversationRow& row : summary.conversations) {
    if (!row.joined) continue;
    for (const Position& position : row.joined->positions) {
      if (position.point != id) continue;
      std::string text;
      if (position.sender_hops) text = hops(*position.sender_hops, row.flow.path.source);
      if (position.receiver_hops)
        text += (text.empty() ? "" : ", ") + hops(*position.receiver_hops, row.flow.path.destination);
      if (!text.empty()) return text;
    }
  }
  return "unknown";
}

std::string clock_of(const CapturePoint& point) {
  if (point.id == PointId{1}) return "the others are compared with it";
  if (!point.clock_offset) return "cannot be compared";
  constexpr Duration kHalfOfLastDigit = Duration::nanoseconds(500);
  std::string text = *point.clock_offset <= Duration{} - kHalfOfLastDigit ? "-" : "+";
  text += seconds(*point.clock_offset < Duration{} ? Duration{} - *point.clock_offset : *point.clock_offset);
  text += " ± " + seconds(point.clock_uncertainty);
  const Duration drift = point.clock_drift < Duration{} ? Duration{} - point.clock_drift : point.clock_drift;
  if (drift != Duration{}) text += ", drifts by " + seconds(drift);
  return text;
}

std::string size_range(const ArrivalBySize& row) {
  const std::string from = number(row.from.value());
  return row.from == row.to ? from : from + " to " + number(row.to.value());
}

/// "capture points 3, 2 and 1"
std::string listed(const std::vector<PointId>& points) {
  std::string text = points.size() == 1 ? "capture point " : "capture points ";
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i != 0) text += i + 1 == points.size() ? " and " : ", ";
    text += number(points[i].value());
  }
  return text;
}

/// Points at one distance, such as two interfaces of a host, may lie either way round.
std::string order_of(const JoinedDirection& joined) {
  std::string tied;
  bool any_ordered = false;
  for (std::size_t i = 0; i + 1 < joined.points.size(); ++i) {
    const bool ordered = i >= joined.ordered.size() || joined.ordered[i];
    any_ordered = any_ordered || ordered;
    if (ordered) continue;
    tied += (tied.empty() ? "" : ", and of ") + number(joined.points[i].value()) + " and " +
            number(joined.points[i + 1].value());
  }
  if (tied.empty()) return ", in this order.";
  if (!any_ordered) return "; their order on the way is not known, for no TTL tells it.";
  return ", in this order, save that the order of " + tied + " is not known, for no TTL tells it.";
}

/// Losses are those of the direction; what is smaller counts for the path, whatever conversation sent it.
std::string told(const VanishBetween& vanish, const PathKey& path) {
  return count_of(vanish.lost, "datagram") + " of " + number(vanish.bracket.lost->value()) +
         " bytes or more of this direction passed " + point(vanish.from) + " and none arrived at " +
         point(vanish.to) + ", while " + count_of(vanish.smaller_arrived, "smaller one") + " from " +
         to_string(path.source) + " to " + to_string(path.destination) + ", of any conversation, did.";
}

std::string told(const FilteredHint& filtered) {
  return count_of(filtered.hints, "hint") + " passed " + point(filtered.seen_at) + " (the first in frame " +
         number(filtered.frame) + ") and never reached " + point(filtered.missing_at) +
         ", nearer to the sender.";
}

/// Fragments without DF may be of a datagram that had lost it before.
std::string who_fragmented(const ChangeOnTheWay& change) {
  const std::string broken = "a router fragmented in spite of DF, which RFC 791 forbids";
  if (change.kept_df == 0)
    return " without DF: " + broken + ", or somebody cleared DF first; these points do not tell which";
  const std::string whose =
      change.kept_df == change.count ? "" : "; of " + number(change.kept_df) + " of them fragments";
  return whose + (whose.empty() ? " that still have DF: " : " still have DF: ") + broken;
}

std::string told(const ChangeOnTheWay& change) {
  const std::string where = "Between " + both({change.from, change.to}) + ", ";
  const std::string first = ", first in frame " + number(change.frame) + ".";
  switch (change.kind) {
    case ChangeKind::mss_rewritten:
      return where + "the MSS of the sender's SYN was rewritten from " + number(change.before) + " to " +
             number(change.after) + first;
    case ChangeKind::df_cleared:
      return where + "the DF bit of " + count_of(change.count, "datagram") + " was cleared" + first;
    case ChangeKind::fragmented_despite_df:
      return where + count_of(change.count, "datagram") + " with DF set came to be fragments" +
             who_fragmented(change) + first;
    case ChangeKind::translated:
      return where + "addresses were translated" + first;
  }
  return {};
}

std::string told(const ChangeOnTheWay& change, const JoinedDirection& joined) {
  const bool renamed = change.kind == ChangeKind::translated && !joined.other_names.empty();
  return told(change) + (renamed ? " The other name: " + title(joined.other_names.front()) + "." : "");
}

/// Whether the reason of the row says already what vanished or was filtered.
bool reason_tells(const ConversationRow& row) {
  return row.verdict == Verdict::black_hole_confirmed || row.verdict == Verdict::hint_undeliverable;
}

Table arrivals(const std::vector<Stretch>& stretches) {
  Table table{"", {"From point", "To point", "Bytes", "Passed the first", "Arrived at the second"}, {}};
  for (std::size_t i = 0; i < std::min(stretches.size(), kListedStretches); ++i) {
    const Stretch& stretch = stretches[i];
    for (const ArrivalBySize& row : stretch.arrival)
      table.rows.push_back({number(stretch.from.value()), number(stretch.to.value()), size_range(row),
                            number(row.passed), number(row.arrived)});
  }
  return table;
}

}  // namespace

std::string both(const Between& points) {
  return "capture points " + number(points.from.value()) + " and " + number(points.to.value());
}

std::vector<Block> capture_points(const Summary& summary, const Provenance& provenance) {
  if (summary.points.size() < 2) return {};
  Table table{"", {"Point", "Captured at", "Frames", "Where", "Clock"}, {}};
  for (const CapturePoint& point : summary.points) {
    if (table.rows.size() == kListedPoints) break;
    table.rows.push_back({number(point.id.value()), interface_of(point, provenance), number(point.frames),
                          place_of(point.id, summary), clock_of(point)});
  }
  std::vector<Block> blocks{Heading{2, "Capture points"}, std::move(table)};
  if (summary.points.size() > kListedPoints)
    blocks.emplace_back(Paragraph{"And " + number(summary.points.size() - kListedPoints) + " more."});
  blocks.emplace_back(
      Paragraph{"Hops are counted by TTL. What happened at one point is judged by its own clock; no verdict "
                "compares times of two points."});
  return blocks;
}

bool must_not_be(const ChangeOnTheWay& change) {
  return change.kind == ChangeKind::fragmented_despite_df || change.kind == ChangeKind::df_cleared;
}

std::string told_of(const ChangeInSum& sum) {
  return told(sum.change) +
         (sum.directions == 1 ? " The direction: "
                              : " In " + count_of(sum.directions, "direction") + ", first: ") +
         title(sum.first) + ".";
}

std::vector<Block> changed_on_the_way(const Summary& summary) {
  if (summary.changed.empty()) return {};
  List list;
  for (const ChangeInSum& sum : summary.changed) {
    if (list.items.size() == kListedStretches) break;
    list.items.push_back(told_of(sum));
  }
  if (summary.changed.size() > kListedStretches)
    list.items.push_back("and " + number(summary.changed.size() - kListedStretches) + " more");
  return {Heading{2, "Changed on the way"}, std::move(list)};
}

std::vector<Block> between_points(const ConversationRow& row) {
  if (!row.joined || row.joined->points.size() < 2) return {};
  const JoinedDirection& joined = *row.joined;
  List list;
  list.items.push_back(title(row.flow) + " passes " + listed(joined.points) + order_of(joined));
  if (joined.vanish && !reason_tells(row)) list.items.push_back(told(*joined.vanish, row.flow.path));
  if (joined.filtered && !reason_tells(row)) list.items.push_back(told(*joined.filtered));
  for (const ChangeOnTheWay& change : joined.changes) list.items.push_back(told(change, joined));
  std::vector<Block> blocks{Heading{3, "Between the capture points"}, std::move(list)};
  Table table = arrivals(joined.stretches);
  if (table.rows.empty()) return blocks;
  blocks.emplace_back(Paragraph{"Datagrams with DF, by size, while both points captured:"});
  blocks.emplace_back(std::move(table));
  return blocks;
}

std::vector<Block> other_side(const Group& group) {
  const bool at_receiver = group.verdict == Verdict::black_hole_receiver;
  if (!at_receiver && group.verdict != Verdict::probably_ignoring) return {};
  const FlowKey& flow = group.row().flow;
  const bool v4 = group.version() == IpVersion::v4;
  const std::string filter = "'host " + to_string(flow.path.destination) + (v4 ? " or icmp'" : " or icmp6'");
  return {
      Paragraph{"At " + to_string(flow.path.source) +
                ", or as near to it as possible, one of these; here the same again at the same time, "
                "into here.cap. Then join both and open the result:"},
      Code{{"tcpdump -i INTERFACE -w there.cap " + filter, "dumpcap -i INTERFACE -w there.cap -f " + filter,
            "", "mergecap -I none -w both.pcapng there.cap here.cap"}}};
}

}  // namespace pmtu::report
