// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "track/flat_index.h"
#include "track/flow_state.h"
#include "track/key_hash.h"
#include "track/memory_hint.h"
#include "track/undirected_key.h"

namespace pmtu {

/// Objects that keep their address, found by a 32-bit place; freed places are used again.
template <class T>
class Slab {
 public:
  std::uint32_t take() {
    if (!free_.empty()) {
      const std::uint32_t place = free_.back();
      free_.pop_back();
      return place;
    }
    if (used_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return used_++;
  }
  void give_back(std::uint32_t place) {
    (*this)[place] = T{};
    free_.push_back(place);
  }
  [[nodiscard]] T& operator[](std::uint32_t place) { return chunks_[place / kChunk][place % kChunk]; }
  [[nodiscard]] const T& operator[](std::uint32_t place) const {
    return chunks_[place / kChunk][place % kChunk];
  }
  /// Places ever used; those given back hold fresh objects.
  [[nodiscard]] std::uint32_t used() const { return used_; }

 private:
  static constexpr std::uint32_t kChunk = 256;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
};

/// The live flows. Before one is added to a full table another has to be given up.
class FlowTable {
 public:
  static constexpr std::uint32_t kNone = FlatIndex::kNone;

  struct Entry {
    std::uint32_t place;
    unsigned side;  ///< which side of the flow the looked-up direction is
  };

  FlowTable(std::uint64_t seed, std::size_t max_flows) : hash_(seed), max_flows_(max_flows) {}

  /// Which flow of a full table is missed least: of a few, the one that was idle longest, and has no row
  /// while others have none. `kNone` when there is none.
  [[nodiscard]] std::uint32_t least_missed();
  void forget(std::uint32_t place);

  /// The flow of a datagram, made when it is new. `make_room` is called before if the table is full; it knows
  /// what hangs on a flow and has to `forget` one.
  template <class MakeRoom>
  [[nodiscard]] Entry find_or_add(const FlowKey& directed, MakeRoom make_room) {
    const UndirectedKey key(directed);
    const std::uint64_t hash = key.hash(hash_);
    Entry entry = find(hash, key);
    if (entry.place == kNone) [[unlikely]] {
      if (index_.size() >= max_flows_) make_room();
      entry = {add(hash, key), 0};
    }
    return entry;
  }
  /// `place == kNone` when no datagram of either direction was seen.
  [[nodiscard, gnu::always_inline]] Entry find(const UndirectedKey& key) const {
    return find(key.hash(hash_), key);
  }
  /// The same, when `fetch_flow` was asked for the flow and returned `likely`.
  [[nodiscard, gnu::always_inline]] Entry find(const UndirectedKey& key, std::uint32_t likely) const {
    if (likely != kNone) {
      const unsigned side = flows_[likely].key.side_of(key);
      if (side != UndirectedKey::kNeither) return {likely, side};
    }
    return find(key);
  }
  struct NotAsked {};
  [[nodiscard, gnu::always_inline]] Entry find(const UndirectedKey& key, NotAsked) const { return find(key); }
  [[nodiscard]] Entry find(const FlowKey& directed) const { return find(UndirectedKey(directed)); }
  [[nodiscard]] bool knows(const FlowKey& directed) const { return find(directed).place != kNone; }
  /// Asks for the index slot of a flow, ahead of `fetch_flow`; returns what that wants to know.
  [[nodiscard]] std::uint64_t fetch_slot(const UndirectedKey& key) const {
    const std::uint64_t hash = key.hash(hash_);
    fetch_line(index_.slot(hash));
    return hash;
  }
  /// Asks for a flow, ahead of `find_or_add`. Returns its place in all likelihood, or `kNone`.
  [[nodiscard]] std::uint32_t fetch_flow(std::uint64_t hash) const {
    return index_.find(hash, [&](std::uint32_t at) {
      fetch_lines(flows_[at]);
      return true;
    });
  }
  [[nodiscard]] Flow& operator[](std::uint32_t place) { return flows_[place]; }
  [[nodiscard]] const Flow& operator[](std::uint32_t place) const { return flows_[place]; }
  [[nodiscard]] std::uint32_t places() const { return flows_.used(); }
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }
  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  /// Asks for all of a flow once its index slot is known: its cache lines arrive together, where the rules
  /// would miss one after the other.
  static void fetch_lines(const Flow& flow) {
    constexpr std::size_t kCacheLine = 64;
    const char* const begin = reinterpret_cast<const char*>(&flow);
    for (std::size_t at = 0; at < sizeof flow; at += kCacheLine) fetch_line(begin + at);
    fetch_line(begin + sizeof flow - 1);
  }

  [[nodiscard, gnu::always_inline]] Entry find(std::uint64_t hash, const UndirectedKey& key) const {
    unsigned side = UndirectedKey::kNeither;
    const std::uint32_t place = index_.find(hash, [&](std::uint32_t at) {
      const Flow& flow = flows_[at];
      fetch_lines(flow);
      side = flow.key.side_of(key);
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
