// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics.h"

namespace pmtu::plugin {

void register_statistics() noexcept {
  register_tables();
  register_documents();
  register_findings_tree();
}

}  // namespace pmtu::plugin
