// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/preferences.h"
#include "rules/case_table.h"
#include "rules/event.h"
#include "rules/hint_history.h"
#include "track/tracker.h"

namespace pmtu {

/// Another flow of the path was hinted (RFC 1191 §6.2). Policy routing and multipath exist, so this binds
/// more weakly; and the first burst is legitimate: only what is sent again, and was never acknowledged at
/// such a size, is told.
class SiblingWatch {
 public:
  SiblingWatch(const Preferences& preferences, const Tracker& facts, const HintHistories& paths)
      : preferences_(preferences), facts_(facts), paths_(paths) {}

  /// For directions that were not hinted themselves.
  void judge(const Sighting& seen, Events& events);
  /// What is larger than the other flow's hint arrived after all: this flow takes another way.
  void take_arrivals(const Sighting& seen, Events& events);

  void forget(DirectionId direction) { told_.close(direction); }
  [[nodiscard]] bool concerns(DirectionId direction) const { return told_.contains(direction); }

 private:
  struct Repetition {
    std::uint32_t transmissions = 1;
    Timestamp first_sent;
  };
  [[nodiscard]] bool may_exceed(const Sighting& seen, const PathMtuHint& hint) const;
  [[nodiscard]] Repetition repetition_of(const Sighting& seen) const;

  Preferences preferences_;
  const Tracker& facts_;
  const HintHistories& paths_;
  CaseTable<Mtu> told_;  ///< the other flow's MTU
};

}  // namespace pmtu
