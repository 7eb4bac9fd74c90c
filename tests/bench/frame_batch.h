// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "traffic.h"

namespace pmtu::bench {

/// Frames made ahead, so that making them is not measured. Two cache lines each: the headers and the start of
/// the payload, which is all that anybody looks at.
class FrameBatch {
 public:
  static constexpr std::uint32_t kCaptured = 116;

  explicit FrameBatch(std::size_t frames) : slots_(frames) {}

  void fill(Traffic& traffic, std::size_t frames) {
    used_ = std::min(frames, slots_.size());
    for (std::size_t i = 0; i < used_; ++i) {
      const Frame frame = traffic.next().frame;
      Slot& slot = slots_[i];
      if (i == 0) first_ = frame.number.value();
      slot.time = frame.time;
      slot.captured = static_cast<std::uint32_t>(std::min<std::size_t>(frame.bytes.size(), kCaptured));
      std::copy_n(frame.bytes.begin(), slot.captured, slot.bytes.begin());
    }
  }

  /// Calls `visit` with each frame, as somebody who reads a capture would have it.
  template <class Visit>
  void for_each(Visit visit) const {
    std::uint32_t number = first_;
    for (std::size_t i = 0; i < used_; ++i) {
      const Slot& slot = slots_[i];
      visit(Frame{FrameNumber(number++),
                  slot.time,
                  LinkType::ethernet,
                  0,
                  std::span(slot.bytes).first(slot.captured),
                  {}});
    }
  }

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] std::size_t capacity() const { return slots_.size(); }

 private:
  struct alignas(64) Slot {
    Timestamp time;
    std::uint32_t captured = 0;
    std::array<std::uint8_t, kCaptured> bytes{};
  };
  static_assert(sizeof(Slot) == 128);

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::uint32_t first_ = 0;
};

}  // namespace pmtu::bench
