// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "scan/arguments.h"
#include "scan/source_list.h"

namespace pmtu::scan {

/// How many directions of one sender got a verdict by the hints of one reporter.
struct Tally {
  Verdict verdict;
  std::string sender;
  std::string reporter;  ///< empty: none is known
  std::uint64_t directions;
};

/// What the scan of one capture gave.
struct Answer {
  std::string output;     ///< in the format that was asked for
  std::string complaint;  ///< for people, where the format has no place for errors
  VerdictSet verdicts;    ///< of all directions in it
  std::vector<Tally> tallies;
  std::uint64_t frames = 0;
  bool failed = false;  ///< it could not be read, or not to its end
};

/// What stands before the first answer; empty in most formats.
[[nodiscard]] std::string heading(Format format);

/// An answer that is nothing but an error.
[[nodiscard]] Answer answer_of_error(const std::string& path, Format format, const std::string& error);

/// Reads one capture to its end and says what there is to say of it.
[[nodiscard]] Answer scan_capture(const Source& source, Format format, const Preferences& preferences);

/// Reads captures of one network as one capture, each a capture point of it.
[[nodiscard]] Answer scan_together(const std::vector<Source>& sources, Format format,
                                   Preferences preferences);

/// What the one capture is called that several are together.
[[nodiscard]] std::string name_of_all(const std::vector<Source>& sources);

}  // namespace pmtu::scan
