// SPDX-License-Identifier: GPL-2.0-or-later
#include "preference_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace pmtu::plugin {
namespace {

constexpr Preferences kDefaults;

constexpr unsigned as_milliseconds(Duration duration) {
  return static_cast<unsigned>(duration.nanoseconds() / 1'000'000);
}
constexpr unsigned as_seconds(Duration duration) {
  return static_cast<unsigned>(duration.nanoseconds() / 1'000'000'000);
}

UintPreference reaction_time_ms{
    "reaction_time_ms",
    "Reaction time (ms)",
    "How long after a hint an oversize datagram may still be in flight where no round trip could be measured",
    as_milliseconds(kDefaults.reaction_time),
    0,
    60'000};
UintPreference processing_slack_ms{
    "processing_slack_ms",
    "Processing slack (ms)",
    "How long a host that honours hints may be busy before it takes up one that reached it",
    as_milliseconds(kDefaults.processing_slack),
    0,
    60'000};
UintPreference hint_full_age_s{
    "hint_full_age_s",
    "A hint binds fully for (s)",
    "Until this age of a hint a larger datagram gets the full severity (RFC 1191 section 6.3: 5 minutes)",
    as_seconds(kDefaults.hint_full_age),
    1,
    86'400};
UintPreference hint_max_age_s{
    "hint_max_age_s",
    "A hint expires after (s)",
    "From this age of a hint on a larger datagram is re-discovery (RFC 1191 section 6.3: 10 minutes)",
    as_seconds(kDefaults.hint_max_age),
    1,
    86'400};
UintPreference black_hole_transmissions{"black_hole_transmissions",
                                        "Transmissions that suggest a black hole",
                                        "How often the same bytes must be sent at one size, the first time "
                                        "included, before a loss by size is suspected",
                                        kDefaults.black_hole_transmissions,
                                        2,
                                        100};
UintPreference receiver_hole_s{
    "receiver_hole_s",
    "A receiver's hole stays open for (s)",
    "How long bytes must be missing at the receiver before a black hole is reported from its side",
    as_seconds(kDefaults.receiver_hole),
    1,
    3'600};
UintPreference max_paths{
    "max_paths",
    "Paths remembered at most",
    "Bound of memory: beyond it the paths unused longest are forgotten, and the report says so",
    static_cast<unsigned>(kDefaults.max_paths),
    1'000,
    100'000'000};
UintPreference max_flows{
    "max_flows",
    "Flows remembered at most",
    "Bound of memory: beyond it the flows unused longest are forgotten, and the report says so",
    static_cast<unsigned>(kDefaults.max_flows),
    1'000,
    100'000'000};

UintPreference max_joined_datagrams{
    "max_joined_datagrams",
    "Datagrams joined at most",
    "Bound of memory: of captures with several capture points so many datagrams are remembered to be found "
    "again at another point, 48 bytes each",
    static_cast<unsigned>(kDefaults.max_joined_datagrams),
    1'000,
    100'000'000};

constexpr std::array<UintPreference*, 9> kUintPreferences{
    &reaction_time_ms,         &processing_slack_ms, &hint_full_age_s, &hint_max_age_s,
    &black_hole_transmissions, &receiver_hole_s,     &max_paths,       &max_flows,
    &max_joined_datagrams};

}  // namespace

std::span<UintPreference* const> uint_preferences() noexcept {
  return kUintPreferences;
}

void bring_into_range(void (*complain)(const char* text)) {
  std::array<char, 200> text{};
  for (UintPreference* preference : kUintPreferences) {
    const unsigned wanted = preference->value;
    preference->value = std::clamp(wanted, preference->least, preference->most);
    if (preference->value == wanted) continue;
    std::snprintf(text.data(), text.size(),
                  "The preference pmtu.%s is %u, out of its range %u to %u; %u is used.", preference->name,
                  wanted, preference->least, preference->most, preference->value);
    complain(text.data());
  }
  if (hint_max_age_s.value >= hint_full_age_s.value) return;
  std::snprintf(text.data(), text.size(),
                "The preference pmtu.hint_max_age_s (%u) is below pmtu.hint_full_age_s; %u is used for both.",
                hint_max_age_s.value, hint_full_age_s.value);
  complain(text.data());
  hint_max_age_s.value = hint_full_age_s.value;
}

Preferences core_preferences() noexcept {
  Preferences preferences;
  preferences.reaction_time = Duration::milliseconds(reaction_time_ms.value);
  preferences.processing_slack = Duration::milliseconds(processing_slack_ms.value);
  preferences.hint_full_age = Duration::seconds(hint_full_age_s.value);
  preferences.hint_max_age = Duration::seconds(hint_max_age_s.value);
  preferences.black_hole_transmissions = black_hole_transmissions.value;
  preferences.receiver_hole = Duration::seconds(receiver_hole_s.value);
  preferences.max_paths = max_paths.value;
  preferences.max_flows = max_flows.value;
  preferences.max_joined_datagrams = max_joined_datagrams.value;
  return preferences;
}

}  // namespace pmtu::plugin
