// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "pmtu/address.h"

namespace pmtu {

/// Hashes keys by multiplying to 128 bits and folding. Every factor is mixed with a part of a seed that
/// differs from run to run, so that nobody can prepare a capture whose flows all collide; nothing that a user
/// sees depends on the order of hashes.
class KeyHash {
 public:
  explicit KeyHash(std::uint64_t seed) {
    for (std::uint64_t& part : seed_) {
      seed += 0x9e3779b97f4a7c15ULL;
      part = fold(seed ^ 0x2545f4914f6cdd1dULL, seed ^ 0xd6e8feb86659fd93ULL);
    }
  }

  [[nodiscard]] std::uint64_t operator()(const PathKey& key) const {
    if (key.source.version == IpVersion::v4) {
      const std::uint64_t both = half<std::uint32_t>(key.source, 0) | half<std::uint32_t>(key.destination, 0)
                                                                          << 32U;
      return fold(both ^ seed_[0], seed_[1]);
    }
    return fold(
        fold(half<std::uint64_t>(key.source, 0) ^ seed_[0], half<std::uint64_t>(key.source, 8) ^ seed_[1]) ^
            seed_[2],
        fold(half<std::uint64_t>(key.destination, 0) ^ seed_[3],
             half<std::uint64_t>(key.destination, 8) ^ seed_[4]) ^
            seed_[5]);
  }

  /// Two ends of which either may come first, and what they have in common.
  [[nodiscard]] std::uint64_t of_pair(std::uint64_t one, std::uint64_t other, std::uint64_t common) const {
    const std::uint64_t mask = seed_[6] + common;
    return fold(one ^ mask, other ^ mask);
  }
  [[nodiscard]] std::uint64_t of_words(std::uint64_t first, std::uint64_t second) const {
    return fold(first ^ seed_[0], second ^ seed_[1]);
  }

 private:
  [[nodiscard]] static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
#else
    // The same product from halves; its middle part holds the carries.
    const std::uint64_t a_low = a & 0xffffffffU;
    const std::uint64_t a_high = a >> 32U;
    const std::uint64_t b_low = b & 0xffffffffU;
    const std::uint64_t b_high = b >> 32U;
    const std::uint64_t middle = a_high * b_low + (a_low * b_low >> 32U);
    const std::uint64_t cross = a_low * b_high + (middle & 0xffffffffU);
    return (a * b) ^ (a_high * b_high + (middle >> 32U) + (cross >> 32U));
#endif
  }

  template <class Word>
  [[nodiscard]] static std::uint64_t half(const IpAddress& address, std::size_t offset) {
    Word word = 0;
    std::memcpy(&word, address.bytes.data() + offset, sizeof word);
    return word;
  }

  std::array<std::uint64_t, 7> seed_{};
};

}  // namespace pmtu
