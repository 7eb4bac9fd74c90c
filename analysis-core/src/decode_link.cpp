// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode_walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint16_t kVlanId = 0x0fff;  // IEEE 802.1Q §9.6

/// Packet type of Linux cooked captures (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).
PacketDirection cooked_direction(unsigned packet_type) {
  switch (packet_type) {
    case 0:
      return PacketDirection::to_us;
    case 1:
      return PacketDirection::broadcast;
    case 2:
      return PacketDirection::multicast;
    case 3:
      return PacketDirection::to_other;
    case 4:
      return PacketDirection::outgoing;
    default:
      return PacketDirection::unknown;
  }
}

constexpr unsigned kMacLength = 6;

std::uint32_t swap_bytes(std::uint32_t value) {
  return value >> 24U | (value >> 8U & 0xff00U) | (value << 8U & 0xff0000U) | value << 24U;
}

}  // namespace

void FrameWalk::ethernet(ByteView bytes) {
  const auto header = bytes.header<14>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  LinkInfo& link = observation_.link;
  if (observation_.datagram_count == 0 && !link.has_addresses) {
    link.destination_mac = header->u48<0>();
    link.source_mac = header->u48<6>();
    link.has_addresses = true;
  }
  ether_payload(header->u16<12>(), bytes.after(14));
}

void FrameWalk::vlan(ByteView bytes) {
  const auto tag = bytes.header<4>();
  if (!tag) return end_short_of_header(bytes);
  if (!step()) return;
  const std::uint32_t id = tag->u16<0>() & kVlanId;
  std::uint32_t& known = observation_.link.vlan;
  if (observation_.datagram_count == 0) {
    if (known == 0) {
      known = id << 16U;
    } else if ((known & kVlanId) == 0) {
      known |= id;
    }
  }
  ether_payload(tag->u16<2>(), bytes.after(4));
}

void FrameWalk::ether_payload(std::uint16_t type, ByteView payload) {
  switch (type) {
    case ether_type::ipv4:
      return ipv4(payload);
    case ether_type::ipv6:
      return ipv6(payload);
    case ether_type::vlan:
    case ether_type::service_vlan:
    case ether_type::old_service_vlan:
      return vlan(payload);
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::linux_cooked_v1(ByteView bytes) {
  const auto header = bytes.header<16>();
  if (!header) return end_short_of_header(bytes);
  LinkInfo& link = observation_.link;
  link.direction = cooked_direction(header->u16<0>());
  if (header->u16<4>() == kMacLength) link.source_mac = header->u48<6>();
  ether_payload(header->u16<14>(), bytes.after(16));
}

void FrameWalk::linux_cooked_v2(ByteView bytes) {
  const auto header = bytes.header<20>();
  if (!header) return end_short_of_header(bytes);
  LinkInfo& link = observation_.link;
  // `-i any` puts all interfaces into one capture interface; the header tells them apart.
  // One capture may hold several "any" interfaces; both numbers tell where the frame was seen.
  link.interface_id = header->u32<4>() ^ link.interface_id << 16U;
  link.direction = cooked_direction(header->u8<10>());
  if (header->u8<11>() == kMacLength) link.source_mac = header->u48<12>();
  ether_payload(header->u16<0>(), bytes.after(20));
}

void FrameWalk::null_loopback(ByteView bytes) {
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  // The host that captured may have had either byte order; address families are small numbers in all of them.
  const std::uint32_t family = header->u32<0>();
  address_family(family > 0xffff ? swap_bytes(family) : family, bytes.after(4));
}

void FrameWalk::address_family(std::uint32_t family, ByteView payload) {
  switch (family) {
    case 2:
      return ipv4(payload);  // AF_INET everywhere
    case 10:                 // AF_INET6 of Linux
    case 23:                 // of Windows
    case 24:                 // of NetBSD, OpenBSD
    case 28:                 // of FreeBSD
    case 30:
      return ipv6(payload);  // of Darwin
    default:
      if (family >= ether_type::first && family <= 0xffff) {
        return ether_payload(static_cast<std::uint16_t>(family), payload);
      }
      return end(WalkEnd::not_ip);
  }
}

}  // namespace pmtu::detail
