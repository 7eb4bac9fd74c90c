// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <span>

#include "pmtu/finding.h"

namespace pmtu::plugin {

/// The finding to show where there is room for one: the hint on a frame that carries one, else the worst.
inline const Finding& headline(std::span<const Finding> findings) {
  return *std::max_element(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    if (a.hint_status.has_value() != b.hint_status.has_value()) return b.hint_status.has_value();
    return a.severity < b.severity;
  });
}

}  // namespace pmtu::plugin
