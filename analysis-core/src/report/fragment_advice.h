// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "pmtu/conversations.h"

namespace pmtu {

/// What the sender of fragments that never arrive can do, by the protocol that sends them.
[[nodiscard]] std::string fragment_advice_for_sender(const ConversationRow& row);
/// Where to look for what drops them.
[[nodiscard]] std::string fragment_advice_for_network(const ConversationRow& row);

}  // namespace pmtu
