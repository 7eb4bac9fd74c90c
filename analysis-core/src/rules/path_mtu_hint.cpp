// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/path_mtu_hint.h"

namespace pmtu {

std::optional<PacketTooBig> packet_too_big(const Observation& observation, const Datagram& datagram) {
  constexpr std::uint8_t kDestinationUnreachable = 3;
  constexpr std::uint8_t kFragmentationNeeded = 4;
  constexpr std::uint8_t kPacketTooBig = 2;
  // rule: hint-fields
  const bool v4 = datagram.transport == TransportKind::icmp &&
                  datagram.icmp.type == kDestinationUnreachable && datagram.icmp.code == kFragmentationNeeded;
  const bool v6 = datagram.transport == TransportKind::icmpv6 && datagram.icmp.type == kPacketTooBig;
  if ((!v4 && !v6) || !datagram.icmp.has_rest) return std::nullopt;

  PacketTooBig message;
  message.reporter = datagram.source;
  message.recipient = datagram.destination;
  const std::uint32_t mtu =
      v4 ? datagram.icmp.rest & 0xffffU : datagram.icmp.rest;  // RFC 1191 §4: low 16 bits
  if (mtu != 0) message.next_hop_mtu = Mtu(mtu);
  if (datagram.icmp.has_quote) message.quote = &observation.quotes[datagram.icmp.quote];
  message.identification = static_cast<std::uint16_t>(datagram.identification);
  message.ttl = datagram.ttl;
  message.link = observation.link;
  message.frame = observation.frame;
  message.time = observation.time;
  return message;
}

}  // namespace pmtu
