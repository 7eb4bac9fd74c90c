// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode/walk.h"

namespace pmtu::detail {
namespace {

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

/// No address family and no IP header begins like this; some drivers capture PPP under other link types.
constexpr std::uint16_t kPppAddressAndControl = 0xff03;

std::uint32_t swap_bytes(std::uint32_t value) {
  return value >> 24U | (value >> 8U & 0xff00U) | (value << 8U & 0xff0000U) | value << 24U;
}

}  // namespace

void FrameWalk::link_layer(LinkType type, ByteView bytes) {
  switch (type) {
    case LinkType::ethernet:
      return ethernet(bytes);
    case LinkType::linux_cooked_v1:
      return linux_cooked_v1(bytes);
    case LinkType::linux_cooked_v2:
      return linux_cooked_v2(bytes);
    case LinkType::raw_ip:
      return raw_ip(bytes);
    case LinkType::null_loopback:
    case LinkType::loop:
      return null_loopback(bytes);
    case LinkType::ppp:
      return ppp_hdlc(bytes);
    case LinkType::ppp_ether:
      return pppoe(bytes);
    case LinkType::cisco_hdlc:
      return cisco_hdlc(bytes);
    case LinkType::frame_relay:
      return frame_relay(bytes);
    case LinkType::ieee80211:
      return ieee80211(bytes, false);
    case LinkType::ieee80211_radiotap:
      return ieee80211_radiotap(bytes);
    case LinkType::ieee80211_ppi:
      return ieee80211_ppi(bytes);
    case LinkType::ieee80211_prism:
      return ieee80211_prism(bytes);
    case LinkType::ieee80211_avs:
      return ieee80211_avs(bytes);
    case LinkType::ip_over_infiniband:
      return ip_over_infiniband(bytes);
    case LinkType::pflog:
      return pflog(bytes);
    case LinkType::unknown:
      return end(WalkEnd::unknown_link_type);
  }
}

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
  const std::uint16_t type = header->u16<12>();
  const ByteView payload = bytes.after(14);
  if (type == ether_type::ipv4) return ipv4(payload);  // nearly always
  if (type > ether_type::largest_length) return ether_payload(type, payload);
  // Novell's raw 802.3 frames have no LLC header and start with two bytes of ones.
  const auto start = payload.header<2>();
  if (type == 0 || (start && start->u16<0>() == 0xffff)) return end(WalkEnd::not_ip);
  llc(payload.at_most(type));
}

void FrameWalk::linux_cooked_v1(ByteView bytes) {
  const auto header = bytes.header<16>();
  if (!header) return end_short_of_header(bytes);
  LinkInfo& link = observation_.link;
  link.direction = cooked_direction(header->u16<0>());
  if (header->u16<4>() == kMacLength) link.source_mac = header->u48<6>();
  cooked_payload(header->u16<2>(), header->u16<14>(), bytes.after(16));
}

void FrameWalk::linux_cooked_v2(ByteView bytes) {
  const auto header = bytes.header<20>();
  if (!header) return end_short_of_header(bytes);
  LinkInfo& link = observation_.link;
  // `-i any` puts all interfaces into one capture interface; the header tells them apart.
  // One capture may hold several "any" interfaces; both numbers tell where the frame was seen.
  link.interface_index = header->u32<4>();
  link.interface_id = link.interface_index ^ link.interface_id << 16U;
  link.direction = cooked_direction(header->u8<10>());
  if (header->u8<11>() == kMacLength) link.source_mac = header->u48<12>();
  cooked_payload(header->u16<8>(), header->u16<0>(), bytes.after(20));
}

void FrameWalk::cooked_payload(std::uint16_t hardware_type, std::uint16_t protocol, ByteView payload) {
  // ARPHRD_* and ETH_P_* values of Linux (if_arp.h, if_ether.h).
  constexpr std::uint16_t kNetlink = 824;
  constexpr std::uint16_t kRadiotap = 803;
  constexpr std::uint16_t kFrameRelay = 770;
  constexpr std::uint16_t kEthernet = 3;
  constexpr std::uint16_t kLlc = 4;
  constexpr std::uint16_t kPppHdlc = 7;
  if (hardware_type == kNetlink) return end(WalkEnd::not_ip);
  if (protocol > ether_type::first) return ether_payload(protocol, payload);
  if (hardware_type == kRadiotap) return ieee80211_radiotap(payload);
  if (hardware_type == kFrameRelay) return frame_relay(payload);
  switch (protocol) {
    case kEthernet:
      return ethernet(payload);
    case kLlc:
      return llc(payload);
    case kPppHdlc:
      return ppp_hdlc(payload);
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::raw_ip(ByteView bytes) {
  const auto start = bytes.header<2>();
  if (start && start->u16<0>() == kPppAddressAndControl) return ppp_hdlc(bytes);
  ip(bytes);
}

void FrameWalk::null_loopback(ByteView bytes) {
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  if (header->u16<0>() == kPppAddressAndControl) return ppp_hdlc(bytes);
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

void FrameWalk::pflog(ByteView bytes) {
  const auto header = bytes.header<2>();
  if (!header) return end_short_of_header(bytes);
  const std::uint32_t length = (header->u8<0>() + 3U) & ~3U;  // the stated length leaves the padding out
  address_family(header->u8<1>(), bytes.after(length));
}

void FrameWalk::ip_over_infiniband(ByteView bytes) {
  constexpr std::uint32_t kGlobalRoutingHeader = 40;
  const ByteView encapsulation = bytes.after(kGlobalRoutingHeader);
  const auto header = encapsulation.header<4>();  // RFC 4391 §6: type and two reserved bytes
  if (!header) return end_short_of_header(encapsulation);
  switch (header->u16<0>()) {
    case ether_type::ipv4:
      return ipv4(encapsulation.after(4));
    case ether_type::ipv6:
      return ipv6(encapsulation.after(4));
    default:
      return end(WalkEnd::not_ip);
  }
}

}  // namespace pmtu::detail
