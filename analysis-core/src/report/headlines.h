// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "report/groups.h"

namespace pmtu::report {

/// A group in one line: "10.1.0.10 ignores the path MTU 1446 that 10.1.0.1 reported".
[[nodiscard]] std::string headline(const Group& group);

/// What was done in one case, with its frames and numbers, as a sentence without its full stop.
[[nodiscard]] std::string story(const Group& group, const Case& one);

/// How sure the verdict is, and why.
[[nodiscard]] std::string certainty(const Group& group);

}  // namespace pmtu::report
