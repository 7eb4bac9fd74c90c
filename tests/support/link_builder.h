// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "pmtu/decode.h"
#include "support/datagram_builder.h"

/// Puts a link-layer header, and tunnels, around datagrams.
namespace pmtu::test {

enum class Tunnel : std::uint8_t {
  ip_in_ip,
  gre,
  vxlan,
  geneve,
  gtp_u,
  l2tp,
  teredo,
  wireguard,
  openvpn,
  esp,
  ah,
};

/// What the link layer of a frame shows. Which members count depends on the link type.
struct LinkFields {
  LinkType type = LinkType::ethernet;
  std::uint64_t source_mac = 0;
  std::uint64_t destination_mac = 0;
  std::vector<std::uint16_t> vlans;                    ///< outer tag first
  PacketDirection direction = PacketDirection::to_us;  ///< cooked captures
};

/// The frame around `datagram`. Ethernet frames are padded to 60 bytes, as a receiver sees them.
[[nodiscard]] Bytes build_frame(const LinkFields& link, const Bytes& datagram);

/// The outer datagram that carries `inner`. `outer` gives addresses, TTL, DF and identification.
[[nodiscard]] Bytes encapsulate(const Bytes& inner, Tunnel tunnel, DatagramFields outer,
                                const LinkFields& inner_link);

/// The number of a link type in capture files (tcpdump.org/linktypes).
[[nodiscard]] std::uint16_t capture_file_link_type(LinkType type);

}  // namespace pmtu::test
