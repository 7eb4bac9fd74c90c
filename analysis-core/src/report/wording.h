// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"

/// Phrases that several parts of a report share.
namespace pmtu::report {

[[nodiscard]] std::string number(std::uint64_t value);
[[nodiscard]] std::string number(FrameNumber frame);

/// "1 datagram", "6 datagrams".
[[nodiscard]] std::string count_of(std::uint64_t count, std::string_view thing);

/// "13.2 s", "300 ms".
[[nodiscard]] std::string spoken(Duration duration);

/// "1500 bytes", or "1260 to 1500 bytes".
[[nodiscard]] std::string sizes(std::uint32_t smallest, std::uint32_t largest);

/// "TCP", "UDP" …
[[nodiscard]] std::string protocol_word(std::uint8_t protocol);

/// "10.1.0.10:443 -> 10.2.0.20:40443 (TCP)".
[[nodiscard]] std::string title(const FlowKey& flow);

/// "17, 21 and 24"; no more than `most`, then how many more.
[[nodiscard]] std::string frame_list(std::span<const FrameNumber> frames, std::size_t most);

/// "1446, 1400 and 1300".
[[nodiscard]] std::string mtu_list(std::span<const Mtu> mtus);

/// What the message is called that carries hints for this address family.
[[nodiscard]] std::string_view hint_message(IpVersion version);

}  // namespace pmtu::report
