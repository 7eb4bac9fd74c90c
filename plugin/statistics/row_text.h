// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "pmtu/conversations.h"

/// Words for the parts of a row that tables and scripts share.
namespace pmtu::plugin {

/// "tcp", "udp", "icmp" …; the number for a protocol without a common name.
[[nodiscard]] std::string protocol_name(std::uint8_t protocol);

/// Address and, where the protocol has ports, port: "10.1.0.10:443", "[2001:db8::1]:443".
[[nodiscard]] std::string endpoint(const IpAddress& address, std::uint16_t port);

/// "1446", or the bracket "1266 ≤ … < 1500" where no hint named an MTU; empty when nothing is known.
[[nodiscard]] std::string path_mtu_text(std::optional<Mtu> mtu, const Bracket& bracket);

/// Seconds with six decimals, independent of the locale.
[[nodiscard]] std::string seconds_text(Duration duration);

}  // namespace pmtu::plugin
