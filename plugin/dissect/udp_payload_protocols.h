// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>

#include "pmtu/observation.h"

namespace pmtu::plugin {

/// A protocol that Wireshark may find in a UDP payload, by its filter name.
struct UdpPayloadProtocol {
  const char* filter_name;
  Encapsulation encapsulation;
};

/// What the core is told of payloads on ports that no registry names. Knows nothing of Wireshark, so that the
/// parity test gives the core the same answers.
inline constexpr std::array<UdpPayloadProtocol, 17> udp_payload_protocols{{
    {"vxlan", Encapsulation::vxlan},
    {"geneve", Encapsulation::geneve},
    {"gtp", Encapsulation::gtp_u},
    {"l2tp", Encapsulation::l2tp},
    {"l2tpv3", Encapsulation::l2tp},
    {"teredo", Encapsulation::teredo},
    {"gre", Encapsulation::gre},
    {"mpls", Encapsulation::mpls},
    {"nsh", Encapsulation::nsh},
    {"ip", Encapsulation::ip_in_ip},
    {"ipv6", Encapsulation::ip_in_ip},
    {"eth", Encapsulation::ether_ip},
    {"udpencap", Encapsulation::udp_esp},
    {"esp", Encapsulation::udp_esp},
    {"wg", Encapsulation::wireguard},
    {"openvpn", Encapsulation::openvpn},
    {"quic", Encapsulation::quic},
}};

}  // namespace pmtu::plugin
