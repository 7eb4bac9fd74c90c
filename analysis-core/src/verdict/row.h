// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "pmtu/conversations.h"
#include "track/path_table.h"
#include "verdict/tally.h"

namespace pmtu {

/// What the tracker knows of a row's direction and of its path, at the moment of asking.
struct RowFacts {
  std::uint32_t largest_sent = 0;
  std::optional<std::uint8_t> ttl;
  std::optional<std::uint8_t> peer_ttl;
  FrameNumber first_frame;
  FrameNumber last_frame;
  const Path* path = nullptr;
  bool capture_misses_large = false;
  bool segments_late = false;           ///< as captured: its sizes are not those on the wire
  std::optional<Mtu> untranslated_mtu;  ///< named by hints for the path that no sender can use
};

/// "At any time in the capture": a size that got through, or that arrived, was not lost by its size.
[[nodiscard]] bool is_disproved(const Tally& tally, const RowFacts& facts);

/// The verdict of the tally, less what the facts disprove.
[[nodiscard]] Verdict settled_verdict(const Tally& tally, const RowFacts& facts);

/// All of a row but its identity.
[[nodiscard]] ConversationRow make_row(const Tally& tally, const RowFacts& facts);

/// What to configure where all that is known is a size that passed: nothing, if no link has that as its MTU.
[[nodiscard]] Recommendation recommend_passed(DatagramLength passed, IpVersion version);

/// Why the verdict is what it is, with frames and numbers.
[[nodiscard]] std::string reason_for(Verdict verdict, const Tally& tally, const RowFacts& facts);

}  // namespace pmtu
