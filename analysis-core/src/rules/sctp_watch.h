// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/observation.h"
#include "rules/size_trials.h"

namespace pmtu {

/// An SCTP packet where it was captured.
struct SctpSighting {
  FlowKey flow;
  const SctpPacket* packet = nullptr;
  DatagramLength length;
  bool dont_fragment = true;  ///< and whole
  FrameNumber frame;
  Timestamp time;
};

/// What is known of a black hole on the way to one address of an SCTP endpoint.
struct SctpHole {
  enum class Change : std::uint8_t {
    suspected,
    grew,       ///< one more of a suspected size was lost
    confirmed,  ///< the same chunks arrived once they went smaller, or without DF; once a hole
    withdrawn,  ///< that size arrived after all
  };
  Change change = Change::suspected;
  FlowKey flow;
  DatagramLength passed;  ///< largest packet that arrived; 0 when none did
  DatagramLength lost;    ///< smallest above it that never did
  std::uint32_t losses = 0;
  std::uint64_t resent_bytes = 0;
  bool rerouted = false;  ///< what was lost arrived at another address of the peer
  FrameNumber first_frame;
  FrameNumber last_frame;
  Timestamp begin;
  Timestamp last;
};

/// Follows SCTP associations: what was sent to each address of the peer, what arrived, and whether sizes are
/// lost (RFC 9260 §7.3, RFC 8899 §6.2). A direction is known by its verification tag, so that all addresses
/// of a multihomed endpoint belong together; sizes are judged by path, for each has a path MTU of its own.
/// Data that arrives on another path acknowledges no size on this one.
class SctpWatch {
 public:
  static constexpr std::size_t kMaxDirections = 256;
  static constexpr std::size_t kMaxSent = 128;  ///< packets in flight that are remembered, a direction
  static constexpr std::size_t kMaxPaths = 8;   ///< addresses of a peer

  /// How a quoted verification tag and TSN fit what was sent (RFC 9260 §10).
  enum class QuoteFit : std::uint8_t { unknown, fits, stale, foreign };

  /// Takes one packet. Times must not fall.
  [[nodiscard]] std::optional<SctpHole> observe(const SctpSighting& sighting);
  /// A packet with DF that was sent once and arrived.
  struct Arrival {
    FlowKey flow;
    FrameNumber frame;
    DatagramLength length;
  };
  /// What the latest packet acknowledged.
  [[nodiscard]] std::span<const Arrival> arrivals() const { return arrivals_; }
  /// Does a quotation name what was sent on its path? `unknown`: nothing of that path was seen.
  [[nodiscard]] QuoteFit fit(const FlowKey& quoted_flow, const QuotedDatagram& quote) const;
  /// A packet of this size drew an ICMP error: it was no silent loss.
  void drew_error(const FlowKey& flow, DatagramLength length);
  [[nodiscard]] std::size_t directions() const { return directions_.size(); }

 private:
  /// All packets to one endpoint carry the tag that it chose.
  struct Key {
    std::uint32_t tag = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Sent {
    SequenceNumber first;
    SequenceNumber last;
    DatagramLength length;
    std::size_t path = 0;
    FrameNumber frame;
    Timestamp time;
    bool whole = true;                   ///< with DF
    bool replaced = false;               ///< its data was sent again later
    bool explained = false;              ///< it drew an ICMP error
    bool repeats = false;                ///< what it carries was sent before
    std::optional<std::size_t> lost_on;  ///< another path, on which that was lost
    bool no_smaller = true;              ///< and then went the same way, in packets that were not smaller
  };
  struct Heartbeat {
    std::uint32_t mark = 0;
    DatagramLength length;
    FrameNumber frame;
    Timestamp time;
    bool padded = false;  ///< a probe of RFC 8899 §6.2.1: its loss is the answer that it looks for
  };
  struct Path {
    FlowKey flow;
    SizeTrials trials;
    std::vector<Heartbeat> heartbeats;
    std::uint64_t resent_bytes = 0;
    std::optional<DatagramLength> told;
    std::uint32_t told_losses = 0;
    bool smaller_arrived = false;  ///< what was lost, in a packet that was smaller than `told`
    bool rerouted = false;         ///< what was lost arrived on another path
    bool confirmed = false;        ///< and was told to have: what comes after is the same hole going on
  };
  struct Direction {
    std::vector<Path> paths;
    std::deque<Sent> sent;  ///< in the order of their time
    SequenceNumber highest;
    SequenceNumber cumulative;
    bool any_sent = false;
    bool any_acknowledged = false;
    std::optional<Key> opposite;
    Timestamp last;
  };

  Direction* direction_of(const Key& key, Timestamp now);
  void end_association(const SctpSighting& sighting);
  Direction* acknowledged_by(const SctpSighting& sighting, Direction& own);
  static std::optional<std::size_t> path_of(Direction& direction, const FlowKey& flow);
  static void take_data(Direction& direction, const SctpSighting& sighting, std::size_t path);
  void take_acknowledgment(Direction& direction, const SctpPacket& packet, Timestamp now);
  void arrived(Direction& direction, const Sent& sent, Timestamp now);
  static void take_heartbeat(Path& path, const SctpSighting& sighting);
  static void take_heartbeat_ack(Direction& direction, const SctpSighting& sighting);
  [[nodiscard]] static std::optional<SctpHole> judge(Direction& direction);
  [[nodiscard]] static SctpHole describe(const Path& path, SctpHole::Change change);

  std::map<Key, Direction> directions_;
  std::vector<Arrival> arrivals_;
};

}  // namespace pmtu
