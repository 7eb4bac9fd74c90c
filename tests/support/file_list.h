// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pmtu::test {

/// The files of a folder with one of these extensions (".pcap"), sorted by name.
[[nodiscard]] std::vector<std::string> files_in(const std::string& folder,
                                                std::initializer_list<std::string_view> extensions);

}  // namespace pmtu::test
