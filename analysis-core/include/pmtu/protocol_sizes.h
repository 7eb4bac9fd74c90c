// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/address.h"

/// Sizes that protocols fix, in bytes, each with its source. What was measured or chosen is in
/// `rules/thresholds.h` and in `Preferences`.
namespace pmtu {

inline constexpr std::uint32_t kIpv4Header = 20;            ///< without options, RFC 791 §3.1
inline constexpr std::uint32_t kIpv6Header = 40;            ///< without extension headers, RFC 8200 §3
inline constexpr std::uint32_t kTcpHeader = 20;             ///< without options, RFC 9293 §3.1
inline constexpr std::uint32_t kMostTcpOptions = 40;        ///< RFC 9293 §3.1: the data offset has 4 bits
inline constexpr std::uint32_t kTimestampsOption = 12;      ///< with its padding, RFC 7323 appendix A
inline constexpr std::uint32_t kUdpHeader = 8;              ///< RFC 768
inline constexpr std::uint32_t kEthernetMtu = 1500;         ///< RFC 894
inline constexpr std::uint32_t kIpv4MinimumMtu = 68;        ///< RFC 791 §3.2, RFC 1191 §3
inline constexpr std::uint32_t kLinuxMinimumPathMtu = 552;  ///< `min_pmtu` of Linux, 512 bytes and headers
inline constexpr std::uint32_t kIpv4EveryHostTakes = 576;   ///< RFC 791 §3.1
inline constexpr std::uint32_t kIpv6MinimumMtu = 1280;      ///< RFC 8200 §5
inline constexpr std::uint32_t kQuicMinimumPayload = 1200;  ///< RFC 9000 §14.1

[[nodiscard]] constexpr std::uint32_t ip_header(IpVersion version) {
  return version == IpVersion::v4 ? kIpv4Header : kIpv6Header;
}

/// IP and TCP header without options: what MTU and MSS differ by (RFC 9293 §3.7.1).
[[nodiscard]] constexpr std::uint32_t tcp_headers(IpVersion version) {
  return ip_header(version) + kTcpHeader;
}

/// Most that a datagram with `payload` bytes of TCP may have been long, whatever options it carried.
[[nodiscard]] constexpr std::uint32_t longest_with(std::uint32_t payload, IpVersion version) {
  return payload + tcp_headers(version) + kMostTcpOptions;
}

/// No path is smaller: what is lost below it is not lost by its size. IPv4 senders clear DF there.
[[nodiscard]] constexpr std::uint32_t smallest_lost_by_size(IpVersion version) {
  return version == IpVersion::v4 ? kIpv4EveryHostTakes : kIpv6MinimumMtu;
}

}  // namespace pmtu
