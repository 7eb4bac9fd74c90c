// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics/statistics.h"

namespace pmtu::plugin {

void register_statistics(int protocol) noexcept {
  register_tables();
  register_documents();
  register_findings_tree();
  register_flow_graph(protocol);
  register_conversation_menu();
  register_report_window();
}

}  // namespace pmtu::plugin
