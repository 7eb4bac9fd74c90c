// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/decode.h"
#include "pmtu/finding.h"
#include "pmtu/preferences.h"
#include "support/datagram_builder.h"

/// A scenario that a person can read: packets, one a line, and what the analysis is to say of them. The
/// language is described in tests/traces/README.md. Parsed once, it runs against the core and, as a capture
/// file, through tshark.
namespace pmtu::test {

/// A finding that a frame is to have. Members that are not given are not compared.
struct ExpectedFinding {
  std::vector<FindingKind> kinds;  ///< any of these
  bool absent = false;             ///< "!honoured": the frame must not have it
  std::map<std::string, std::string> members;
};

struct TraceFrame {
  FrameNumber number;
  Timestamp time;
  LinkType link_type = LinkType::ethernet;
  std::uint32_t interface_id = 0;
  Bytes bytes;  ///< as captured, maybe cut
  std::size_t original_length = 0;
  std::vector<ExpectedFinding> expected;
  std::size_t line = 0;

  /// As the core takes it, as long as this object lives.
  [[nodiscard]] Frame as_frame() const {
    Frame frame;
    frame.number = number;
    frame.time = time;
    frame.link_type = link_type;
    frame.interface_id = interface_id;
    frame.bytes = bytes;
    return frame;
  }
};

/// A finding that some frame is to have, or none; which one is a matter of taste.
struct ExpectedSomewhere {
  FindingKind kind = FindingKind::hint_received;
  bool absent = false;
  std::size_t line = 0;
};

/// A row of the conversation table, or the absence of one (`none`).
struct ExpectedRow {
  FlowKey flow;
  std::vector<std::string> verdicts;  ///< any of these
  std::map<std::string, std::string> members;
  std::size_t line = 0;
};

struct Trace {
  std::string name;
  std::vector<std::string> rules;  ///< names of rules in tests/traces/rules.md
  bool shows = false;              ///< shows its rules; else it is a trap for them
  std::string purpose;             ///< the sentence after "shows:" or "trap:"
  bool strict = false;             ///< findings of severity chat must be named, too
  bool accuse_nothing = false;
  Preferences preferences;
  std::vector<TraceFrame> frames;
  std::vector<ExpectedSomewhere> somewhere;
  std::vector<ExpectedRow> rows;
};

/// Parses a trace. Throws `std::runtime_error` that names the line when the text makes no sense.
[[nodiscard]] Trace parse_trace(std::string_view name, std::string_view text);

/// Reads and parses a trace file; its name is the file name without the suffix.
[[nodiscard]] Trace read_trace(const std::string& file);

/// The trace files of a folder, sorted by name.
[[nodiscard]] std::vector<std::string> trace_files(const std::string& folder);

}  // namespace pmtu::test
