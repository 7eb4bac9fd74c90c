// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

namespace pmtu::scan {

/// One capture to read, or why what was named holds none.
struct Source {
  std::string path;  ///< "-" is standard input
  std::string error;
};

/// The captures that the arguments name, in their order; those of a folder, with the folders in it, by name.
/// In a folder a capture is what has a capture's name or begins as one; other files are passed over and
/// counted.
struct SourceList {
  std::vector<Source> sources;
  std::size_t passed_over = 0;
};
[[nodiscard]] SourceList list_sources(const std::vector<std::string>& arguments);

/// The captures that lie in a folder now, by name, without the folders in it.
[[nodiscard]] std::vector<std::string> captures_in(const std::string& folder);

}  // namespace pmtu::scan
