// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pmtu {

/// Routers between a sender and the capture point, from the TTL: initial values are 64, 128 and 255.
[[nodiscard]] constexpr std::uint8_t hops_from_ttl(std::uint8_t ttl) {
  if (ttl <= 64) return static_cast<std::uint8_t>(64 - ttl);
  if (ttl <= 128) return static_cast<std::uint8_t>(128 - ttl);
  return static_cast<std::uint8_t>(255 - ttl);
}

}  // namespace pmtu
