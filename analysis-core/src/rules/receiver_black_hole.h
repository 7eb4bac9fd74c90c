// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <unordered_set>

#include "pmtu/preferences.h"
#include "rules/case_table.h"
#include "rules/event.h"
#include "rules/judgement.h"
#include "rules/receiver_hole.h"
#include "track/tracker.h"

namespace pmtu {

/// Bytes that never arrived although what follows them did: the black hole as the receiver's side shows it
/// (RFC 2018 §3, RFC 2923 §2.1). Owns the holes under watch.
class ReceiverBlackHole {
 public:
  ReceiverBlackHole(const Preferences& preferences, const Tracker& facts, const Judgement& hints,
                    std::uint64_t seed)
      : preferences_(preferences), facts_(facts), hints_(hints), lossy_paths_(0, Hash{KeyHash(seed)}) {}

  void observe(const Sighting& seen, Events& events);
  /// The capture ends here, as far as is known.
  void conclude(Events& events);

  /// Large bytes were acknowledged on the path that the capture does not hold: it loses large frames.
  [[nodiscard]] bool capture_misses_large(const PathKey& path) const {
    return !lossy_paths_.empty() && lossy_paths_.contains(path);
  }

  void forget(DirectionId direction) { cases_.close(direction); }
  [[nodiscard]] bool concerns(DirectionId direction) const { return cases_.contains(direction); }

 private:
  struct Case {
    ReceiverHole hole;
    bool told = false;
  };

  struct Hash {
    KeyHash hash;
    std::size_t operator()(const PathKey& key) const { return static_cast<std::size_t>(hash(key)); }
  };

  void take_end(const Sighting& seen);
  void take_acknowledgment(const Sighting& seen);
  void take_segment(const Sighting& seen);
  void open(const Sighting& seen);
  void note_end(ReceiverHole& hole, const Sighting& seen) const;
  void watch_receiver(const Sighting& seen, Events& events);
  void watch_sender(const Sighting& seen, Events& events);
  void tell(DirectionId direction, FrameNumber frame, Timestamp now, Events& events);
  void tell_filled(DirectionId direction, const Case& found, FrameNumber frame, Timestamp now,
                   Events& events) const;
  void tell_found(DirectionId direction, Case& found, FrameNumber frame, Timestamp now, Events& events) const;
  [[nodiscard]] bool is_disproved(DirectionId direction, const Case& found, Timestamp now) const;
  [[nodiscard]] Finding finding_of(FindingKind kind, Severity severity, DirectionId direction,
                                   const ReceiverHole& hole, FrameNumber frame) const;
  [[nodiscard]] std::uint32_t largest_arrived(DirectionId direction) const;
  /// Length of the datagram that carries the missing bytes, or as many as both MSS admit.
  [[nodiscard]] std::uint32_t bound(DirectionId direction, std::uint32_t missing) const;
  /// The same as far as the receiver's MSS alone admits.
  [[nodiscard]] std::uint32_t receiver_bound(DirectionId direction, std::uint32_t missing) const;
  [[nodiscard]] std::uint32_t segment_bound(DirectionId direction, std::uint32_t missing,
                                            std::uint16_t mss) const;

  Preferences preferences_;
  const Tracker& facts_;
  const Judgement& hints_;
  CaseTable<Case> cases_;
  std::unordered_set<PathKey, Hash> lossy_paths_;
};

}  // namespace pmtu
