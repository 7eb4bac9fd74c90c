// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/preferences.h"

/// The preferences `pmtu.*` as Wireshark keeps them, and their meaning for the core.
namespace pmtu::plugin {

void register_preferences(int protocol) noexcept;

/// As set now, within their ranges.
[[nodiscard]] Preferences core_preferences() noexcept;

/// Whether findings are noted in the Info column.
[[nodiscard]] bool annotate_info_column() noexcept;

}  // namespace pmtu::plugin
