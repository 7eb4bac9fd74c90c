// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/report.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "pmtu/observation.h"
#include "report/report_advice.h"

namespace pmtu {
namespace {

/// What is told in full, and what is only listed, so that a large capture still gives a report to read.
constexpr std::size_t kDetailed = 20;
constexpr std::size_t kListed = 200;
constexpr std::size_t kTimelineBegin = 16;
constexpr std::size_t kTimelineEnd = 4;

using Timelines = std::unordered_map<std::uint32_t, std::vector<const Finding*>>;

std::string frames(FrameNumber first, FrameNumber last) {
  return "frames " + std::to_string(first.value()) + " to " + std::to_string(last.value());
}

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::tcp:
      return "TCP";
    case ip_protocol::udp:
      return "UDP";
    case ip_protocol::icmp:
      return "ICMP";
    case ip_protocol::icmpv6:
      return "ICMPv6";
    default:
      return "IP protocol " + std::to_string(protocol);
  }
}

std::string end_point(const IpAddress& address, std::uint16_t port, std::uint8_t protocol) {
  const std::string text = to_string(address);
  if (protocol != ip_protocol::tcp && protocol != ip_protocol::udp) return text;
  return (address.version == IpVersion::v6 ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

std::string title(const ConversationRow& row) {
  const FlowKey& flow = row.flow;
  return end_point(flow.path.source, flow.source_port, flow.protocol) + " -> " +
         end_point(flow.path.destination, flow.destination_port, flow.protocol) + " (" +
         protocol_name(flow.protocol) + ")";
}

/// Verdicts that ask somebody to act; the others are only listed.
bool asks_for_action(Verdict verdict) {
  switch (verdict) {
    case Verdict::hint_undeliverable:
    case Verdict::black_hole_recovered:
    case Verdict::fragments_lost:
    case Verdict::black_hole_suspected:
    case Verdict::black_hole_receiver:
    case Verdict::probably_ignoring:
    case Verdict::black_hole_confirmed:
    case Verdict::ignoring:
    case Verdict::unverifiable:
      return true;
    case Verdict::none:
    case Verdict::not_exercised:
    case Verdict::compliant:
    case Verdict::compliant_by_fragmentation:
    case Verdict::probing:
      return false;
  }
  return false;
}

std::string verdict_counts(const std::vector<ConversationRow>& rows) {
  std::array<std::size_t, kVerdicts> counts{};
  for (const ConversationRow& row : rows) ++counts[static_cast<std::size_t>(row.verdict)];
  std::string text;
  for (std::size_t verdict = kVerdicts; verdict-- > 0;) {
    if (counts[verdict] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(counts[verdict]) + " " + std::string(name(static_cast<Verdict>(verdict)));
  }
  return text;
}

void write_coverage(std::string& out, const Coverage& coverage) {
  std::string list;
  const auto tell = [&](std::uint64_t count, const char* what) {
    if (count != 0) list += "- " + std::to_string(count) + " " + what + "\n";
  };
  tell(coverage.opaque_frames,
       "frames have a link type that is not read; what they hold is not in this report.");
  tell(coverage.truncated_frames, "frames were cut by the snapshot length before the end of a header.");
  tell(coverage.evicted_flows, "flows were forgotten to bound memory (preference max_flows).");
  tell(coverage.evicted_paths, "paths were forgotten to bound memory (preference max_paths).");
  tell(coverage.evicted_conversations,
       "rows that blamed nobody, or the oldest, were given up to bound memory.");
  tell(coverage.dropped_findings, "findings were dropped to bound memory.");
  if (coverage.offload) {
    list +=
        "- The capture holds segments that never were on a wire in that size (segmentation offload). For "
        "wire "
        "sizes capture after `ethtool -K INTERFACE tso off gso off gro off lro off`.\n";
  }
  if (!list.empty()) out += "What limits this report:\n\n" + list + "\n";
}

void write_overview(std::string& out, const Summary& summary) {
  out += "# Path-MTU evidence report\n\n";
  out += std::to_string(summary.coverage.frames) + " frames, " + std::to_string(summary.coverage.datagrams) +
         " IP datagrams were read.\n";
  if (summary.conversations.empty()) {
    out += "No conversation has anything to say about path-MTU discovery.\n\n";
  } else {
    const std::size_t rows = summary.conversations.size();
    out += std::to_string(rows) +
           (rows == 1 ? " direction of a conversation has" : " directions of conversations have") +
           " a verdict: " + verdict_counts(summary.conversations) + ".\n\n";
  }
  write_coverage(out, summary.coverage);
}

void write_paths(std::string& out, const std::vector<PathRow>& paths) {
  if (paths.empty()) return;
  out += "## Paths\n\n";
  for (std::size_t i = 0; i < std::min(paths.size(), kListed); ++i) {
    const PathRow& path = paths[i];
    out += "- " + to_string(path.path.source) + " -> " + to_string(path.path.destination) + ": ";
    if (path.path_mtu) {
      out += "path MTU " + std::to_string(path.path_mtu->value());
    } else if (path.bracket.lost) {
      out += "path MTU below " + std::to_string(path.bracket.lost->value());
      if (path.bracket.passed) out += ", at least " + std::to_string(path.bracket.passed->value());
    } else {
      out += "path MTU unknown";
    }
    if (path.hints != 0) out += ", " + std::to_string(path.hints) + (path.hints == 1 ? " hint" : " hints");
    for (std::size_t r = 0; r < path.reporters.size(); ++r)
      out += (r == 0 ? " from " : ", ") + to_string(path.reporters[r]);
    out += "\n";
  }
  if (paths.size() > kListed) out += "- and " + std::to_string(paths.size() - kListed) + " more\n";
  out += "\n";
}

void write_numbers(std::string& out, const ConversationRow& row) {
  const auto line = [&](const char* what, const std::string& value) {
    out += std::string("- ") + what + ": " + value + "\n";
  };
  if (row.path_mtu) line("path MTU in force", std::to_string(row.path_mtu->value()));
  if (row.bracket.lost || row.bracket.passed) {
    line("got through at most",
         row.bracket.passed ? std::to_string(row.bracket.passed->value()) + " bytes" : "unknown");
    line("lost from", row.bracket.lost ? std::to_string(row.bracket.lost->value()) + " bytes on" : "unknown");
  }
  line("largest datagram", std::to_string(row.largest_datagram.value()) + " bytes");
  line("hints", std::to_string(row.hints) + (row.reporter ? ", first from " + to_string(*row.reporter) : ""));
  if (row.ignored_packets != 0) {
    line("oversize after the sender had the hint",
         std::to_string(row.ignored_packets) + " datagrams, " + std::to_string(row.ignored_bytes) + " bytes");
  }
  if (row.in_flight_packets != 0)
    line("oversize that may have been under way", std::to_string(row.in_flight_packets));
  if (row.stall) line("stood still", std::to_string(row.stall->nanoseconds() / 1'000'000) + " ms");
  if (row.stage != Stage::unknown) line("while passing", std::string(text(row.stage)));
  if (row.sender_hops) {
    line("capture point", *row.sender_hops == 0 ? "on the sender's own link"
                                                : std::to_string(*row.sender_hops) + " hops from the sender");
  }
  line("hint delivered", std::string(name(row.delivered)));
  out += "\n";
}

/// The sentence of a proof once, then only its name.
std::string proof_of(const Finding& finding, Proof& explained) {
  if (finding.proof == explained) return std::string(name(finding.proof));
  explained = finding.proof;
  return std::string(name(finding.proof)) + ", " + std::string(sentence(finding.proof));
}

void write_timeline(std::string& out, const std::vector<const Finding*>& timeline) {
  if (timeline.empty()) return;
  out += "### Timeline\n\n";
  Proof explained = Proof::none;
  const bool shortened = timeline.size() > kTimelineBegin + kTimelineEnd;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    if (shortened && i == kTimelineBegin) {
      out += "- ... " + std::to_string(timeline.size() - kTimelineBegin - kTimelineEnd) + " more ...\n";
      i = timeline.size() - kTimelineEnd;
    }
    const Finding& finding = *timeline[i];
    out += "- frame " + std::to_string(finding.frame.value()) + ", " + std::string(name(finding.severity)) +
           ": " + describe(finding);
    if (finding.proof != Proof::none) out += ". Proof: " + proof_of(finding, explained);
    out += ".\n";
  }
  out += "\n";
}

void write_conversation(std::string& out, const ConversationRow& row, const Timelines& timelines,
                        const Coverage& coverage) {
  out += "## " + title(row) + ": " + std::string(name(row.verdict)) + "\n\n";
  out += "Verdict: " + std::string(sentence(row.verdict)) + ".\n";
  if (!row.reason.empty()) out += "Evidence: " + row.reason + ".\n";
  out += "\n";
  write_numbers(out, row);
  const auto timeline = timelines.find(row.id.value());
  if (timeline != timelines.end()) write_timeline(out, timeline->second);
  out += "### For the vendor of the sender, " + to_string(row.flow.path.source) + "\n\n" +
         advice_for_sender(row) + "\n";
  out += "### For the network team\n\n" + advice_for_network(row) + "\n";
  const std::string limits = limits_of(row, coverage);
  if (!limits.empty()) out += "### What this capture cannot tell\n\n" + limits + "\n";
  out += "### The evidence\n\nDisplay filter, and the smallest capture for the ticket (" +
         frames(row.first_frame, row.last_frame) + "):\n\n    " + evidence_filter(row) +
         "\n\n    tshark -r CAPTURE -Y '" + evidence_filter(row) + "' -w evidence.pcapng\n\n";
}

void write_list(std::string& out, const char* heading, const std::vector<const ConversationRow*>& rows) {
  if (rows.empty()) return;
  out += std::string("## ") + heading + "\n\n";
  for (std::size_t i = 0; i < std::min(rows.size(), kListed); ++i) {
    out += "- " + title(*rows[i]) + ": " + std::string(name(rows[i]->verdict));
    if (!rows[i]->reason.empty()) out += ", " + rows[i]->reason;
    out += "\n";
  }
  if (rows.size() > kListed) out += "- and " + std::to_string(rows.size() - kListed) + " more\n";
  out += "\n";
}

}  // namespace

std::string write_report(const Summary& summary, std::span<const Finding> findings) {
  std::vector<const ConversationRow*> detailed;
  std::vector<const ConversationRow*> like_those;
  std::vector<const ConversationRow*> nothing_to_do;
  Timelines timelines;
  for (const ConversationRow& row : summary.conversations) {
    if (!asks_for_action(row.verdict)) {
      nothing_to_do.push_back(&row);
    } else if (detailed.size() < kDetailed) {
      detailed.push_back(&row);
      timelines[row.id.value()];
    } else {
      like_those.push_back(&row);
    }
  }
  for (const Finding& finding : findings) {
    const auto timeline = timelines.find(finding.conversation.value());
    if (timeline != timelines.end()) timeline->second.push_back(&finding);
  }

  std::string out;
  write_overview(out, summary);
  write_paths(out, summary.paths);
  for (const ConversationRow* row : detailed) write_conversation(out, *row, timelines, summary.coverage);
  write_list(out, "More conversations that need action", like_those);
  write_list(out, "Conversations that need no action", nothing_to_do);
  return out;
}

}  // namespace pmtu
