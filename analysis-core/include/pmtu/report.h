// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"

namespace pmtu {

/// The evidence report: plain text that is also Markdown, for the vendor of the sender and for the network
/// team.
[[nodiscard]] std::string write_report(const Summary& summary, std::span<const Finding> findings);

/// The display filter that cuts the evidence of one conversation out of a capture.
[[nodiscard]] std::string evidence_filter(const ConversationRow& row);

}  // namespace pmtu
