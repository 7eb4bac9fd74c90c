// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstring>

#include "decode/walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint32_t kIpv4Header = 20;
constexpr std::uint32_t kIpv6Header = 40;
constexpr std::uint16_t kDontFragment = 0x4000;  // RFC 791 §3.1
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kFragmentOffset = 0x1fff;

void set_v4(IpAddress& address, const std::uint8_t* four_bytes) {
  address.bytes = {};
  std::memcpy(address.bytes.data(), four_bytes, 4);
  address.version = IpVersion::v4;
}

void set_v6(IpAddress& address, const std::uint8_t* sixteen_bytes) {
  std::memcpy(address.bytes.data(), sixteen_bytes, 16);
  address.version = IpVersion::v6;
}

/// Payload length of a jumbogram: the Jumbo Payload option of the hop-by-hop options (RFC 2675 §2); 0
/// without.
std::uint32_t jumbo_payload_length(ByteView hop_by_hop) {
  constexpr std::uint8_t kPad1 = 0;
  constexpr std::uint8_t kJumbo = 0xc2;
  const auto start = hop_by_hop.header<2>();
  if (!start) return 0;
  ByteView options = hop_by_hop.at_most((start->u8<1>() + 1U) * 8U).after(2);
  while (const auto type = options.byte(0)) {
    if (*type == kPad1) {
      options = options.after(1);
      continue;
    }
    if (*type == kJumbo) {
      const auto option = options.header<6>();
      return option && option->u8<1>() == 4 ? option->u32<2>() : 0;
    }
    const auto size = options.byte(1);
    if (!size) return 0;
    options = options.after(2U + *size);
  }
  return 0;
}

}  // namespace

void FrameWalk::ip(ByteView bytes) {
  const auto first = bytes.byte(0);
  if (!first) return end_short_of_header(bytes);
  switch (*first >> 4U) {
    case 4:
      return ipv4(bytes);
    case 6:
      return ipv6(bytes);
    default:
      return end(WalkEnd::not_ip);
  }
}

void FrameWalk::ipv4(ByteView bytes) {
  const auto header = bytes.header<kIpv4Header>();
  if (!header) return end_short_of_header(bytes);
  const unsigned version = header->u8<0>() >> 4U;
  if (version == 6) return ipv6(bytes);  // seen under an IPv4 EtherType in cooked captures
  const std::uint32_t header_length = (header->u8<0>() & 0x0fU) * std::uint32_t{4};
  const std::uint16_t total_length = header->u16<2>();
  // Total Length 0: the network card was to fill it in for each segment it makes of this one.
  const bool length_unknown = total_length == 0;
  if (version != 4 || header_length < kIpv4Header || (!length_unknown && total_length < header_length)) {
    return end(WalkEnd::malformed);
  }
  Datagram* const datagram = add_datagram();
  if (datagram == nullptr) return;
  // rule: size
  const ByteView whole = length_unknown ? bytes : bytes.with_length(total_length);
  const std::uint16_t fragment = header->u16<6>();
  set_v4(datagram->source, header->bytes<12, 4>());
  set_v4(datagram->destination, header->bytes<16, 4>());
  datagram->length = DatagramLength(total_length);
  datagram->identification = header->u16<4>();
  datagram->captured_length = whole.captured();
  datagram->fragment_offset = static_cast<std::uint16_t>((fragment & kFragmentOffset) * 8U);
  datagram->header_length = static_cast<std::uint16_t>(header_length);
  datagram->version = IpVersion::v4;
  datagram->ttl = header->u8<8>();
  datagram->protocol = header->u8<9>();
  datagram->dont_fragment = (fragment & kDontFragment) != 0;
  datagram->more_fragments = (fragment & kMoreFragments) != 0;
  datagram->has_fragment_header = false;
  datagram->authenticated = header->u8<9>() == ip_protocol::ah;
  datagram->length_unknown = length_unknown;
  const ByteView payload = whole.after(header_length);
  set_payload(*datagram, payload);
  if (datagram->fragment_offset != 0) return end(WalkEnd::complete);
  if (whole.captured() < header_length) {
    datagram->truncated = true;
    return end_short_of_header(whole);
  }
  if (datagram->protocol == ip_protocol::tcp) return tcp(*datagram, payload);
  if (datagram->protocol != ip_protocol::ah) return ip_payload(*datagram, datagram->protocol, payload);
  // An Authentication Header leaves the rest readable: what it protects belongs to this datagram.
  const ExtensionHeaders extensions = walk_extension_headers(ip_protocol::ah, payload);
  datagram->carries = Encapsulation::ah;
  datagram->protocol = extensions.protocol;
  datagram->header_length = static_cast<std::uint16_t>(header_length + extensions.length);
  const ByteView protected_payload = payload.after(extensions.length);
  set_payload(*datagram, protected_payload);
  if (!extensions.complete) {
    datagram->truncated = payload.cut();
    return end_short_of_header(payload);
  }
  ip_payload(*datagram, datagram->protocol, protected_payload);
}

ExtensionHeaders walk_extension_headers(std::uint8_t first, ByteView bytes) {
  ExtensionHeaders found;
  found.protocol = first;
  ByteView rest = bytes;
  for (;;) {
    std::uint32_t size = 0;
    const auto start = rest.header<8>();  // no extension header is shorter
    switch (found.protocol) {
      case ip_protocol::hop_by_hop:
      case ip_protocol::routing:
      case ip_protocol::destination_options:
      case ip_protocol::mobility:
      case ip_protocol::shim6:
        if (start) size = (start->u8<1>() + std::uint32_t{1}) * 8;
        break;
      case ip_protocol::ah:  // RFC 4302 §2.2: in 4-byte units, minus 2
        found.authenticated = true;
        if (start) size = (start->u8<1>() + std::uint32_t{2}) * 4;
        break;
      case ip_protocol::fragment:
        if (start) {
          size = 8;
          found.has_fragment_header = true;
          found.fragment_offset = start->u16<2>() & 0xfff8U;
          found.more_fragments = (start->u16<2>() & 1U) != 0;
          found.identification = start->u32<4>();
        }
        break;
      default:
        return found;
    }
    if (!start || rest.captured() < size) {
      found.complete = false;
      return found;
    }
    found.protocol = start->u8<0>();
    found.length += size;
    rest = rest.after(size);
    // What follows in a later fragment is payload, whatever its bytes look like (RFC 8200 §4.5).
    if (found.fragment_offset != 0) return found;
  }
}

void FrameWalk::ipv6(ByteView bytes) {
  const auto header = bytes.header<kIpv6Header>();
  if (!header) return end_short_of_header(bytes);
  if (header->u8<0>() >> 4U != 6) return end(WalkEnd::malformed);
  const std::uint8_t next_header = header->u8<6>();
  const ByteView after_header = bytes.after(kIpv6Header);
  std::uint32_t payload_length = header->u16<4>();
  bool length_unknown = false;
  if (payload_length == 0 && next_header == ip_protocol::hop_by_hop) {
    payload_length = jumbo_payload_length(after_header);
  } else if (payload_length == 0) {
    // As in IPv4: segmentation offload, which only knows these two.
    length_unknown = next_header == ip_protocol::tcp || next_header == ip_protocol::udp;
  }
  Datagram* const datagram = add_datagram();
  if (datagram == nullptr) return;
  const ByteView payload = length_unknown ? after_header : after_header.with_length(payload_length);
  ExtensionHeaders extensions;
  extensions.protocol = next_header;
  if (next_header != ip_protocol::tcp && next_header != ip_protocol::udp) {
    extensions = walk_extension_headers(next_header, payload);
  }
  set_v6(datagram->source, header->bytes<8, 16>());
  set_v6(datagram->destination, header->bytes<24, 16>());
  datagram->length = DatagramLength(length_unknown ? 0 : kIpv6Header + payload.length());
  datagram->identification = extensions.identification;
  datagram->captured_length = kIpv6Header + payload.captured();
  datagram->fragment_offset = extensions.fragment_offset;
  datagram->header_length = static_cast<std::uint16_t>(kIpv6Header + extensions.length);
  datagram->version = IpVersion::v6;
  datagram->ttl = header->u8<7>();
  datagram->protocol = extensions.protocol;
  datagram->dont_fragment = true;
  datagram->more_fragments = extensions.more_fragments;
  datagram->has_fragment_header = extensions.has_fragment_header;
  datagram->authenticated = extensions.authenticated;
  datagram->length_unknown = length_unknown;
  if (extensions.authenticated) datagram->carries = Encapsulation::ah;
  const ByteView upper_layer = payload.after(extensions.length);
  set_payload(*datagram, upper_layer);
  if (!extensions.complete) {
    datagram->truncated = payload.cut();
    return end_short_of_header(payload);
  }
  if (datagram->fragment_offset != 0) return end(WalkEnd::complete);
  ip_payload(*datagram, extensions.protocol, upper_layer);
}

void FrameWalk::ip_payload(Datagram& datagram, std::uint8_t protocol, ByteView payload) {
  switch (protocol) {
    case ip_protocol::tcp:
      return tcp(datagram, payload);
    case ip_protocol::udp:
      return udp(datagram, payload);
    case ip_protocol::icmp:
      return icmpv4(datagram, payload);
    case ip_protocol::icmpv6:
      return icmpv6(datagram, payload);
    case ip_protocol::sctp:
      return sctp(datagram, payload);
    case ip_protocol::dccp:
    case ip_protocol::udp_lite:
      return ports_only(datagram, payload);
    case ip_protocol::ip_in_ip:
      datagram.carries = Encapsulation::ip_in_ip;
      return ipv4(payload);
    case ip_protocol::ipv6:
      datagram.carries = Encapsulation::ip_in_ip;
      return ipv6(payload);
    case ip_protocol::gre:
      datagram.carries = Encapsulation::gre;
      return gre(payload);
    case ip_protocol::esp:
      datagram.carries = Encapsulation::esp;
      return end(WalkEnd::complete);
    case ip_protocol::pim:
      return pim_register(datagram, payload);
    case ip_protocol::l2tp:
      datagram.carries = Encapsulation::l2tp;
      return l2tp_v3_over_ip(payload);
    case ip_protocol::mpls:
      datagram.carries = Encapsulation::mpls;
      return mpls(payload);
    case ip_protocol::ether_ip:  // RFC 3378 §3: two bytes, a version and nothing
      datagram.carries = Encapsulation::ether_ip;
      return ethernet(payload.after(2));
    case ip_protocol::ethernet:
      datagram.carries = Encapsulation::ether_ip;
      return ethernet(payload);
    default:
      return end(WalkEnd::complete);
  }
}

}  // namespace pmtu::detail
