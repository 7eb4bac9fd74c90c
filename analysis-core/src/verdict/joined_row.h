// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>

#include "pmtu/conversations.h"
#include "verdict/row.h"
#include "verdict/tally.h"

namespace pmtu {

/// One direction of a conversation as one capture point has it.
struct RowAtPoint {
  ConversationRow row;
  const Tally* tally = nullptr;
  RowFacts facts;
  PointId point;
};

/// The row of a direction that several capture points saw: the strongest verdict that their evidence allows
/// together. `joined`: what only both tell; empty where the points share no datagram of it. More evidence
/// never weakens a verdict, save that a hint filtered on its way clears the sender who never got it. Of
/// rows that are equally strong the first one counts: they stand in the order of the way, so that it does not
/// depend on clocks. Has neither id nor flow.
[[nodiscard]] ConversationRow join_rows(std::span<const RowAtPoint> rows, const JoinedDirection* joined);

/// Somebody is to blame: the sender, or the path.
[[nodiscard]] bool accuses(Verdict verdict) noexcept;

}  // namespace pmtu
