// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/preferences.h"
#include "pmtu/units.h"

namespace pmtu {

/// What speaks for a verdict over one direction: the row of the table in the making. Outlives its flow.
struct Evidence {
  enum class BlackHole : std::uint8_t { none, suspected, confirmed, recovered };
  enum class Hole : std::uint8_t { none, open, recovered };

  FlowKey flow;
  ConversationId id;
  std::uint32_t path = 0xffffffff;
  Stage stage = Stage::unknown;
  std::uint32_t hints = 0;
  std::uint32_t accepted_hints = 0;
  std::uint32_t refused_hints = 0;  ///< invalid or unmatched
  std::uint32_t stale_hints = 0;
  std::uint32_t ignored_packets = 0;
  std::uint64_t ignored_bytes = 0;
  std::uint32_t in_flight_packets = 0;
  std::uint32_t probes = 0;
  std::uint32_t unverifiable = 0;  ///< oversize as captured, unknown on the wire
  std::uint32_t sibling_packets = 0;
  std::uint32_t largest = 0;
  std::uint64_t resent_bytes = 0;
  std::optional<Mtu> path_mtu;
  std::optional<IpAddress> reporter;
  std::optional<Timestamp> stall_begin;
  std::optional<Timestamp> stall_end;
  std::optional<DatagramLength> passed;
  std::optional<DatagramLength> lost;      ///< upper end of the bracket
  std::optional<DatagramLength> refuting;  ///< a size that must not have got through; `lost`, or below it
  std::uint8_t ttl = 0;
  bool ttl_known = false;
  bool delivered = false;
  bool obeyed = false;
  bool fragmented = false;
  bool was_larger = false;
  bool refuted = false;
  bool no_mtu = false;
  bool offload = false;
  bool quic_minimum = false;
  bool hint_cut = false;   ///< a hint that the snapshot length cut may quote this direction
  bool one_sided = false;  ///< large bytes were sent again and again, but no acknowledgment was captured
  bool mss_told = false;
  bool clamp_told = false;
  bool tunnel_told = false;
  bool weak_hole = false;  ///< only an empty ACK or FIN beyond
  BlackHole black_hole = BlackHole::none;
  Hole hole = Hole::none;
  std::uint32_t transmissions = 0;
  std::uint32_t missing_bytes = 0;
  FrameNumber first_hint;
  FrameNumber black_hole_frame;
  FrameNumber hole_frame;
  FrameNumber last_ignored_frame;
  FrameNumber touched;  ///< last frame that asked for the row
  FrameNumber first_frame;
  FrameNumber last_frame;
  std::vector<FrameNumber> hint_frames;
  std::vector<FrameNumber> ignored_frames;

  /// A hint that was counted, to know its copy from another interface.
  struct SeenHint {
    Timestamp time;
    std::uint64_t link = 0;
    std::uint32_t sequence = 0;
    std::uint32_t mtu = 0;
    std::uint16_t identification = 0;
    std::uint16_t quoted_identification = 0;
    std::uint8_t ttl = 0;
  };
  std::array<SeenHint, 8> seen_hints{};
  std::uint32_t seen_hint_count = 0;

  [[nodiscard]] Verdict verdict() const;
};

/// Routers between a sender and the capture point, from the TTL: initial values are 64, 128 and 255.
[[nodiscard]] constexpr std::uint8_t hops_from_ttl(std::uint8_t ttl) {
  if (ttl <= 64) return static_cast<std::uint8_t>(64 - ttl);
  if (ttl <= 128) return static_cast<std::uint8_t>(128 - ttl);
  return static_cast<std::uint8_t>(255 - ttl);
}

}  // namespace pmtu
