// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/link_builder.h"

#include <stdexcept>

#include "pmtu/observation.h"

namespace pmtu::test {
namespace {

constexpr std::uint16_t kEtherV4 = 0x0800;
constexpr std::uint16_t kEtherV6 = 0x86dd;
constexpr std::uint16_t kEtherVlan = 0x8100;
constexpr std::size_t kSmallestEthernetFrame = 60;

std::uint16_t ether_type(const Bytes& datagram) {
  return datagram[0] >> 4U == 4 ? kEtherV4 : kEtherV6;
}

void put_mac(Bytes& bytes, std::uint64_t mac) {
  put16(bytes, static_cast<std::uint32_t>(mac >> 32U));
  put32(bytes, static_cast<std::uint32_t>(mac));
}

Bytes ethernet_header(const LinkFields& link, const Bytes& datagram) {
  Bytes bytes;
  put_mac(bytes, link.destination_mac);
  put_mac(bytes, link.source_mac);
  for (const std::uint16_t vlan : link.vlans) {
    put16(bytes, kEtherVlan);
    put16(bytes, vlan);
  }
  put16(bytes, ether_type(datagram));
  return bytes;
}

/// Packet types of Linux cooked captures (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL).
std::uint8_t cooked_packet_type(PacketDirection direction) {
  switch (direction) {
    case PacketDirection::to_us:
    case PacketDirection::unknown:
      return 0;
    case PacketDirection::broadcast:
      return 1;
    case PacketDirection::multicast:
      return 2;
    case PacketDirection::to_other:
      return 3;
    case PacketDirection::outgoing:
      return 4;
  }
  return 0;
}

Bytes link_header(const LinkFields& link, const Bytes& datagram) {
  Bytes bytes;
  switch (link.type) {
    case LinkType::ethernet:
      return ethernet_header(link, datagram);
    case LinkType::linux_cooked_v1:
      put16(bytes, cooked_packet_type(link.direction));
      put16(bytes, 1);
      put16(bytes, 6);
      put_mac(bytes, link.source_mac);
      put16(bytes, 0);
      put16(bytes, ether_type(datagram));
      return bytes;
    case LinkType::linux_cooked_v2:
      put16(bytes, ether_type(datagram));
      put16(bytes, 0);
      put32(bytes, 2);
      put16(bytes, 1);
      put8(bytes, cooked_packet_type(link.direction));
      put8(bytes, 6);
      put_mac(bytes, link.source_mac);
      put16(bytes, 0);
      return bytes;
    case LinkType::raw_ip:
      return bytes;
    case LinkType::null_loopback:
      put32(bytes, ether_type(datagram) == kEtherV4 ? 0x02000000 : 0x1e000000);
      return bytes;
    default:
      throw std::invalid_argument("traces do not write this link type");
  }
}

Bytes with_udp_port(const Bytes& payload, std::uint16_t port, DatagramFields outer) {
  outer.protocol = ip_protocol::udp;
  outer.source_port = port;
  outer.destination_port = port;
  outer.payload = payload;
  return build_datagram(outer);
}

Bytes in_gre(const Bytes& inner, DatagramFields outer) {
  outer.protocol = 47;
  put16(outer.payload, 0);
  put16(outer.payload, ether_type(inner));
  outer.payload.insert(outer.payload.end(), inner.begin(), inner.end());
  return build_datagram(outer);
}

Bytes in_vxlan(const Bytes& inner, const DatagramFields& outer, const LinkFields& inner_link) {
  Bytes payload;
  put32(payload, 0x08000000);  // RFC 7348 §5: the I flag
  put32(payload, 42U << 8U);
  const Bytes header = ethernet_header(inner_link, inner);
  payload.insert(payload.end(), header.begin(), header.end());
  payload.insert(payload.end(), inner.begin(), inner.end());
  return with_udp_port(payload, 4789, outer);
}

/// RFC 8926 §3.4: no options, Ethernet inside.
Bytes in_geneve(const Bytes& inner, const DatagramFields& outer, const LinkFields& inner_link) {
  Bytes payload;
  put16(payload, 0);
  put16(payload, 0x6558);
  put32(payload, 42U << 8U);
  const Bytes header = ethernet_header(inner_link, inner);
  payload.insert(payload.end(), header.begin(), header.end());
  payload.insert(payload.end(), inner.begin(), inner.end());
  return with_udp_port(payload, 6081, outer);
}

/// 3GPP TS 29.281 §5.1: version 1, nothing optional, a T-PDU.
Bytes in_gtp_u(const Bytes& inner, const DatagramFields& outer) {
  Bytes payload;
  put16(payload, 0x30ff);
  put16(payload, static_cast<std::uint32_t>(inner.size()));
  put32(payload, 42);
  payload.insert(payload.end(), inner.begin(), inner.end());
  return with_udp_port(payload, 2152, outer);
}

/// RFC 2661 §3.1: with its length; RFC 1661 §2: address, control and protocol of PPP.
Bytes in_l2tp(const Bytes& inner, const DatagramFields& outer) {
  Bytes payload;
  put16(payload, 0x4002);
  put16(payload, static_cast<std::uint32_t>(inner.size() + 12));
  put32(payload, 0x00010001);
  put16(payload, 0xff03);
  put16(payload, inner[0] >> 4U == 4 ? 0x0021 : 0x0057);
  payload.insert(payload.end(), inner.begin(), inner.end());
  return with_udp_port(payload, 1701, outer);
}

/// Data of OpenVPN, version 2: opcode and peer, packet number, tag, the inner datagram unreadable.
Bytes in_openvpn(const Bytes& inner, const DatagramFields& outer) {
  Bytes payload;
  put32(payload, 0x48000001);
  put32(payload, 7);
  payload.resize(payload.size() + 16 + inner.size(), 0xe5);
  return with_udp_port(payload, 1194, outer);
}

/// Transport data of WireGuard: 16 bytes of header, 16 of tag, the inner datagram unreadable.
Bytes in_wireguard(const Bytes& inner, const DatagramFields& outer) {
  Bytes payload;
  put32(payload, 0x04000000);
  put32(payload, 0x11223344);
  put32(payload, 0x01000000);
  put32(payload, 0);
  payload.resize(payload.size() + (inner.size() + 15) / 16 * 16 + 16, 0xe5);
  return with_udp_port(payload, 51820, outer);
}

/// AES-GCM-16 (RFC 4106): 8 bytes of header, 8 of IV, padding to 4, 2 of trailer, 16 of ICV.
Bytes in_esp(const Bytes& inner, DatagramFields outer) {
  outer.protocol = 50;
  put32(outer.payload, 0xabcd0001);
  put32(outer.payload, 1);
  outer.payload.resize(outer.payload.size() + 8 + (inner.size() + 2 + 3) / 4 * 4 + 16, 0xe5);
  return build_datagram(outer);
}

/// Tunnel mode with an ICV of 96 bits (RFC 4302 §2): the inner datagram stays readable.
Bytes in_ah(const Bytes& inner, DatagramFields outer) {
  outer.protocol = 51;
  put8(outer.payload, inner[0] >> 4U == 4 ? 4 : 41);
  put8(outer.payload, 4);
  put16(outer.payload, 0);
  put32(outer.payload, 0xabcd0001);
  put32(outer.payload, 1);
  outer.payload.resize(outer.payload.size() + 12, 0xe5);
  outer.payload.insert(outer.payload.end(), inner.begin(), inner.end());
  return build_datagram(outer);
}

}  // namespace

Bytes build_frame(const LinkFields& link, const Bytes& datagram) {
  Bytes bytes = link_header(link, datagram);
  bytes.insert(bytes.end(), datagram.begin(), datagram.end());
  if (link.type == LinkType::ethernet && bytes.size() < kSmallestEthernetFrame)
    bytes.resize(kSmallestEthernetFrame);
  return bytes;
}

Bytes encapsulate(const Bytes& inner, Tunnel tunnel, DatagramFields outer, const LinkFields& inner_link) {
  switch (tunnel) {
    case Tunnel::ip_in_ip:
      outer.protocol = inner[0] >> 4U == 4 ? 4 : 41;
      outer.payload = inner;
      return build_datagram(outer);
    case Tunnel::gre:
      return in_gre(inner, outer);
    case Tunnel::vxlan:
      return in_vxlan(inner, outer, inner_link);
    case Tunnel::geneve:
      return in_geneve(inner, outer, inner_link);
    case Tunnel::gtp_u:
      return in_gtp_u(inner, outer);
    case Tunnel::l2tp:
      return in_l2tp(inner, outer);
    case Tunnel::teredo:  // RFC 4380 §5.1.1
      return with_udp_port(inner, 3544, outer);
    case Tunnel::openvpn:
      return in_openvpn(inner, outer);
    case Tunnel::wireguard:
      return in_wireguard(inner, outer);
    case Tunnel::esp:
      return in_esp(inner, outer);
    case Tunnel::ah:
      return in_ah(inner, outer);
  }
  return {};
}

std::uint16_t capture_file_link_type(LinkType type) {
  switch (type) {
    case LinkType::ethernet:
      return 1;
    case LinkType::linux_cooked_v1:
      return 113;
    case LinkType::linux_cooked_v2:
      return 276;
    case LinkType::raw_ip:
      return 101;
    case LinkType::null_loopback:
      return 0;
    default:
      throw std::invalid_argument("traces do not write this link type");
  }
}

}  // namespace pmtu::test
