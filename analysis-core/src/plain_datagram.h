// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "decode_view.h"
#include "decode_walk.h"
#include "link_tag.h"
#include "pmtu/decode.h"
#include "pmtu/observation.h"
#include "undirected_key.h"

namespace pmtu {

/// The one datagram of a frame as nearly all frames are: Ethernet, IPv4 without options or IPv6 without
/// extension headers, no fragment, TCP without flags that begin or end something and without options but
/// timestamps, UDP that hides no further datagram, or ESP.
///
/// What `decode` finds in such a frame is here in a fraction of its instructions, and nothing else: whoever
/// wants more decodes the frame. Everything is inlined into its one caller, so that values stay in registers.
struct PlainDatagram {
  UndirectedKey key;
  std::uint32_t length;   ///< of the IP datagram
  std::uint32_t payload;  ///< where the transport payload begins in the frame
  std::uint32_t payload_captured;
  std::uint16_t source_port;
  std::uint16_t destination_port;
  std::uint16_t identification;
  std::uint16_t checksum;  ///< TCP, UDP; of ESP the lower half of the sequence number
  std::uint8_t ttl;
  bool dont_fragment;
};

namespace detail {

constexpr std::uint32_t kPlainEthernet = 14;

/// The IP header of a plain frame. Its bytes are known to be captured.
template <IpVersion kVersion>
struct PlainIp;

template <>
struct PlainIp<IpVersion::v4> {
  static constexpr std::uint32_t kHeader = 20;
  Header<kHeader> header;

  [[nodiscard]] static bool begins(std::uint32_t type_and_start) {
    return (type_and_start & 0xffffff00U) == 0x08004500U;
  }
  [[nodiscard]] bool is_fragment() const { return (header.u16<6>() & 0x3fffU) != 0; }  // RFC 791 §3.1
  [[nodiscard]] std::uint32_t length() const { return header.u16<2>(); }
  [[nodiscard]] std::uint8_t protocol() const { return header.u8<9>(); }
  [[nodiscard]] std::uint16_t identification() const { return header.u16<4>(); }
  [[nodiscard]] bool dont_fragment() const { return (header.u8<6>() & 0x40U) != 0; }
  [[nodiscard]] std::uint8_t ttl() const { return header.u8<8>(); }
  [[nodiscard]] UndirectedKey::Address source() const { return address(header.bytes<12, 4>()); }
  [[nodiscard]] UndirectedKey::Address destination() const { return address(header.bytes<16, 4>()); }
  [[nodiscard]] static UndirectedKey::Address address(const std::uint8_t* bytes) {
    UndirectedKey::Address words;
    std::memcpy(&words.first, bytes, 4);
    return words;
  }
};

template <>
struct PlainIp<IpVersion::v6> {
  static constexpr std::uint32_t kHeader = 40;
  Header<kHeader> header;

  [[nodiscard]] static bool begins(std::uint32_t type_and_start) {
    return (type_and_start & 0xfffff000U) == 0x86dd6000U;
  }
  [[nodiscard]] static bool is_fragment() { return false; }
  [[nodiscard]] std::uint32_t length() const { return kHeader + header.u16<4>(); }
  [[nodiscard]] std::uint8_t protocol() const { return header.u8<6>(); }
  [[nodiscard]] static std::uint16_t identification() { return 0; }
  [[nodiscard]] static bool dont_fragment() { return true; }
  [[nodiscard]] std::uint8_t ttl() const { return header.u8<7>(); }
  [[nodiscard]] UndirectedKey::Address source() const { return address(header.bytes<8, 16>()); }
  [[nodiscard]] UndirectedKey::Address destination() const { return address(header.bytes<24, 16>()); }
  [[nodiscard]] static UndirectedKey::Address address(const std::uint8_t* bytes) {
    UndirectedKey::Address words;
    std::memcpy(&words.first, bytes, 8);
    std::memcpy(&words.second, bytes + 8, 8);
    return words;
  }
};

}  // namespace detail

/// The shortest frame that may be plain.
constexpr std::uint32_t kShortestPlainFrame = detail::kPlainEthernet + 40;

/// Reads IP: the protocol behind it, or 0 where the frame is not plain. Only for frames of Ethernet, of at
/// least `kShortestPlainFrame` bytes, whose type and first IP byte say `kVersion`.
template <IpVersion kVersion>
[[nodiscard, gnu::always_inline]] inline std::uint8_t look_at_ip(const Frame& frame, PlainDatagram& plain) {
  using Ip = detail::PlainIp<kVersion>;
  const std::uint8_t* const bytes = frame.bytes.data() + detail::kPlainEthernet;
  const Ip ip{detail::Header<Ip::kHeader>(bytes)};
  const std::uint8_t protocol = ip.protocol();
  plain.length = ip.length();
  plain.payload = detail::kPlainEthernet + Ip::kHeader;
  constexpr std::uint32_t kShortestTransport = 8;
  const bool whole = plain.length >= Ip::kHeader + kShortestTransport &&
                     frame.bytes.size() >= plain.payload + kShortestTransport;
  if (!whole || ip.is_fragment()) return 0;
  if (protocol == detail::ip_protocol::esp) {
    plain.source_port = plain.destination_port = 0;
  } else {
    const detail::Header<4> ports(bytes + Ip::kHeader);
    plain.source_port = ports.u16<0>();
    plain.destination_port = ports.u16<2>();
  }
  plain.identification = ip.identification();
  plain.dont_fragment = ip.dont_fragment();
  plain.ttl = ip.ttl();
  plain.key = UndirectedKey(ip.source(), ip.destination(), plain.source_port, plain.destination_port,
                            kVersion, protocol);
  return protocol;
}

/// Reads the TCP header that stands where `plain.payload` says. False: the frame is not plain. SACK blocks
/// are not filled in, there are none.
[[nodiscard, gnu::always_inline]] inline bool look_at_tcp(const Frame& frame, PlainDatagram& plain,
                                                          TcpSegment& segment) {
  constexpr std::uint32_t kBare = 20;
  constexpr std::uint32_t kWithTimestamps = 32;
  constexpr std::uint32_t kTimestampsFirst = 0x0101080a;  // NOP, NOP, timestamps (RFC 7323 appendix A)
  constexpr std::uint8_t kEventful = tcp_flag::syn | tcp_flag::fin | tcp_flag::rst;
  const std::uint32_t captured = static_cast<std::uint32_t>(frame.bytes.size()) - plain.payload;
  const std::uint32_t length = plain.length - (plain.payload - detail::kPlainEthernet);
  if (captured < kBare) return false;
  const std::uint8_t* const bytes = frame.bytes.data() + plain.payload;
  const detail::Header<kBare> header(bytes);
  if ((header.u8<13>() & (kEventful | tcp_flag::ack)) != tcp_flag::ack) return false;
  segment.flags = tcp_flag::ack;  // what else is set changes nothing
  const std::uint32_t header_length = (header.u8<12>() >> 4U) * std::uint32_t{4};
  if (header_length == kWithTimestamps) {
    const detail::Header<kWithTimestamps> with_options(bytes);
    if (captured < kWithTimestamps || with_options.u32<20>() != kTimestampsFirst) return false;
    segment.has_timestamps = true;
    segment.timestamp_value = SequenceNumber(with_options.u32<24>());
    segment.timestamp_echo = SequenceNumber(with_options.u32<28>());
  } else if (header_length == kBare) {
    segment.has_timestamps = false;
    segment.timestamp_value = segment.timestamp_echo = SequenceNumber();
  } else {
    return false;
  }
  if (length < header_length) return false;
  segment.sequence = SequenceNumber(header.u32<4>());
  segment.acknowledgment = SequenceNumber(header.u32<8>());
  segment.window = header.u16<14>();
  segment.payload_length = length - header_length;
  plain.checksum = header.u16<16>();
  plain.payload += header_length;
  plain.payload_captured = std::min(captured - header_length, segment.payload_length);
  return true;
}

/// Reads the UDP header that stands where `plain.payload` says, and what it carries. False: the frame is not
/// plain.
[[nodiscard]] inline bool look_at_udp(const Frame& frame, PlainDatagram& plain, Encapsulation& carried) {
  constexpr std::uint32_t kHeader = 8;
  const detail::ByteView transport(frame.bytes.data() + plain.payload,
                                   static_cast<std::uint32_t>(frame.bytes.size()) - plain.payload);
  const std::uint32_t length = plain.length - (plain.payload - detail::kPlainEthernet);
  const detail::Header<kHeader> header(transport.data());
  const std::uint16_t udp_length = header.u16<4>();
  if (udp_length < kHeader || udp_length > length) return false;
  const detail::ByteView payload = transport.with_length(udp_length).after(kHeader);
  plain.checksum = header.u16<6>();
  plain.payload += kHeader;
  plain.payload_captured = payload.captured();
  carried = detail::udp_encapsulation(plain.source_port, plain.destination_port, payload, frame.oracle, 0);
  return carried == Encapsulation::none || carried == Encapsulation::quic ||
         carried == Encapsulation::udp_esp || carried == Encapsulation::wireguard ||
         carried == Encapsulation::openvpn;
}

/// Reads what tells one ESP datagram from another (RFC 4303 §2.2).
inline void look_at_esp(const Frame& frame, PlainDatagram& plain) {
  plain.checksum = detail::Header<8>(frame.bytes.data() + plain.payload).u16<6>();
  plain.payload_captured = 0;
}

/// The neighbour that sent a plain frame, as `link_tag` has it of a decoded one.
[[nodiscard, gnu::always_inline]] inline std::uint16_t plain_link_tag(const Frame& frame) {
  LinkInfo link{};
  link.source_mac = detail::Header<detail::kPlainEthernet>(frame.bytes.data()).u48<6>();
  link.interface_id = frame.interface_id;
  return link_tag(link, 0);
}

}  // namespace pmtu
