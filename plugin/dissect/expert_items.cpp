// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/expert_items.h"

#include <epan/expert.h>

#include <array>
#include <string>

namespace pmtu::plugin {
namespace {

int wireshark_severity(Severity severity) {
  switch (severity) {
    case Severity::chat:
      return PI_CHAT;
    case Severity::note:
      return PI_NOTE;
    case Severity::warn:
      return PI_WARN;
    case Severity::error:
      return PI_ERROR;
  }
  return PI_CHAT;
}

/// An expert item as registered. Wireshark gives one severity to each, and reads it from the registered
/// record whenever the item is added; users may override it there (Preferences ▸ Expert). A finding has the
/// severity of its case, so the record is set to that first, unless it holds a value that only a user can
/// have put there.
struct ExpertItem {
  expert_field field = EI_INIT;
  ei_register_info record{};
  std::string filter_name;
  std::string summary;
  int left_by_us = 0;

  void set_severity(int severity) {
    const bool overridden =
        record.eiinfo.severity != left_by_us && record.eiinfo.severity != record.eiinfo.orig_severity;
    if (overridden) return;
    record.eiinfo.severity = severity;
    left_by_us = severity;
  }
};

std::array<ExpertItem, kFindingKinds> expert_items;

}  // namespace

void register_expert_items(int protocol) noexcept {
  expert_module_t* const module = expert_register_protocol(protocol);
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const auto kind = static_cast<FindingKind>(i);
    ExpertItem& item = expert_items[i];
    item.filter_name = "pmtu." + std::string(name(kind));
    item.summary = summary(kind);
    item.left_by_us = wireshark_severity(default_severity(kind));
    item.record = {&item.field,
                   {item.filter_name.c_str(), PI_SEQUENCE, item.left_by_us, item.summary.c_str(), EXPFILL}};
    expert_register_field_array(module, &item.record, 1);
  }
}

void add_expert_item(packet_info* pinfo, proto_item* item, FindingKind kind, Severity severity) {
  ExpertItem& expert_item = expert_items[static_cast<std::size_t>(kind)];
  expert_item.set_severity(wireshark_severity(severity));
  expert_add_info(pinfo, item, &expert_item.field);
}

}  // namespace pmtu::plugin
