// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "pmtu/decode.h"

namespace pmtu::testing {

using Bytes = std::vector<std::uint8_t>;

/// Bytes written as hex digits; everything that is none is for the reader's eye.
inline Bytes hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return bytes;
}

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline Bytes zeros(std::size_t count) {
  return Bytes(count);
}

inline Bytes number16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)};
}

/// An IPv4 header from 10.1.0.10 to 10.2.0.20 before `payload`: DF set, identification 0x1234, TTL 64.
inline Bytes ipv4(std::uint8_t protocol, const Bytes& payload, std::string_view flags = "4000") {
  return join({hex("4500"),
               number16(20 + payload.size()),
               hex("1234"),
               hex(flags),
               {64, protocol},
               hex("0000"),
               hex("0a01000a 0a020014"),
               payload});
}

/// An IPv6 header from 2001:db8::1 to 2001:db8::2 before `payload`: hop limit 64.
inline Bytes ipv6(std::uint8_t next_header, const Bytes& payload) {
  return join({hex("60000000"),
               number16(payload.size()),
               {next_header, 64},
               hex("20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002"),
               payload});
}

/// A TCP header without options from port 443 to 40443, sequence 1000, acknowledgment 2000, ACK set.
inline Bytes tcp(const Bytes& payload = {}) {
  return join({hex("01bb 9dfb 000003e8 000007d0 5010 ffff abcd 0000"), payload});
}

/// A UDP header before `payload`.
inline Bytes udp(std::size_t source_port, std::size_t destination_port, const Bytes& payload) {
  return join({number16(source_port), number16(destination_port), number16(8 + payload.size()), hex("0000"),
               payload});
}

inline Bytes ethernet(std::string_view type, const Bytes& payload) {
  return join({hex("020000000002 020000000001"), hex(type), payload});
}

/// Decodes into an observation full of leftovers, as every one is after the first frame of a capture.
inline Observation decoded(LinkType link, const Bytes& bytes, const LayerOracle& oracle = {}) {
  static Observation leftovers = [] {
    Observation all;
    auto* raw = reinterpret_cast<std::uint8_t*>(&all);
    for (std::size_t i = 0; i < sizeof all; ++i) raw[i] = 0x01;
    return all;
  }();
  Observation observation = leftovers;
  // An exact copy on the heap, so that a sanitizer sees any read past its end.
  const Bytes exact(bytes.begin(), bytes.end());
  Frame frame;
  frame.number = FrameNumber(7);
  frame.link_type = link;
  frame.bytes = exact;
  frame.oracle = oracle;
  decode(frame, observation);
  observation.bytes = {};
  return observation;
}

}  // namespace pmtu::testing
