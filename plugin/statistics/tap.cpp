// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics/tap.h"

#include <wsutil/wmem/wmem.h>

#include <new>

namespace pmtu::plugin {

void register_pmtu_tap() noexcept {
  detail::tap = register_tap(kTapName);
}

void tap_frame(packet_info* pinfo, const TapFrame& frame) {
  tap_queue_packet(detail::tap, pinfo, new (wmem_alloc(pinfo->pool, sizeof(TapFrame))) TapFrame(frame));
}

void draw_before_the_others(void* data, tap_draw_cb draw) {
  GString* const error =
      register_tap_listener(kTapName, data, nullptr, TL_REQUIRES_NOTHING, nullptr, nullptr, draw, nullptr);
  if (error != nullptr) g_string_free(error, TRUE);  // only a filter could be wrong, and there is none
}

}  // namespace pmtu::plugin
