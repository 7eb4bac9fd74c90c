// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

namespace pmtu::bench {

/// SplitMix64: the same numbers from the same seed on every machine, which the distributions of the standard
/// library do not promise.
class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15ULL;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31U);
  }
  /// From 0 to `bound` − 1.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((next() >> 32U) * bound >> 32U);
  }
  /// From `least` to `most`, each doubling as likely as any other: how sizes of messages are spread.
  std::uint32_t doubling(std::uint32_t least, std::uint32_t most) {
    const double share = static_cast<double>(below(1U << 20U)) / static_cast<double>(1U << 20U);
    return static_cast<std::uint32_t>(least * std::pow(static_cast<double>(most) / least, share));
  }

 private:
  std::uint64_t state_;
};

}  // namespace pmtu::bench
