// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode/walk.h"

namespace pmtu::detail {
namespace {

/// Flags of the GRE header (RFC 1701, RFC 2890, RFC 2637 §4.1).
constexpr std::uint16_t kChecksumPresent = 0x8000;
constexpr std::uint16_t kRoutingPresent = 0x4000;
constexpr std::uint16_t kKeyPresent = 0x2000;
constexpr std::uint16_t kSequencePresent = 0x1000;
constexpr std::uint16_t kAcknowledgmentPresent = 0x0080;
constexpr std::uint16_t kVersion = 0x0007;

/// Protocol types that are used in GRE only.
namespace gre_type {
constexpr std::uint16_t erspan_3 = 0x22eb;
constexpr std::uint16_t mikrotik_eoip = 0x6400;
constexpr std::uint16_t aruba_first = 0x8200;
constexpr std::uint16_t aruba_last = 0x8370;
constexpr std::uint16_t wccp = 0x883e;
constexpr std::uint16_t erspan = 0x88be;
}  // namespace gre_type

/// RFC 1071: a header whose sum, checksum included, is all ones is intact.
bool checksum_holds(ByteView header) {
  std::uint32_t sum = 0;
  while (const auto word = header.header<2>()) {
    sum += word->u16<0>();
    header = header.after(2);
  }
  return (sum & 0xffffU) + (sum >> 16U) == 0xffff;
}

/// Whether bytes can hardly be anything but an IP datagram that fits its surroundings.
bool surely_ip(std::uint16_t type, ByteView bytes) {
  if (type == ether_type::ipv4) {
    const auto header = bytes.header<20>();
    if (!header || header->u8<0>() >> 4U != 4) return false;
    const std::uint32_t header_length = (header->u8<0>() & 0x0fU) * 4U;
    return header_length >= 20 && header_length <= bytes.captured() && header->u16<2>() <= bytes.length() &&
           checksum_holds(bytes.at_most(header_length));
  }
  const auto header = bytes.header<40>();
  return type == ether_type::ipv6 && header && header->u8<0>() >> 4U == 6 &&
         header->u16<4>() + 40U <= bytes.length();
}

}  // namespace

void FrameWalk::gre(ByteView bytes) {
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  const std::uint16_t flags = header->u16<0>();
  const std::uint16_t type = header->u16<2>();
  const bool point_to_point = type == ether_type::ppp && (flags & kVersion) != 0;
  std::uint32_t length = 4;
  if ((flags & (kChecksumPresent | kRoutingPresent)) != 0) length += 4;
  if ((flags & kKeyPresent) != 0) length += 4;
  if ((flags & kSequencePresent) != 0) length += 4;
  if (point_to_point && (flags & kAcknowledgmentPresent) != 0) length += 4;
  if ((flags & kRoutingPresent) != 0) {
    for (;;) {  // RFC 1701: source route entries up to one of family 0 and length 0
      const auto entry = bytes.after(length).header<4>();
      if (!entry) return end_short_of_header(bytes);
      length += 4U + entry->u8<3>();
      if (entry->u16<0>() == 0 && entry->u8<3>() == 0) break;
    }
  }
  const ByteView payload = bytes.after(length);
  if (payload.length() == 0) return end(WalkEnd::complete);  // PPTP acknowledges with bare headers
  switch (type) {
    case ether_type::ipv4:
      return ip(payload);
    case ether_type::ipv6:
      return ipv6(payload);
    case ether_type::ppp:
      return ppp_hdlc(payload);
    case ether_type::mpls:
    case ether_type::mpls_upstream:
      return mpls(payload);
    case ether_type::transparent_bridging:  // also NVGRE (RFC 7637 §3.2)
    case gre_type::mikrotik_eoip:
      return ethernet(payload);
    case ether_type::nsh:
      return nsh(payload);
    case ether_type::frame_relay:
      return frame_relay(payload);
    case ether_type::cisco_metadata:
      return tagged(payload, 6);
    case gre_type::erspan:
      return (flags & kSequencePresent) != 0 ? erspan(payload) : ethernet(payload);
    case gre_type::erspan_3:
      return erspan(payload);
    case gre_type::wccp: {  // WCCP version 2 has a redirect header before the datagram, version 1 none
      const auto first = payload.byte(0);
      return ip(first && *first >> 4U == 4 ? payload : payload.after(4));
    }
    default:
      if (type >= gre_type::aruba_first && type <= gre_type::aruba_last && (type & 0x0fU) == 0) {
        return ieee80211(payload, false);
      }
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::erspan(ByteView bytes) {
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  switch (header->u8<0>() >> 4U) {
    case 1:
      return ethernet(bytes.after(8));  // type II
    case 2: {                           // type III
      const auto longer = bytes.header<12>();
      if (!longer) return end_short_of_header(bytes);
      const bool subheader = (longer->u8<11>() & 1U) != 0;
      const bool is_ethernet = (longer->u16<10>() >> 10U & 0x1fU) == 0;
      return is_ethernet ? ethernet(bytes.after(subheader ? 20 : 12)) : end(WalkEnd::not_ip);
    }
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::pim_register(Datagram& datagram, ByteView bytes) {
  constexpr std::uint8_t kVersion2Register = 0x21;  // RFC 7761 §4.9.3
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  if (header->u8<0>() != kVersion2Register) return end(WalkEnd::complete);
  const ByteView payload = bytes.after(8);
  if (payload.length() == 0) return end(WalkEnd::complete);
  datagram.carries = Encapsulation::ip_in_ip;
  ip(payload);
}

void FrameWalk::l2tp_v3_over_ip(ByteView bytes) {
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  if (header->u32<0>() == 0) return end(WalkEnd::complete);  // RFC 3931 §4.1.1.2: a control message
  l2tp_v3_session(bytes.after(4));
}

void FrameWalk::l2tp_v3_session(ByteView bytes) {
  // The control connection agrees on the cookie's size and on the sublayer (RFC 3931 §4.1), the packet tells
  // neither. Taken for Ethernet only where a datagram stands that can hardly be chance.
  for (const std::uint32_t skipped : {0U, 4U, 8U, 12U}) {
    if (l2tp_v3_ethernet(bytes.after(skipped))) return;
  }
  end(WalkEnd::complete);
}

bool FrameWalk::l2tp_v3_ethernet(ByteView bytes) {
  const auto header = bytes.header<14>();
  if (!header || !surely_ip(header->u16<12>(), bytes.after(14))) return false;
  ethernet(bytes);
  return true;
}

}  // namespace pmtu::detail
