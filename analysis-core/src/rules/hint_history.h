// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/units.h"
#include "rules/path_mtu_hint.h"
#include "track/key_hash.h"

namespace pmtu {

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
  FrameNumber kept_told_of;          ///< the hint that another flow was told to keep to
  std::uint64_t order = 0;           ///< of their first hints; paths are listed by it

  /// The hint that binds a datagram of the path now; empty: none, or it expired.
  [[nodiscard]] const PathMtuHint* binding(Timestamp now, Duration max_age) const {
    return in_force && now - refreshed <= max_age ? &*in_force : nullptr;
  }
};

/// The hints of all paths. A full table gives one up for a new one.
class HintHistories {
 public:
  HintHistories(std::uint64_t seed, std::size_t max_paths)
      : paths_(0, Hash{KeyHash(seed)}),
        cut_(0, Hash{KeyHash(seed)}),
        untranslated_(0, Hash{KeyHash(seed)}),
        max_paths_(max_paths) {}

  /// A hint was accepted for the path.
  void learn(const PathKey& path, const PathMtuHint& hint, const IpAddress& reporter, Duration max_age);
  /// The hint of `hint_frame` turned out not to bind the path.
  void forget(const PathKey& path, FrameNumber hint_frame, FrameNumber now);

  /// Some path was hinted just this MTU. A quick look, for every datagram.
  [[nodiscard]] bool names(DatagramLength length) const {
    return std::find(named_.begin(), named_.end(), length.value()) != named_.end();
  }
  /// A datagram keeps to the hint of the path; false: that was noted before.
  [[nodiscard]] bool note_kept(const PathKey& path, FrameNumber hint_frame);

  /// A hint that the snapshot length cut may be for the path.
  void note_cut(const PathKey& path) {
    if (cut_.size() < max_paths_) cut_.insert(path);
  }
  [[nodiscard]] bool was_cut(const PathKey& path) const { return !cut_.empty() && cut_.contains(path); }

  /// A translator left the quotation of a hint for the path as it was; nobody can use it, but its MTU is
  /// known.
  void note_untranslated(const PathKey& path, Mtu mtu);
  /// The lowest of them.
  [[nodiscard]] std::optional<Mtu> untranslated(const PathKey& path) const;

  [[nodiscard]] bool empty() const { return paths_.empty(); }
  [[nodiscard]] const HintHistory* find(const PathKey& path) const;
  /// In order of their first hints.
  [[nodiscard]] std::vector<std::pair<PathKey, const HintHistory*>> all() const;
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  struct Hash {
    KeyHash hash;
    std::size_t operator()(const PathKey& key) const { return static_cast<std::size_t>(hash(key)); }
  };
  [[nodiscard]] HintHistory* find_or_add(const PathKey& path);

  std::unordered_map<PathKey, HintHistory, Hash> paths_;
  std::unordered_set<PathKey, Hash> cut_;
  std::unordered_map<PathKey, Mtu, Hash> untranslated_;
  std::vector<std::uint32_t> named_;  ///< MTUs of hints, each once; bounded
  std::size_t max_paths_;
  std::uint64_t learnt_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace pmtu
