// SPDX-License-Identifier: GPL-2.0-or-later
// The symbols that Wireshark looks for in a plugin, and nothing else.
#include <epan/proto.h>

#include "dissect/post_dissector.h"
#include "wireshark_compat.h"

// Declared before they are defined: a constant that is defined inside `extern "C"` without a declaration has
// internal linkage, and its symbol would vanish from the module.
extern "C" {
WS_DLL_PUBLIC const char plugin_version[];
WS_DLL_PUBLIC const int plugin_want_major;
WS_DLL_PUBLIC const int plugin_want_minor;
WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC std::uint32_t plugin_describe(void);
}

const char plugin_version[] = PMTU_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

void plugin_register(void) {
  static proto_plugin dissector;
  dissector.register_protoinfo = pmtu::plugin::register_protocol;
  dissector.register_handoff = pmtu::plugin::register_handoff;
  proto_register_plugin(&dissector);
}

std::uint32_t plugin_describe(void) {
  return pmtu::plugin::compat::kPluginDescription;
}
