// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/bracket.h"
#include "pmtu/units.h"

/// What a capture with several capture points tells that none of them tells alone.
namespace pmtu {

/// One place where datagrams were captured.
struct CapturePoint {
  PointId id;
  std::uint32_t section = 0;            ///< pcapng section, from 0
  std::uint32_t capture_interface = 0;  ///< interface number in its section
  std::uint32_t interface_index = 0;    ///< of the capturing host, where the link layer tells (SLL2); else 0
  bool shares_interface = false;        ///< told apart from another point of the same interface by its frames
  std::uint64_t frames = 0;
  FrameNumber first_frame;
  FrameNumber last_frame;
  /// Its clock against that of point 1; empty: no datagrams passed both in both directions.
  std::optional<Duration> clock_offset;
  Duration clock_uncertainty;
  Duration clock_drift;  ///< 0: less than a millisecond
  friend bool operator==(const CapturePoint&, const CapturePoint&) = default;
};

/// Datagrams with DF of a range of sizes: how many passed the first of two points, and how many of these the
/// second.
struct ArrivalBySize {
  DatagramLength from;
  DatagramLength to;
  std::uint32_t passed = 0;
  std::uint32_t arrived = 0;
  friend bool operator==(const ArrivalBySize&, const ArrivalBySize&) = default;
};

/// Two capture points that follow each other on the way of a direction, and what got from one to the other.
struct Stretch {
  PointId from;
  PointId to;
  std::vector<ArrivalBySize> arrival;  ///< ascending
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// A datagram that never arrived, in its last frame.
struct LostDatagram {
  FrameNumber frame;
  DatagramLength length;
  friend bool operator==(const LostDatagram&, const LostDatagram&) = default;
};

/// Datagrams of a size and above passed `from`, and never `to`, while smaller ones did.
struct VanishBetween {
  PointId from;
  PointId to;
  Bracket bracket;
  std::uint32_t lost = 0;   ///< datagrams of the direction, of that size or larger
  FrameNumber first_frame;  ///< of them, at `from`
  FrameNumber last_frame;
  std::uint32_t smaller_arrived = 0;
  std::vector<LostDatagram> datagrams;  ///< the first thousand
  friend bool operator==(const VanishBetween&, const VanishBetween&) = default;
};

/// What became of the hints about a direction between the capture points.
enum class HintWay : std::uint8_t { unknown, delivered, filtered };

/// A hint that passed `seen_at` and never reached `missing_at`, nearer to the sender.
struct FilteredHint {
  PointId seen_at;
  PointId missing_at;
  std::uint32_t hints = 0;
  FrameNumber frame;                ///< the first of them
  std::vector<FrameNumber> frames;  ///< of all of them, as far as a thousand
  bool icmp_seen = false;           ///< `missing_at` saw ICMP of some kind: no capture filter hides it there
  friend bool operator==(const FilteredHint&, const FilteredHint&) = default;
};

enum class ChangeKind : std::uint8_t { mss_rewritten, df_cleared, fragmented_despite_df, translated };

/// What a device between two points did to the datagrams of a direction.
struct ChangeOnTheWay {
  ChangeKind kind = ChangeKind::mss_rewritten;
  PointId from;
  PointId to;
  FrameNumber frame;         ///< the first one, at `to`
  std::uint32_t count = 0;   ///< datagrams
  std::uint32_t before = 0;  ///< MSS
  std::uint32_t after = 0;
  std::uint32_t kept_df = 0;  ///< of fragmented datagrams those whose fragments still have DF
  friend bool operator==(const ChangeOnTheWay&, const ChangeOnTheWay&) = default;
};

/// The same change in all directions that it was made to.
struct ChangeInSum {
  ChangeOnTheWay change;  ///< `count` of all of them, `frame` of the first
  std::uint32_t directions = 0;
  FlowKey first;  ///< the direction of that frame
  friend bool operator==(const ChangeInSum&, const ChangeInSum&) = default;
};

/// Where a capture point lies on the way of a direction: routers between it and either end, from the TTL.
struct Position {
  PointId point;
  std::optional<std::uint8_t> sender_hops;
  std::optional<std::uint8_t> receiver_hops;
  friend bool operator==(const Position&, const Position&) = default;
};

/// What all points together tell of one direction of a conversation.
struct JoinedDirection {
  FlowKey flow;                      ///< as named where it was seen first on its way
  std::vector<FlowKey> other_names;  ///< behind translators
  std::vector<PointId> points;       ///< along the way, from its source, as far as anything tells
  std::vector<bool> ordered;         ///< of each of `points` but the last: it is known to lie before the next
  std::vector<Position> positions;   ///< of `points`, in their order; in rows only
  std::vector<Stretch> stretches;
  std::optional<VanishBetween> vanish;
  HintWay hint_way = HintWay::unknown;
  std::optional<FilteredHint> filtered;  ///< with `HintWay::filtered`
  std::vector<ChangeOnTheWay> changes;
  friend bool operator==(const JoinedDirection&, const JoinedDirection&) = default;
};

/// A frame and what the other points tell of its datagram.
struct FrameAcrossPoints {
  FrameNumber frame;
  FrameNumber same_frame;  ///< the datagram at the next point, or at the one before; 0: none
  PointId lost_after;      ///< it never arrived: the last point it passed; 0: it did, or nobody knows
  friend bool operator==(const FrameAcrossPoints&, const FrameAcrossPoints&) = default;
};

[[nodiscard]] std::string_view name(HintWay way) noexcept;
[[nodiscard]] std::string_view name(ChangeKind kind) noexcept;

}  // namespace pmtu
