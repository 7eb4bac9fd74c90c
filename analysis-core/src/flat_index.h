// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace pmtu {

/// Finds the place of a key in somebody else's storage: open addressing with linear probing, eight bytes a
/// slot, no allocation but when it grows. Knows hashes and places only; `equals(place)` compares keys.
class FlatIndex {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  FlatIndex() : slots_(kInitialSlots) {}

  template <class Equals>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Equals equals) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.place == kNone) return kNone;
      if (slot.tag == tag && equals(slot.place)) return slot.place;
    }
  }

  /// `hash_of(place)` is asked for every place when the index grows.
  template <class HashOf>
  void insert(std::uint64_t hash, std::uint32_t place, HashOf hash_of) {
    if ((size_ + 1) * 2 > slots_.size()) grow(hash_of);
    put(hash, place);
    ++size_;
  }

  /// Removes a place that is in the index, and closes the gap so that no tombstones gather.
  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t place, HashOf hash_of) {
    std::size_t gap = hash & mask();
    while (slots_[gap].place != place) gap = (gap + 1) & mask();
    for (std::size_t at = (gap + 1) & mask(); slots_[at].place != kNone; at = (at + 1) & mask()) {
      const std::size_t home = hash_of(slots_[at].place) & mask();
      if (((at - home) & mask()) >= ((at - gap) & mask())) {
        slots_[gap] = slots_[at];
        gap = at;
      }
    }
    slots_[gap] = Slot{};
    --size_;
  }

  /// Asks the processor for the slot of a hash ahead of `find`.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask()]); }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t place = kNone;
  };
  static constexpr std::size_t kInitialSlots = 1024;

  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U);
  }

  void put(std::uint64_t hash, std::uint32_t place) {
    std::size_t at = hash & mask();
    while (slots_[at].place != kNone) at = (at + 1) & mask();
    slots_[at] = {tag_of(hash), place};
  }

  template <class HashOf>
  void grow(HashOf hash_of) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.place != kNone) put(hash_of(slot.place), slot.place);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace pmtu
