// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "pmtu/address.h"

/// Builds real IP datagrams, checksums included, from a plain description. Knows nothing of traces or links.
namespace pmtu::test {

using Bytes = std::vector<std::uint8_t>;

struct TcpFields {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 65535;
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool sack_permitted = false;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> timestamps;  ///< value, echo
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sacks;
  /// Bytes of options; more than the options above need are filled with NOP (RFC 9293 §3.2).
  std::optional<std::size_t> option_length;
};

struct IcmpFields {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  bool bad_checksum = false;
};

/// One IPv4 or IPv6 datagram. `protocol` says which of the members count.
struct DatagramFields {
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl = 64;
  std::uint32_t identification = 0;
  bool dont_fragment = true;
  std::uint8_t protocol = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  TcpFields tcp;
  IcmpFields icmp;
  Bytes payload;  ///< after the transport header; the quotation of an ICMP error; or an inner datagram
  std::optional<std::uint16_t> fragment_offset;  ///< in bytes; IPv6: adds a fragment header
  bool more_fragments = false;
  bool length_zero = false;  ///< offload: Total Length or Payload Length 0
};

/// Bytes of the TCP options that `tcp` asks for, padded to a multiple of four.
[[nodiscard]] std::size_t tcp_option_length(const TcpFields& tcp);

/// The datagram, IP header first. A fragment with a non-zero offset carries `payload` without transport
/// header.
[[nodiscard]] Bytes build_datagram(const DatagramFields& fields);

/// Sets the TTL (or hop limit) of a built datagram and puts the header checksum right.
void set_ttl(Bytes& datagram, std::uint8_t ttl);

/// Sets the total length that the header claims, without changing what follows; the checksum stays right.
void set_claimed_length(Bytes& datagram, std::uint16_t length);

/// Clears DF in a built IPv4 datagram; the checksum stays right.
void clear_dont_fragment(Bytes& datagram);

/// RFC 4884: pads the quotation to a multiple of four (at least 128 bytes) and appends an extension structure
/// with one MPLS object (RFC 4950). The length octet is for `IcmpFields::rest`.
void append_icmp_extension(Bytes& quotation);

void put8(Bytes& bytes, std::uint32_t value);
void put16(Bytes& bytes, std::uint32_t value);
void put32(Bytes& bytes, std::uint32_t value);

}  // namespace pmtu::test
