// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <span>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"
#include "pmtu/report.h"
#include "report/document.h"
#include "report/groups.h"

namespace pmtu::report {

/// Drawings of a group; none in a text.
using Illustrate = std::function<std::vector<Block>(const Group&)>;

/// Everything that a report says: the conclusion, then what concerns whom, each advice once, then the
/// conversations and frames, at last where all of it comes from.
[[nodiscard]] Document compose(const Summary& summary, std::span<const Finding> findings,
                               const Provenance& provenance, const Illustrate& illustrate);

}  // namespace pmtu::report
