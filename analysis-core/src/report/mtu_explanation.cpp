// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "pmtu/finding.h"

// Why a next hop may take just that much: what common encapsulations leave of an Ethernet or PPPoE link. Many
// stacks give the same number, hence candidates.
namespace pmtu {
namespace {

constexpr std::uint32_t kEthernetMtu = 1500;
constexpr std::uint32_t kPppoeMtu = 1492;   // RFC 2516 §7: 6 bytes PPPoE, 2 bytes PPP
constexpr std::uint32_t kJumboMtu = 9000;   // by convention; no standard names one
constexpr std::uint32_t kAmazonMtu = 9001;  // Amazon EC2 user guide, "Network MTU"

/// An encapsulation that takes a fixed number of bytes.
struct FixedOverhead {
  std::string_view name;
  std::uint32_t bytes;
  std::string_view terms;  ///< the sum, as it is subtracted
};

constexpr std::array kFixedOverheads{
    FixedOverhead{"PPPoE", 8, "6 PPPoE - 2 PPP"},
    FixedOverhead{"IPIP or 6in4", 20, "20 IPv4"},
    // RFC 7915 §4.2, §5.2: the translated header is 20 bytes longer, 28 with a fragment header, for which the
    // CLAT of Android always leaves room.
    FixedOverhead{"NAT64 or 464XLAT", 20, "40 IPv6 + 20 IPv4"},
    FixedOverhead{"IPIP or 6in4 on PPPoE", 28, "8 PPPoE - 20 IPv4"},
    FixedOverhead{"464XLAT with a fragment header", 28, "48 IPv6 + 20 IPv4"},
    FixedOverhead{"GRE", 24, "20 IPv4 - 4 GRE"},
    FixedOverhead{"DS-Lite", 40, "40 IPv6"},
    FixedOverhead{"GTP-U", 36, "20 IPv4 - 8 UDP - 8 GTP-U"},
    FixedOverhead{"Geneve", 50, "20 IPv4 - 8 UDP - 8 Geneve - 14 Ethernet"},
    FixedOverhead{"VXLAN", 50, "20 IPv4 - 8 UDP - 8 VXLAN - 14 Ethernet"},
    FixedOverhead{"VXLAN over IPv6", 70, "40 IPv6 - 8 UDP - 8 VXLAN - 14 Ethernet"},
    FixedOverhead{"VXLAN with inner VLAN tag", 54, "20 IPv4 - 8 UDP - 8 VXLAN - 18 Ethernet"},
    FixedOverhead{"Geneve with 8 bytes of options", 58, "20 IPv4 - 8 UDP - 16 Geneve - 14 Ethernet"},
    FixedOverhead{"WireGuard over IPv4", 60, "20 IPv4 - 8 UDP - 32 WireGuard"},
    FixedOverhead{"WireGuard over IPv6", 80, "40 IPv6 - 8 UDP - 32 WireGuard"},
};

/// A conventional value that no sum on a 1500-byte link gives.
struct ConventionalMtu {
  Mtu mtu;
  std::string_view candidate;
};

constexpr std::array kConventionalMtus{
    // Amazon VPC, "Transit gateways": 8500 between VPCs. Google Cloud, "Maximum transmission unit": 1460
    // unless
    // set otherwise, 8896 at most.
    ConventionalMtu{Mtu{9001}, "jumbo frames of Amazon EC2 (by convention)"},
    ConventionalMtu{Mtu{8896}, "jumbo frames of Google Cloud (by convention)"},
    ConventionalMtu{Mtu{8500}, "Amazon transit gateway or peering between regions (by convention)"},
    ConventionalMtu{Mtu{1460}, "network of Google Cloud (default)"},
    // OVN-Kubernetes takes 100 bytes off the smallest node network, whatever its encapsulation needs.
    ConventionalMtu{Mtu{8900}, "container network of OVN-Kubernetes on jumbo frames (9000 - 100 = 8900)"},
    ConventionalMtu{Mtu{8901}, "container network of OVN-Kubernetes on Amazon EC2 (9001 - 100 = 8901)"},
    ConventionalMtu{Mtu{1400}, "container network of OVN-Kubernetes (1500 - 100 = 1400)"},
    ConventionalMtu{Mtu{1400}, "virtual network of a cloud provider (by convention)"},
    // 3GPP TS 23.060 §9.3, TS 23.501 §5.6.10.4: GTP-U over IPv6 with IPsec below it leave that of 1500.
    ConventionalMtu{Mtu{1358}, "mobile network (3GPP TS 23.501 section 5.6.10.4)"},
    ConventionalMtu{Mtu{1350}, "VPN client or overlay with room to spare (by convention)"},
    ConventionalMtu{Mtu{1280}, "IPv6 minimum (RFC 8200 section 5)"},
    ConventionalMtu{Mtu{1280}, "Tailscale or another overlay (by convention)"},
    // RFC 7915 §5.1: a translator keeps to what every IPv6 link takes, with and without a fragment header.
    ConventionalMtu{Mtu{1260}, "NAT64 at the IPv6 minimum (1280 - 40 IPv6 + 20 IPv4 = 1260)"},
    ConventionalMtu{Mtu{1252},
                    "NAT64 at the IPv6 minimum with a fragment header (1280 - 48 IPv6 + 20 IPv4 = 1252)"},
    // net/ipv4/route.c, ip_rt_min_pmtu: 512 + 20 + 20. A router that reports it tells what it believes
    // itself.
    ConventionalMtu{Mtu{552}, "the reporter's own estimate: Linux falls to it after a hint without MTU"},
};

/// What ESP adds for a cipher: RFC 4303 §2.
struct EspCipher {
  std::string_view name;
  std::uint32_t iv;
  std::uint32_t icv;
  std::uint32_t block;
};

constexpr std::array kEspCiphers{
    EspCipher{"AES-GCM-16 or ChaCha20-Poly1305", 8, 16, 4},  // RFC 4106, RFC 7634
    EspCipher{"AES-CBC and HMAC-SHA1-96", 16, 12, 16},       // RFC 3602, RFC 2404
    EspCipher{"AES-CBC and HMAC-SHA256-128", 16, 16, 16},    // RFC 4868
    EspCipher{"3DES-CBC and HMAC-96", 8, 12, 8},             // RFC 2451
};

struct EspOuter {
  std::string_view name;
  std::uint32_t header;
  std::uint32_t nat_traversal;  ///< UDP header of RFC 3948
};

constexpr std::array kEspOuters{
    EspOuter{"IPv4", 20, 0},
    EspOuter{"IPv4 with NAT-T", 20, 8},
    EspOuter{"IPv6", 40, 0},
    EspOuter{"IPv6 with NAT-T", 40, 8},
};

constexpr std::uint32_t kEspHeader = 8;   // SPI and sequence number
constexpr std::uint32_t kEspTrailer = 2;  // pad length and next header

void append(std::string& list, std::string_view candidate) {
  if (!list.empty()) list += ", ";
  list += candidate;
}

void append_fixed(std::string& list, Mtu mtu, std::uint32_t base, std::string_view base_note) {
  for (const FixedOverhead& overhead : kFixedOverheads) {
    if (base - overhead.bytes != mtu.value()) continue;
    std::string candidate(overhead.name);
    candidate += base_note;
    candidate += " (" + std::to_string(base) + " - ";
    candidate += overhead.terms;
    candidate += " = " + std::to_string(mtu.value()) + ")";
    append(list, candidate);
  }
}

void append_esp(std::string& list, Mtu mtu, std::uint32_t base, std::string_view base_note) {
  for (const EspOuter& outer : kEspOuters) {
    for (const EspCipher& cipher : kEspCiphers) {
      const std::uint32_t room =
          base - outer.header - outer.nat_traversal - kEspHeader - cipher.iv - cipher.icv;
      const std::uint32_t whole_blocks = room / cipher.block * cipher.block;
      if (whole_blocks - kEspTrailer != mtu.value()) continue;
      std::string candidate = "ESP tunnel over ";
      candidate += outer.name;
      candidate += base_note;
      candidate += " with ";
      candidate += cipher.name;
      candidate += " (" + std::to_string(base) + " - " + std::to_string(outer.header) + " outer";
      if (outer.nat_traversal != 0) candidate += " - " + std::to_string(outer.nat_traversal) + " NAT-T";
      candidate += " - " + std::to_string(kEspHeader) + " ESP - " + std::to_string(cipher.iv) + " IV - " +
                   std::to_string(cipher.icv) + " ICV = " + std::to_string(room) + "; whole " +
                   std::to_string(cipher.block) + "-byte blocks " + std::to_string(whole_blocks) + " - " +
                   std::to_string(kEspTrailer) + " trailer = " + std::to_string(mtu.value()) + ")";
      append(list, candidate);
    }
  }
}

}  // namespace

std::string explain_mtu(Mtu mtu) {
  std::string list;
  append_fixed(list, mtu, kEthernetMtu, "");
  append_esp(list, mtu, kEthernetMtu, "");
  for (const ConventionalMtu& conventional : kConventionalMtus) {
    if (conventional.mtu == mtu) append(list, conventional.candidate);
  }
  if (!list.empty()) return list;
  // Two encapsulations explain more numbers, and so say less: only where one alone does not.
  append_fixed(list, mtu, kPppoeMtu, " on PPPoE");
  append_esp(list, mtu, kPppoeMtu, " on PPPoE");
  append_fixed(list, mtu, kJumboMtu, " on jumbo frames");
  append_fixed(list, mtu, kAmazonMtu, " on the jumbo frames of Amazon EC2");
  return list;
}

}  // namespace pmtu
