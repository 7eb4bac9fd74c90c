// SPDX-License-Identifier: GPL-2.0-or-later
// What a segment says of the bytes of the other side: which of them arrived, and at what size.
#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "track/link_tag.h"
#include "track/round_trips.h"
#include "track/tracker.h"

namespace pmtu {
namespace {

/// RFC 5681 §2: no data, no SYN or FIN, the same window; a keep-alive lies below SND.NXT. A copy from another
/// interface is none either.
bool is_duplicate_ack(const Sighting& seen, const Direction& me, const Direction& peer,
                      std::uint32_t former_window) {
  const TcpSegment& segment = *seen.segment;
  return segment.acknowledgment == peer.acknowledged && segment.end() == segment.sequence &&
         segment.sack_count == 0 && segment.sequence == me.next && me.window == former_window &&
         link_tag(seen.observation->link, seen.datagram->level) == me.link_tag;
}

}  // namespace

void Tracker::take_window(Sighting& seen, std::uint32_t& former_window) {
  Direction& me = at(seen.direction);
  former_window = me.window;
  if (seen.segment->has(tcp_flag::syn)) return;
  me.window = static_cast<std::uint32_t>(seen.segment->window) << me.window_scale;
  me.window_seen = true;
  if (me.scale_known || me.window == 0) me.lowest_window = std::min(me.lowest_window, me.window);
}

void Tracker::take_acknowledgment(Sighting& seen) {
  const SequenceNumber ack = seen.segment->acknowledgment;
  Direction& me = at(seen.direction);
  const DirectionId owner = seen.direction.opposite();  // whose bytes are acknowledged
  Direction& peer = at(owner);
  std::uint32_t former_window = 0;
  take_window(seen, former_window);
  seen.first_acknowledgment = !peer.ack_seen;
  if (seen.first_acknowledgment) {
    peer.ack_seen = true;
    const bool what_was_seen = peer.seen && ack.after(peer.first) && !ack.after(peer.next);
    peer.acknowledged = what_was_seen ? peer.first : ack;
    seen.acknowledged_before = peer.acknowledged;
  }
  if (ack.after(peer.acknowledged)) {
    seen.acknowledges = true;
    if (peer.seen && ack.after(peer.next)) note_unseen_bytes(seen);
    Transmission* oldest = nullptr;
    while ((oldest = log_.get(peer.sent.head)) != nullptr && !oldest->end.after(ack)) {
      if (!oldest->credited) credit(owner, *oldest, seen.now(), false);
      peer.sent.head = oldest->next;
    }
    if (oldest != nullptr && peer.retransmitting) credit_pieces_of_the_head(owner, ack, seen.now());
    peer.acknowledged = ack;
    peer.resent = false;
    peer.error_reported = false;
    me.lowest_window = me.window_seen && me.scale_known ? me.window : 0xffffffff;
    if (peer.retransmitting && !ack.before(peer.retransmitted_to)) peer.retransmitting = false;
  } else if (!seen.first_acknowledgment) {
    seen.duplicate_ack = is_duplicate_ack(seen, me, peer, former_window);
  }
  if (seen.segment->sack_count != 0) take_selective_acknowledgments(seen);
}

void Tracker::note_unseen_bytes(Sighting& seen) {
  // Acknowledged, never captured: this capture loses frames.
  const DirectionId owner = seen.direction.opposite();
  const SequenceNumber ack = seen.segment->acknowledgment;
  const auto unseen = static_cast<std::uint32_t>(SequenceNumber::distance(at(owner).next, ack));
  if (unseen > kIpv6MinimumMtu - tcp_headers(version(owner))) {
    const std::uint32_t path = ensure_path(owner);
    if (path != PathTable::kNone) paths_[path].capture_misses_large = true;
  }
  at(owner).next = ack;
}

void Tracker::credit_pieces_of_the_head(DirectionId owner, SequenceNumber ack, Timestamp now) {
  // The head's first, larger transmission may not be acknowledged through yet: its smaller pieces are.
  const Direction& peer = at(owner);
  log_.latest_first(peer.sent, [&](Transmission& sent) {
    if (!sent.credited && !sent.end.after(ack)) credit(owner, sent, now, false);
    return sent.end.after(peer.acknowledged);
  });
}

void Tracker::take_selective_acknowledgments(Sighting& seen) {
  const DirectionId owner = seen.direction.opposite();
  const Direction& peer = at(owner);
  const TcpSegment& segment = *seen.segment;
  log_.latest_first(peer.sent, [&](Transmission& sent) {
    if (peer.sent.head == 0) return false;
    for (std::uint8_t i = 0; i < segment.sack_count; ++i) {
      const SackBlock& block = segment.sacks[i];
      if (!block.right.after(segment.acknowledgment)) continue;  // D-SACK, RFC 2883
      if (sent.begin.before(block.left) || sent.end.after(block.right)) continue;
      if (!sent.credited) credit(owner, sent, seen.now(), true);  // blocks repeat with every ACK
    }
    return sent.end.after(peer.acknowledged);
  });
}

std::uint32_t Tracker::smallest_transmission(const Direction& owner, const Transmission& of) {
  // Karn: bytes that were sent at several sizes credit the smallest only. A frame that acknowledges many
  // transmissions asks many times; past the bound the larger size counts, which acquits.
  std::uint32_t smallest = of.dont_fragment ? of.length : 0;
  if (look_back_left_ == 0) return smallest;
  log_.latest_first(owner.sent, [&](const Transmission& other) {
    if (!other.begin.after(of.begin) && other.end.after(of.begin)) {
      smallest = std::min(smallest, other.dont_fragment ? other.length : 0);
    }
    return other.frame > of.frame && --look_back_left_ != 0;
  });
  return smallest;
}

void Tracker::credit(DirectionId id, Transmission& passed, Timestamp now, bool selectively) {
  Direction& owner = at(id);
  passed.credited = true;
  if (!owner.retransmitting) owner.peer_round_trip_us = round_trip_microseconds(now - passed.time);
  const bool watched = watches(id);
  if (!watched && passed.length <= owner.largest_passed) return;
  const std::uint32_t smallest = owner.retransmitting   ? smallest_transmission(owner, passed)
                                 : passed.dont_fragment ? passed.length
                                                        : 0;
  if (watched) {
    arrivals_.push_back({passed.begin, passed.end, passed.time, passed.frame, smallest, passed.dont_fragment,
                         passed.super_segment, selectively, owner.retransmitting});
  }
  // Without DF the network may have cut it to any size.
  if (!passed.dont_fragment) return;
  if (passed.super_segment) {
    if (owner.path != Direction::kNoPath) paths_[owner.path].super_segment_passed = true;
    return;
  }
  owner.largest_passed = std::max(owner.largest_passed, smallest);
  if (owner.path == Direction::kNoPath) return;
  Path& path = paths_[owner.path];
  path.largest_passed = std::max(path.largest_passed, smallest);
}

}  // namespace pmtu
