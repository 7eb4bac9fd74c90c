// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "points/passage_log.h"

namespace pmtu {

/// A conversation under one of its names.
struct ConversationName {
  std::uint32_t conversation = 0;  ///< place in the log
  bool turned = false;             ///< its sides are the other way round than those of the first name
};

/// Whether one may be the other behind a translator, who renames one end: the other is the same (NAT64: it
/// has the IPv4 address of the one in its own, RFC 6052). True of a flow and itself.
[[nodiscard]] bool shares_an_end(const FlowKey& a, const FlowKey& b);

/// Conversations that are one, seen on both sides of a translator: one end is the same (NAT64:
/// it has the IPv4 address of the one in its own, RFC 6052), and at least eight
/// datagrams agree in all that a translator leaves alone, in the same order. Each conversation is in exactly
/// one group. `order` lists places in the log lane by lane, `begin` where each lane begins in it.
[[nodiscard]] std::vector<std::vector<ConversationName>> group_by_translation(
    const PassageLog& log, std::span<const std::uint32_t> order, std::span<const std::uint32_t> begin);

}  // namespace pmtu
