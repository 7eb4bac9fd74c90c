// SPDX-License-Identifier: GPL-2.0-or-later
#include "tap.h"

#include <epan/tap.h>
#include <wsutil/wmem/wmem.h>

#include <new>

namespace pmtu::plugin {
namespace {

int tap = -1;

}  // namespace

void register_pmtu_tap() noexcept {
  tap = register_tap(kTapName);
}

void tap_frame(packet_info* pinfo, const TapFrame& frame) {
  if (!have_tap_listener(tap)) return;
  tap_queue_packet(tap, pinfo, new (wmem_alloc(pinfo->pool, sizeof(TapFrame))) TapFrame(frame));
}

}  // namespace pmtu::plugin
