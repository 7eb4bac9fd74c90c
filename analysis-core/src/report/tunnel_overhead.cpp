// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/tunnel_overhead.h"

#include <span>
#include <string_view>
#include <vector>

#include "pmtu/protocol_sizes.h"

namespace pmtu::report {
namespace {

struct Header {
  std::uint32_t bytes;
  std::string_view what;
};
constexpr Header kUdp{kUdpHeader, "UDP"};
constexpr Header kEthernetInside{14, "Ethernet inside"};

Header outer_ip(const FlowKey& flow) {
  const bool v4 = flow.path.source.version == IpVersion::v4;
  return {ip_header(flow.path.source.version), v4 ? "IPv4" : "IPv6"};
}

std::optional<TunnelRoom> less(std::string_view tunnel, Mtu path_mtu, std::span<const Header> headers,
                               std::string_view proviso) {
  TunnelRoom room;
  room.tunnel = tunnel;
  room.arithmetic = std::to_string(path_mtu.value());
  room.proviso = proviso;
  room.mtu = path_mtu.value();
  for (const Header& header : headers) {
    if (header.bytes + kIpv4MinimumMtu > room.mtu) return std::nullopt;
    room.mtu -= header.bytes;
    room.arithmetic += " - " + std::to_string(header.bytes) + " (" + std::string(header.what) + ')';
  }
  return room;
}

/// RFC 4303 §2, RFC 4106: what is encrypted ends with two bytes of trailer on a border of four.
std::optional<TunnelRoom> less_esp(Mtu path_mtu, std::vector<Header> headers) {
  constexpr std::uint32_t kBlock = 4;
  constexpr std::uint32_t kTrailer = 2;
  headers.insert(headers.end(), {{8, "ESP"}, {8, "IV"}, {16, "ICV"}});
  auto room = less("ESP", path_mtu, headers, "with AES-GCM-16 or ChaCha20-Poly1305; other ciphers take more");
  if (!room || room->mtu < kBlock) return std::nullopt;
  room->arithmetic += ", rounded down to a multiple of 4, - 2 (trailer)";
  room->mtu = room->mtu / kBlock * kBlock - kTrailer;
  return room;
}

/// RFC 4302 §2: twelve bytes and a value of twelve (RFC 2404) to sixteen bytes (RFC 4868).
constexpr Header kAuthentication{24, "AH"};

/// IP in IP, or a tunnel of its own protocol, behind an Authentication Header or without.
std::optional<TunnelRoom> less_in_ip(std::string_view tunnel, Mtu path_mtu, std::vector<Header> headers,
                                     bool authenticated, std::string_view proviso) {
  if (!authenticated) return less(tunnel, path_mtu, headers, proviso);
  headers.insert(headers.begin() + 1, kAuthentication);
  std::string text = "with HMAC-SHA1-96; 4 less with HMAC-SHA256-128, 8 in IPv6";
  if (!proviso.empty()) text += "; " + std::string(proviso);
  return less(tunnel, path_mtu, headers, text);
}

std::optional<TunnelRoom> carrying(IpVersion inside, std::optional<TunnelRoom> room) {
  if (room) room->inside = inside;
  return room;
}

/// Data channel, version 2: opcode and peer, packet number, tag. Its settings are those of openvpn(8): with
/// `mtu` they count the outer headers, which releases before 2.6 do not know.
std::optional<TunnelRoom> less_openvpn(Mtu path_mtu, const Header& ip) {
  auto room =
      less("OpenVPN", path_mtu,
           std::vector<Header>{ip, kUdp, {4, "opcode and peer"}, {4, "packet number"}, {16, "tag"}},
           "with AES-GCM or ChaCha20-Poly1305 and tun; 14 less with tap, more with CBC or compression");
  if (!room) return room;
  const std::string most = std::to_string(path_mtu.value());
  const std::string before = std::to_string(path_mtu.value() - ip.bytes - kUdpHeader);
  room->settings = {"# OpenVPN on both ends; before 2.6: " + before + " instead of \"" + most + " mtu\"",
                    "mssfix " + most + " mtu      # TCP inside",
                    "fragment " + most + " mtu    # where more than TCP has to pass",
                    "# or, on both ends:", "tun-mtu " + std::to_string(room->mtu)};
  return room;
}

/// RFC 2661 §3.1, RFC 1661 §2.
std::optional<TunnelRoom> less_l2tp(Mtu path_mtu, const Header& ip) {
  auto room =
      less("L2TP", path_mtu, std::vector<Header>{ip, kUdp, {8, "L2TP"}, {4, "PPP"}},
           "4 less with sequence numbers; less what IPsec takes where it protects L2TP; with Ethernet "
           "inside (version 3) 10 less, 4 to 12 less again with a cookie and a sublayer");
  if (!room) return room;
  const std::string most = std::to_string(room->mtu);
  room->settings = {"# pppd, on both ends", "mtu " + most, "mru " + most};
  return room;
}

std::optional<TunnelRoom> less_wireguard(Mtu path_mtu, const Header& ip) {
  auto room = less("WireGuard", path_mtu, std::vector<Header>{ip, kUdp, {16, "WireGuard"}, {16, "tag"}}, "");
  if (!room) return room;
  room->settings = {"# wg-quick, in [Interface]", "MTU = " + std::to_string(room->mtu), "# or at once",
                    "ip link set dev TUNNEL mtu " + std::to_string(room->mtu)};
  return room;
}

std::optional<TunnelRoom> less_udp_tunnel(std::uint16_t port, const Header& ip, Mtu path_mtu) {
  switch (port) {
    case 4789:  // RFC 7348 §5; the port of Linux before it was assigned
    case 8472:
      return less("VXLAN", path_mtu, std::vector<Header>{ip, kUdp, {8, "VXLAN"}, kEthernetInside},
                  "4 less for each VLAN tag inside");
    case 6081:  // RFC 8926 §3.4
      return less("Geneve", path_mtu, std::vector<Header>{ip, kUdp, {8, "Geneve"}, kEthernetInside},
                  "less the options, and 4 for each VLAN tag inside");
    case 2152:  // 3GPP TS 29.281 §5.1
      return less("GTP-U", path_mtu, std::vector<Header>{ip, kUdp, {8, "GTP-U"}},
                  "4 to 16 less with sequence number or extension headers; mobiles are told what is left as "
                  "the link MTU (3GPP TS 24.008 section 10.5.6.3)");
    case 1194:
      return less_openvpn(path_mtu, ip);
    case 1701:
      return less_l2tp(path_mtu, ip);
    case 3544:  // RFC 4380 §5.1.1
      return carrying(IpVersion::v6,
                      less("Teredo", path_mtu, std::vector<Header>{ip, kUdp},
                           "8 less with an origin indication, 13 or more with authentication"));
    case 6635:  // RFC 7510 §3
      return less("MPLS in UDP", path_mtu, std::vector<Header>{ip, kUdp, {4, "label"}},
                  "4 less for each further label");
    case 4500:  // RFC 3948 §2.1
      return less_esp(path_mtu, {ip, kUdp});
    case 51820:
      return less_wireguard(path_mtu, ip);
    default:
      return std::nullopt;
  }
}

std::optional<TunnelRoom> room_of(const FlowKey& outer, Mtu path_mtu, bool authenticated) {
  const Header ip = outer_ip(outer);
  switch (outer.protocol) {
    case 4:  // RFC 2003, RFC 2473
      return carrying(IpVersion::v4, less_in_ip("IPv4 in IP", path_mtu, {ip}, authenticated, ""));
    case 41:  // RFC 4213, RFC 2473
      return carrying(IpVersion::v6, less_in_ip("IPv6 in IP", path_mtu, {ip}, authenticated, ""));
    case 47:  // RFC 2784 §2, RFC 2890 §2
      return less_in_ip("GRE", path_mtu, {ip, {4, "GRE"}}, authenticated,
                        "4 less for each of key, checksum and sequence number; 14 less with Ethernet inside");
    case 50:
      return less_esp(path_mtu, {ip});
    case 97:  // RFC 3378 §3
      return less_in_ip("EtherIP", path_mtu, {ip, {2, "EtherIP"}, kEthernetInside}, authenticated,
                        "4 less for each VLAN tag inside");
    case 115:  // RFC 3931 §4.1.1.1
      return less("L2TPv3", path_mtu, std::vector<Header>{ip, {4, "session"}, kEthernetInside},
                  "4 to 12 less with a cookie and a sublayer, 4 for each VLAN tag inside");
    case 17:
      break;
    default:
      return std::nullopt;
  }
  auto by_destination = less_udp_tunnel(outer.destination_port, ip, path_mtu);
  return by_destination ? by_destination : less_udp_tunnel(outer.source_port, ip, path_mtu);
}

}  // namespace

std::optional<TunnelRoom> tunnel_room(const FlowKey& outer, Mtu path_mtu, bool authenticated) {
  auto room = room_of(outer, path_mtu, authenticated);
  if (room && room->settings.empty())
    room->settings = {"# Linux", "ip link set dev TUNNEL mtu " + std::to_string(room->mtu)};
  return room;
}

}  // namespace pmtu::report
