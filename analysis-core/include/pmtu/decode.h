// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "pmtu/observation.h"
#include "pmtu/units.h"

namespace pmtu {

/// Link layers whose frames `decode` can walk. Everything else is `unknown`: opaque, counted, told.
enum class LinkType : std::uint8_t {
  unknown,
  ethernet,
  linux_cooked_v1,
  linux_cooked_v2,
  raw_ip,         ///< first nibble tells the version
  null_loopback,  ///< 4-byte address family in the host order of the capturing machine
  loop,           ///< OpenBSD: the same in network order
  ppp,            ///< with or without HDLC framing bytes
  ppp_ether,
  cisco_hdlc,
  frame_relay,
  ieee80211,
  ieee80211_radiotap,
  ieee80211_ppi,
  ieee80211_prism,
  ieee80211_avs,
  ip_over_infiniband,
  pflog,
};

/// Asks whoever dissected the frame what lies in a payload that bytes alone do not tell, such as a tunnel on
/// an unusual UDP port or the payload below an MPLS label stack. Asked only where needed, so it may be slow.
struct LayerOracle {
  const void* context = nullptr;
  /// What the `ordinal`-th UDP header of the frame (from 0) carries; `none` when it does not know.
  Encapsulation (*udp_payload)(const void* context, unsigned ordinal) noexcept = nullptr;
};

/// One frame of a capture as it was read.
struct Frame {
  FrameNumber number;
  Timestamp time;
  LinkType link_type = LinkType::unknown;
  std::uint32_t interface_id = 0;
  std::span<const std::uint8_t> bytes;  ///< as captured, maybe cut by the snapshot length
  LayerOracle oracle;
  std::uint32_t section = 0;  ///< pcapng section, from 0
};

/// Finds every IP datagram in a frame, outermost first, with its transport header and, in ICMP errors, the
/// quotation. Reads no byte outside `frame.bytes`; never throws; truncation is a state, not an error.
/// `observation` is reused from call to call: only what its counts and kinds cover is meaningful.
void decode(const Frame& frame, Observation& observation) noexcept;

}  // namespace pmtu
