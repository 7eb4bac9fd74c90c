// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/observation.h"

namespace pmtu {

/// Sixteen bits that differ, in all likelihood, between two places where the same datagram was captured:
/// interface, VLAN, neighbour, way, and how deep in tunnels.
[[nodiscard]] inline std::uint16_t link_tag(const LinkInfo& link, std::uint8_t level) {
  constexpr std::uint32_t kOdd = 0x9e3779b1;
  std::uint32_t place = static_cast<std::uint32_t>(link.source_mac);
  place ^= link.interface_id << 20U ^ link.vlan * kOdd ^ static_cast<std::uint32_t>(link.direction) << 27U ^
           static_cast<std::uint32_t>(level) << 23U;
  return static_cast<std::uint16_t>(place * kOdd >> 16U);
}

}  // namespace pmtu
