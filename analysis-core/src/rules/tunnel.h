// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>

#include "pmtu/preferences.h"
#include "rules/case_table.h"
#include "rules/event.h"
#include "rules/hint_history.h"
#include "track/tracker.h"

namespace pmtu {

/// What one capture point knows. The inner link of a tunnel end is another point than its outer one.
struct PointFacts {
  const Tracker* facts = nullptr;
  const HintHistories* hints = nullptr;
};

/// Who encapsulates should relay to the inner sender what it was told of the outer path (RFC 2003 §4.1,
/// RFC 4459 §3.2).
class TunnelRelay {
 public:
  TunnelRelay(const Preferences& preferences, const Tracker& facts, const HintHistories& paths)
      : preferences_(preferences), facts_(facts), paths_(paths) {}

  /// All datagrams of a frame, after each was judged by itself. `points`: all capture points, this one
  /// included; their order in time does not matter.
  void judge(const Observation& observation, std::span<const PointFacts> points, Events& events);
  void forget(DirectionId direction) { told_.close(direction); }

 private:
  [[nodiscard]] const PathMtuHint* ignored_hint(const Datagram& outer, Timestamp now) const;
  [[nodiscard]] bool was_relayed(const Datagram& inner, const PathMtuHint& hint,
                                 std::span<const PointFacts> points) const;
  [[nodiscard]] bool knows_size(const Datagram& outer, const Datagram& inner, const PathMtuHint& hint,
                                std::span<const PointFacts> points) const;
  void tell(DirectionId sender, const Observation& observation, std::size_t outer, const PathMtuHint& hint,
            Events& events);

  struct Told {};
  Preferences preferences_;
  const Tracker& facts_;
  const HintHistories& paths_;
  CaseTable<Told> told_;
};

}  // namespace pmtu
