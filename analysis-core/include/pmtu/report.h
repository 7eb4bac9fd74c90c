// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"

namespace pmtu {

/// What the analysis itself cannot know of a capture. Empty texts are unknown.
struct Provenance {
  std::string file;    ///< as it was named
  std::string sha256;  ///< of the file, in hexadecimal
  std::optional<Timestamp> begin;
  std::optional<Timestamp> end;
  std::string pmtu_version;
  std::string wireshark_version;
  std::string filter;  ///< the display filter in force
  /// The file of each section, where several files were read as one capture.
  std::vector<std::string> section_files = {};
  /// Names of capture interfaces, by section and number, as far as they are known.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> interfaces{};
};

/// A time of the capture as RFC 3339 has it, in UTC, with microseconds: "2026-11-23T13:35:27.701402Z".
[[nodiscard]] std::string utc_text(Timestamp time);

/// The evidence report: plain text that is also Markdown, for the vendor of the sender and for the network
/// team.
[[nodiscard]] std::string write_report(const Summary& summary, std::span<const Finding> findings,
                                       const Provenance& provenance = {});

/// Gives black holes without a recommendation of their own the size that the report advises: that of a tunnel
/// whose outer path was hinted, or of a hint that the sender could not use. `Analyzer::summary` does it.
void complete_recommendations(Summary& summary, std::span<const Finding> findings);

/// One captured datagram, for the drawing of sizes over time.
struct SizePoint {
  FrameNumber frame;
  Timestamp time;
  DatagramLength length;
  bool dont_fragment = false;
};

/// The datagrams of one direction in order of frames, as far as they were kept. Asked for a few directions
/// only.
using SizesOf = std::function<std::vector<SizePoint>(const FlowKey&)>;

/// The same report as one HTML page with drawings. It needs nothing else: no script, nothing loaded from
/// anywhere.
[[nodiscard]] std::string write_html_report(const Summary& summary, std::span<const Finding> findings,
                                            const Provenance& provenance, const SizesOf& sizes);

/// The display filter that cuts the evidence of one conversation out of a capture.
[[nodiscard]] std::string evidence_filter(const ConversationRow& row);

}  // namespace pmtu
