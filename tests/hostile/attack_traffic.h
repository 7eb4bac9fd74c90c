// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "pmtu/units.h"
#include "support/datagram_builder.h"

/// Streams of datagrams that somebody made up to exhaust or to mislead the analysis.
namespace pmtu::test {

/// One IP datagram, captured on a link without header.
struct TimedDatagram {
  Timestamp time;
  Bytes bytes;
};

/// Makes the datagrams of an attack, one call a few of them, without end.
using Attack = std::function<void(std::vector<TimedDatagram>& out)>;

struct AttackPlan {
  std::string_view name;
  std::string_view what;
  Attack (*make)(std::uint32_t seed);
};

[[nodiscard]] const std::vector<AttackPlan>& attack_plans();

/// A sender that ignores its hint (RFC 1191 §3), cut in two: the connection up to the hint, and the
/// retransmissions that follow.
[[nodiscard]] std::vector<TimedDatagram> victim_is_hinted(std::uint16_t port, Timestamp begin);
[[nodiscard]] std::vector<TimedDatagram> victim_ignores(std::uint16_t port, Timestamp begin);

}  // namespace pmtu::test
