// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/tunnel_overhead.h"

#include <gtest/gtest.h>

namespace pmtu::report {
namespace {

FlowKey flow(std::uint8_t protocol, std::uint16_t destination_port = 0, IpVersion version = IpVersion::v4) {
  FlowKey key;
  key.path.source.version = key.path.destination.version = version;
  key.source_port = 40000;
  key.destination_port = destination_port;
  key.protocol = protocol;
  return key;
}

std::uint32_t inside(const FlowKey& outer, std::uint32_t path_mtu) {
  const auto room = tunnel_room(outer, Mtu{path_mtu});
  return room ? room->mtu : 0;
}

// The MTUs that these tunnels are known for on Ethernet.
TEST(TunnelRoom, OfTunnelsOnEthernet) {
  EXPECT_EQ(inside(flow(4), 1500), 1480U);
  EXPECT_EQ(inside(flow(41), 1500), 1480U);
  EXPECT_EQ(inside(flow(47), 1500), 1476U);
  EXPECT_EQ(inside(flow(17, 4789), 1500), 1450U);
  EXPECT_EQ(inside(flow(17, 6081), 1500), 1450U);
  EXPECT_EQ(inside(flow(17, 2152), 1500), 1464U);
  EXPECT_EQ(inside(flow(17, 51820), 1500), 1440U);
  EXPECT_EQ(inside(flow(17, 51820, IpVersion::v6), 1500), 1420U);
}

// 40 bytes of L2TP, 52 of OpenVPN with an AEAD cipher, 28 and the label of MPLS in UDP, 36 of EtherIP.
TEST(TunnelRoom, OfOtherTunnelsOnEthernet) {
  EXPECT_EQ(inside(flow(17, 1701), 1500), 1460U);
  EXPECT_EQ(inside(flow(17, 1194), 1500), 1448U);
  EXPECT_EQ(inside(flow(17, 1194, IpVersion::v6), 1500), 1428U);
  EXPECT_EQ(inside(flow(17, 6635), 1500), 1468U);
  EXPECT_EQ(inside(flow(97), 1500), 1464U);
}

// RFC 3931 §4.1.1.1: the session and Ethernet inside; RFC 4380 §5.1.1: nothing but UDP.
TEST(TunnelRoom, OfL2tpVersion3AndTeredo) {
  EXPECT_EQ(inside(flow(115), 1500), 1462U);
  const auto teredo = tunnel_room(flow(17, 3544), Mtu{1400});
  ASSERT_TRUE(teredo);
  EXPECT_EQ(teredo->mtu, 1372U);
  EXPECT_EQ(teredo->inside, IpVersion::v6);
  EXPECT_EQ(teredo->arithmetic, "1400 - 20 (IPv4) - 8 (UDP)");
}

// openvpn(8): with `mtu` the outer headers count, before 2.6 they do not.
TEST(TunnelRoom, OpenvpnHasSettingsOfItsOwn) {
  const auto room = tunnel_room(flow(17, 1194, IpVersion::v6), Mtu{1400});
  ASSERT_TRUE(room);
  std::string lines;
  for (const std::string& line : room->settings) lines += line + '\n';
  EXPECT_NE(lines.find("mssfix 1400 mtu"), std::string::npos);
  EXPECT_NE(lines.find("fragment 1400 mtu"), std::string::npos);
  EXPECT_NE(lines.find("before 2.6: 1352 instead"), std::string::npos);
  EXPECT_NE(lines.find("tun-mtu 1328"), std::string::npos);
  EXPECT_EQ(lines.find("ip link"), std::string::npos);
}

TEST(TunnelRoom, WhatFitsInside) {
  EXPECT_EQ(tunnel_room(flow(4), Mtu{1500})->inside, IpVersion::v4);
  EXPECT_EQ(tunnel_room(flow(41), Mtu{1500})->inside, IpVersion::v6);
  EXPECT_EQ(tunnel_room(flow(47), Mtu{1500})->inside, std::nullopt);
}

// RFC 4302 §2, RFC 2404: 12 and 12.
TEST(TunnelRoom, BehindAnAuthenticationHeader) {
  const auto ipip = tunnel_room(flow(4), Mtu{1500}, true);
  ASSERT_TRUE(ipip);
  EXPECT_EQ(ipip->mtu, 1456U);
  EXPECT_EQ(ipip->arithmetic, "1500 - 20 (IPv4) - 24 (AH)");
  EXPECT_NE(ipip->proviso.find("HMAC-SHA256-128"), std::string::npos);
  const auto gre = tunnel_room(flow(47, 0, IpVersion::v6), Mtu{1500}, true);
  ASSERT_TRUE(gre);
  EXPECT_EQ(gre->mtu, 1432U);
}

// RFC 4106, RFC 4303: (1500 − 20 − 8 − 8 − 16) / 4 · 4 − 2; with NAT traversal 8 more.
TEST(TunnelRoom, OfEsp) {
  EXPECT_EQ(inside(flow(50), 1500), 1446U);
  EXPECT_EQ(inside(flow(17, 4500), 1500), 1438U);
  EXPECT_EQ(inside(flow(50, 0, IpVersion::v6), 1500), 1426U);
  EXPECT_EQ(inside(flow(50), 1447), 1390U);
}

TEST(TunnelRoom, SaysHow) {
  const auto room = tunnel_room(flow(17, 4789), Mtu{1446});
  ASSERT_TRUE(room);
  EXPECT_EQ(room->arithmetic, "1446 - 20 (IPv4) - 8 (UDP) - 8 (VXLAN) - 14 (Ethernet inside)");
}

TEST(TunnelRoom, OfNoTunnel) {
  EXPECT_FALSE(tunnel_room(flow(6), Mtu{1446}));
  EXPECT_FALSE(tunnel_room(flow(17, 443), Mtu{1446}));
  EXPECT_FALSE(tunnel_room(flow(89), Mtu{1446}));
  EXPECT_FALSE(tunnel_room(flow(47), Mtu{20}));
}

}  // namespace
}  // namespace pmtu::report
