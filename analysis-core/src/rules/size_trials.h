// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "pmtu/units.h"

namespace pmtu {

/// What became of datagrams of different sizes on one path: which were answered, which were lost. Large ones
/// that never arrive while smaller ones do are lost by their size (RFC 4821 §7.3, §7.7). Whoever feeds it
/// knows what an answer and what a loss is.
class SizeTrials {
 public:
  /// Datagrams that must be lost, and smaller ones that must be answered (as for TCP: RFC 9293 §3.8.3 R1).
  static constexpr std::uint32_t kNeeded = 3;
  /// Smaller ones count if they were answered this long before the first loss or after the latest: who
  /// searches by hand takes his time.
  static constexpr Duration kSameTime = Duration::seconds(60);
  /// What was lost longer ago says nothing of the path of today (RFC 1191 §6.3).
  static constexpr Duration kMemory = Duration::seconds(600);

  /// Losses of sizes that were never answered.
  struct Losses {
    DatagramLength smallest;
    std::uint32_t count = 0;
    FrameNumber first_frame;
    FrameNumber last_frame;
    Timestamp first;
    Timestamp last;
  };

  /// A datagram of this size, sent at `sent`, arrived.
  void answered(DatagramLength length, Timestamp sent, Timestamp now);
  /// One was lost.
  void lost(DatagramLength length, FrameNumber frame, Timestamp sent);
  /// What is as large was no silent loss: a hint or another error says so.
  void explained(DatagramLength length);
  /// Drops what was lost too long ago.
  void forget_before(Timestamp now);

  /// Sizes are lost while smaller ones are not.
  [[nodiscard]] bool by_size() const;
  /// Something smaller was sent between the first loss and the latest, and arrived: no moment of outage took
  /// them all.
  [[nodiscard]] bool alive_between() const;
  [[nodiscard]] DatagramLength passed() const { return passed_; }
  [[nodiscard]] std::uint32_t answers() const { return answered_; }
  [[nodiscard]] std::optional<Losses> losses() const;

 private:
  static constexpr std::size_t kSizes = 8;

  std::vector<Losses> lost_;  ///< one a size, in their order, all above `passed_`
  void note_life(Timestamp sent);

  std::array<Timestamp, kNeeded> latest_answers_{};
  std::array<Timestamp, kNeeded> latest_sent_{};  ///< of those that were answered
  std::optional<Timestamp> life_;  ///< when the first that was answered had been sent after the first loss
  DatagramLength passed_;
  std::uint32_t answered_ = 0;
  std::uint32_t smaller_answered_ = 0;  ///< sent after the first loss
  std::uint32_t smaller_lost_ = 0;
};

}  // namespace pmtu
