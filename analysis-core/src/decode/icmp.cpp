// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstring>

#include "decode/walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint32_t kIcmpHeader = 8;
constexpr std::uint32_t kIpv4Header = 20;
constexpr std::uint32_t kIpv6Header = 40;
/// A quotation with extensions behind it is padded to this much (RFC 4884 §5.1); a smaller number in that
/// place is what older routers left there.
constexpr std::uint32_t kLeastExtendedQuote = 128;
/// What RFC 792 promises of the quoted transport header: ports, and a TCP sequence number.
constexpr std::uint32_t kQuotedTransport = 8;

/// Messages that quote the datagram they are about (RFC 792; RFC 4443 §2.1: types below 128, §4).
bool quotes_datagram_v4(std::uint8_t type) {
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}
bool quotes_datagram_v6(std::uint8_t type) {
  return type >= 1 && type <= 4;
}

/// Length of the quotation where the message says so and extensions follow (RFC 4884 §5.1, §5.2); 0 where
/// not.
std::uint32_t stated_length_v4(std::uint8_t type, std::uint32_t rest) {
  const bool extensible = type == 3 || type == 11 || type == 12;
  return extensible ? (rest >> 16U & 0xffU) * std::uint32_t{4} : 0;
}
std::uint32_t stated_length_v6(std::uint8_t type, std::uint32_t rest) {
  const bool extensible = type == 1 || type == 3;  // a Packet Too Big has the MTU in that place
  return extensible ? (rest >> 24U) * std::uint32_t{8} : 0;
}

/// How much of an address at `offset` was quoted and captured.
std::uint8_t copy_address(IpAddress& address, IpVersion version, ByteView quote, std::uint32_t offset) {
  const std::uint32_t size = version == IpVersion::v4 ? 4 : 16;
  const ByteView bytes = quote.after(offset).at_most(size);
  address.version = version;
  address.bytes = {};
  std::copy_n(bytes.data(), bytes.captured(), address.bytes.begin());
  return static_cast<std::uint8_t>(bytes.captured());
}

void set_quoted_transport(QuotedDatagram& quoted, ByteView transport) {
  const auto ports = transport.header<4>();
  const auto header = transport.header<kQuotedTransport>();
  switch (quoted.protocol) {
    case ip_protocol::tcp:
      if (header) {
        quoted.has_sequence = true;
        quoted.sequence = SequenceNumber(header->u32<4>());
      }
      [[fallthrough]];
    case ip_protocol::udp:
    case ip_protocol::sctp:
    case ip_protocol::dccp:
    case ip_protocol::udp_lite:
      if (!ports) return;
      quoted.has_ports = true;
      quoted.source_port = ports->u16<0>();
      quoted.destination_port = ports->u16<2>();
      if (quoted.protocol == ip_protocol::sctp) set_quoted_sctp(quoted, transport);
      return;
    case ip_protocol::icmp:
    case ip_protocol::icmpv6: {
      if (!header) return;
      const std::uint8_t type = header->u8<0>();
      const bool echo =
          quoted.protocol == ip_protocol::icmp ? type == 8 || type == 0 : type == 128 || type == 129;
      if (!echo) return;
      quoted.has_ports = true;
      quoted.source_port = quoted.destination_port = header->u16<4>();
      return;
    }
    default:
      return;
  }
}

/// Fields of a quoted IPv4 header, as far as they go; returns where the transport header begins.
std::uint32_t set_quoted_v4(QuotedDatagram& quoted, ByteView quote) {
  if (const auto start = quote.header<4>()) quoted.length = DatagramLength(start->u16<2>());
  if (const auto start = quote.header<8>()) {
    const std::uint16_t fragment = start->u16<6>();
    quoted.identification = start->u16<4>();
    quoted.fragment_offset = static_cast<std::uint16_t>((fragment & 0x1fffU) * 8U);
    quoted.dont_fragment = (fragment & 0x4000U) != 0;
    quoted.more_fragments = (fragment & 0x2000U) != 0;
  }
  if (const auto start = quote.header<10>()) {
    quoted.ttl = start->u8<8>();
    quoted.protocol = start->u8<9>();
  }
  quoted.source_bytes = copy_address(quoted.source, IpVersion::v4, quote, 12);
  quoted.destination_bytes = copy_address(quoted.destination, IpVersion::v4, quote, 16);
  const std::uint32_t header = std::max(kIpv4Header, (quote.byte(0).value_or(0) & 0x0fU) * std::uint32_t{4});
  if (quoted.protocol != ip_protocol::ah) return header;
  // As in the datagram itself, what the Authentication Header protects is its transport.
  const ExtensionHeaders extensions = walk_extension_headers(ip_protocol::ah, quote.after(header));
  quoted.protocol = extensions.protocol;
  return extensions.complete ? header + extensions.length : quote.length();
}

std::uint32_t set_quoted_v6(QuotedDatagram& quoted, ByteView quote) {
  quoted.dont_fragment = true;
  quoted.source_bytes = copy_address(quoted.source, IpVersion::v6, quote, 8);
  quoted.destination_bytes = copy_address(quoted.destination, IpVersion::v6, quote, 24);
  const auto start = quote.header<8>();
  if (!start) return kIpv6Header;
  quoted.length = DatagramLength(static_cast<std::uint32_t>(kIpv6Header + start->u16<4>()));
  quoted.ttl = start->u8<7>();
  const ExtensionHeaders extensions = walk_extension_headers(start->u8<6>(), quote.after(kIpv6Header));
  quoted.protocol = extensions.protocol;
  quoted.identification = static_cast<std::uint16_t>(extensions.identification);
  quoted.fragment_offset = extensions.fragment_offset;
  quoted.more_fragments = extensions.more_fragments;
  // An extension header that was not quoted whole hides where the transport header begins.
  return extensions.complete ? kIpv6Header + extensions.length : quote.length();
}

}  // namespace

void FrameWalk::quotation(IcmpMessage& icmp, IpVersion version, ByteView quote) {
  if (observation_.quote_count == Observation::kMaxQuotes) return;
  const auto first = quote.byte(0);
  // Nothing captured of it: still an error message, whose quotation is known to be cut or empty.
  if (first && *first >> 4U != static_cast<unsigned>(version)) return;
  icmp.has_quote = true;
  icmp.quote = observation_.quote_count++;
  QuotedDatagram& quoted = observation_.quotes[icmp.quote];
  quoted = QuotedDatagram{};
  quoted.quoted_bytes = static_cast<std::uint16_t>(std::min<std::uint32_t>(quote.captured(), 0xffff));
  const std::uint32_t transport =
      version == IpVersion::v4 ? set_quoted_v4(quoted, quote) : set_quoted_v6(quoted, quote);
  if (quoted.fragment_offset == 0) set_quoted_transport(quoted, quote.after(transport));
  // rule: hint-quote-size
  quoted.truncated = quote.cut() && quote.captured() < transport + kQuotedTransport;
}

void FrameWalk::icmpv4(Datagram& datagram, ByteView message) {
  constexpr IcmpVersion kV4{TransportKind::icmp, IpVersion::v4, 8, 0, quotes_datagram_v4, stated_length_v4};
  icmp(datagram, message, kV4);
}

void FrameWalk::icmpv6(Datagram& datagram, ByteView message) {
  constexpr IcmpVersion kV6{TransportKind::icmpv6, IpVersion::v6,   128, 129,
                            quotes_datagram_v6,    stated_length_v6};
  icmp(datagram, message, kV6);
}

void FrameWalk::icmp(Datagram& datagram, ByteView message, const IcmpVersion& version) {
  const auto start = message.header<4>();
  if (!start) {
    datagram.truncated = true;
    return end_short_of_header(message);
  }
  datagram.transport = version.transport;
  IcmpMessage& icmp = datagram.icmp;
  icmp = IcmpMessage{};
  icmp.type = start->u8<0>();
  icmp.code = start->u8<1>();
  icmp.is_error = version.quotes_datagram(icmp.type);
  end(WalkEnd::complete);
  const auto header = message.header<kIcmpHeader>();
  const ByteView body = message.after(kIcmpHeader);
  set_payload(datagram, body);
  if (!header) {
    datagram.truncated = message.cut();
    return end_short_of_header(message);
  }
  icmp.has_rest = true;
  icmp.rest = header->u32<4>();
  if (icmp.type == version.echo_request || icmp.type == version.echo_reply) {
    icmp.identifier = header->u16<4>();
    icmp.sequence = header->u16<6>();
    datagram.source_port = datagram.destination_port = icmp.identifier;
  }
  if (!icmp.is_error) return;
  const std::uint32_t stated = version.stated_length(icmp.type, icmp.rest);
  quotation(icmp, version.quoted, stated < kLeastExtendedQuote ? body : body.at_most(stated));
}

}  // namespace pmtu::detail
