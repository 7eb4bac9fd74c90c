// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics/row_text.h"

#include "pmtu/observation.h"

namespace pmtu::plugin {

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::icmp:
      return "icmp";
    case ip_protocol::tcp:
      return "tcp";
    case ip_protocol::udp:
      return "udp";
    case ip_protocol::icmpv6:
      return "icmpv6";
    case 47:
      return "gre";
    case 50:
      return "esp";
    case 132:
      return "sctp";
    default:
      return std::to_string(protocol);
  }
}

std::string endpoint(const IpAddress& address, std::uint16_t port) {
  std::string text = to_string(address);
  if (port == 0) return text;
  const std::string host = address.version == IpVersion::v6 ? "[" + text + "]" : text;
  return host + ":" + std::to_string(port);
}

std::string path_mtu_text(std::optional<Mtu> mtu, const Bracket& bracket) {
  if (mtu) return std::to_string(mtu->value());
  if (!bracket.passed && !bracket.lost) return "";
  std::string text;
  if (bracket.passed) text += std::to_string(bracket.passed->value()) + " \u2264 ";
  text += "\u2026";
  if (bracket.lost) text += " < " + std::to_string(bracket.lost->value());
  return text;
}

std::string seconds_text(Duration duration) {
  constexpr std::int64_t kMicrosecond = 1'000;
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const std::int64_t rounded = duration.nanoseconds() / kMicrosecond +
                               (duration.nanoseconds() % kMicrosecond >= kMicrosecond / 2 ? 1 : 0);
  const std::string decimals = std::to_string(rounded % kMicroseconds);
  return std::to_string(rounded / kMicroseconds) + "." + std::string(6 - decimals.size(), '0') + decimals;
}

}  // namespace pmtu::plugin
