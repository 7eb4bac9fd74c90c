// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>

#include "pmtu/observation.h"
#include "pmtu/units.h"
#include "track/flow_state.h"

namespace pmtu {

/// A round trip as it is kept: in microseconds, never 0 (which says "not measured"), at most a minute.
[[nodiscard]] inline std::uint32_t round_trip_microseconds(Duration d) {
  constexpr std::int64_t kLongest = 60'000'000;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(d.nanoseconds() / 1000, 1, kLongest));
}

/// Measures capture point ↔ sender with a segment that `me` sent: a frame passes toward a host, and that
/// host's answer passes back. Samples may be too long (a delayed ACK, a retransmitted question), which only
/// delays an accusation, never brings one.
inline void sample_round_trips(Direction& me, Direction& peer, const TcpSegment& segment, bool is_new,
                               Timestamp now) {
  if (me.sampling && segment.has(tcp_flag::ack)) {
    const bool answers = me.sampling_timestamp
                             ? segment.has_timestamps && !segment.timestamp_echo.before(me.sample_mark)
                             : !segment.acknowledgment.before(me.sample_mark);
    if (answers) {
      me.sampling = false;
      const Duration sample = now - me.sample_begin;
      // A TSval is echoed with the next data, however late the application has any.
      const bool idle = me.sampling_timestamp && sample > Duration::seconds(1);
      if (!idle && sample >= Duration{}) {
        me.sender_round_trip_us = round_trip_microseconds(sample);
        me.sampled_at = now;
        if (me.handshake_round_trip_us == 0 && (me.syn_seen || peer.syn_seen)) {
          me.handshake_round_trip_us = me.sender_round_trip_us;
        }
      }
    }
  }
  const bool occupies = segment.end() != segment.sequence;
  if (!peer.sampling && occupies && (is_new || segment.has(tcp_flag::syn))) {
    peer.sampling = true;
    peer.sampling_timestamp = false;
    peer.sample_mark = segment.end();
    peer.sample_begin = now;
  } else if (!peer.sampling && segment.has_timestamps && segment.has(tcp_flag::ack) &&
             segment.timestamp_value.after(me.highest_timestamp) && me.timestamps_seen &&
             (peer.next.after(segment.acknowledgment) || peer.sender_round_trip_us == 0)) {
    // More of the host's data is under way, so that it will answer soon; or any measure is better than none.
    peer.sampling = true;
    peer.sampling_timestamp = true;
    peer.sample_mark = segment.timestamp_value;
    peer.sample_begin = now;
  }
  if (segment.has_timestamps &&
      (!me.timestamps_seen || segment.timestamp_value.after(me.highest_timestamp))) {
    me.timestamps_seen = true;
    me.highest_timestamp = segment.timestamp_value;
  }
}

}  // namespace pmtu
