// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "pmtu/address.h"

namespace pmtu {

/// Hashes keys by 64-bit multiplication. The seed differs from run to run, so that nobody can prepare a
/// capture whose flows all collide; nothing that a user sees depends on the order of hashes.
class KeyHash {
 public:
  explicit KeyHash(std::uint64_t seed) : seed_(fold(seed ^ 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL)) {}

  [[nodiscard]] std::uint64_t operator()(const PathKey& key) const {
    return fold(of_address(key.source, 0x2545f4914f6cdd1dULL) ^ seed_,
                of_address(key.destination, 0x5851f42d4c957f2dULL) ^ 0xda942042e4dd58b5ULL);
  }

  [[nodiscard]] std::uint64_t operator()(const FlowKey& key) const {
    const std::uint64_t ports = static_cast<std::uint64_t>(key.source_port) << 32U |
                                static_cast<std::uint64_t>(key.destination_port) << 8U | key.protocol;
    return fold((*this)(key.path) ^ ports, 0x9fb21c651e98df25ULL);
  }

 private:
  [[nodiscard]] static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    std::uint64_t mixed = (a ^ std::rotl(b, 29)) * 0x9e3779b97f4a7c15ULL + b;
    mixed = (mixed ^ (mixed >> 32U)) * 0xd6e8feb86659fd93ULL;
    return mixed ^ (mixed >> 29U);
  }

  [[nodiscard]] static std::uint64_t of_address(const IpAddress& address, std::uint64_t salt) {
    std::uint64_t first = 0;
    std::memcpy(&first, address.bytes.data(), sizeof first);
    if (address.version == IpVersion::v4) return first ^ salt;
    std::uint64_t second = 0;
    std::memcpy(&second, address.bytes.data() + sizeof first, sizeof second);
    return fold(first ^ salt, second ^ 0x94d049bb133111ebULL);
  }

  std::uint64_t seed_;
};

}  // namespace pmtu
