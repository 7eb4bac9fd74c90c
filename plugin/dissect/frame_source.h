// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>
#include <wiretap/wtap.h>

#include <cstdint>
#include <limits>

#include "pmtu/decode.h"
#include "wireshark_compat.h"

/// From Wireshark's view of a frame to the core's.
namespace pmtu::plugin {

/// Looks up the protocols that the layer oracle tells apart.
void register_layer_oracle();

namespace detail {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kMostSeconds = std::numeric_limits<std::int64_t>::max() / kNanosecondsPerSecond - 1;

/// Brings a time that does not fit to the end of the range.
[[nodiscard]] Timestamp clamped_timestamp(const nstime_t& time) noexcept;

/// Capture files may claim any number of seconds.
[[nodiscard]] inline Timestamp timestamp_of(const nstime_t& time) noexcept {
  const bool fits = static_cast<std::uint64_t>(time.secs) <= std::uint64_t{kMostSeconds} &&
                    static_cast<std::uint64_t>(time.nsecs) < std::uint64_t{kNanosecondsPerSecond};
  if (!fits) [[unlikely]]
    return clamped_timestamp(time);
  return Timestamp(time.secs * kNanosecondsPerSecond + time.nsecs);
}

[[nodiscard]] LinkType rarer_link_type(int encapsulation) noexcept;

[[nodiscard]] inline LinkType link_type_of(int encapsulation) noexcept {
  return encapsulation == WTAP_ENCAP_ETHERNET ? LinkType::ethernet : rarer_link_type(encapsulation);
}

/// `LayerOracle::udp_payload` on Wireshark's list of the protocols it found, outermost first.
Encapsulation udp_payload(const void* context, unsigned ordinal) noexcept;

}  // namespace detail

/// The frame that is being dissected. `tvb` is the frame's own buffer, as post-dissectors get it; the result
/// points into it and into `pinfo`, and asks Wireshark's list of layers where bytes alone do not tell. In
/// line, as it runs for every frame.
[[nodiscard]] inline Frame frame_of(tvbuff_t* tvb, const packet_info* pinfo) {
  const wtap_rec& record = *pinfo->rec;
  const wtap_packet_header& header = record.rec_header.packet_header;
  const bool has_interface = (record.presence_flags & WTAP_HAS_INTERFACE_ID) != 0;
  return {FrameNumber(pinfo->num),
          detail::timestamp_of(pinfo->abs_ts),
          detail::link_type_of(header.pkt_encap),
          has_interface ? header.interface_id : 0,
          compat::captured_bytes(tvb),
          {pinfo, detail::udp_payload},
          (record.presence_flags & WTAP_HAS_SECTION_NUMBER) != 0 ? record.section_number : 0};
}

}  // namespace pmtu::plugin
