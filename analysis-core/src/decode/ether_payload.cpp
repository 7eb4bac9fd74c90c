// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "decode/walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint16_t kVlanId = 0x0fff;  // IEEE 802.1Q §9.6

/// EtherTypes that an Ethernet frame inside a pseudowire is likely to have. Lengths of IEEE 802.3 frames are
/// left out: too many other bytes look like one.
bool plausible_ether_type(std::uint16_t type) {
  switch (type) {
    case ether_type::ipv4:
    case ether_type::ipv6:
    case ether_type::vlan:
    case ether_type::service_vlan:
    case ether_type::mpls:
    case ether_type::pppoe_session:
    case 0x0806:
      return true;  // ARP
    default:
      return false;
  }
}

/// Whether such an EtherType stands where it would in a frame that starts after `control_word` bytes of a
/// pseudowire payload.
bool looks_like_ethernet(ByteView bytes, std::uint32_t control_word) {
  const auto type = bytes.after(control_word + 12).header<2>();
  return type && plausible_ether_type(type->u16<0>());
}

}  // namespace

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
    case ether_type::mpls:
    case ether_type::mpls_upstream:
      return mpls(payload);
    case ether_type::pppoe_session:
      return pppoe(payload);
    case ether_type::transparent_bridging:
      return ethernet(payload);
    case ether_type::jumbo_llc:
      return llc(payload);
    case ether_type::nsh:
      return nsh(payload);
    case ether_type::provider_backbone:
      return ethernet(payload.after(4));  // IEEE 802.1Q §9.7: I-TAG
    case ether_type::fabric_path:
      return ethernet(payload.after(2));
    case ether_type::macsec:
      return macsec(payload);
    case ether_type::arista:
      return arista(payload);
    case ether_type::vn_tag:
    case ether_type::hsr:
      return tagged(payload, 4);  // IEC 62439-3 §5.7
    case ether_type::e_tag:       // IEEE 802.1BR §7.5
    case ether_type::cisco_metadata:
      return tagged(payload, 6);
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::tagged(ByteView bytes, std::uint32_t tag_length) {
  const auto type = bytes.after(tag_length).header<2>();
  if (!type) return end_short_of_header(bytes);
  if (!step()) return;
  ether_payload(type->u16<0>(), bytes.after(tag_length + 2));
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
  const std::uint16_t type = tag->u16<2>();
  const ByteView payload = bytes.after(4);
  if (type <= ether_type::largest_length) return llc(payload.at_most(type));
  ether_payload(type, payload);
}

void FrameWalk::macsec(ByteView bytes) {
  // IEEE 802.1AE §9.5: TAG control information.
  constexpr std::uint8_t kVersion = 0x80;
  constexpr std::uint8_t kChannelIdentifier = 0x20;
  constexpr std::uint8_t kEncryptedOrChanged = 0x0c;
  const auto control = bytes.byte(0);
  if (!control) return end_short_of_header(bytes);
  if ((*control & (kVersion | kEncryptedOrChanged)) != 0) return end(WalkEnd::not_ip);
  tagged(bytes, (*control & kChannelIdentifier) != 0 ? 14 : 6);
}

void FrameWalk::arista(ByteView bytes) {
  constexpr std::uint16_t kTimestamp = 1;
  constexpr std::uint8_t kShort = 0x20;  // 16 bits of seconds instead of 32
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  if (header->u16<0>() != kTimestamp) return tagged(bytes, 2);
  tagged(bytes, (header->u8<3>() & kShort) != 0 ? 10 : 12);
}

void FrameWalk::llc(ByteView bytes) {
  constexpr std::uint8_t kSnap = 0xaa;
  constexpr std::uint8_t kIp = 0x06;
  constexpr std::uint32_t kEthernetPadding = 2;
  const auto header = bytes.header<3>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  // IEEE 802.2 §5.2: unnumbered formats have one byte of control, the others two. Of the unnumbered only
  // "unnumbered information" carries a datagram; supervisory frames never do.
  const std::uint8_t control = header->u8<2>();
  const bool unnumbered = (control & 3U) == 3;
  const bool information = unnumbered ? (control & 0xefU) == 3 : (control & 1U) == 0;
  const ByteView payload = bytes.after(unnumbered ? 3 : 4);
  if (!information) return end(WalkEnd::not_ip);
  if (header->u8<0>() == kSnap && header->u8<1>() == kSnap) return snap(payload, kEthernetPadding);
  if (header->u8<0>() == kIp) return ipv4(payload);
  end(WalkEnd::not_ip);
}

void FrameWalk::snap(ByteView bytes, std::uint32_t bridge_padding) {
  constexpr std::uint32_t kEncapsulatedEthernet = 0x000000;
  constexpr std::uint32_t kBridgeTunnel = 0x0000f8;
  constexpr std::uint32_t kIeee8021 = 0x0080c2;
  const auto header = bytes.header<5>();
  if (!header) return end_short_of_header(bytes);
  const std::uint32_t organization = header->u32<0>() >> 8U;
  const std::uint16_t protocol = header->u16<3>();
  const ByteView payload = bytes.after(5);
  switch (organization) {
    case kEncapsulatedEthernet:
    case kBridgeTunnel:
      return ether_payload(protocol, payload);
    case kIeee8021:  // RFC 2684 §5.2, RFC 2427 §4.2: bridged Ethernet with (1) or without (7) its FCS
      if (protocol == 1 || protocol == 7) return ethernet(payload.after(bridge_padding));
      return end(WalkEnd::not_ip);
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::mpls(ByteView bytes) {
  constexpr std::uint32_t kBottomOfStack = 0x100;  // RFC 3032 §2.1
  constexpr std::uint32_t kGenericAssociatedChannel = 13;
  ByteView rest = bytes;
  std::uint32_t label = 0;
  for (;;) {
    const auto entry = rest.header<4>();
    if (!entry) return end_short_of_header(rest);
    rest = rest.after(4);
    label = entry->u32<0>() >> 12U;
    if ((entry->u32<0>() & kBottomOfStack) != 0) break;
  }
  if (!step()) return;
  const auto first = rest.byte(0);
  if (!first) return end_short_of_header(rest);
  // RFC 4928 §3: the stack does not name its payload; the first nibble is all there is.
  switch (label == kGenericAssociatedChannel ? 1 : *first >> 4U) {
    case 4:
      return ipv4(rest);
    case 6:
      return ipv6(rest);
    case 1: {  // RFC 4385 §5: associated channel
      const auto channel = rest.header<4>();
      if (!channel) return end_short_of_header(rest);
      if (channel->u16<2>() == 0x0021) return ipv4(rest.after(4));
      if (channel->u16<2>() == 0x0057) return ipv6(rest.after(4));
      return end(WalkEnd::not_ip);
    }
    case 0:
      return pseudowire(rest);
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::pseudowire(ByteView bytes) {
  constexpr std::uint32_t kControlWord = 4;  // RFC 4448 §4.6: optional, and nothing says whether it is there
  if (looks_like_ethernet(bytes, 0) && !looks_like_ethernet(bytes, kControlWord)) return ethernet(bytes);
  ethernet(bytes.after(kControlWord));
}

void FrameWalk::nsh(ByteView bytes) {
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  // RFC 8300 §2.2, §2.4, §2.5: metadata of type 1 has one length only, and nothing is shorter than two words.
  constexpr std::uint32_t kFixedLength = 24;
  const std::uint32_t stated = (header->u16<0>() & 0x3fU) * 4U;
  const std::uint32_t length = header->u8<2>() == 1 ? kFixedLength : std::max(stated, 8U);
  const ByteView payload = bytes.after(length);
  switch (header->u8<3>()) {
    case 1:
      return ipv4(payload);
    case 2:
      return ipv6(payload);
    case 3:
      return ethernet(payload);
    case 4:
      return nsh(payload);
    case 5:
      return mpls(payload);
    default:
      return end(WalkEnd::not_ip);
  }
}

}  // namespace pmtu::detail
