// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/observation.h"
#include "pmtu/preferences.h"
#include "track/flow_table.h"
#include "track/path_table.h"
#include "track/sent_log.h"

namespace pmtu {

/// Bytes of the other side that a datagram acknowledges for the first time.
struct Arrival {
  SequenceNumber begin;
  SequenceNumber end;
  Timestamp sent;
  FrameNumber frame;
  /// Smallest size that these bytes were sent at (Karn); 0: a copy without DF went, which may have been cut.
  std::uint32_t smallest = 0;
  bool dont_fragment = false;
  bool super_segment = false;
  bool selectively = false;  ///< by a SACK block, the head is still missing
  bool ambiguous = false;    ///< bytes were sent again: it may be an earlier copy that arrived (Karn)
};

/// One datagram of a flow as it passed the capture point, and what it changed. `*_before` is what held until
/// then. Valid until the next datagram is observed.
struct Sighting {
  const Observation* observation = nullptr;
  const Datagram* datagram = nullptr;
  const TcpSegment* segment = nullptr;  ///< empty: not TCP
  const Transmission* sent = nullptr;   ///< its record in the log; empty: it carries nothing
  DirectionId direction;                ///< that it belongs to
  bool begins_connection = false;       ///< a SYN that is no repetition: what was known of the ports is over
  bool is_new = true;                   ///< TCP: reaches beyond everything sent before
  bool super_segment = false;
  bool answers_repetition = false;     ///< TCP: the other side had sent again what this may acknowledge
  bool acknowledges = false;           ///< TCP: bytes of the other side, for the first time
  bool first_acknowledgment = false;   ///< none of this side was seen before
  bool duplicate_ack = false;          ///< RFC 5681 §2
  bool shows_offload = false;          ///< the first sign of it in the capture
  bool explains_offload = false;       ///< from now on this host is known to segment late
  SequenceNumber next_before;          ///< of this side
  SequenceNumber acknowledged_before;  ///< of the other side
  std::optional<Timestamp> last_sent_before;  ///< when this side had sent payload last
  std::span<const Arrival> arrivals;          ///< collected while the flow is watched

  [[nodiscard]] Timestamp now() const { return observation->time; }
  [[nodiscard]] FrameNumber frame() const { return observation->frame; }
  [[nodiscard]] bool has(std::uint8_t flag) const { return segment != nullptr && segment->has(flag); }
  [[nodiscard]] std::uint32_t payload_length() const {
    return segment != nullptr ? segment->payload_length : 0;
  }
  /// Bytes are missing between what this side had sent and this segment.
  [[nodiscard]] bool leaves_gap() const { return segment != nullptr && segment->sequence.after(next_before); }
  /// The next of a stream that goes on as streams do: in order, for the first time, without an end, a gap, a
  /// block or a repetition that somebody might have to think about.
  [[nodiscard]] bool is_ordinary() const {
    constexpr std::uint8_t kEventful = tcp_flag::syn | tcp_flag::fin | tcp_flag::rst;
    if (segment == nullptr) return true;
    return (segment->flags & kEventful) == 0 && segment->sequence == next_before &&
           segment->sack_count == 0 && !shows_offload && !explains_offload;
  }
};

/// The last that was known of a direction.
struct EndedDirection {
  DirectionId direction;
  std::uint32_t largest_sent = 0;
  FrameNumber last_frame;
  std::optional<std::uint8_t> ttl;  ///< see `Tracker::ttl`
};

/// What happened: the flows and paths of one capture point, what was sent on them and what of it was
/// acknowledged, round trips, names of what was being passed. Knows no hint and passes no judgement; its
/// memory is bounded by the preferences.
class Tracker {
 public:
  Tracker(const Preferences& preferences, std::uint64_t seed);

  /// Takes in a datagram. Empty when there is nothing to judge: a copy, a later fragment, an ICMP error, what
  /// was cut, or what is too small to matter. Valid until the next datagram.
  [[nodiscard]] const Sighting* observe(const Observation& observation, const Datagram& datagram);
  /// A hint spoke of the direction: a frame of its flow. `quoted`: the length that it proves to have gone
  /// over a wire; 0: none.
  void note_hint(DirectionId direction, DatagramLength quoted) {
    flows_[direction.place()].last_frame = last_frame_;
    at(direction).largest_quoted =
        std::max(at(direction).largest_quoted, static_cast<std::uint16_t>(quoted.value()));
  }
  /// An ICMP error other than a hint quoted a datagram of the direction.
  void note_error(DirectionId direction) { at(direction).error_reported = true; }

  /// Watched directions whose connection ended, or was given up, with the latest `observe`: what others keep
  /// of them is to go. Their ids may be those of new flows already.
  [[nodiscard]] std::span<const EndedDirection> ended() const { return ended_; }

  /// From now on arrivals are collected for the flow, its end is told, and it is given up last.
  void watch(DirectionId direction, bool wanted) { flows_[direction.place()].watched = wanted; }
  /// The same for all flows: somebody looks for signs of life on a path.
  void watch_all(bool wanted) { watches_all_ = wanted; }

  [[nodiscard]] DirectionId find(const FlowKey& key) const;
  [[nodiscard]] const Flow& flow(DirectionId direction) const { return flows_[direction.place()]; }
  [[nodiscard]] const Direction& operator[](DirectionId direction) const {
    return flow(direction).side[direction.side()];
  }
  [[nodiscard]] FlowKey key(DirectionId direction) const {
    return flow(direction).key.directed(direction.side());
  }
  /// By which the routers between sender and capture point count. Empty: none of its datagrams was captured,
  /// or only inside a tunnel, whose own routers count outside.
  [[nodiscard]] std::optional<std::uint8_t> ttl(DirectionId direction) const;
  [[nodiscard]] IpVersion version(DirectionId direction) const { return flow(direction).key.version(); }
  /// The directions of flows that were seen: all ids below this bound, some of them without a flow.
  [[nodiscard]] std::uint32_t places() const { return flows_.places(); }
  [[nodiscard]] const SentLog& log() const { return log_; }

  /// The largest datagram that was acknowledged on any path that mattered.
  [[nodiscard]] std::uint32_t largest_passed_on_paths() const;

  /// Place of the direction's path, from now on kept in the table; `PathTable::kNone`: there is no room.
  std::uint32_t ensure_path(DirectionId direction);
  [[nodiscard]] std::uint32_t find_path(const PathKey& key) const { return paths_.find(key); }
  [[nodiscard]] const Path* path(std::uint32_t place) const {
    return place == PathTable::kNone ? nullptr : &paths_[place];
  }
  /// The direction's path, where it matters already.
  [[nodiscard]] const Path* path_of(DirectionId direction) const { return path((*this)[direction].path); }
  void hold_path(std::uint32_t place) {
    if (place != PathTable::kNone) paths_.hold(place);
  }
  void release_path(std::uint32_t place) {
    if (place != PathTable::kNone) paths_.release(place);
  }

  /// The host segments late (TSO, GSO): captured sizes of what it sends are not those on the wire.
  [[nodiscard]] bool segments_late(const IpAddress& host) const {
    return !offload_hosts_.empty() && offload_hosts_.contains(host);
  }
  [[nodiscard]] bool hides_wire_size(const Transmission& sent) const {
    return sent.super_segment || segments_late(key(DirectionId::from(sent.direction)).path.source);
  }
  /// What was being passed at these bytes of the direction.
  [[nodiscard]] Stage stage(DirectionId direction, SequenceNumber begin, SequenceNumber end) const;

  /// Outer address of the host at which datagrams of this path enter a tunnel that carries Ethernet.
  [[nodiscard]] std::optional<IpAddress> tunnel_entrance(const PathKey& inside) const;

  /// Latest time that any frame claimed, and the latest frame.
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] FrameNumber last_frame() const { return last_frame_; }
  void begin_frame(const Observation& observation);
  [[nodiscard]] std::uint64_t evicted_flows() const { return flows_.evicted(); }
  [[nodiscard]] std::uint64_t evicted_paths() const { return paths_.evicted(); }
  [[nodiscard]] bool any_offload() const { return !offload_hosts_.empty(); }

 private:
  struct AddressHash {
    KeyHash hash;
    std::size_t operator()(const PathKey& path) const { return static_cast<std::size_t>(hash(path)); }
    std::size_t operator()(const IpAddress& address) const { return (*this)(PathKey{address, {}}); }
  };
  /// Transmissions that one frame may look back at, however many it acknowledges.
  static constexpr std::uint32_t kLookBackOfFrame = 2048;

  [[nodiscard]] Direction& at(DirectionId direction) {
    return flows_[direction.place()].side[direction.side()];
  }
  [[nodiscard]] bool watches(DirectionId direction) const { return watches_all_ || flow(direction).watched; }

  // One datagram.
  [[nodiscard]] bool is_worth_keeping(const Datagram& datagram, const UndirectedKey& key) const;
  [[nodiscard]] bool observe_tcp(Sighting& seen);
  [[nodiscard]] bool observe_without_sequence(Sighting& seen);
  void note_tunnel_ends(const Observation& observation, const Datagram& inner);
  void begin_connection(Sighting& seen);
  void begin_stream(const Sighting& seen, Direction& me) const;
  void note_syn(const Sighting& seen);
  void take_payload(Sighting& seen);
  void forget(DirectionId direction);
  void forget_least_missed_flow();
  [[nodiscard]] bool is_copy(const Sighting& seen) const;
  [[nodiscard]] bool is_super_segment(const Sighting& seen) const;
  [[nodiscard]] bool is_super_datagram(const Sighting& seen) const;
  void note_offload(Sighting& seen);
  void note_size(const Sighting& seen);
  void log_transmission(Sighting& seen);

  // What it acknowledges.
  void take_acknowledgment(Sighting& seen);
  void take_window(Sighting& seen, std::uint32_t& former_window);
  void note_unseen_bytes(Sighting& seen);
  void take_selective_acknowledgments(Sighting& seen);
  void credit(DirectionId owner, Transmission& passed, Timestamp now, bool selectively);
  void credit_pieces_of_the_head(DirectionId owner, SequenceNumber ack, Timestamp now);
  [[nodiscard]] std::uint32_t smallest_transmission(const Direction& owner, const Transmission& of);

  Preferences preferences_;
  FlowTable flows_;
  PathTable paths_;
  SentLog log_;
  std::unordered_set<IpAddress, AddressHash> offload_hosts_;
  std::unordered_map<PathKey, IpAddress, AddressHash> tunnel_ends_;  ///< by the path inside: its entrance
  Sighting seen_;
  std::vector<Arrival> arrivals_;
  std::vector<EndedDirection> ended_;
  Timestamp now_;
  FrameNumber last_frame_;
  std::uint32_t look_back_left_ = 0;
  bool watches_all_ = false;
  bool offload_told_ = false;
};

}  // namespace pmtu
