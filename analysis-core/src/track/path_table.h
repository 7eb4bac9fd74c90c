// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/units.h"
#include "rules/path_mtu_hint.h"
#include "track/flat_index.h"
#include "track/key_hash.h"

namespace pmtu {

/// What is known of a path, over all its flows. What only hinted paths need is in `HintHistory`.
struct Path {
  static constexpr std::uint32_t kNoHistory = 0xffffffff;

  PathKey key;
  Timestamp last_passed_sent_at;     ///< when the datagram was sent that was acknowledged last
  std::uint32_t largest_seen = 0;    ///< captured on the path, offload excluded
  std::uint32_t largest_passed = 0;  ///< acknowledged, offload excluded
  std::uint32_t last_passed_length = 0;
  std::uint32_t last_passed_flow = 0xffffffff;
  std::uint32_t history = kNoHistory;
  std::uint32_t holders = 0;          ///< directions and rows that know its place
  bool super_segment_passed = false;  ///< an acknowledged super-segment: sizes on this path cannot be told
  bool super_segment_seen = false;    ///< captured sizes on this path are not those on the wire
  bool hint_cut = false;              ///< a hint that the snapshot length cut may be for it
  bool capture_misses_large = false;  ///< bytes > 1280 were acknowledged that were never captured
};

/// The hints of a path: which path MTU was in force from which frame on.
struct HintHistory {
  struct Change {
    FrameNumber from;
    FrameNumber hint_frame;
    std::optional<Mtu> mtu;
    bool in_force = true;  ///< false: what was in force before was refuted
  };
  std::optional<PathMtuHint> in_force;
  Timestamp refreshed;
  std::vector<Change> changes;       ///< ascending by frame; only real changes
  std::vector<IpAddress> reporters;  ///< of accepted hints, each once
  std::uint32_t hints = 0;           ///< without duplicates
  FlowKey quoted_flow;               ///< whose datagram the hint in force quotes
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
  [[nodiscard]] std::size_t size() const { return paths_.size(); }

  /// A hint was accepted for the path.
  void learn(std::uint32_t path, const FlowKey& quoted, const PathMtuHint& hint, const IpAddress& reporter,
             Duration max_age);
  /// The hint of `hint_frame` turned out not to bind the path.
  void forget(std::uint32_t path, FrameNumber hint_frame, FrameNumber now);
  [[nodiscard]] const HintHistory* history(std::uint32_t path) const;
  [[nodiscard]] bool any_hinted() const { return histories_.size() != free_histories_.size(); }
  /// Paths that were given up, and datagrams whose path found no room.
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  /// The place of a path that was given up; `kNone` when a few that were looked at are held.
  [[nodiscard]] std::uint32_t give_one_up();

  KeyHash hash_;
  FlatIndex index_;
  std::vector<Path> paths_;
  std::vector<HintHistory> histories_;
  std::size_t max_paths_;
  std::vector<std::uint32_t> free_histories_;
  std::uint64_t evicted_ = 0;
  std::uint32_t clock_hand_ = 0;
};

}  // namespace pmtu
