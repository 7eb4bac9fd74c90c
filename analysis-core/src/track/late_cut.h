// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/observation.h"

namespace pmtu {

/// rule: offload. A device may cut it below the capture and nothing in it shows the pieces: UDP, and what a
/// tunnel wraps around a super-segment. TCP has sequence numbers, SCTP shows its chunks, and nobody cuts an
/// ICMP message.
[[nodiscard]] inline bool hides_its_pieces(const Datagram& datagram) {
  return datagram.transport != TransportKind::tcp && datagram.transport != TransportKind::sctp &&
         !datagram.is_icmp();
}

}  // namespace pmtu
