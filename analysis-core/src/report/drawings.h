// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "pmtu/report.h"
#include "report/document.h"
#include "report/groups.h"

/// Pictures of a group for pages. Each says in words, for screen readers, what it shows.
namespace pmtu::report {

/// The path: sender, capture point, who reported or where datagrams are lost, receiver; what passes and what
/// does not.
[[nodiscard]] Drawing draw_path(const Group& group);

/// Every datagram of a conversation by size over time, coloured by its fate, with the hints and the path MTU.
[[nodiscard]] Drawing draw_sizes(const Case& one, const std::vector<SizePoint>& points);

/// The frames that decide, one arrow each, from top to bottom.
[[nodiscard]] Drawing draw_ladder(const Group& group, const Case& one);

}  // namespace pmtu::report
