// SPDX-License-Identifier: GPL-2.0-or-later
#include "preferences.h"

#include <epan/prefs.h>
#include <wsutil/report_message.h>

#include "preference_table.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

compat::PreferenceBool info_column_note = true;

/// Called when preferences were read or changed. Wireshark dissects the file anew afterwards, with a new
/// session.
void apply() noexcept {
  bring_into_range([](const char* text) { report_warning("%s", text); });
}

}  // namespace

void register_preferences(int protocol) noexcept {
  module_t* module = prefs_register_protocol(protocol, apply);
  for (UintPreference* preference : uint_preferences()) {
    prefs_register_uint_preference(module, preference->name, preference->title, preference->description, 10,
                                   &preference->value);
  }
  prefs_register_bool_preference(module, "annotate_info_column", "Note findings in the Info column",
                                 "Put a short note in front of the Info column of frames with a finding",
                                 &info_column_note);
}

bool annotate_info_column() noexcept {
  return info_column_note;
}

}  // namespace pmtu::plugin
