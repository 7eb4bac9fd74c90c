// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "pmtu/conversations.h"

/// What each reader of the report is to do, as text that is also Markdown.
namespace pmtu {

/// For the maker or the keeper of the sender: what it did, what it should do, what to look at.
[[nodiscard]] std::string advice_for_sender(const ConversationRow& row);

/// For those who run the network: what acted rightly, what to configure and how to verify it.
[[nodiscard]] std::string advice_for_network(const ConversationRow& row);

/// What this capture cannot tell of the conversation, and why; one item a line, maybe none.
[[nodiscard]] std::string limits_of(const ConversationRow& row, const Coverage& coverage);

}  // namespace pmtu
