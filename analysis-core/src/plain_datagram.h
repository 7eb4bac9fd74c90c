// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "decode_view.h"
#include "decode_walk.h"
#include "link_tag.h"
#include "pmtu/decode.h"
#include "pmtu/observation.h"
#include "undirected_key.h"

namespace pmtu {

/// The one datagram of a frame as nearly all frames are: Ethernet, IPv4 without options or IPv6 without
/// extension headers, no fragment, TCP without flags that begin or end something and without options but
/// timestamps, or UDP that hides no further datagram.
///
/// What `decode` finds in such a frame is here in a fraction of its instructions, and nothing else: whoever
/// wants more decodes the frame.
struct PlainDatagram {
  UndirectedKey key;
  std::uint32_t length;   ///< of the IP datagram
  std::uint32_t payload;  ///< where the transport payload begins in the frame
  std::uint32_t payload_captured;
  std::uint16_t source_port;
  std::uint16_t destination_port;
  std::uint16_t identification;
  std::uint16_t checksum;  ///< TCP, UDP
  std::uint16_t link_tag;
  std::uint8_t ttl;
  bool is_tcp;
  bool dont_fragment;
  bool is_quic;
  TcpSegment segment;  ///< TCP; SACK blocks are not filled in, there are none
};

namespace detail {

/// Bytes in memory as a machine word, for keys.
template <class Word>
[[nodiscard]] inline std::uint64_t key_word(const std::uint8_t* bytes) {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// What stands between Ethernet and the transport header.
struct PlainNetwork {
  UndirectedKey::End source{};
  UndirectedKey::End destination{};
  std::uint32_t header_length = 0;
  std::uint8_t protocol = 0;
  IpVersion version = IpVersion::v4;
};

[[nodiscard]] inline bool plain_tcp(ByteView transport, std::uint32_t length, PlainDatagram& plain) {
  constexpr std::uint32_t kWithTimestamps = 32;
  constexpr std::uint32_t kTimestampsFirst = 0x0101080a;  // NOP, NOP, timestamps (RFC 7323 appendix A)
  constexpr std::uint8_t kEventful = tcp_flag::syn | tcp_flag::fin | tcp_flag::rst;
  const auto header = transport.header<20>();
  if (!header) return false;
  TcpSegment& segment = plain.segment;
  segment.flags = header->u8<13>();
  if ((segment.flags & (kEventful | tcp_flag::ack)) != tcp_flag::ack) return false;
  const std::uint32_t header_length = (header->u8<12>() >> 4U) * std::uint32_t{4};
  segment.has_timestamps = header_length != 20;
  if (segment.has_timestamps) {
    const auto options = transport.header<kWithTimestamps>();
    if (!options || header_length != kWithTimestamps || options->u32<20>() != kTimestampsFirst) return false;
    segment.timestamp_value = SequenceNumber(options->u32<24>());
    segment.timestamp_echo = SequenceNumber(options->u32<28>());
  } else {
    segment.timestamp_value = segment.timestamp_echo = SequenceNumber();
  }
  if (length < header_length) return false;
  plain.source_port = header->u16<0>();
  plain.destination_port = header->u16<2>();
  segment.sequence = SequenceNumber(header->u32<4>());
  segment.acknowledgment = SequenceNumber(header->u32<8>());
  segment.header_length = static_cast<std::uint8_t>(header_length);
  segment.window = header->u16<14>();
  plain.checksum = header->u16<16>();
  segment.payload_length = length - header_length;
  plain.payload += header_length;
  plain.payload_captured = std::min(transport.captured() - header_length, segment.payload_length);
  return true;
}

[[nodiscard]] inline bool plain_udp(ByteView transport, std::uint32_t length, const LayerOracle& oracle,
                                    PlainDatagram& plain) {
  const auto header = transport.header<8>();
  if (!header) return false;
  plain.source_port = header->u16<0>();
  plain.destination_port = header->u16<2>();
  plain.checksum = header->u16<6>();
  const std::uint16_t udp_length = header->u16<4>();
  if (udp_length < 8 || udp_length > length) return false;
  const ByteView payload = transport.with_length(udp_length).after(8);
  plain.payload += 8;
  plain.payload_captured = payload.captured();
  switch (udp_encapsulation(plain.source_port, plain.destination_port, payload, oracle, 0)) {
    case Encapsulation::quic:
      plain.is_quic = true;
      return true;
    case Encapsulation::none:
    case Encapsulation::udp_esp:
    case Encapsulation::wireguard:
    case Encapsulation::openvpn:
      plain.is_quic = false;
      return true;
    default:
      return false;
  }
}

}  // namespace detail

/// False: the frame is not plain, and `plain` means nothing.
[[nodiscard]] inline bool look_at(const Frame& frame, PlainDatagram& plain) {
  using detail::ByteView;
  using detail::key_word;
  constexpr std::uint32_t kEthernet = 14;
  constexpr std::uint32_t kLongest = 1U << 20U;
  if (frame.link_type != LinkType::ethernet || frame.bytes.size() > kLongest) return false;
  const ByteView bytes(frame.bytes.data(), static_cast<std::uint32_t>(frame.bytes.size()));
  const auto header = bytes.header<kEthernet + 40>();  // what follows IPv4 is never shorter than TCP's 20
  if (!header) return false;

  constexpr std::uint32_t kV4WithoutOptions = 0x08004500;
  constexpr std::uint32_t kV6 = 0x86dd6000;
  const std::uint32_t type = header->u32<12>();
  detail::PlainNetwork network;
  if ((type & 0xffffff00U) == kV4WithoutOptions) {
    constexpr std::uint16_t kFragment = 0x3fff;  // more fragments, or an offset (RFC 791 §3.1)
    const std::uint16_t flags = header->u16<20>();
    if ((flags & kFragment) != 0) return false;
    network.header_length = 20;
    network.protocol = header->u8<23>();
    network.source.upper = key_word<std::uint32_t>(header->bytes<26, 4>());
    network.destination.upper = key_word<std::uint32_t>(header->bytes<30, 4>());
    plain.length = header->u16<16>();
    plain.identification = header->u16<18>();
    plain.dont_fragment = (flags & 0x4000U) != 0;
    plain.ttl = header->u8<22>();
  } else if ((type & 0xfffff000U) == kV6) {
    network.version = IpVersion::v6;
    network.header_length = 40;
    network.protocol = header->u8<20>();
    network.source = {key_word<std::uint64_t>(header->bytes<22, 8>()),
                      key_word<std::uint64_t>(header->bytes<30, 8>()), 0};
    network.destination = {key_word<std::uint64_t>(header->bytes<38, 8>()),
                           key_word<std::uint64_t>(header->bytes<46, 8>()), 0};
    plain.length = 40U + header->u16<18>();
    plain.identification = 0;
    plain.dont_fragment = true;
    plain.ttl = header->u8<21>();
  } else {
    return false;
  }
  if (plain.length <= network.header_length) return false;
  plain.payload = kEthernet + network.header_length;
  const std::uint32_t transport_length = plain.length - network.header_length;
  const ByteView transport = bytes.after(plain.payload).with_length(transport_length);
  plain.is_tcp = network.protocol == ip_protocol::tcp;
  if (plain.is_tcp) {
    if (!detail::plain_tcp(transport, transport_length, plain)) return false;
  } else if (network.protocol != ip_protocol::udp ||
             !detail::plain_udp(transport, transport_length, frame.oracle, plain)) {
    return false;
  }
  network.source.port = plain.source_port;
  network.destination.port = plain.destination_port;
  plain.key = UndirectedKey(network.source, network.destination, network.version, network.protocol);
  LinkInfo link{};
  link.source_mac = header->u48<6>();
  link.interface_id = frame.interface_id;
  plain.link_tag = link_tag(link, 0);
  return true;
}

}  // namespace pmtu
