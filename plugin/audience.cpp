// SPDX-License-Identifier: GPL-2.0-or-later
#include "audience.h"

#include "dissect/expert_items.h"
#include "statistics/tap.h"

namespace pmtu::plugin {

void Audience::watch(const packet_info* pinfo) {
  if (first_ == nullptr) {
    first_ = pinfo->fd;
    // As a helper of a dissector the listener makes no program dissect or tap what it would not otherwise.
    GString* const error = register_tap_listener(kTapName, this, nullptr, TL_IS_DISSECTOR_HELPER, nullptr,
                                                 handed_to_taps, nullptr, nullptr);
    listening_ = error == nullptr;
    if (error != nullptr) g_string_free(error, TRUE);
    return;
  }
  leave();
  const bool frames_are_forgotten = heard_ && pinfo->fd == first_;
  somebody_ = frames_are_forgotten && !tap_is_heard() && !expert_items_are_heard() ? Somebody::never
                                                                                   : Somebody::maybe;
}

void Audience::leave() noexcept {
  if (listening_) remove_tap_listener(this);
  listening_ = false;
}

tap_packet_status Audience::handed_to_taps(void* audience, packet_info*, epan_dissect_t*, const void*,
                                           tap_flags_t) noexcept {
  static_cast<Audience*>(audience)->heard_ = true;
  return TAP_PACKET_DONT_REDRAW;
}

}  // namespace pmtu::plugin
