// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

#include "capture_record.h"
#include "wireshark_compat.h"

/// From Wireshark's view of a frame to the core's.
namespace pmtu::plugin {

/// Looks up the protocols that the layer oracle tells apart.
void register_layer_oracle();

namespace detail {

/// `LayerOracle::udp_payload` on Wireshark's list of the protocols it found, outermost first.
Encapsulation udp_payload(const void* context, unsigned ordinal) noexcept;

}  // namespace detail

/// The frame that is being dissected. `tvb` is the frame's own buffer, as post-dissectors get it; the result
/// points into it and into `pinfo`, and asks Wireshark's list of layers where bytes alone do not tell. In
/// line, as it runs for every frame.
[[nodiscard]] inline Frame frame_of(tvbuff_t* tvb, const packet_info* pinfo) {
  Frame frame =
      frame_of_record(*pinfo->rec, FrameNumber(pinfo->num), pinfo->abs_ts, compat::captured_bytes(tvb));
  frame.oracle = {pinfo, detail::udp_payload};
  return frame;
}

}  // namespace pmtu::plugin
