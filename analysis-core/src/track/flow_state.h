// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pmtu/address.h"
#include "pmtu/units.h"
#include "track/sent_log.h"
#include "track/stage_tracker.h"
#include "track/undirected_key.h"

namespace pmtu {

/// What is known of one direction of a flow: facts, no judgement. In front, in 64 bytes, which is a cache
/// line of most processors, what every datagram and every ACK looks at.
struct Direction {
  static constexpr std::uint32_t kNoPath = 0xffffffff;

  TransmissionChain sent;
  SequenceNumber next;                       ///< highest end sent: SND.NXT
  SequenceNumber acknowledged;               ///< by the other side: SND.UNA
  SequenceNumber highest_timestamp;          ///< TSval
  std::uint32_t window = 0;                  ///< advertised by this side, as far as the scale is known
  std::uint32_t lowest_window = 0xffffffff;  ///< since this side last acknowledged something new
  std::uint32_t largest_passed = 0;          ///< ACKed or SACKed at that size
  std::uint32_t largest_sent = 0;            ///< super-segments excluded
  std::uint16_t link_tag = 0;                ///< where its first frame came from
  std::uint16_t mss = 0;                     ///< this side's MSS option; 0: not seen
  std::uint8_t ttl = 0;
  std::uint8_t window_scale : 4 = 0;
  bool seen : 1 = false;
  bool syn_seen : 1 = false;
  bool fin_seen : 1 = false;
  bool rst_seen : 1 = false;
  bool ack_seen : 1 = false;  ///< this direction has been acknowledged
  bool window_seen : 1 = false;
  bool scale_known : 1 = false;
  bool sack_permitted : 1 = false;
  bool timestamps_seen : 1 = false;
  bool retransmitting : 1 = false;
  bool resent : 1 = false;  ///< segments with payload were sent again since the last ACK
  bool sampling : 1 = false;
  bool sampling_timestamp : 1 = false;
  bool quic : 1 = false;
  bool quic_handshake : 1 = false;  ///< QUIC, and nothing but long headers so far, either way
  bool no_quic : 1 = false;         ///< a datagram without the fixed bit of QUIC's headers (RFC 9000 §17)
  bool tunnel : 1 = false;          ///< carries a tunnel that the decoder knows
  bool super_segments : 1 = false;  ///< sent one at least, as captured here
  bool error_reported : 1 = false;  ///< another ICMP error quoted it since it made progress
  bool seen_outermost : 1 = false;  ///< captured outside of any tunnel, too
  bool quic_masked : 1 = false;  ///< UDP payloads begin as protected headers do (RFC 9001 §5.4.1): not alike
  std::uint8_t first_byte = 0;   ///< of the latest UDP payload
  std::uint16_t largest_quoted = 0;  ///< by a hint, as it was captured: a size that went over a wire

  Timestamp sample_begin;      ///< a frame passed toward this direction's sender: a round-trip sample runs
  SequenceNumber sample_mark;  ///< ACK or TSecr that ends the sample
  std::uint32_t peer_round_trip_us = 0;    ///< capture point ↔ receiver of this direction, latest
  Timestamp sampled_at;                    ///< when the latest round-trip sample ended
  std::uint32_t sender_round_trip_us = 0;  ///< capture point ↔ sender, latest; 0: never measured
  std::uint32_t handshake_round_trip_us = 0;
  SequenceNumber retransmitted_to;  ///< sizes of bytes below it are ambiguous (Karn)
  SequenceNumber first;             ///< lowest sequence number seen
  std::uint32_t path = kNoPath;     ///< place in the path table, once the path matters
  StageTracker stage;
};

/// Both directions of a 5-tuple. `key` is the 5-tuple as `side[0]` sends it.
struct Flow {
  UndirectedKey key;
  FrameNumber first_frame;
  FrameNumber last_frame;
  std::array<Direction, 2> side;
  bool watched = false;  ///< somebody wants to hear of every datagram, see `Tracker::watch`
  bool seen_inside_tunnel = false;
  /// How many frames after the first one the SYN came that announced the MSS of a side.
  std::array<std::uint16_t, 2> syn_after{};

  [[nodiscard]] bool live() const { return first_frame != FrameNumber{}; }

  static constexpr std::uint16_t kTooLate = 0xffff;
  /// That announced the MSS of a side; 0: not captured, or too long after the first frame.
  [[nodiscard]] FrameNumber syn_frame(unsigned one) const {
    if (!side[one].syn_seen || syn_after[one] == kTooLate) return {};
    return FrameNumber(first_frame.value() + syn_after[one]);
  }
};
// A million flows are to fit into 384 MB, index included: 192 bytes a direction, of which the index takes 16.
static_assert(sizeof(Flow) <= std::size_t{2} * (192 - 16));

/// One direction of a live flow: where the flow is kept, and which of its sides sends.
class DirectionId {
 public:
  constexpr DirectionId() = default;
  constexpr DirectionId(std::uint32_t place, unsigned side) : value_(place * 2 + side) {}
  [[nodiscard]] static constexpr DirectionId from(std::uint32_t value) { return {value / 2, value % 2}; }
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  [[nodiscard]] constexpr std::uint32_t place() const { return value_ / 2; }
  [[nodiscard]] constexpr unsigned side() const { return value_ % 2; }
  [[nodiscard]] constexpr DirectionId opposite() const { return from(value_ ^ 1U); }
  [[nodiscard]] constexpr bool known() const { return value_ != kNone; }
  friend constexpr bool operator==(DirectionId, DirectionId) = default;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t value_ = kNone;
};

}  // namespace pmtu
