// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode/walk.h"

namespace pmtu::detail {
namespace {

/// PPP protocol numbers (IANA "PPP Numbers") behind which IP may lie.
namespace ppp_protocol {
constexpr std::uint16_t ipv4 = 0x0021;
constexpr std::uint16_t bridging = 0x0031;
constexpr std::uint16_t multilink = 0x003d;
constexpr std::uint16_t ipv6 = 0x0057;
constexpr std::uint16_t mpls = 0x0281;
constexpr std::uint16_t mpls_multicast = 0x0283;
}  // namespace ppp_protocol

/// Network layer protocol identifiers (RFC 2427 §3).
namespace nlpid {
constexpr std::uint8_t padding = 0x00;
constexpr std::uint8_t snap = 0x80;
constexpr std::uint8_t ipv6 = 0x8e;
constexpr std::uint8_t ipv4 = 0xcc;
constexpr std::uint8_t ppp = 0xcf;
}  // namespace nlpid

constexpr std::uint8_t kUnnumberedInformation = 0x03;

/// Types that Cisco HDLC and Cisco's Frame Relay encapsulation share with Ethernet.
bool is_cisco_type(std::uint16_t type) {
  return type == ether_type::ipv4 || type == ether_type::ipv6 || type == ether_type::mpls ||
         type == ether_type::mpls_upstream || type == ether_type::transparent_bridging;
}

}  // namespace

void FrameWalk::pppoe(ByteView bytes) {
  const auto header = bytes.header<6>();  // RFC 2516 §4
  if (!header) return end_short_of_header(bytes);
  ppp(bytes.after(6).at_most(header->u16<4>()));
}

void FrameWalk::ppp_hdlc(ByteView bytes) {
  constexpr std::uint8_t kAllStations = 0xff;  // RFC 1662 §3.1
  constexpr std::uint8_t kCiscoUnicast = 0x0f;
  constexpr std::uint8_t kCiscoMulticast = 0x8f;
  const auto address = bytes.byte(0);
  if (!address) return end_short_of_header(bytes);
  if (*address == kCiscoUnicast || *address == kCiscoMulticast) return cisco_hdlc(bytes);
  ppp(*address == kAllStations ? bytes.after(2) : bytes);
}

void FrameWalk::ppp(ByteView bytes) {
  const auto first = bytes.byte(0);
  const auto both = bytes.header<2>();
  if (!first) return end_short_of_header(bytes);
  const bool compressed = (*first & 1U) != 0;  // RFC 1661 §6.5
  if (!compressed && !both) return end_short_of_header(bytes);
  if (!step()) return;
  const std::uint16_t protocol = compressed ? *first : both->u16<0>();
  const ByteView payload = bytes.after(compressed ? 1 : 2);
  switch (protocol) {
    case ppp_protocol::ipv4:
    case ether_type::ipv4:
      return ipv4(payload);
    case ppp_protocol::ipv6:
    case ether_type::ipv6:
      return ipv6(payload);
    case ppp_protocol::mpls:
    case ppp_protocol::mpls_multicast:
      return mpls(payload);
    case ppp_protocol::multilink: {  // RFC 1990 §3: whole packets have both the beginning and the ending bit
      const auto fragment = payload.header<4>();
      if (!fragment) return end_short_of_header(payload);
      if ((fragment->u8<0>() & 0xc0U) != 0xc0) return end(WalkEnd::not_ip);
      return ppp(payload.after(4));
    }
    case ppp_protocol::bridging: {  // RFC 3518 §4.2: flags, then MAC type 1 for Ethernet
      const auto bridged = payload.header<2>();
      if (!bridged) return end_short_of_header(payload);
      if (bridged->u8<1>() != 1) return end(WalkEnd::not_ip);
      return ethernet(payload.after(2));
    }
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::cisco_hdlc(ByteView bytes) {
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  const std::uint16_t type = header->u16<2>();
  return is_cisco_type(type) ? ether_payload(type, bytes.after(4)) : end(WalkEnd::not_ip);
}

void FrameWalk::frame_relay(ByteView bytes) {
  // Q.922 §3.2: address bytes go on until one has the extension bit.
  std::uint32_t address_length = 0;
  for (;;) {
    const auto octet = bytes.byte(address_length);
    if (!octet) return end_short_of_header(bytes);
    ++address_length;
    if ((*octet & 1U) != 0) break;
  }
  if (!step()) return;
  const ByteView payload = bytes.after(address_length);
  const auto start = payload.header<2>();
  if (!start) return end_short_of_header(payload);
  if (start->u8<0>() != kUnnumberedInformation) {
    const std::uint16_t type = start->u16<0>();
    if (is_cisco_type(type)) return ether_payload(type, payload.after(2));
    return end(WalkEnd::not_ip);
  }
  const bool padded = start->u8<1>() == nlpid::padding;
  const auto identifier = payload.byte(padded ? 2 : 1);
  if (!identifier) return end_short_of_header(payload);
  const ByteView network = payload.after(padded ? 3 : 2);
  switch (*identifier) {
    case nlpid::ipv4:
      return ipv4(network);
    case nlpid::ipv6:
      return ipv6(network);
    case nlpid::ppp:
      return ppp(network);
    case nlpid::snap:
      return snap(network, 0);
    default:
      return end(WalkEnd::not_ip);
  }
}

}  // namespace pmtu::detail
