// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "decode/walk.h"

namespace pmtu::detail {
namespace {

/// Ports of tunnels (IANA "Service Name and Transport Protocol Port Number Registry").
namespace udp_port {
constexpr std::uint16_t openvpn = 1194;
constexpr std::uint16_t l2tp = 1701;
constexpr std::uint16_t gtp_u = 2152;
constexpr std::uint16_t gtp_v0 = 3386;
constexpr std::uint16_t teredo = 3544;
constexpr std::uint16_t udp_esp = 4500;
constexpr std::uint16_t vxlan = 4789;
constexpr std::uint16_t vxlan_gpe = 4790;
constexpr std::uint16_t geneve = 6081;
constexpr std::uint16_t mpls = 6635;
constexpr std::uint16_t linux_vxlan = 8472;  // the kernel's default from before RFC 7348; also Cisco's OTV
}  // namespace udp_port

constexpr std::uint16_t kLastSystemPort = 1023;

/// WireGuard messages: a type, three zero bytes and a length that is fixed or a multiple of 16.
bool looks_like_wireguard(ByteView payload) {
  const auto start = payload.header<4>();
  if (!start || (start->u32<0>() & 0x00ffffffU) != 0) return false;
  switch (start->u8<0>()) {
    case 1:
      return payload.length() == 148;
    case 2:
      return payload.length() == 92;
    case 3:
      return payload.length() == 64;
    case 4:
      return payload.length() >= 32 && payload.length() % 16 == 0;
    default:
      return false;
  }
}

/// Versions of QUIC that are met outside of tests (IANA "QUIC Versions"): 1, 2 (RFC 9369), the drafts that
/// had this header and were deployed, and those of Facebook's implementation.
bool is_quic_version(std::uint32_t version) {
  constexpr std::uint32_t kVersion1 = 0x00000001;
  constexpr std::uint32_t kVersion2 = 0x6b3343cf;
  constexpr std::uint32_t kFirstDraft = 0xff000000 + 22;
  constexpr std::uint32_t kLastDraft = 0xff000000 + 34;
  constexpr std::uint32_t kFacebook = 0xfaceb000;  // the lowest byte tells one from another
  return version == kVersion1 || version == kVersion2 || (version >= kFirstDraft && version <= kLastDraft) ||
         (version & 0xffffff00U) == kFacebook;
}

/// RFC 9000 §17.2: the form bit and the fixed bit, a version, and connection IDs of 20 bytes at most.
bool has_quic_long_header(ByteView payload) {
  constexpr std::uint8_t kFormAndFixedBit = 0xc0;
  constexpr std::uint8_t kLongestConnectionId = 20;
  const auto header = payload.header<6>();
  if (!header || (header->u8<0>() & kFormAndFixedBit) != kFormAndFixedBit) return false;
  return is_quic_version(header->u32<1>()) && header->u8<5>() <= kLongestConnectionId;
}

/// OpenVPN: the opcode stands in the upper five bits and goes from 1 to 11.
bool looks_like_openvpn(ByteView payload) {
  const auto first = payload.byte(0);
  return first && *first >> 3U >= 1 && *first >> 3U <= 11;
}

/// RFC 3948 §2: a zero SPI marks IKE, one byte a keep-alive.
bool looks_like_udp_esp(ByteView payload) {
  const auto spi = payload.header<4>();
  return spi && spi->u32<0>() != 0;
}

/// RFC 7348 §5: only the flag of a valid network identifier is set, and an Ethernet frame that holds IP or
/// ARP follows.
bool looks_like_vxlan(ByteView payload) {
  constexpr std::uint16_t kArp = 0x0806;
  const auto header = payload.header<8 + 14>();
  if (!header || header->u32<0>() != 0x08000000 || header->u8<7>() != 0) return false;
  const std::uint16_t type = header->u16<8 + 12>();
  return type == ether_type::ipv4 || type == ether_type::ipv6 || type == kArp;
}

/// What the port alone says, where the first bytes do not speak against it.
Encapsulation by_port(std::uint16_t port, ByteView payload) {
  if (port < udp_port::openvpn || port > udp_port::linux_vxlan) return Encapsulation::none;
  switch (port) {
    case udp_port::openvpn:
      return looks_like_openvpn(payload) ? Encapsulation::openvpn : Encapsulation::none;
    case udp_port::udp_esp:
      return looks_like_udp_esp(payload) ? Encapsulation::udp_esp : Encapsulation::none;
    case udp_port::l2tp:
      return Encapsulation::l2tp;
    case udp_port::gtp_u:
    case udp_port::gtp_v0:
      return Encapsulation::gtp_u;
    case udp_port::teredo:
      return Encapsulation::teredo;
    case udp_port::geneve:
      return Encapsulation::geneve;
    case udp_port::mpls:
      return Encapsulation::mpls;
    case udp_port::vxlan:
    case udp_port::vxlan_gpe:
      return Encapsulation::vxlan;
    case udp_port::linux_vxlan:
      return looks_like_vxlan(payload) ? Encapsulation::vxlan : Encapsulation::none;
    default:
      return Encapsulation::none;
  }
}

/// Which of the two kinds of VXLAN, by the port that made it one.
bool is_vxlan_gpe(const Datagram& datagram) {
  const std::uint16_t low = std::min(datagram.source_port, datagram.destination_port);
  const std::uint16_t high = std::max(datagram.source_port, datagram.destination_port);
  if (low == udp_port::vxlan) return false;
  return low == udp_port::vxlan_gpe || (low > kLastSystemPort && high == udp_port::vxlan_gpe);
}

}  // namespace

Encapsulation udp_encapsulation(std::uint16_t source_port, std::uint16_t destination_port, ByteView payload,
                                const LayerOracle& oracle, unsigned ordinal) {
  if (payload.length() == 0) return Encapsulation::none;
  // The lower port is the more likely service, as in Wireshark.
  const std::uint16_t low = std::min(source_port, destination_port);
  const std::uint16_t high = std::max(source_port, destination_port);
  Encapsulation carried = by_port(low, payload);
  // Behind a system port (RFC 6335 §6) the other port is whatever the client picked, be it a tunnel's.
  if (carried == Encapsulation::none && low > kLastSystemPort) carried = by_port(high, payload);
  if (carried != Encapsulation::none) return carried;
  if (looks_like_wireguard(payload)) return Encapsulation::wireguard;
  if (has_quic_long_header(payload)) return Encapsulation::quic;
  return oracle.udp_payload == nullptr ? Encapsulation::none : oracle.udp_payload(oracle.context, ordinal);
}

void FrameWalk::udp_payload(Datagram& datagram, ByteView payload) {
  const Encapsulation carried = udp_encapsulation(datagram.source_port, datagram.destination_port, payload,
                                                  frame_.oracle, udp_headers_ - 1);
  datagram.carries = carried;
  switch (carried) {
    case Encapsulation::vxlan:
      return is_vxlan_gpe(datagram) ? vxlan_gpe(payload) : vxlan(payload);
    case Encapsulation::geneve:
      return geneve(payload);
    case Encapsulation::gtp_u:
      return gtp_u(payload);
    case Encapsulation::l2tp:
      return l2tp_over_udp(payload);
    case Encapsulation::teredo:
      return teredo(payload);
    case Encapsulation::mpls:
      return mpls(payload);
    case Encapsulation::nsh:
      return nsh(payload);
    case Encapsulation::gre:
      return gre(payload);  // RFC 8086
    case Encapsulation::ip_in_ip:
      return ip(payload);
    case Encapsulation::ether_ip:
      return ethernet(payload);
    case Encapsulation::none:
    case Encapsulation::ah:
    case Encapsulation::esp:
    case Encapsulation::udp_esp:
    case Encapsulation::wireguard:
    case Encapsulation::openvpn:
    case Encapsulation::quic:
      return end(WalkEnd::complete);
  }
}

void FrameWalk::vxlan(ByteView bytes) {
  constexpr std::uint32_t kHeader = 8;  // RFC 7348 §5
  ethernet(bytes.after(kHeader));
}

void FrameWalk::vxlan_gpe(ByteView bytes) {
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  const ByteView payload = bytes.after(8);
  switch (header->u8<3>()) {  // next protocol
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

void FrameWalk::geneve(ByteView bytes) {
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  const std::uint32_t options = (header->u8<0>() & 0x3fU) * 4U;  // RFC 8926 §3.4
  ether_payload(header->u16<2>(), bytes.after(8 + options));
}

void FrameWalk::gtp_u(ByteView bytes) {
  // 3GPP TS 29.281 §5.1; version 0: 3GPP TS 09.60.
  constexpr std::uint8_t kPayload = 255;
  constexpr std::uint8_t kExtensionFlag = 0x04;
  constexpr std::uint8_t kOptionalFields = 0x07;
  constexpr std::uint8_t kProtocolType = 0x10;  // clear: GTP', which carries charging records
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  if (!step()) return;
  const std::uint8_t flags = header->u8<0>();
  const unsigned version = flags >> 5U;
  if (version > 1 || (flags & kProtocolType) == 0 || header->u8<1>() != kPayload)
    return end(WalkEnd::complete);
  std::uint32_t length = version == 0 ? 20 : 8;
  if (version == 1 && (flags & kOptionalFields) != 0) {
    length += 4;
    auto next = bytes.byte(length - 1);
    while ((flags & kExtensionFlag) != 0 && next && *next != 0) {
      const auto units = bytes.byte(length);
      if (!units) return end_short_of_header(bytes);
      if (*units == 0) return end(WalkEnd::malformed);
      length += *units * 4U;
      next = bytes.byte(length - 1);
    }
    if (!next) return end_short_of_header(bytes);
  }
  const ByteView payload = bytes.after(length);
  const auto first = payload.byte(0);
  if (!first) return payload.length() == 0 ? end(WalkEnd::complete) : end_short_of_header(payload);
  // Nothing in the header names the payload: IPv4, IPv6, or Ethernet by its type.
  if (*first >= 0x45 && *first <= 0x4e) return ipv4(payload);
  if (*first >> 4U == 6) return ipv6(payload);
  const auto frame = payload.header<14>();
  if (frame && (frame->u16<12>() == ether_type::ipv4 || frame->u16<12>() == ether_type::ipv6)) {
    return ethernet(payload);
  }
  end(WalkEnd::not_ip);
}

void FrameWalk::l2tp_over_udp(ByteView bytes) {
  // RFC 2661 §3.1, RFC 3931 §4.1.2.1.
  constexpr std::uint16_t kControl = 0x8000;
  constexpr std::uint16_t kLength = 0x4000;
  constexpr std::uint16_t kSequence = 0x0800;
  constexpr std::uint16_t kOffset = 0x0200;
  const auto start = bytes.header<2>();
  if (!start) return end_short_of_header(bytes);
  if (!step()) return;
  const std::uint16_t flags = start->u16<0>();
  const unsigned version = flags & 0x0fU;
  if ((flags & kControl) != 0) return end(WalkEnd::complete);
  if (version == 3) return l2tp_v3_session(bytes.after(8));
  if (version != 2) return end(WalkEnd::not_ip);
  ByteView message = bytes;
  std::uint32_t length = 6;  // flags, tunnel and session
  if ((flags & kLength) != 0) {
    const auto header = bytes.header<4>();
    if (!header) return end_short_of_header(bytes);
    message = bytes.at_most(header->u16<2>());
    length += 2;
  }
  if ((flags & kSequence) != 0) length += 4;
  if ((flags & kOffset) != 0) {
    const auto offset = message.after(length).header<2>();
    if (!offset) return end_short_of_header(message);
    length += 2U + offset->u16<0>();
  }
  const ByteView payload = message.after(length);
  if (payload.length() == 0) return end(WalkEnd::complete);
  ppp_hdlc(payload);
}

void FrameWalk::teredo(ByteView bytes) {
  // RFC 4380 §5.1.1: authentication, then origin indication, both optional, then IPv6.
  constexpr std::uint16_t kAuthentication = 1;
  constexpr std::uint16_t kOrigin = 0;
  ByteView rest = bytes;
  auto indicator = rest.header<4>();
  if (indicator && indicator->u16<0>() == kAuthentication) {
    rest = rest.after(13U + indicator->u8<2>() + indicator->u8<3>());
    indicator = rest.header<4>();
  }
  if (indicator && indicator->u16<0>() == kOrigin) rest = rest.after(8);
  const auto first = rest.byte(0);
  if (!first) return end_short_of_header(rest);
  if (*first >> 4U != 6) return end(WalkEnd::not_ip);
  ipv6(rest);
}

}  // namespace pmtu::detail
