// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/epan_dissect.h>
#include <epan/packet.h>
#include <epan/tap.h>

#include "report/size_log.h"
#include "statistics/row_selection.h"

namespace pmtu::plugin {

/// What a report gathers of the packets that pass its filter, in one pass over them.
struct PacketPass {
  FrameSelection selection;
  SizeLog sizes;
  bool with_sizes = false;  ///< the report draws the sizes of all datagrams

  void clear();
  /// A frame has passed: what a tap listener answers. Throws nothing.
  [[nodiscard]] tap_packet_status take(packet_info* pinfo, const epan_dissect_t* dissection) noexcept;
};

}  // namespace pmtu::plugin
