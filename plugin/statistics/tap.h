// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>
#include <epan/tap.h>

namespace pmtu::plugin {

/// Name of the tap that statistics listen to.
inline constexpr char kTapName[] = "pmtu";

/// What the tap hands to its listeners for each frame, annotated or not: a listener learns which frames
/// passed its filter, also those that only the end of the capture says something about. What is known of the
/// frame listeners ask the session: one of them may draw conclusions that move all findings.
struct TapFrame {
  bool first_visit;  ///< later frames are not known yet
};

namespace detail {
inline int tap = -1;
}

void register_pmtu_tap() noexcept;

/// Whether there is a listener. Nearly always there is none, hence in line.
[[nodiscard]] inline bool tap_is_heard() {
  return have_tap_listener(detail::tap) != 0;
}

/// Offers the frame being dissected to listeners.
void tap_frame(packet_info* pinfo, const TapFrame& frame);

/// Has `draw` called with `data` just before whatever registered before is drawn: Wireshark draws its
/// listeners latest first. To be called while frames already pass; `data` is a listener from then on, to the
/// end of the program: it may not be removed while Wireshark clears the list of listeners away.
void draw_before_the_others(void* data, tap_draw_cb draw);

}  // namespace pmtu::plugin
