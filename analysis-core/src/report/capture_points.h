// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/report.h"
#include "report/document.h"
#include "report/groups.h"

/// What several capture points tell together, for people.
namespace pmtu::report {

/// "capture points 2 and 1"
[[nodiscard]] std::string both(const Between& points);

/// Each capture point: interface, place, clock. Empty where the capture has one.
[[nodiscard]] std::vector<Block> capture_points(const Summary& summary, const Provenance& provenance);

/// Whether no device may do that to a datagram (RFC 791, RFC 1191 §4).
[[nodiscard]] bool must_not_be(const ChangeOnTheWay& change);

/// "Between capture points 1 and 2 the DF bit of 4 datagrams was cleared, first in frame 12. The direction:
/// …"
[[nodiscard]] std::string told_of(const ChangeInSum& sum);

/// What was done to datagrams between capture points, whatever the verdict. Empty where nothing was.
[[nodiscard]] std::vector<Block> changed_on_the_way(const Summary& summary);

/// What became of the datagrams of a direction from one point to the next: a table by size, and sentences.
/// Empty where one point saw it.
[[nodiscard]] std::vector<Block> between_points(const ConversationRow& row);

/// Commands that capture near the sender of a group and join both captures; for a group that one capture
/// cannot settle, else empty.
[[nodiscard]] std::vector<Block> other_side(const Group& group);

}  // namespace pmtu::report
