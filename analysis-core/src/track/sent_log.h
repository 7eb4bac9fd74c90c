// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "pmtu/units.h"

namespace pmtu {

/// One datagram with payload, as it was sent.
struct Transmission {
  Timestamp time;
  SequenceNumber begin;  ///< TCP only
  SequenceNumber end;
  SequenceNumber timestamp_value;
  std::uint32_t length = 0;  ///< IP datagram length as captured
  FrameNumber frame;
  std::uint32_t direction = 0;  ///< who sent it: `FlowTable` place × 2 + side
  std::uint32_t next = 0;       ///< later transmission of the same direction
  std::uint32_t previous = 0;   ///< earlier one
  std::uint16_t identification = 0;
  std::uint16_t checksum = 0;
  std::uint16_t link_tag = 0;
  std::uint8_t ttl = 0;
  bool super_segment : 1 = false;  ///< its size on the wire is unknown (offload)
  bool dont_fragment : 1 = false;
  bool credited : 1 = false;  ///< ACKed or SACKed, and counted as passed
};

/// Transmissions of one direction, oldest first; the links of a list through the log.
struct TransmissionChain {
  std::uint32_t head = 0;  ///< oldest not known to be acknowledged; 0: none
  std::uint32_t tail = 0;  ///< latest; 0: none
};

/// The latest transmissions of all directions in one ring of fixed size. What the ring overwrote is
/// forgotten: every rule that asks then knows less, never something wrong.
class SentLog {
 public:
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  static constexpr std::uint32_t kCapacity = 1U << 6U;  // so that short inputs come round
#else
  static constexpr std::uint32_t kCapacity = 1U << 17U;
#endif
  static constexpr int kLookBack = 1024;  ///< how far rules search, so that no frame costs more

  SentLog() : ring_(std::allocator<Transmission>().allocate(kCapacity)) {}

  /// A fresh record at the end of the chain, to be filled in by the caller.
  [[gnu::always_inline]] Transmission& append(TransmissionChain& chain) {
    const std::uint32_t id = next_id_;
    if (++next_id_ == 0) next_id_ = 1;
    Transmission& slot = *std::construct_at(&ring_[id % kCapacity]);
    if (Transmission* const before = get(chain.tail)) {
      slot.previous = chain.tail;
      before->next = id;
    }
    if (get(chain.head) == nullptr) chain.head = id;
    chain.tail = id;
    return slot;
  }

  /// Empty when nothing has that id, or no longer.
  [[nodiscard]] Transmission* get(std::uint32_t id) {
    return id != 0 && next_id_ - id <= kCapacity ? &ring_[id % kCapacity] : nullptr;
  }
  [[nodiscard]] const Transmission* get(std::uint32_t id) const {
    return id != 0 && next_id_ - id <= kCapacity ? &ring_[id % kCapacity] : nullptr;
  }

  /// Latest first, at most `kLookBack`; stops when `visit` returns false.
  template <class Visit>
  void latest_first(const TransmissionChain& chain, Visit visit) {
    walk_back(*this, chain, visit);
  }
  template <class Visit>
  void latest_first(const TransmissionChain& chain, Visit visit) const {
    walk_back(*this, chain, visit);
  }

  /// Of all directions, latest first, at most `kLookBack`; stops when `visit` returns false.
  template <class Visit>
  void latest_of_all(Visit visit) const {
    for (std::uint32_t back = 1; back <= kLookBack; ++back) {
      const Transmission* sent = next_id_ > back ? get(next_id_ - back) : nullptr;
      if (sent == nullptr || !visit(*sent)) return;
    }
  }

 private:
  template <class Log, class Visit>
  static void walk_back(Log& log, const TransmissionChain& chain, Visit& visit) {
    std::uint32_t id = chain.tail;
    for (int left = kLookBack; left > 0; --left) {
      auto* const sent = log.get(id);
      if (sent == nullptr || !visit(*sent)) return;
      id = sent->previous;
    }
  }

  struct Free {
    void operator()(Transmission* ring) const { std::allocator<Transmission>().deallocate(ring, kCapacity); }
  };
  static_assert(std::is_trivially_destructible_v<Transmission>);

  /// Not constructed until used, so that a short capture touches few pages of it.
  std::unique_ptr<Transmission[], Free> ring_;
  std::uint32_t next_id_ = 1;
};

}  // namespace pmtu
