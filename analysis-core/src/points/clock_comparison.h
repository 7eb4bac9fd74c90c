// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "pmtu/units.h"

namespace pmtu {

/// How the clock of one capture point stands against another's.
struct ClockOffset {
  Duration offset;       ///< the other clock shows this much more
  Duration uncertainty;  ///< the offset is right to within this
  Duration drift;        ///< by how much it grew from the first to the last datagram; 0: less than 1 ms
  friend bool operator==(const ClockOffset&, const ClockOffset&) = default;
};

/// Compares two clocks by datagrams that passed both, as NTP does (RFC 5905 §8): the fastest of each way was
/// delayed least, half the difference of the two is the offset, half their sum bounds its error. Needs both
/// ways; one way alone says nothing.
class ClockComparison {
 public:
  /// A datagram that passed `here` first, at `first` by its clock, and `there` at `second` by the other one.
  void forward(Timestamp first, Timestamp second) { take(kForward, first, second - first); }
  /// One that passed `there` first, and came `here` at `first` by the clock of this point.
  void backward(Timestamp first, Timestamp second) { take(kBackward, first, first - second); }

  [[nodiscard]] std::optional<ClockOffset> offset() const;

 private:
  static constexpr unsigned kForward = 0;
  static constexpr unsigned kBackward = 1;
  /// The first datagrams of each way, and the latest: enough for the fastest of them to be fast.
  static constexpr std::uint32_t kEpisode = 32;

  struct Fastest {
    std::optional<Duration> delay;
    Timestamp at;
    std::uint32_t count = 0;
    void take(Timestamp when, Duration delay_now);
  };
  struct Way {
    Fastest early;    ///< of the first episode
    Fastest current;  ///< of the episode that is not full
    Fastest late;     ///< of the last full episode
    Fastest overall;
  };

  void take(unsigned way, Timestamp at, Duration delay);
  [[nodiscard]] static Duration half(Duration one, Duration other) {
    return Duration::nanoseconds((one.nanoseconds() - other.nanoseconds()) / 2);
  }

  std::array<Way, 2> ways_;
};

}  // namespace pmtu
