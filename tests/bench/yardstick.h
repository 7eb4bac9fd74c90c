// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace pmtu::bench {

/// The least that any per-flow analysis does: read the headers, hash the 5-tuple, look it up, and write down
/// something in the one cache line found there. Nothing is checked beyond lengths. What the machine needs for
/// this is the yardstick of the analyser.
class Yardstick {
 public:
  explicit Yardstick(std::size_t directions) : lines_(std::bit_ceil(directions * 2 + 1)) {}

  void count(std::span<const std::uint8_t> frame) {
    constexpr std::size_t kShortest = 14 + 40 + 20;
    if (frame.size() < kShortest && frame.size() < 42) return;
    const std::uint8_t* ip = frame.data() + 14;
    Key key;
    const bool v6 = frame[12] == 0x86;
    const std::uint8_t* transport = ip + (v6 ? 40 : (ip[0] & 15U) * 4U);
    if (transport + 8 > frame.data() + frame.size()) return;
    if (v6) {
      std::memcpy(key.words, ip + 8, 32);
      key.words[4] = ip[6];
    } else {
      std::memcpy(key.words, ip + 12, 8);
      key.words[4] = ip[9];
    }
    std::uint32_t ports = 0;
    if (key.words[4] == 6 || key.words[4] == 17) std::memcpy(&ports, transport, 4);
    key.words[4] |= static_cast<std::uint64_t>(ports) << 32U;

    Line& line = find(key);
    ++line.datagrams;
    line.bytes += static_cast<unsigned>(v6 ? 40 + (ip[4] << 8U | ip[5]) : ip[2] << 8U | ip[3]);
    std::memcpy(&line.latest, transport + 4, 4);  // TCP: the sequence number
  }

  [[nodiscard]] std::size_t directions() const { return used_; }

 private:
  struct Key {
    std::uint64_t words[5] = {};
  };
  struct alignas(64) Line {
    Key key;
    std::uint64_t bytes = 0;
    std::uint32_t datagrams = 0;
    std::uint32_t latest = 0;
  };
  static_assert(sizeof(Line) == 64);

  Line& find(const Key& key) {
    std::uint64_t hash = 0;
    for (const std::uint64_t word : key.words) hash = (std::rotl(hash, 5) ^ word) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 32U;
    for (std::size_t at = hash;; ++at) {
      Line& line = lines_[at & (lines_.size() - 1)];
      if (line.datagrams == 0) {
        line.key = key;
        ++used_;
        return line;
      }
      if (std::memcmp(line.key.words, key.words, sizeof key.words) == 0) return line;
    }
  }

  std::vector<Line> lines_;
  std::size_t used_ = 0;
};

}  // namespace pmtu::bench
