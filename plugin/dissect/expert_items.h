// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

#include "pmtu/finding.h"

/// The expert items `pmtu.<finding>`, one per kind of finding.
namespace pmtu::plugin {

void register_expert_items(int protocol) noexcept;

/// Adds the expert item of a finding to `item`, which may be nullptr: it is counted even where no tree is
/// built. May leave by longjmp.
void add_expert_item(packet_info* pinfo, proto_item* item, FindingKind kind, Severity severity);

}  // namespace pmtu::plugin
