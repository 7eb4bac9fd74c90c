// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/wording.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "pmtu/observation.h"

namespace pmtu::report {
namespace {

bool has_ports(std::uint8_t protocol) {
  return protocol == ip_protocol::tcp || protocol == ip_protocol::udp || protocol == ip_protocol::sctp;
}

std::string end_point(const IpAddress& address, std::uint16_t port, std::uint8_t protocol) {
  std::string text = to_string(address);
  if (!has_ports(protocol)) return text;
  return (address.version == IpVersion::v6 ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

}  // namespace

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string number(FrameNumber frame) {
  return std::to_string(frame.value());
}

std::string count_of(std::uint64_t count, std::string_view thing) {
  return number(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string spoken(Duration duration) {
  const double seconds = duration.seconds();
  std::array<char, 32> text{};
  if (seconds >= 100.0) {
    std::snprintf(text.data(), text.size(), "%.0f s", seconds);
  } else if (seconds >= 1.0) {
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  } else if (seconds >= 0.0095) {
    std::snprintf(text.data(), text.size(), "%.0f ms", seconds * 1e3);
  } else if (seconds >= 0.001) {
    std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1e3);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f µs", seconds * 1e6);
  }
  return text.data();
}

std::string sizes(std::uint32_t smallest, std::uint32_t largest) {
  if (smallest == largest) return number(largest) + " bytes";
  return number(smallest) + " to " + number(largest) + " bytes";
}

std::string protocol_word(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::icmp:
      return "ICMP";
    case ip_protocol::tcp:
      return "TCP";
    case ip_protocol::udp:
      return "UDP";
    case ip_protocol::icmpv6:
      return "ICMPv6";
    case 4:
      return "IP in IP";
    case 41:
      return "IPv6 in IP";
    case 47:
      return "GRE";
    case 50:
      return "ESP";
    case 51:
      return "AH";
    case 132:
      return "SCTP";
    default:
      return "IP protocol " + std::to_string(protocol);
  }
}

std::string title(const FlowKey& flow) {
  return end_point(flow.path.source, flow.source_port, flow.protocol) + " -> " +
         end_point(flow.path.destination, flow.destination_port, flow.protocol) + " (" +
         protocol_word(flow.protocol) + ")";
}

std::string frame_list(std::span<const FrameNumber> frames, std::size_t most) {
  const std::size_t shown = std::min(frames.size(), most);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) text += i + 1 == frames.size() ? " and " : ", ";
    text += number(frames[i]);
  }
  if (shown < frames.size()) text += " and " + number(frames.size() - shown) + " more";
  return text;
}

std::string mtu_list(std::span<const Mtu> mtus) {
  std::string text;
  for (std::size_t i = 0; i < mtus.size(); ++i) {
    if (i != 0) text += i + 1 == mtus.size() ? " and " : ", ";
    text += number(mtus[i].value());
  }
  return text;
}

std::string_view hint_message(IpVersion version) {
  return version == IpVersion::v4 ? "ICMP Destination Unreachable, Fragmentation Needed (type 3 code 4)"
                                  : "ICMPv6 Packet Too Big (type 2)";
}

}  // namespace pmtu::report
