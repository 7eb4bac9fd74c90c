// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace pmtu {

enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

/// An IPv4 or IPv6 address in network byte order; IPv4 fills the first four bytes and leaves the rest zero.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  IpVersion version = IpVersion::v4;

  [[nodiscard]] static IpAddress from_v4(const std::uint8_t* four_bytes) noexcept;
  [[nodiscard]] static IpAddress from_v6(const std::uint8_t* sixteen_bytes) noexcept;
  /// Unspecified, loopback, multicast or broadcast: no sender of datagrams that could be judged.
  [[nodiscard]] bool is_unicast() const noexcept {
    if (version == IpVersion::v6) return is_unicast_v6();
    const std::uint8_t first = bytes[0];
    return first != 0 && first != 127 && first < 224;  // RFC 1122 §3.2.1.3
  }
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  [[nodiscard]] bool is_unicast_v6() const noexcept;
};

/// Presentation form: dotted quad, or RFC 5952 for IPv6.
[[nodiscard]] std::string to_string(const IpAddress& address);

/// Where datagrams go: source and destination. A hint binds a path in this sense (RFC 1191 §6.2, RFC 8201
/// §5.2).
struct PathKey {
  IpAddress source;
  IpAddress destination;
  friend auto operator<=>(const PathKey&, const PathKey&) = default;
};

/// A directed 5-tuple. ICMP echo uses its identifier as both ports; protocols without ports use zero.
struct FlowKey {
  PathKey path;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
};

}  // namespace pmtu
