// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/receiver_black_hole.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "rules/thresholds.h"
#include "track/hops.h"

namespace pmtu {
namespace {

/// Smaller than what every IPv6 path takes is not lost by its size; over IPv4 the receiver cannot tell
/// better.
constexpr std::uint32_t kFloor = kIpv6MinimumMtu;

std::uint32_t option_bytes(const Direction& sender, const Direction& receiver) {
  return sender.timestamps_seen && receiver.timestamps_seen ? kTimestampsOption : 0;
}

}  // namespace

std::uint32_t ReceiverBlackHole::segment_bound(DirectionId id, std::uint32_t missing,
                                               std::uint16_t mss) const {
  const std::uint32_t options = option_bytes(facts_[id], facts_[id.opposite()]);
  const std::uint32_t payload = mss - std::min<std::uint32_t>(mss, options);
  return std::min(missing, payload) + tcp_headers(facts_.version(id)) + options;
}

std::uint32_t ReceiverBlackHole::bound(DirectionId id, std::uint32_t missing) const {
  return segment_bound(id, missing, std::min(facts_[id].mss, facts_[id.opposite()].mss));
}

std::uint32_t ReceiverBlackHole::receiver_bound(DirectionId id, std::uint32_t missing) const {
  return segment_bound(id, missing, facts_[id.opposite()].mss);
}

std::uint32_t ReceiverBlackHole::largest_arrived(DirectionId id) const {
  const Path* const path = facts_.path_of(id);
  return std::max(facts_[id].largest_sent, path != nullptr ? path->largest_seen : 0);
}

void ReceiverBlackHole::observe(const Sighting& seen, Events& events) {
  if (seen.segment == nullptr) return;
  const bool reset = seen.has(tcp_flag::rst);
  if (reset) {
    take_end(seen);
  } else {
    if (seen.has(tcp_flag::ack)) take_acknowledgment(seen);
    take_segment(seen);
  }
  if (cases_.empty()) return;
  watch_receiver(seen, events);
  watch_sender(seen, events);
}

void ReceiverBlackHole::take_end(const Sighting& seen) {
  Case* const found = cases_.find(seen.direction);
  if (found == nullptr) return;
  // rule: receiver-excluded. A middlebox acknowledges and resets; with nothing else beyond the hole it may be
  // its work.
  if (!found->hole.data_beyond() && !found->told) found->hole.exclude();
}

void ReceiverBlackHole::take_acknowledgment(const Sighting& seen) {
  Case* const found = cases_.find(seen.direction.opposite());
  if (found == nullptr) return;
  const TcpSegment& segment = *seen.segment;
  // Options that the snapshot length cut may have held the block.
  const bool above =
      segment.options_truncated ||
      std::any_of(segment.sacks.begin(), segment.sacks.begin() + segment.sack_count,
                  [&](const SackBlock& block) { return !block.left.before(found->hole.end()); });
  found->hole.acknowledged(segment.acknowledgment, above, seen.now());
}

void ReceiverBlackHole::take_segment(const Sighting& seen) {
  Case* const found = cases_.find(seen.direction);
  if (found == nullptr) {
    if (seen.leaves_gap()) open(seen);
    return;
  }
  const TcpSegment& segment = *seen.segment;
  ReceiverHole& hole = found->hole;
  const bool payload = segment.payload_length != 0;
  if (payload && hole.overlaps(segment.sequence, segment.end())) {
    const DirectionId id = seen.direction;
    const std::uint32_t options = option_bytes(facts_[id], facts_[id.opposite()]);
    const std::uint32_t size = bound(id, hole.missing());
    hole.arrived(segment.sequence, segment.end(), seen.datagram->length, seen.datagram->dont_fragment, size,
                 size - tcp_headers(facts_.version(id)) - options);
  } else if (!segment.sequence.before(hole.begin())) {
    hole.beyond(segment.sequence, payload);
  }
}

void ReceiverBlackHole::open(const Sighting& seen) {
  // rule: receiver-hole
  const Direction& me = facts_[seen.direction];
  const Direction& peer = facts_[seen.direction.opposite()];
  const bool handshake = me.syn_seen && peer.syn_seen && me.mss != 0 && peer.mss != 0;
  if (!handshake || seen.super_segment) return;
  const TcpSegment& segment = *seen.segment;
  const auto missing =
      static_cast<std::uint32_t>(SequenceNumber::distance(seen.next_before, segment.sequence));
  const std::uint32_t size = bound(seen.direction, missing);
  if (size <= kFloor || size <= largest_arrived(seen.direction)) return;
  const auto beyond = segment.payload_length != 0 ? ReceiverHole::Beyond::data : ReceiverHole::Beyond::empty;
  Case& found = cases_.open(
      seen.direction,
      {ReceiverHole(seen.next_before, segment.sequence, beyond, seen.frame(), seen.now()), false});
  if (seen.answers_repetition) found.hole.request_was_resent();
}

void ReceiverBlackHole::watch_receiver(const Sighting& seen, Events& events) {
  // The receiver's side of the story.
  const DirectionId sender = seen.direction.opposite();
  Case* const found = cases_.find(sender);
  if (found == nullptr) return;
  ReceiverHole& hole = found->hole;
  if (seen.payload_length() != 0 && !seen.is_new) {
    const Direction& me = facts_[seen.direction];
    hole.receiver_resent(me.ack_seen && !seen.segment->end().after(me.acknowledged));
  }
  note_end(hole, seen);
  tell(sender, seen.frame(), seen.now(), events);
  if (!hole.acknowledged_through()) return;
  // Nothing is missing any more, or the capture missed it: later holes are another story.
  const bool large = hole.missing() > kFloor - tcp_headers(facts_.version(sender));
  if (large && !hole.filled() && lossy_paths_.size() < preferences_.max_paths)
    lossy_paths_.insert(facts_.key(sender).path);
  cases_.close(sender);
}

void ReceiverBlackHole::note_end(ReceiverHole& hole, const Sighting& seen) const {
  // rule: receiver-stall. One FIN closes one way only (RFC 9293 §3.6).
  const bool both = facts_[seen.direction].fin_seen && facts_[seen.direction.opposite()].fin_seen;
  if (both || seen.has(tcp_flag::rst)) hole.closed(seen.now());
}

void ReceiverBlackHole::watch_sender(const Sighting& seen, Events& events) {
  Case* const found = cases_.find(seen.direction);
  if (found == nullptr) return;
  note_end(found->hole, seen);
  tell(seen.direction, seen.frame(), seen.now(), events);
  if (found->hole.filled()) cases_.close(seen.direction);
}

Finding ReceiverBlackHole::finding_of(FindingKind kind, Severity severity, DirectionId direction,
                                      const ReceiverHole& hole, FrameNumber frame) const {
  Finding finding;
  finding.frame = frame;
  finding.kind = kind;
  finding.severity = severity;
  finding.length = DatagramLength(bound(direction, hole.missing()));
  finding.dont_fragment = true;
  finding.related_frame = hole.first_beyond();
  finding.count = hole.missing();
  return finding;
}

void ReceiverBlackHole::tell(DirectionId direction, FrameNumber frame, Timestamp now, Events& events) {
  Case& found = *cases_.find(direction);
  if (found.hole.filled()) return tell_filled(direction, found, frame, now, events);
  const bool disproved = is_disproved(direction, found, now);
  if (found.told) {
    if (disproved) {
      found.told = false;
      found.hole.exclude();
      events.add(direction, event::HoleWithdrawn{found.hole.first_beyond()});
    } else {
      events.add(direction, event::HoleLasted{found.hole.lasted_to(now)});
    }
    return;
  }
  if (disproved || !found.hole.open_long_enough(now, preferences_.receiver_hole)) return;
  tell_found(direction, found, frame, now, events);
}

void ReceiverBlackHole::tell_filled(DirectionId direction, const Case& found, FrameNumber frame,
                                    Timestamp now, Events& events) const {
  if (!found.told) return;
  // rule: receiver-recovered
  const bool long_enough = now - found.hole.opened() >= preferences_.receiver_hole;
  if (found.hole.filled_smaller() && long_enough) {
    Finding finding =
        finding_of(FindingKind::black_hole_recovered, Severity::note, direction, found.hole, frame);
    finding.count = 0;  // transmissions are not known on this side
    events.add(direction, event::HoleRecovered{finding, now, found.hole.may_be_merged()});
  } else {
    // It came in full size after all: an ordinary loss.
    events.add(direction, event::HoleWithdrawn{found.hole.first_beyond()});
  }
}

bool ReceiverBlackHole::is_disproved(DirectionId direction, const Case& found, Timestamp now) const {
  // rule: receiver-excluded
  const Path* const path = facts_.path_of(direction);
  const std::uint32_t size = bound(direction, found.hole.missing());
  const bool sack = facts_[direction].sack_permitted && facts_[direction.opposite()].sack_permitted;
  const bool sizes_unknown = path != nullptr && (path->capture_misses_large || path->super_segment_seen);
  // rule: receiver-recovered. The end tells whether the receiver merges what arrives.
  const bool size_arrived = size <= largest_arrived(direction) || sizes_unknown;
  return (size_arrived && !found.hole.may_be_merged()) || capture_misses_large(facts_.key(direction).path) ||
         !found.hole.evident(sack) || hints_.explains(direction, size, now);
}

void ReceiverBlackHole::tell_found(DirectionId direction, Case& found, FrameNumber frame, Timestamp now,
                                   Events& events) const {
  const ReceiverHole& hole = found.hole;
  const Direction& sender = facts_[direction];
  const Direction& receiver = facts_[direction.opposite()];
  if (receiver.scale_known && receiver.window_seen && hole.missing() > receiver.window) return;
  const bool beside_sender = hops_from_ttl(sender.ttl) == 0 && hops_from_ttl(receiver.ttl) != 0;
  if (beside_sender) return;
  found.told = true;
  event::HoleFound told;
  told.finding = finding_of(FindingKind::black_hole_receiver, Severity::warn, direction, hole, frame);
  told.bound = told.finding.length;
  // What was lost may have been as large as the receiver admits, whatever the sender announces for itself.
  told.lost = std::max(told.bound, DatagramLength(receiver_bound(direction, hole.missing())));
  told.finding.length = told.lost;
  if (const std::uint32_t arrived = largest_arrived(direction); arrived != 0)
    told.passed = DatagramLength(arrived);
  told.missing_bytes = hole.missing();
  told.first_beyond = hole.first_beyond();
  told.opened = hole.opened();
  told.at = hole.lasted_to(now);
  told.stage = facts_.stage(direction, hole.begin(), hole.end());
  told.weak = !hole.data_beyond();  // rule: receiver-weak
  events.add(direction, told);
}

void ReceiverBlackHole::conclude(Events& events) {
  for (const DirectionId direction : cases_.directions())
    tell(direction, facts_.flow(direction).last_frame, facts_.now(), events);
}

}  // namespace pmtu
