// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// The preferences `pmtu.*` as Wireshark shows and keeps them.
namespace pmtu::plugin {

void register_preferences(int protocol) noexcept;

/// Whether findings are noted in the Info column.
[[nodiscard]] bool annotate_info_column() noexcept;

}  // namespace pmtu::plugin
