// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "pmtu/conversations.h"
#include "pmtu/report.h"

namespace pmtu::plugin {

/// Writes the summary as one JSON document (`"schema": 1`), ended by a line feed. What is unknown is null.
void write_json(std::FILE* file, const Summary& summary, const Provenance& provenance);

/// Writes one conversation of a capture as one line: the object that it is in the document, and `"file"`.
void write_row_line(std::FILE* file, std::string_view capture, const ConversationRow& row);

/// A finding with what is known of its conversation, as it is told while traffic goes on.
struct FindingLine {
  std::string_view capture;
  std::string time;  ///< RFC 3339
  const Finding& finding;
  const std::optional<FlowKey>& flow;
  Verdict verdict;
  const std::optional<IpAddress>& reporter;
};
void write_finding_line(std::FILE* file, const FindingLine& line);

/// Writes one line that says why a capture, or the rest of it, could not be read.
void write_error_line(std::FILE* file, std::string_view capture, std::string_view error);

}  // namespace pmtu::plugin
