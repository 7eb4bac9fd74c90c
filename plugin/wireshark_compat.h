// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree.h>
#include <ws_symbol_export.h>
#include <ws_version.h>

#include <cstdint>
#include <tuple>
#include <type_traits>

#define PMTU_WIRESHARK_AT_LEAST(major, minor) \
  (WIRESHARK_VERSION_MAJOR > (major) ||       \
   (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/// What differs between the Wireshark versions that the plugin builds with: 4.0, 4.2, 4.4 and 4.6. Version
/// conditions stand here and nowhere else. Where only a type changed it is read off the SDK's own
/// declaration, so that no table of versions can be wrong about it.
namespace pmtu::plugin::compat {

template <class Function>
struct Signature;
template <class Result, class... Parameters>
struct Signature<Result (*)(Parameters...)> {
  using result = Result;
  using last_parameter = std::tuple_element_t<sizeof...(Parameters) - 1, std::tuple<Parameters...>>;
};

/// What a boolean preference is kept in: `gboolean` in 4.0, `bool` in 4.4.
using PreferenceBool =
    std::remove_pointer_t<Signature<decltype(&prefs_register_bool_preference)>::last_parameter>;

/// What `plugin_describe` answers; not asked before 4.2. The SDK's names for the bits (dissector, tap
/// listener) are in a header that 4.0 lacks.
inline constexpr std::uint32_t kPluginDescription = 1U << 0 | 1U << 4;

}  // namespace pmtu::plugin::compat
