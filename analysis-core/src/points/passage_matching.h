// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "points/passage.h"

namespace pmtu {

/// What became of a datagram between two capture points.
enum class Fate : std::uint8_t {
  missing,     ///< not seen at the other point
  arrived,     ///< the same datagram was
  re_cut,      ///< its bytes were, in other datagrams: segmented late, coalesced, or a proxy
  fragmented,  ///< its fragments were
};

/// A datagram of one point and the same one at the other: indices into the two sequences.
struct Match {
  static constexpr std::uint32_t kNone = 0xffffffff;
  Fate fate = Fate::missing;
  std::uint32_t other = kNone;  ///< with `arrived`; with `fragmented` one of the fragments
};

/// Finds each datagram of one direction of a conversation, as captured at `here`, among those captured at
/// `there`: by content and IPv4 identification; by content alone where a device on the way rewrites
/// identifications; by byte range where segments were cut anew. `fragments`: those of the pair of hosts at
/// the other point. Both sequences in order of capture; order between them means nothing. Work grows as
/// n log n whatever the capture holds: equal datagrams are paired in order.
[[nodiscard]] std::vector<Match> match_passages(std::span<const Passage> here, std::span<const Passage> there,
                                                std::span<const Passage> fragments = {});

}  // namespace pmtu
