// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "track/flat_index.h"
#include "track/flow_state.h"
#include "track/key_hash.h"
#include "track/slab.h"
#include "track/undirected_key.h"

namespace pmtu {

/// The live flows. Before one is added to a full table another has to be given up.
class FlowTable {
 public:
  static constexpr std::uint32_t kNone = FlatIndex::kNone;

  struct Entry {
    std::uint32_t place;
    unsigned side;  ///< which side of the flow the looked-up direction is
  };

  FlowTable(std::uint64_t seed, std::size_t max_flows) : hash_(seed), max_flows_(max_flows) {}

  /// Which flow of a full table is missed least: of a few, the one that was idle longest, those that are
  /// watched last. `kNone` when there is none.
  [[nodiscard]] std::uint32_t least_missed();
  void forget(std::uint32_t place);

  /// The flow of a datagram, made when it is new. `make_room` is called before if the table is full; it knows
  /// what hangs on a flow and has to `forget` one.
  template <class MakeRoom>
  [[nodiscard]] Entry find_or_add(const UndirectedKey& key, MakeRoom make_room) {
    const std::uint64_t hash = key.hash(hash_);
    Entry entry = find(hash, key);
    if (entry.place == kNone) [[unlikely]] {
      if (index_.size() >= max_flows_) make_room();
      entry = {add(hash, key), 0};
    }
    return entry;
  }
  /// `place == kNone` when no datagram of either direction was seen.
  [[nodiscard]] Entry find(const UndirectedKey& key) const { return find(key.hash(hash_), key); }
  [[nodiscard]] Entry find(const FlowKey& directed) const { return find(UndirectedKey(directed)); }
  [[nodiscard]] bool knows(const UndirectedKey& key) const { return find(key).place != kNone; }
  [[nodiscard]] Flow& operator[](std::uint32_t place) { return flows_[place]; }
  [[nodiscard]] const Flow& operator[](std::uint32_t place) const { return flows_[place]; }
  [[nodiscard]] std::uint32_t places() const { return flows_.used(); }
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }
  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  [[nodiscard]] Entry find(std::uint64_t hash, const UndirectedKey& key) const {
    unsigned side = UndirectedKey::kNeither;
    const std::uint32_t place = index_.find(hash, [&](std::uint32_t at) {
      side = flows_[at].key.side_of(key);
      return side != UndirectedKey::kNeither;
    });
    return {place, side};
  }
  [[nodiscard]] std::uint32_t add(std::uint64_t hash, const UndirectedKey& key);

  KeyHash hash_;
  FlatIndex index_;
  Slab<Flow> flows_;
  std::size_t max_flows_;
  std::uint64_t evicted_ = 0;
  std::uint32_t clock_hand_ = 0;
};

}  // namespace pmtu
