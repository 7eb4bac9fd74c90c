// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <wiretap/wtap.h>

#include <cstdint>
#include <limits>
#include <span>

#include "pmtu/decode.h"

/// From a record of a capture file, as Wireshark's file library gives it, to the core's frame.
namespace pmtu::plugin {
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

}  // namespace detail

/// The frame of a record of type REC_TYPE_PACKET; points into `bytes`. In line, as it runs for every frame.
[[nodiscard]] inline Frame frame_of_record(const wtap_rec& record, FrameNumber number, const nstime_t& time,
                                           std::span<const std::uint8_t> bytes) {
  const wtap_packet_header& header = record.rec_header.packet_header;
  const bool has_interface = (record.presence_flags & WTAP_HAS_INTERFACE_ID) != 0;
  return {number,
          detail::timestamp_of(time),
          detail::link_type_of(header.pkt_encap),
          has_interface ? header.interface_id : 0,
          bytes,
          {},
          (record.presence_flags & WTAP_HAS_SECTION_NUMBER) != 0 ? record.section_number : 0};
}

}  // namespace pmtu::plugin
