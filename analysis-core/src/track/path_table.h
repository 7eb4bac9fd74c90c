// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/address.h"
#include "track/flat_index.h"
#include "track/key_hash.h"
#include "track/slab.h"

namespace pmtu {

/// What was seen on a path, over all its flows.
struct Path {
  PathKey key;
  std::uint32_t largest_seen = 0;     ///< captured on the path, offload excluded
  std::uint32_t largest_passed = 0;   ///< acknowledged, offload excluded
  std::uint32_t holders = 0;          ///< directions and rows that know its place
  bool super_segment_passed = false;  ///< an acknowledged super-segment: sizes on this path cannot be told
  bool super_segment_seen = false;    ///< captured sizes on this path are not those on the wire
  bool capture_misses_large = false;  ///< bytes > 1280 were acknowledged that were never captured
};

/// The paths. A full table gives up one that no live flow and no row holds.
class PathTable {
 public:
  static constexpr std::uint32_t kNone = FlatIndex::kNone;

  PathTable(std::uint64_t seed, std::size_t max_paths) : hash_(seed), max_paths_(max_paths) {}

  /// Empty (`kNone`) when the table is full of paths that are held. Who keeps the place holds the path.
  [[nodiscard]] std::uint32_t find_or_add(const PathKey& key);
  void hold(std::uint32_t place) { ++paths_[place].holders; }
  void release(std::uint32_t place) { --paths_[place].holders; }
  [[nodiscard]] std::uint32_t find(const PathKey& key) const;
  [[nodiscard]] Path& operator[](std::uint32_t place) { return paths_[place]; }
  [[nodiscard]] const Path& operator[](std::uint32_t place) const { return paths_[place]; }
  [[nodiscard]] std::size_t size() const { return paths_.used(); }

  /// Paths that were given up, and datagrams whose path found no room.
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  /// The place of a path that was given up; `kNone` when a few that were looked at are held.
  [[nodiscard]] std::uint32_t give_one_up();

  KeyHash hash_;
  FlatIndex index_;
  Slab<Path> paths_;
  std::size_t max_paths_;
  std::uint64_t evicted_ = 0;
  std::uint32_t clock_hand_ = 0;
};

}  // namespace pmtu
