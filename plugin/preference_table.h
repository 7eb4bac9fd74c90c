// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>

#include "pmtu/preferences.h"

/// The preferences `pmtu.*` that change results: their names, ranges and values, for the plugin, which shows
/// them in Wireshark, and for pmtu-scan.
namespace pmtu::plugin {

/// A number that a user may set between two bounds.
struct UintPreference {
  const char* name;
  const char* title;
  const char* description;
  unsigned value;
  unsigned least;
  unsigned most;
};

[[nodiscard]] std::span<UintPreference* const> uint_preferences() noexcept;

/// Brings what is out of range to the nearest value in range, and says so.
void bring_into_range(void (*complain)(const char* text));

/// Their meaning for the core, as set now.
[[nodiscard]] Preferences core_preferences() noexcept;

}  // namespace pmtu::plugin
