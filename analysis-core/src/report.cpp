// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/report.h"

#include <algorithm>

namespace pmtu {
namespace {

std::string end_point(const IpAddress& address, std::uint16_t port) {
  const std::string text = to_string(address);
  if (port == 0) return text;
  return (address.version == IpVersion::v6 ? '[' + text + ']' : text) + ':' + std::to_string(port);
}

std::string list_frames(const std::vector<FrameNumber>& frames) {
  std::string text;
  for (const FrameNumber frame : frames) text += (text.empty() ? "" : ", ") + std::to_string(frame.value());
  return text;
}

}  // namespace

std::string evidence_filter(const ConversationRow& row) {
  std::string frames;
  for (const auto* list : {&row.hint_frames, &row.ignored_frames}) {
    for (const FrameNumber frame : *list) frames += (frames.empty() ? "" : ", ") + std::to_string(frame.value());
  }
  if (frames.empty()) {
    return "frame.number >= " + std::to_string(row.first_frame.value()) +
           " && frame.number <= " + std::to_string(row.last_frame.value()) + " && pmtu";
  }
  return "frame.number in {" + frames + "}";
}

std::string write_report(const Summary& summary, std::span<const Finding> findings) {
  std::string text = "# Path MTU report\n\n";
  text += std::to_string(summary.coverage.frames) + " frames, " + std::to_string(summary.conversations.size()) +
          " affected conversations\n";
  for (const ConversationRow& row : summary.conversations) {
    text += "\n## " + end_point(row.flow.path.source, row.flow.source_port) + " > " +
            end_point(row.flow.path.destination, row.flow.destination_port) + "\n\n";
    text += std::string(name(row.verdict)) + ": " + row.reason + ".\n";
    if (!row.hint_frames.empty()) text += "- hints in frames " + list_frames(row.hint_frames) + "\n";
    if (!row.ignored_frames.empty()) text += "- oversize in frames " + list_frames(row.ignored_frames) + "\n";
    for (const Finding& finding : findings) {
      if (finding.conversation != row.id || finding.severity < Severity::warn) continue;
      text += "- frame " + std::to_string(finding.frame.value()) + ": " + describe(finding) + "\n";
    }
    text += "- display filter: `" + evidence_filter(row) + "`\n";
  }
  return text;
}

}  // namespace pmtu
