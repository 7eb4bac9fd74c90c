// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/units.h"

namespace pmtu::report {

/// What a tunnel takes of the path MTU of its outer datagrams, and what that leaves for those inside.
struct TunnelRoom {
  std::string tunnel;                 ///< "VXLAN"
  std::string arithmetic;             ///< "1446 - 20 (IPv4) - 8 (UDP) - 8 (VXLAN) - 14 (Ethernet inside)"
  std::string proviso;                ///< "less where GRE carries a key"; empty: nothing to add
  std::uint32_t mtu = 0;              ///< for the tunnel interface
  std::optional<IpVersion> inside;    ///< empty: may carry either
  std::vector<std::string> settings;  ///< commands, or lines of its configuration
};

/// Of a tunnel as its protocol or its well-known port tells; empty where the headers depend on more than
/// that. `authenticated`: an Authentication Header protects it.
[[nodiscard]] std::optional<TunnelRoom> tunnel_room(const FlowKey& outer, Mtu path_mtu,
                                                    bool authenticated = false);

}  // namespace pmtu::report
