// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

#include "pmtu/decode.h"

/// From Wireshark's view of a frame to the core's.
namespace pmtu::plugin {

/// Looks up the protocols that the layer oracle tells apart.
void register_layer_oracle() noexcept;

/// The frame that is being dissected. `tvb` is the frame's own buffer, as post-dissectors get it; the result
/// points into it and into `pinfo`, and asks Wireshark's list of layers where bytes alone do not tell.
[[nodiscard]] Frame frame_of(tvbuff_t* tvb, const packet_info* pinfo);

}  // namespace pmtu::plugin
