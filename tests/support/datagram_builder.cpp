// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/datagram_builder.h"

#include <span>
#include <stdexcept>

#include "pmtu/observation.h"

namespace pmtu::test {
namespace {

constexpr std::size_t kV4Header = 20;
constexpr std::size_t kV6Header = 40;
constexpr std::uint8_t kFragmentHeader = 44;  // RFC 8200 §4.5
constexpr std::uint16_t kV4DontFragment = 0x4000;
constexpr std::uint16_t kV4MoreFragments = 0x2000;
constexpr std::size_t kSmallestExtendedQuote = 128;  // RFC 4884 §4

void store16(Bytes& bytes, std::size_t at, std::uint32_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8U);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

/// RFC 1071: the ones' complement sum, ready to store.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8U | bytes[i + 1]);
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back() << 8U);
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

std::uint32_t pseudo_header_sum(const DatagramFields& fields, std::size_t length) {
  std::uint32_t sum = fields.protocol + static_cast<std::uint32_t>(length);
  for (const IpAddress* address : {&fields.source, &fields.destination}) {
    for (std::size_t i = 0; i < 16; i += 2)
      sum += static_cast<std::uint32_t>(address->bytes[i] << 8U | address->bytes[i + 1]);
  }
  return sum;
}

Bytes tcp_options(const TcpFields& tcp) {
  Bytes options;
  if (tcp.mss) {
    put16(options, 0x0204);
    put16(options, *tcp.mss);
  }
  if (tcp.sack_permitted) put16(options, 0x0402);
  if (tcp.timestamps) {
    put16(options, 0x080a);
    put32(options, tcp.timestamps->first);
    put32(options, tcp.timestamps->second);
  }
  if (tcp.window_scale) {
    put16(options, 0x0303);
    put8(options, *tcp.window_scale);
  }
  if (!tcp.sacks.empty()) {
    put8(options, 5);
    put8(options, static_cast<std::uint32_t>(2 + 8 * tcp.sacks.size()));
    for (const auto& [left, right] : tcp.sacks) {
      put32(options, left);
      put32(options, right);
    }
  }
  while (options.size() % 4 != 0) options.push_back(1);
  return options;
}

Bytes build_tcp(const DatagramFields& fields) {
  const TcpFields& tcp = fields.tcp;
  Bytes options = tcp_options(tcp);
  if (tcp.option_length) {
    if (options.size() > *tcp.option_length || *tcp.option_length > 40 || *tcp.option_length % 4 != 0) {
      throw std::invalid_argument("these TCP options do not fit the length that was asked for");
    }
    options.insert(options.begin(), *tcp.option_length - options.size(), 1);
  }
  Bytes bytes;
  put16(bytes, fields.source_port);
  put16(bytes, fields.destination_port);
  put32(bytes, tcp.sequence);
  put32(bytes, tcp.acknowledgment);
  put8(bytes, static_cast<std::uint32_t>((20 + options.size()) / 4) << 4U);
  put8(bytes, tcp.flags);
  put16(bytes, tcp.window);
  put32(bytes, 0);
  bytes.insert(bytes.end(), options.begin(), options.end());
  bytes.insert(bytes.end(), fields.payload.begin(), fields.payload.end());
  store16(bytes, 16, internet_checksum(bytes, pseudo_header_sum(fields, bytes.size())));
  return bytes;
}

Bytes build_udp(const DatagramFields& fields) {
  Bytes bytes;
  put16(bytes, fields.source_port);
  put16(bytes, fields.destination_port);
  put16(bytes, static_cast<std::uint32_t>(8 + fields.payload.size()));
  put16(bytes, 0);
  bytes.insert(bytes.end(), fields.payload.begin(), fields.payload.end());
  store16(bytes, 6, internet_checksum(bytes, pseudo_header_sum(fields, bytes.size())));
  return bytes;
}

Bytes build_icmp(const DatagramFields& fields) {
  Bytes bytes;
  put8(bytes, fields.icmp.type);
  put8(bytes, fields.icmp.code);
  put16(bytes, 0);
  put32(bytes, fields.icmp.rest);
  bytes.insert(bytes.end(), fields.payload.begin(), fields.payload.end());
  const std::uint32_t start =
      fields.protocol == ip_protocol::icmpv6 ? pseudo_header_sum(fields, bytes.size()) : 0;
  std::uint32_t checksum = internet_checksum(bytes, start);
  if (fields.icmp.bad_checksum) checksum ^= 0x1234U;
  store16(bytes, 2, checksum);
  return bytes;
}

Bytes build_transport(const DatagramFields& fields) {
  if (fields.fragment_offset.value_or(0) != 0) return fields.payload;
  switch (fields.protocol) {
    case ip_protocol::tcp:
      return build_tcp(fields);
    case ip_protocol::udp:
      return build_udp(fields);
    case ip_protocol::icmp:
    case ip_protocol::icmpv6:
      return build_icmp(fields);
    default:
      return fields.payload;
  }
}

void refresh_v4_checksum(Bytes& datagram) {
  store16(datagram, 10, 0);
  store16(datagram, 10, internet_checksum({datagram.data(), kV4Header}));
}

Bytes build_v4(const DatagramFields& fields, const Bytes& transport) {
  const std::size_t length = kV4Header + transport.size();
  if (length > 0xffff && !fields.length_zero)
    throw std::invalid_argument("longer than an IPv4 datagram can be");
  std::uint32_t fragment = fields.fragment_offset.value_or(0) / 8U;
  if (fields.dont_fragment) fragment |= kV4DontFragment;
  if (fields.more_fragments) fragment |= kV4MoreFragments;
  Bytes bytes;
  put16(bytes, 0x4500);
  put16(bytes, fields.length_zero ? 0 : static_cast<std::uint32_t>(length));
  put16(bytes, fields.identification);
  put16(bytes, fragment);
  put8(bytes, fields.ttl);
  put8(bytes, fields.protocol);
  put16(bytes, 0);
  bytes.insert(bytes.end(), fields.source.bytes.begin(), fields.source.bytes.begin() + 4);
  bytes.insert(bytes.end(), fields.destination.bytes.begin(), fields.destination.bytes.begin() + 4);
  refresh_v4_checksum(bytes);
  bytes.insert(bytes.end(), transport.begin(), transport.end());
  return bytes;
}

Bytes build_v6(const DatagramFields& fields, const Bytes& transport) {
  const bool fragment = fields.fragment_offset.has_value() || fields.more_fragments;
  const std::size_t payload_length = transport.size() + (fragment ? 8 : 0);
  if (payload_length > 0xffff && !fields.length_zero)
    throw std::invalid_argument("longer than IPv6 without jumbo option");
  Bytes bytes;
  put32(bytes, 0x60000000);
  put16(bytes, fields.length_zero ? 0 : static_cast<std::uint32_t>(payload_length));
  put8(bytes, fragment ? kFragmentHeader : fields.protocol);
  put8(bytes, fields.ttl);
  bytes.insert(bytes.end(), fields.source.bytes.begin(), fields.source.bytes.end());
  bytes.insert(bytes.end(), fields.destination.bytes.begin(), fields.destination.bytes.end());
  if (fragment) {
    put16(bytes, static_cast<std::uint32_t>(fields.protocol) << 8U);
    put16(bytes, fields.fragment_offset.value_or(0) | (fields.more_fragments ? 1U : 0U));
    put32(bytes, fields.identification);
  }
  bytes.insert(bytes.end(), transport.begin(), transport.end());
  return bytes;
}

bool is_v4(const Bytes& datagram) {
  return datagram[0] >> 4U == 4;
}

}  // namespace

void put8(Bytes& bytes, std::uint32_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put16(Bytes& bytes, std::uint32_t value) {
  put8(bytes, value >> 8U);
  put8(bytes, value);
}

void put32(Bytes& bytes, std::uint32_t value) {
  put16(bytes, value >> 16U);
  put16(bytes, value);
}

std::size_t tcp_option_length(const TcpFields& tcp) {
  return tcp_options(tcp).size();
}

Bytes build_datagram(const DatagramFields& fields) {
  const Bytes transport = build_transport(fields);
  return fields.source.version == IpVersion::v4 ? build_v4(fields, transport) : build_v6(fields, transport);
}

void set_ttl(Bytes& datagram, std::uint8_t ttl) {
  if (is_v4(datagram)) {
    datagram[8] = ttl;
    refresh_v4_checksum(datagram);
  } else {
    datagram[7] = ttl;
  }
}

void set_claimed_length(Bytes& datagram, std::uint16_t length) {
  if (is_v4(datagram)) {
    store16(datagram, 2, length);
    refresh_v4_checksum(datagram);
  } else {
    store16(datagram, 4, length - static_cast<std::uint32_t>(kV6Header));
  }
}

void clear_dont_fragment(Bytes& datagram) {
  if (!is_v4(datagram)) throw std::invalid_argument("IPv6 has no DF bit to clear");
  datagram[6] = static_cast<std::uint8_t>(datagram[6] & ~(kV4DontFragment >> 8U));
  refresh_v4_checksum(datagram);
}

void append_icmp_extension(Bytes& quotation) {
  if (quotation.size() < kSmallestExtendedQuote) quotation.resize(kSmallestExtendedQuote);
  while (quotation.size() % 4 != 0) quotation.push_back(0);
  Bytes extension;
  put32(extension, 0x20000000);  // version 2, checksum filled below
  put16(extension, 8);           // one object: header and one label stack entry
  put16(extension, 0x0101);
  put32(extension, 0x00010101);
  store16(extension, 2, internet_checksum(extension));
  quotation.insert(quotation.end(), extension.begin(), extension.end());
}

}  // namespace pmtu::test
