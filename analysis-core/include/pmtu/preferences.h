// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "pmtu/units.h"

namespace pmtu {

/// What a user may tune. The defaults are measured ones; see the README for what each trades.
struct Preferences {
  /// Reaction time where no round trip could be measured, processing included.
  Duration reaction_time = Duration::milliseconds(200);
  /// How long an honouring host may be busy before it takes up a hint that reached it.
  Duration processing_slack = Duration::milliseconds(20);
  /// A hint binds fully this long: larger again is "never before 5 minutes" (RFC 1191 §6.3).
  Duration hint_full_age = Duration::seconds(300);
  /// Past this age a larger datagram is re-discovery (RFC 1191 §6.3; Linux `mtu_expires`).
  Duration hint_max_age = Duration::seconds(600);
  /// Transmissions of the head, the first included, that make a loss by size suspicious.
  std::uint32_t black_hole_transmissions = 3;
  /// How long a hole must stay open at the receiver.
  Duration receiver_hole = Duration::seconds(3);
  /// The capture is known to have several points: datagrams are remembered from the first one on, also while
  /// none but one point has shown any, as when clocks are hours apart. Else only those of the beginning are.
  bool several_points = false;
  // Bounds of memory.
  std::size_t max_paths = 1'000'000;
  std::size_t max_flows = 1'000'000;
  std::size_t max_findings = 1'000'000;
  /// Rows of the table; those that blame nobody are given up first.
  std::size_t max_conversations = 100'000;
  /// Datagrams remembered to join capture points, where a capture has several; 48 bytes each.
  std::size_t max_joined_datagrams = 4'000'000;
  /// Frame numbers listed per conversation.
  std::size_t max_listed_frames = 1'000;
};

}  // namespace pmtu
