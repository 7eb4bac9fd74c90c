// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "pmtu/address.h"
#include "pmtu/finding.h"
#include "pmtu/observation.h"
#include "pmtu/units.h"

namespace pmtu {

/// An ICMPv4 Fragmentation Needed (type 3 code 4) or ICMPv6 Packet Too Big (type 2), as one kind.
struct PacketTooBig {
  IpAddress reporter;
  IpAddress recipient;
  std::optional<Mtu> next_hop_mtu;        ///< empty: 0, from a router older than RFC 1191
  const QuotedDatagram* quote = nullptr;  ///< empty: nothing of it was captured
  std::uint16_t identification = 0;       ///< of the ICMP datagram itself
  std::uint8_t ttl = 0;
  LinkInfo link;
  FrameNumber frame;
  Timestamp time;
};

/// The message in a datagram, when it is one of the two kinds (RFC 1191 §4; RFC 4443 §3.2, code ignored).
[[nodiscard]] std::optional<PacketTooBig> packet_too_big(const Observation& observation,
                                                         const Datagram& datagram);

/// An accepted hint for a path.
struct PathMtuHint {
  std::optional<Mtu> mtu;  ///< empty: judge "same size again" only (RFC 1191 §5)
  IpAddress reporter;
  HintRemark remark = HintRemark::none;
  DatagramLength quoted_length;  ///< as captured, else as quoted
  FrameNumber frame;
  FrameNumber quoted_frame;
  Timestamp time;
  LinkInfo link;
  /// Whether a TCP sender's own check (RFC 5927 §4.1) can be repeated: the quoted sequence number was
  /// captured.
  bool checked = true;
};

}  // namespace pmtu
