// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/packet_pass.h"

#include <new>

#include "dissect/frame_source.h"
#include "session.h"

namespace pmtu::plugin {

void PacketPass::clear() {
  selection.clear();
  sizes.clear();
}

tap_packet_status PacketPass::take(packet_info* pinfo, const epan_dissect_t* dissection) noexcept {
  Session* const session = current_session();
  try {
    selection.add(FrameNumber(pinfo->num));
    if (with_sizes && session != nullptr) {
      const Frame frame = frame_of(dissection->tvb, pinfo);
      sizes.take(frame.number, frame.time, session->datagrams(frame));
    }
  } catch (const std::bad_alloc&) {
    return TAP_PACKET_FAILED;
  }
  return TAP_PACKET_DONT_REDRAW;
}

}  // namespace pmtu::plugin
