// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace pmtu {

/// FNV-1a. Easy to collide on purpose: only for what harms nobody but him who does.
[[nodiscard]] inline std::uint64_t byte_hash(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
  constexpr std::uint64_t kBasis = 0xcbf29ce484222325;
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t sum = kBasis ^ seed;
  for (const std::uint8_t byte : bytes) sum = (sum ^ byte) * kPrime;
  return sum;
}

}  // namespace pmtu
