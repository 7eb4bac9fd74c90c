// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "pmtu/observation.h"

namespace pmtu {

/// What was captured of a datagram's payload; empty: nothing. Valid while the frame is observed.
[[nodiscard]] inline std::span<const std::uint8_t> captured_payload(const Observation& observation,
                                                                    const Datagram& datagram) {
  if (datagram.payload_captured == 0) return {};
  return observation.bytes.subspan(datagram.payload_offset, datagram.payload_captured);
}

}  // namespace pmtu
