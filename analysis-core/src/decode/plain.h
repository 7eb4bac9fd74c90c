// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/decode.h"
#include "pmtu/observation.h"

namespace pmtu::detail {

/// Decodes what nearly all frames are in a fraction of the walk's instructions: Ethernet, IPv4 without
/// options or IPv6 without extension headers, no fragment, TCP without options but timestamps, UDP that hides
/// no further datagram, or ESP. Fills in exactly what `FrameWalk` would; false, and nothing is promised of
/// the observation, when the frame is anything else.
[[nodiscard]] bool decode_plain(const Frame& frame, Observation& observation) noexcept;

}  // namespace pmtu::detail
