// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

#include <span>

#include "pmtu/decode.h"

/// The core's walk against Wireshark's dissection while both run.
namespace pmtu::plugin {

#ifdef NDEBUG
inline constexpr bool checks_layers = false;
#else
inline constexpr bool checks_layers = true;
#endif

/// Warns where the innermost IPv4 header that Wireshark found is not that of the innermost IPv4 datagram of
/// the core. Link types that the core does not know are passed over, and headers that do not stand in the
/// frame's own bytes: reassembled or decrypted ones.
void check_innermost_ipv4(const packet_info* pinfo, const Frame& frame,
                          std::span<const Datagram> datagrams) noexcept;

}  // namespace pmtu::plugin
