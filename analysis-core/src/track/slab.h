// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

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

}  // namespace pmtu
