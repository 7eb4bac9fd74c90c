// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "points/passage.h"
#include "points/passage_log.h"

namespace pmtu {

using PointNumber = std::uint8_t;

/// The datagrams of one direction of a conversation at one point.
struct Station {
  PointNumber point = 0;
  std::vector<Passage> passages;
};

/// One direction of a conversation, by whatever names, with the points that saw it in the order in which its
/// datagrams pass them.
struct Way {
  std::vector<PassageLog::Lane> lanes;  ///< the first one names it
  std::vector<Station> stations;
  std::vector<bool> ordered;  ///< whether a station is known to lie before the next one
};

/// Puts the stations into order: each router takes one from the TTL of both directions; where TTLs are alike
/// (a bridge, both ends of a tunnel) what lacks datagrams of the other lies behind it. In which order those
/// of `back` are does not matter.
void line_up(Way& way, const Way& back);

}  // namespace pmtu
