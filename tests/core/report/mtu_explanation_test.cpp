// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "pmtu/finding.h"

namespace pmtu {
namespace {

bool offers(std::uint32_t mtu, const std::string& candidate) {
  return explain_mtu(Mtu{mtu}).find(candidate) != std::string::npos;
}

class Candidates : public testing::TestWithParam<std::pair<std::uint32_t, std::string>> {};

TEST_P(Candidates, AreOffered) {
  EXPECT_TRUE(offers(GetParam().first, GetParam().second)) << explain_mtu(Mtu{GetParam().first});
}

INSTANTIATE_TEST_SUITE_P(
    MtuExplanation, Candidates,
    testing::Values(
        std::pair{1492U, std::string("PPPoE")}, std::pair{1480U, std::string("IPIP or 6in4")},
        std::pair{1476U, std::string("GRE")}, std::pair{1460U, std::string("DS-Lite")},
        std::pair{1450U, std::string("VXLAN")}, std::pair{1446U, std::string("VXLAN with inner VLAN tag")},
        std::pair{1446U, std::string("ESP tunnel over IPv4 with AES-GCM-16 or ChaCha20-Poly1305")},
        std::pair{1446U, std::string("ESP tunnel over IPv4 with 3DES-CBC and HMAC-96")},
        std::pair{1442U, std::string("Geneve")}, std::pair{1440U, std::string("WireGuard over IPv4")},
        std::pair{1420U, std::string("WireGuard over IPv6")},
        std::pair{1438U, std::string("ESP tunnel over IPv4 with NAT-T with AES-GCM-16")},
        std::pair{1438U, std::string("ESP tunnel over IPv4 with AES-CBC and HMAC-SHA1-96")},
        std::pair{1438U, std::string("ESP tunnel over IPv4 with AES-CBC and HMAC-SHA256-128")},
        std::pair{1426U, std::string("ESP tunnel over IPv6 with AES-GCM-16")},
        std::pair{1422U, std::string("ESP tunnel over IPv4 with NAT-T with AES-CBC")},
        std::pair{1412U, std::string("WireGuard over IPv6 on PPPoE")}, std::pair{1400U, std::string("cloud")},
        std::pair{1280U, std::string("IPv6 minimum")}, std::pair{1260U, std::string("NAT64")},
        std::pair{1460U, std::string("Google Cloud")}, std::pair{1350U, std::string("overlay")},
        std::pair{1280U, std::string("Tailscale")}, std::pair{1358U, std::string("3GPP")},
        std::pair{552U, std::string("the reporter's own estimate")},
        std::pair{1480U, std::string("NAT64 or 464XLAT (1500 - 40 IPv6 + 20 IPv4 = 1480)")},
        std::pair{1472U, std::string("464XLAT with a fragment header (1500 - 48 IPv6 + 20 IPv4 = 1472)")},
        std::pair{1252U, std::string("NAT64 at the IPv6 minimum with a fragment header")},
        std::pair{1464U, std::string("GTP-U (1500 - 20 IPv4 - 8 UDP - 8 GTP-U = 1464)")},
        std::pair{8500U, std::string("Amazon transit gateway")}, std::pair{8900U, std::string("9000 - 100")},
        std::pair{9001U, std::string("Amazon EC2")}, std::pair{8896U, std::string("Google Cloud")},
        std::pair{8950U, std::string("VXLAN on jumbo frames (9000 - 20 IPv4")},
        std::pair{8951U, std::string("VXLAN on the jumbo frames of Amazon EC2 (9001 - 20 IPv4")}));

TEST(MtuExplanation, ShowsItsArithmetic) {
  EXPECT_TRUE(offers(1476, "GRE (1500 - 20 IPv4 - 4 GRE = 1476)"));
  EXPECT_TRUE(offers(
      1446, "(1500 - 20 outer - 8 ESP - 8 IV - 16 ICV = 1448; whole 4-byte blocks 1448 - 2 trailer = 1446)"));
}

TEST(MtuExplanation, SeparatesCandidatesByCommas) {
  EXPECT_EQ(
      explain_mtu(Mtu{1446}),
      "VXLAN with inner VLAN tag (1500 - 20 IPv4 - 8 UDP - 8 VXLAN - 18 Ethernet = 1446), "
      "ESP tunnel over IPv4 with AES-GCM-16 or ChaCha20-Poly1305 (1500 - 20 outer - 8 ESP - 8 IV - 16 ICV = "
      "1448; whole 4-byte blocks 1448 - 2 trailer = 1446), "
      "ESP tunnel over IPv4 with 3DES-CBC and HMAC-96 (1500 - 20 outer - 8 ESP - 8 IV - 12 ICV = 1452; whole "
      "8-byte blocks 1448 - 2 trailer = 1446)");
}

TEST(MtuExplanation, StaysSilentWhereNothingFits) {
  EXPECT_EQ(explain_mtu(Mtu{1500}), "");
  EXPECT_EQ(explain_mtu(Mtu{1447}), "");
  EXPECT_EQ(explain_mtu(Mtu{0}), "");
  EXPECT_EQ(explain_mtu(Mtu{9000}), "");
}

}  // namespace
}  // namespace pmtu
