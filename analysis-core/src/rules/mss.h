// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/preferences.h"
#include "rules/case_table.h"
#include "rules/event.h"
#include "rules/hint_history.h"
#include "rules/path_mtu_hint.h"
#include "track/tracker.h"

namespace pmtu {

/// What the MSS options admit, compared with what the path takes (RFC 9293 §3.7.1).
class MssRules {
 public:
  MssRules(const Preferences& preferences, const Tracker& facts, const HintHistories& paths)
      : preferences_(preferences), facts_(facts), paths_(paths) {}

  /// A SYN limits what the other side may send to this one; that path may have been hinted before.
  void compare_syn(const Sighting& syn, Events& events) const;
  /// An accepted hint for the direction: its receiver's SYN may admit more.
  void compare_hint(DirectionId direction, const PacketTooBig& message, Events& events);
  /// Datagrams of the direction above `limit` bytes are lost or ignored a hint; only one SYN may have been
  /// clamped.
  void tell_one_way_clamp(DirectionId direction, std::uint32_t limit, FrameNumber frame, Events& events);

  void forget(DirectionId direction) { told_.close(direction); }

 private:
  struct Told {
    bool exceeds = false;
    bool one_way = false;
  };
  Preferences preferences_;
  const Tracker& facts_;
  const HintHistories& paths_;
  CaseTable<Told> told_;
};

}  // namespace pmtu
