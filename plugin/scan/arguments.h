// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "pmtu/conversations.h"

namespace pmtu::scan {

using VerdictSet = std::bitset<kVerdicts>;

enum class Format : std::uint8_t { ndjson, json, table, report, html };

/// What the user wants.
struct Arguments {
  Format format = Format::ndjson;
  unsigned jobs = 1;
  VerdictSet fail_on;
  bool together = false;  ///< as one capture
  bool follow = false;
  std::string metrics;               ///< file to keep counters in; empty: none
  std::vector<std::string> sources;  ///< files, folders, "-" for standard input; never empty
};

/// An answer instead of work: the help, or what is wrong with the arguments.
struct Notice {
  std::string text;
  bool is_error;
};

/// Also sets the preferences that are given.
[[nodiscard]] std::variant<Arguments, Notice> parse_arguments(int argc, char** argv);

}  // namespace pmtu::scan
