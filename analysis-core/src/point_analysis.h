// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "pmtu/analyzer.h"
#include "rules/hint_copies.h"
#include "rules/judgement.h"
#include "rules/mss.h"
#include "rules/other_senders.h"
#include "rules/receiver_black_hole.h"
#include "rules/sender_black_hole.h"
#include "rules/sibling.h"
#include "rules/tunnel.h"
#include "track/tracker.h"
#include "verdict/ledger.h"

namespace pmtu {

/// All rules over the frames of one capture point, in one order: track → examine → judge → watch → record.
/// Each stage reads what those before it know and says what it finds as events; this class alone knows them
/// all, and holds no rule.
class PointAnalysis {
 public:
  PointAnalysis(const Preferences& preferences, Ledger& ledger);
  PointAnalysis(const PointAnalysis&) = delete;
  PointAnalysis& operator=(const PointAnalysis&) = delete;

  /// Takes in the next frame of this capture point. `points`: what all of them know, this one included.
  /// Throws only `std::bad_alloc`.
  void observe(const Observation& observation, std::span<const PointFacts> points);
  [[nodiscard]] PointFacts facts() const { return {&tracker_, &judgement_.paths()}; }
  /// MSS option that the source of the flow sent, as it passed here; 0: not seen.
  [[nodiscard]] std::uint16_t announced_mss(const FlowKey& flow) const;
  /// What is being passed where bytes of a direction of TCP stay unacknowledged; unknown where none do.
  [[nodiscard]] Stage stuck_stage(const FlowKey& flow) const;
  /// How far the ends of the flow are from here, as far as its datagrams tell; has no point.
  [[nodiscard]] Position position(const FlowKey& flow) const;
  /// Adds what only the end of the capture tells; may be called again after more frames.
  void conclude();

  [[nodiscard]] RowFacts facts_of(const Ledger::Entry& row) const;
  [[nodiscard]] const HintHistories& hints() const { return judgement_.paths(); }
  [[nodiscard]] const Path* path(const PathKey& key) const;
  [[nodiscard]] std::optional<IpAddress> tunnel_entrance(const PathKey& inside) const {
    return tracker_.tunnel_entrance(inside);
  }
  [[nodiscard]] bool any_icmp() const { return any_icmp_; }
  [[nodiscard]] const std::vector<UnseenHint>& unseen_hints() const { return unseen_hints_; }
  /// What there was to look at here.
  [[nodiscard]] LookedAt looked_at() const;
  void add_directions(std::set<FlowKey>& names) const;
  [[nodiscard]] bool any_offload() const { return tracker_.any_offload(); }
  [[nodiscard]] std::uint64_t evicted_flows() const { return tracker_.evicted_flows(); }
  [[nodiscard]] std::uint64_t evicted_paths() const {
    return tracker_.evicted_paths() + judgement_.paths().evicted();
  }

 private:
  /// Calls `use(id, direction)` for each that was seen.
  template <class Use>
  void each_direction(Use use) const;
  void add_unseen(DirectionId id, LookedAt& looked_at) const;
  // The stages of one datagram.
  void observe_datagram(const Observation& observation, const Datagram& datagram);
  void observe_other_sender(const Observation& observation, const Datagram& datagram, const Sighting* seen);
  void observe_error(const Observation& observation, const Datagram& datagram);
  void observe_hint(const Datagram& datagram, const PacketTooBig& message);
  void note_unseen_hint(const PacketTooBig& message);
  void examine_cut_hint(const PacketTooBig& message, const HintExamination& examined);
  void take_accepted(const PacketTooBig& message, const HintExamination& examined, Finding& finding);
  void judge(const Sighting& seen);
  void watch_mss();
  void end_directions();
  void record();

  [[nodiscard]] bool is_of_interest(const Sighting& seen) const;
  [[nodiscard]] bool concerns(DirectionId direction) const;
  void choose_watched(DirectionId direction);
  void forget(DirectionId direction);
  [[nodiscard]] ConversationId row_of(DirectionId direction);

  Ledger& ledger_;
  std::size_t max_listed_frames_;
  std::vector<UnseenHint> unseen_hints_;
  Tracker tracker_;
  HintCopies copies_;
  Judgement judgement_;
  SiblingWatch siblings_;
  TunnelRelay tunnels_;
  SenderBlackHole sender_holes_;
  ReceiverBlackHole receiver_holes_;
  OtherSenders others_;
  MssRules mss_;
  CaseTable<ConversationId> rows_;
  Events events_;
  std::uint32_t hint_count_ = 0;
  bool any_icmp_ = false;
};

}  // namespace pmtu
