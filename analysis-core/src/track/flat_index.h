// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace pmtu {

/// Finds the place of a key in somebody else's storage: open addressing with linear probing, eight bytes a
/// slot, no allocation but when it grows. Knows hashes and places only; `equals(place)` compares keys.
///
/// A slot keeps 32 bits of the hash. They give its home, so that neither growing nor erasing looks at any key
/// (each would be a cache miss), and what is left of them (10 bits with a million keys) keeps a search from
/// touching wrong keys.
class FlatIndex {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  FlatIndex() : slots_(kInitialSlots), mask_(kInitialSlots - 1) {}

  template <class Equals>
  [[nodiscard, gnu::always_inline]] std::uint32_t find(std::uint64_t hash, Equals equals) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = tag & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.place == kNone) return kNone;
      if (slot.tag == tag && equals(slot.place)) return slot.place;
    }
  }

  /// All that `insert` may fail for: to be called before whatever is to be found by it is made.
  void make_room() {
    if ((size_ + 1) * 2 > slots_.size()) grow();
  }

  void insert(std::uint64_t hash, std::uint32_t place) {
    make_room();
    put({tag_of(hash), place});
    ++size_;
  }

  /// Removes a place that is in the index, and closes the gap so that no tombstones gather.
  void erase(std::uint64_t hash, std::uint32_t place) {
    std::size_t gap = tag_of(hash) & mask_;
    while (slots_[gap].place != place) gap = (gap + 1) & mask_;
    for (std::size_t at = (gap + 1) & mask_; slots_[at].place != kNone; at = (at + 1) & mask_) {
      const std::size_t home = slots_[at].tag & mask_;
      if (((at - home) & mask_) >= ((at - gap) & mask_)) {
        slots_[gap] = slots_[at];
        gap = at;
      }
    }
    slots_[gap] = Slot{};
    --size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t place = kNone;
  };
  static constexpr std::size_t kInitialSlots = 1024;

  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U);
  }

  void put(Slot slot) {
    std::size_t at = slot.tag & mask_;
    while (slots_[at].place != kNone) at = (at + 1) & mask_;
    slots_[at] = slot;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    mask_ = static_cast<std::uint32_t>(slots_.size() - 1);
    for (const Slot& slot : old) {
      if (slot.place != kNone) put(slot);
    }
  }

  std::vector<Slot> slots_;
  std::uint32_t mask_;  ///< slots less one, at hand: each search begins with it
  std::size_t size_ = 0;
};

}  // namespace pmtu
