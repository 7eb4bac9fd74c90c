// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "pmtu/units.h"

namespace pmtu {

/// A sender's clock as its timestamps show it here (TSval, RFC 7323 §5.4). It does not wait in queues:
/// against the datagram that came through fastest it tells when another one would have passed, had it met no
/// queue. Knows values and times of one direction.
class SenderClock {
 public:
  /// A segment with this TSval passed the capture point. Samples may come in any order.
  void sample(SequenceNumber value, Timestamp passed);

  /// The latest sample left later than any before it allows, by more than a tick and `slack`: all of them may
  /// have waited, or it is damaged. What it says of itself is no proof.
  [[nodiscard]] bool leads_by_more_than(Duration slack) const { return lead_ > tick_ + slack; }

  /// When a segment with this TSval left, plus the way to the capture point without a queue, at the earliest;
  /// empty: nothing is known of the clock.
  [[nodiscard]] std::optional<Timestamp> earliest_passage(SequenceNumber value) const;

 private:
  struct Sample {
    SequenceNumber value;
    Timestamp passed;
  };
  void learn_tick(const Sample& sample);
  /// Of two samples, the one that waited less.
  [[nodiscard]] Sample faster(const Sample& a, const Sample& b) const;
  [[nodiscard]] Duration ticks(SequenceNumber from, SequenceNumber to) const;

  std::optional<Sample> first_;
  Sample fastest_;
  Duration lead_;  ///< of the latest sample before the fastest until then
  Duration tick_ = Duration::milliseconds(1);
  bool stands_still_ = false;  ///< the values do not rise with time
};

}  // namespace pmtu
