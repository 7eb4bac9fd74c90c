// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <new>
#include <string>

#include "pmtu/report.h"
#include "session.h"
#include "statistics/statistics.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

/// The conversation that the first finding of a packet belongs to.
ConversationId conversation_of(const packet_info* pinfo) {
  const Session* const session = current_session();
  if (session == nullptr) return kNoConversation;
  for (const Finding& finding : session->findings(FrameNumber(pinfo->num))) {
    if (finding.conversation != kNoConversation) return finding.conversation;
  }
  return kNoConversation;
}

bool has_conversation(packet_info* pinfo) noexcept {
  return conversation_of(pinfo) != kNoConversation;
}

/// The evidence of the conversation: its frames and the hints. Wireshark frees the text.
char* filter_of(packet_info* pinfo) noexcept {
  try {
    const ConversationId conversation = conversation_of(pinfo);
    const Summary summary = current_session()->summary();
    const auto row =
        std::find_if(summary.conversations.begin(), summary.conversations.end(),
                     [&](const ConversationRow& candidate) { return candidate.id == conversation; });
    if (row != summary.conversations.end()) return g_strdup(evidence_filter(*row).c_str());
    return g_strdup(("pmtu.conversation == " + std::to_string(conversation.value())).c_str());
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

void register_conversation_menu() noexcept {
  compat::add_conversation_filter<has_conversation, filter_of>("pmtu", "Path MTU");
}

}  // namespace pmtu::plugin
