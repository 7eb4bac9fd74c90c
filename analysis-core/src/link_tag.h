// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/observation.h"

namespace pmtu {

/// Sixteen bits that differ, in all likelihood, between two places where the same datagram was captured:
/// interface, VLAN, neighbour, way, and how deep in tunnels.
[[nodiscard]] inline std::uint16_t link_tag(const LinkInfo& link, std::uint8_t level) {
  const std::uint64_t place = static_cast<std::uint64_t>(link.vlan) << 16U ^ link.interface_id ^
                              static_cast<std::uint64_t>(link.direction) << 8U ^
                              static_cast<std::uint64_t>(level) << 12U;
  const std::uint64_t mixed = link.source_mac * 0x9e3779b97f4a7c15ULL ^ place * 0xd6e8feb86659fd93ULL;
  return static_cast<std::uint16_t>(mixed >> 48U);
}

}  // namespace pmtu
