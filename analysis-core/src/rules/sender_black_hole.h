// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <unordered_map>

#include "pmtu/preferences.h"
#include "rules/case_table.h"
#include "rules/event.h"
#include "rules/judgement.h"
#include "rules/loss_by_size.h"
#include "track/tracker.h"

namespace pmtu {

/// Losses by size without a usable hint, as the sender's side sees them (RFC 2923 §2.1, RFC 4821 §7.7). Owns
/// the losses under watch and the signs of life on their paths.
class SenderBlackHole {
 public:
  SenderBlackHole(const Preferences& preferences, const Tracker& facts, const Judgement& hints,
                  std::uint64_t seed)
      : preferences_(preferences), facts_(facts), hints_(hints), lives_(0, Hash{KeyHash(seed)}) {}

  /// What the segment tells of the other side's losses, and of its own sender's.
  void observe(const Sighting& seen, Events& events);
  /// A hint was accepted for the direction, or something else that may speak against a suspicion.
  void review(DirectionId direction, Timestamp now, Events& events);
  /// Another ICMP error explains the direction's losses better.
  void exclude(DirectionId direction);
  /// The capture ends here, as far as is known.
  void conclude(Events& events);

  void forget(DirectionId direction);
  /// Losses are under watch: what is acknowledged anywhere may be a sign of life on their paths.
  [[nodiscard]] bool watches() const { return !cases_.empty(); }
  [[nodiscard]] bool concerns(DirectionId direction) const {
    return cases_.contains(direction) || confirmed_.contains(direction) || one_sided_.contains(direction);
  }

 private:
  struct Case {
    LossBySize loss;
    bool suspected = false;
    std::optional<Timestamp> asked_log;  ///< for life in other flows: the latest transmission then
  };
  /// What arrived last on a path.
  struct Life {
    Timestamp sent;
    std::uint32_t length = 0;
    DirectionId direction;
  };
  struct Hash {
    KeyHash hash;
    std::size_t operator()(const PathKey& key) const { return static_cast<std::size_t>(hash(key)); }
  };

  void note_life(const Sighting& seen);
  void take_acknowledgment(const Sighting& seen, Events& events);
  void take_arrivals(const Sighting& seen, LossBySize& loss) const;
  void watch_progress(const Sighting& seen, Events& events);
  void tell_recovery(DirectionId owner, FrameNumber frame, Events& events);
  void confirm(DirectionId owner, const Case& found, const Sighting& seen, Events& events);
  void end_by_reset(DirectionId direction);
  void take_peer_repetition(const Sighting& seen);
  void watch_head(const Sighting& seen, Events& events);
  Case& begin_watch(DirectionId direction, FrameNumber frame);
  void watch_one_sided(const Sighting& seen, Events& events);
  /// Tells what is due by now, or takes back what no longer holds.
  void consider(DirectionId direction, FrameNumber frame, Timestamp now, Events& events);
  void tell_suspicion(DirectionId direction, FrameNumber frame, Timestamp now, Events& events);
  void mark_known_losses(DirectionId direction, const LossBySize& loss, Events& events) const;
  void mark_loss(DirectionId direction, const Case& found, const Sighting& seen, Events& events) const;
  [[nodiscard]] bool lost_by_size(DirectionId direction, Case& found, Timestamp now, bool need_life);
  [[nodiscard]] bool other_flow_lives(DirectionId direction, const LossBySize& loss) const;
  [[nodiscard]] bool other_flow_lived(DirectionId direction, const LossBySize& loss) const;
  [[nodiscard]] bool first_sent_after(const Direction& sender, const Transmission& sent, FrameNumber frame,
                                      int& left) const;
  /// Empty: nobody knows. `left`: how many transmissions may be looked at.
  [[nodiscard]] std::optional<Timestamp> first_sent(DirectionId owner, const Arrival& arrival,
                                                    int& left) const;
  [[nodiscard]] Duration whole_round_trip(DirectionId direction) const;
  [[nodiscard]] event::Loss loss_of(const LossBySize& loss, Timestamp end, Stage stage) const;

  Preferences preferences_;
  const Tracker& facts_;
  const Judgement& hints_;
  CaseTable<Case> cases_;
  CaseTable<Finding> confirmed_;      ///< losses that were got over; the next progress is the recovery
  CaseTable<FrameNumber> one_sided_;  ///< told where no acknowledgment was captured until then
  std::unordered_map<PathKey, Life, Hash> lives_;
};

}  // namespace pmtu
