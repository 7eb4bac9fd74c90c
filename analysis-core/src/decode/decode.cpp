// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/decode.h"

#include <algorithm>
#include <limits>

#include "decode/plain.h"
#include "decode/walk.h"

namespace pmtu {
namespace detail {

void FrameWalk::end_short_of_header(ByteView bytes) {
  // The frame's own length on the wire is not known: what ends with the frame counts as cut.
  const bool ends_with_frame = bytes.data() + bytes.captured() == frame_.bytes.data() + frame_.bytes.size();
  end(bytes.cut() || ends_with_frame ? WalkEnd::truncated : WalkEnd::malformed);
}

void FrameWalk::run() {
  observation_.frame = frame_.number;
  observation_.time = frame_.time;
  observation_.link = LinkInfo{};
  observation_.link.interface_id = frame_.interface_id;
  observation_.link.section = frame_.section;
  observation_.link.capture_interface = frame_.interface_id;
  observation_.end = WalkEnd::complete;
  observation_.datagram_count = 0;
  observation_.quote_count = 0;
  observation_.bytes = frame_.bytes;

  // No capture format holds a frame of 4 GiB; of anything longer the start is looked at.
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  const ByteView bytes(frame_.bytes.data(), static_cast<std::uint32_t>(std::min(frame_.bytes.size(), kMost)));
  link_layer(frame_.link_type, bytes);
}

}  // namespace detail

void decode(const Frame& frame, Observation& observation) noexcept {
  if (!detail::decode_plain(frame, observation)) detail::FrameWalk(frame, observation).run();
}

}  // namespace pmtu
