// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace pmtu::plugin {

/// SHA-256 of a file in hexadecimal; empty when it cannot be read, or is no file that could be read again.
[[nodiscard]] std::string sha256_of(const std::string& path);

}  // namespace pmtu::plugin
