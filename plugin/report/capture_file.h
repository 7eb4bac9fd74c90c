// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "pmtu/report.h"

namespace pmtu::plugin {

class Session;

/// Where what `session` holds comes from; without the hash of the file, which takes as long as reading it.
[[nodiscard]] Provenance provenance_of(const Session& session, std::string_view filter);

}  // namespace pmtu::plugin
