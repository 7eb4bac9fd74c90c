// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sender_black_hole.h"

#include <algorithm>

#include "pmtu/protocol_sizes.h"
#include "rules/make_finding.h"
#include "rules/thresholds.h"
#include "track/hops.h"

namespace pmtu {
namespace {

Finding lost_again(const LossBySize& loss, DatagramLength length, std::uint16_t transmission,
                   FrameNumber frame, Timestamp at) {
  Finding finding;
  finding.frame = frame;
  finding.kind = FindingKind::black_hole_loss;
  finding.severity = Severity::note;
  finding.length = length;
  finding.dont_fragment = true;
  finding.transmission = transmission;
  finding.related_frame = loss.first_frame();
  finding.since_first = at - loss.begin();
  return finding;
}

/// A block may cover a part of a super-segment only; what arrived there was no larger than the block.
void take_blocks(const TcpSegment& segment, IpVersion version, LossBySize& loss) {
  for (std::uint8_t i = 0; i < segment.sack_count; ++i) {
    const SackBlock& block = segment.sacks[i];
    const std::int32_t bytes = SequenceNumber::distance(block.left, block.right);
    if (bytes <= 0 || !block.left.after(segment.acknowledgment)) continue;
    loss.selectively_acked(DatagramLength(longest_with(static_cast<std::uint32_t>(bytes), version)));
  }
}

}  // namespace

void SenderBlackHole::forget(DirectionId direction) {
  cases_.close(direction);
  confirmed_.close(direction);
  one_sided_.close(direction);
  if (cases_.empty()) lives_.clear();
}

void SenderBlackHole::exclude(DirectionId direction) {
  if (Case* const found = cases_.find(direction)) found->loss.exclude();
}

void SenderBlackHole::observe(const Sighting& seen, Events& events) {
  if (seen.segment == nullptr) return;
  const TcpSegment& segment = *seen.segment;
  const DirectionId owner = seen.direction.opposite();
  if (segment.has(tcp_flag::rst)) {
    end_by_reset(owner);
  } else if (segment.has(tcp_flag::ack)) {
    // rule: black-hole-excluded. Acknowledgments came late, and the capture holds them: nothing is one-sided.
    if (one_sided_.contains(owner)) {
      one_sided_.close(owner);
      events.add(owner, event::OneSidedWithdrawn{});
    }
    take_acknowledgment(seen, events);
  }
  if (Case* const mine = cases_.find(seen.direction)) {
    const bool empty_ack = segment.payload_length == 0 && segment.has(tcp_flag::ack);
    if (empty_ack) mine->loss.acknowledged_peer(seen.datagram->length, seen.now());
    if (segment.payload_length == 0 && segment.has(tcp_flag::fin))
      mine->loss.beyond_sent(seen.datagram->length, seen.now());
  }
  if (segment.payload_length != 0) {
    if (!seen.is_new) take_peer_repetition(seen);
    watch_head(seen, events);
  }
  consider(seen.direction, seen.frame(), seen.now(), events);
  consider(owner, seen.frame(), seen.now(), events);
}

void SenderBlackHole::end_by_reset(DirectionId direction) {
  // rule: black-hole-excluded. What follows goes to a dead connection; what was told of it before stands.
  Case* const found = cases_.find(direction);
  if (found == nullptr) return;
  if (found->suspected) {
    cases_.close(direction);
  } else {
    found->loss.exclude();
  }
}

void SenderBlackHole::take_peer_repetition(const Sighting& seen) {
  // rule: black-hole-life. The watch over the head begins when it is first sent: its sender may answer the
  // peer's repetition, and silence it, before its own timer runs out for the first time.
  const DirectionId owner = seen.direction.opposite();
  Case* theirs = cases_.find(owner);
  if (theirs == nullptr) {
    const Direction& sender = facts_[owner];
    const Transmission* const head = facts_.log().get(sender.sent.head);
    const bool outstanding = head != nullptr && head->end.after(sender.acknowledged);
    if (!outstanding || !sender.ack_seen || facts_[seen.direction].rst_seen) return;
    theirs = &begin_watch(owner, seen.frame());
  }
  const Direction& me = facts_[seen.direction];
  const bool answered = me.ack_seen && !seen.segment->end().after(me.acknowledged);
  const Duration since = seen.last_sent_before ? seen.now() - *seen.last_sent_before : Duration{};
  theirs->loss.peer_resent(answered, since, seen.now());
}

void SenderBlackHole::note_life(const Sighting& seen) {
  // While a loss is under watch, whatever is acknowledged on its path tells that the way forward is alive,
  // small connections and handshakes as well.
  const DirectionId owner = seen.direction.opposite();
  if (lives_.size() >= preferences_.max_paths) lives_.clear();
  Life* const life = preferences_.max_paths != 0 ? &lives_[facts_.key(owner).path] : nullptr;
  if (life == nullptr) return;
  // When the SYN or SYN/ACK passed toward this side is known from the round trip that it began to measure.
  const Direction& me = facts_[seen.direction];
  if (seen.first_acknowledgment && me.sample_begin != Timestamp{} && !me.sampling_timestamp)
    *life = {me.sample_begin, longest_with(0, facts_.version(owner)), owner};
  int left = SentLog::kLookBack;
  for (const Arrival& arrival : seen.arrivals) {
    if (!arrival.dont_fragment || arrival.super_segment) continue;
    const auto sent = arrival.ambiguous ? first_sent(owner, arrival, left) : std::optional(arrival.sent);
    if (sent) *life = {*sent, arrival.smallest, owner};
  }
}

std::optional<Timestamp> SenderBlackHole::first_sent(DirectionId owner, const Arrival& arrival,
                                                     int& left) const {
  // What arrived may be the copy that was sent first (Karn).
  Timestamp first = arrival.sent;
  facts_.log().latest_first(facts_[owner].sent, [&](const Transmission& copy) {
    if (!copy.begin.after(arrival.begin) && copy.end.after(arrival.begin)) first = std::min(first, copy.time);
    return --left > 0;
  });
  return left > 0 ? std::optional(first) : std::nullopt;
}

void SenderBlackHole::take_acknowledgment(const Sighting& seen, Events& events) {
  const DirectionId owner = seen.direction.opposite();
  const Direction& me = facts_[seen.direction];
  if (Case* const found = cases_.find(owner)) {
    const bool window_known = !seen.has(tcp_flag::syn) && (me.scale_known || me.window == 0);
    if (window_known) found->loss.window_advertised(me.window);
    if (seen.duplicate_ack) found->loss.duplicate_ack(seen.now());
  }
  if (watches() && (seen.acknowledges || !seen.arrivals.empty())) note_life(seen);
  if (seen.acknowledges) watch_progress(seen, events);
  Case* const found = cases_.find(owner);
  if (found != nullptr && seen.segment->sack_count != 0) take_arrivals(seen, found->loss);
}

void SenderBlackHole::take_arrivals(const Sighting& seen, LossBySize& loss) const {
  for (const Arrival& arrival : seen.arrivals) {
    if (arrival.selectively && !arrival.super_segment)
      loss.selectively_acked(DatagramLength(arrival.smallest));
  }
  const DirectionId owner = seen.direction.opposite();
  if (facts_[owner].super_segments) take_blocks(*seen.segment, facts_.version(owner), loss);
}

void SenderBlackHole::tell_recovery(DirectionId owner, FrameNumber frame, Events& events) {
  // rule: black-hole-confirmed. Recovered: any further progress after a loss was got over.
  const Finding* const confirmed = confirmed_.find(owner);
  if (confirmed == nullptr) return;
  Finding finding = *confirmed;
  finding.frame = frame;
  finding.kind = FindingKind::black_hole_recovered;
  finding.severity = Severity::note;
  confirmed_.close(owner);
  events.add(owner, event::LossRecovered{finding});
}

void SenderBlackHole::watch_progress(const Sighting& seen, Events& events) {
  const DirectionId owner = seen.direction.opposite();
  tell_recovery(owner, seen.frame(), events);
  Case* const found = cases_.find(owner);
  if (found == nullptr) return;
  // rule: black-hole-confirmed. Progress after the same bytes went smaller, or without DF, and nothing larger
  // followed (RFC 2923 §2.1).
  LossBySize& loss = found->loss;
  loss.wait(seen.now());
  const Duration four_round_trips =
      Duration::microseconds(std::int64_t{4} * facts_[owner].peer_round_trip_us);
  const Duration at_once = std::max(threshold::answer_within, four_round_trips);
  const bool shrunk_at_once = loss.shrunk() && seen.now() - loss.shrunk_at() <= at_once;
  if (loss.shrunk() && (found->suspected || lost_by_size(owner, *found, seen.now(), !shrunk_at_once)))
    confirm(owner, *found, seen, events);
  cases_.close(owner);
  if (cases_.empty()) lives_.clear();
}

event::Loss SenderBlackHole::loss_of(const LossBySize& loss, Timestamp end, Stage stage) const {
  return {*loss.lost(), loss.transmissions(), loss.first_frame(), loss.begin(), end, loss.resent_bytes(),
          stage};
}

void SenderBlackHole::confirm(DirectionId owner, const Case& found, const Sighting& seen, Events& events) {
  const Direction& direction = facts_[owner];
  const Transmission* const head = facts_.log().get(direction.sent.head);
  const SequenceNumber at = head != nullptr ? head->begin : direction.acknowledged;
  const Stage stage = found.suspected ? Stage::unknown : facts_.stage(owner, at, at + 1U);
  event::Loss loss = loss_of(found.loss, seen.now(), stage);
  // rule: offload. What is captured from now on may be cut smaller after the capture.
  const Path* const path = facts_.path_of(owner);
  const std::uint32_t passed =
      std::max(direction.largest_passed, path != nullptr ? path->largest_passed : 0U);
  if (passed != 0) loss.passed = DatagramLength(passed);
  const Finding finding = about_loss(FindingKind::black_hole_confirmed, Severity::error, seen.frame(), loss);
  confirmed_.open(owner) = finding;
  if (!found.suspected) mark_known_losses(owner, found.loss, events);
  events.add(owner, event::LossConfirmed{finding, loss});
}

Duration SenderBlackHole::whole_round_trip(DirectionId id) const {
  // Sender ↔ receiver: both parts as seen from the capture point. Samples of the sender's part may be too
  // long, so the shorter one counts.
  const Direction& sender = facts_[id];
  std::uint32_t to_sender = sender.sender_round_trip_us;
  if (sender.handshake_round_trip_us != 0) to_sender = std::min(to_sender, sender.handshake_round_trip_us);
  return Duration::microseconds(std::int64_t{sender.peer_round_trip_us} + to_sender);
}

void SenderBlackHole::watch_one_sided(const Sighting& seen, Events& events) {
  // The same large bytes again and again, and no acknowledgment in sight: lost by their size, or answered on
  // a way that was not captured. Nobody can tell.
  const Datagram& datagram = *seen.datagram;
  const std::uint32_t length = datagram.length.value();
  const bool large = length > smallest_lost_by_size(datagram.version);
  if (!large || facts_[seen.direction.opposite()].seen || !datagram.dont_fragment || datagram.is_fragment())
    return;
  std::uint32_t transmissions = 1;
  Timestamp counted = seen.now();
  facts_.log().latest_first(facts_[seen.direction].sent, [&](const Transmission& earlier) {
    if (earlier.begin == seen.segment->sequence && earlier.length >= length &&
        counted - earlier.time >= threshold::between_transmissions) {
      ++transmissions;
      counted = earlier.time;
    }
    return transmissions < preferences_.black_hole_transmissions;
  });
  if (transmissions < preferences_.black_hole_transmissions) return;
  one_sided_.open(seen.direction, seen.frame());
  events.add(seen.direction, event::OneSided{});
}

void SenderBlackHole::watch_head(const Sighting& seen, Events& events) {
  const Direction& me = facts_[seen.direction];
  const TcpSegment& segment = *seen.segment;
  const bool outstanding = segment.end().after(me.acknowledged);
  const bool at_head = me.ack_seen && !segment.sequence.after(me.acknowledged) && outstanding;
  Case* found = cases_.find(seen.direction);
  if (!at_head) {
    if (found != nullptr && outstanding) found->loss.beyond_sent(seen.datagram->length, seen.now());
    if (!me.ack_seen && !seen.is_new) watch_one_sided(seen, events);
    return;
  }
  // A repetition may take new bytes along.
  if (seen.is_new && !segment.sequence.before(seen.next_before)) return;
  if (found == nullptr) {
    if (facts_[seen.direction.opposite()].rst_seen) return;
    found = &begin_watch(seen.direction, seen.frame());
  }
  // What is due is told before what this datagram adds.
  consider(seen.direction, seen.frame(), seen.now(), events);
  const bool counts = found->loss.head_sent(
      seen.datagram->length, segment.payload_length, seen.datagram->dont_fragment, seen.now(), seen.frame(),
      whole_round_trip(seen.direction), preferences_.black_hole_transmissions);
  if (counts && found->suspected &&
      found->loss.is_too_large(seen.datagram->length, seen.datagram->dont_fragment))
    mark_loss(seen.direction, *found, seen, events);
  // The same bytes go smaller, or without DF, and nothing answers: the stall goes on.
  const bool smaller = found->suspected && found->loss.shrunk() && found->loss.shrunk_at() == seen.now();
  if (smaller) events.add(seen.direction, event::LossGrew{loss_of(found->loss, seen.now(), Stage::unknown)});
}

SenderBlackHole::Case& SenderBlackHole::begin_watch(DirectionId id, FrameNumber frame) {
  const Direction& me = facts_[id];
  const Direction& peer = facts_[id.opposite()];
  Case& begun = cases_.open(id);
  LossBySize& loss = begun.loss;
  const Transmission* const original = facts_.log().get(me.sent.head);
  if (original != nullptr && original->frame != frame && !original->begin.after(me.acknowledged)) {
    const auto payload = static_cast<std::uint32_t>(SequenceNumber::distance(original->begin, original->end));
    loss.head_sent(DatagramLength(original->length), payload, original->dont_fragment, original->time,
                   original->frame, whole_round_trip(id), preferences_.black_hole_transmissions);
    // What left behind it in the same flight, before anybody knew of a loss; some of it may have been SACKed
    // since. Duplicate ACKs without SACK were not noted then.
    const bool sack = me.sack_permitted && peer.sack_permitted;
    int left = SentLog::kLookBack;
    for (const Transmission* sent = facts_.log().get(original->next);
         sent != nullptr && sent->frame != frame && --left > 0; sent = facts_.log().get(sent->next)) {
      loss.beyond_sent(DatagramLength(sent->length), sent->time, sack);
      if (sent->credited && !sent->super_segment) loss.selectively_acked(DatagramLength(sent->length));
    }
  }
  loss.window_advertised(peer.lowest_window);
  if (me.error_reported) loss.exclude();
  return begun;
}

void SenderBlackHole::review(DirectionId direction, Timestamp now, Events& events) {
  // What came to light since may speak against it: an error, a closed window, a peer that hears nothing.
  Case* const found = cases_.find(direction);
  if (found == nullptr || !found->suspected || lost_by_size(direction, *found, now, true)) return;
  found->suspected = false;
  events.add(direction, event::SuspicionWithdrawn{found->loss.first_frame()});
}

void SenderBlackHole::consider(DirectionId direction, FrameNumber frame, Timestamp now, Events& events) {
  Case* const found = cases_.find(direction);
  if (found == nullptr) return;
  found->loss.wait(now);
  if (found->suspected) {
    review(direction, now, events);
  } else if (found->loss.lost()) {
    tell_suspicion(direction, frame, now, events);
  }
}

bool SenderBlackHole::lost_by_size(DirectionId id, Case& found, Timestamp now, bool need_life) {
  LossBySize& loss = found.loss;
  const Direction& direction = facts_[id];
  const Direction& peer = facts_[id.opposite()];
  // rule: black-hole-excluded
  if (!loss.lost() || loss.excluded() || !direction.ack_seen || peer.rst_seen) return false;
  const std::uint32_t lost = loss.lost()->value();
  if (lost <= smallest_lost_by_size(facts_.version(id))) return false;
  // rule: black-hole-passed
  const Path* const path = facts_.path_of(id);
  if (threshold::refutes(direction.largest_passed, lost)) return false;
  if (path != nullptr && (threshold::refutes(path->largest_passed, lost) || path->super_segment_passed))
    return false;
  if (hints_.explains(id, lost, now)) return false;
  // Captured beside the receiver, what was sent did arrive: the loss lies elsewhere.
  const bool beside_receiver = hops_from_ttl(direction.ttl) != 0 && hops_from_ttl(peer.ttl) == 0;
  if (beside_receiver) return false;
  // rule: black-hole-life
  if (other_flow_lives(id, loss)) loss.other_flow_lives();
  if (!need_life || loss.forward_life(now)) return true;
  // What comes later is noted as it comes: one look a transmission is enough.
  if (found.asked_log && *found.asked_log == loss.last_sent()) return false;
  found.asked_log = loss.last_sent();
  if (!other_flow_lived(id, loss)) return false;
  loss.other_flow_lives();
  return loss.forward_life(now);
}

bool SenderBlackHole::other_flow_lives(DirectionId direction, const LossBySize& loss) const {
  const auto life = lives_.find(facts_.key(direction).path);
  if (life == lives_.end() || !life->second.direction.known()) return false;
  return life->second.direction.place() != direction.place() && life->second.sent > loss.begin() &&
         life->second.length < loss.lost()->value();
}

bool SenderBlackHole::other_flow_lived(DirectionId direction, const LossBySize& loss) const {
  // Before the first repetition nobody knew of a loss, and nothing was noted; the log remembers some of it.
  const PathKey path = facts_.key(direction).path;
  const std::uint32_t lost = loss.lost()->value();
  bool lived = false;
  int left = SentLog::kLookBack;
  facts_.log().latest_of_all([&](const Transmission& sent) {
    if (sent.frame <= loss.first_frame()) return false;
    const auto other = DirectionId::from(sent.direction);
    const Flow& flow = facts_.flow(other);
    const bool same_connection = flow.live() && sent.frame >= flow.first_frame;
    if (other.place() == direction.place() || !same_connection) return true;
    const Direction& sender = facts_[other];
    if (!sender.ack_seen || facts_.key(other).path != path) return true;
    const bool arrived = sent.credited || !sent.end.after(sender.acknowledged);
    const bool small_arrived = arrived && !sent.super_segment && sent.length < lost &&
                               first_sent_after(sender, sent, loss.first_frame(), left);
    // A connection that began meanwhile: its handshake arrived.
    lived = small_arrived || (sender.syn_seen && flow.first_frame > loss.first_frame());
    return !lived;
  });
  return lived;
}

bool SenderBlackHole::first_sent_after(const Direction& sender, const Transmission& sent, FrameNumber frame,
                                       int& left) const {
  // What arrived may be a copy that was sent before the loss began (Karn).
  bool after = true;
  facts_.log().latest_first(sender.sent, [&](const Transmission& copy) {
    const bool same_bytes = !copy.begin.after(sent.begin) && copy.end.after(sent.begin);
    if (same_bytes && copy.frame <= frame) after = false;
    return after && --left > 0;
  });
  return after && left > 0;
}

void SenderBlackHole::tell_suspicion(DirectionId direction, FrameNumber frame, Timestamp now,
                                     Events& events) {
  // rule: black-hole
  Case* const found = cases_.find(direction);
  if (found == nullptr || !lost_by_size(direction, *found, now, true) || found->loss.undecided(now)) return;
  found->suspected = true;
  const SequenceNumber at = facts_[direction].acknowledged;
  const event::Loss loss =
      loss_of(found->loss, found->loss.last_sent(), facts_.stage(direction, at, at + 1U));
  events.add(
      direction,
      event::LossSuspected{about_loss(FindingKind::black_hole_suspected, Severity::warn, frame, loss), loss});
  mark_known_losses(direction, found->loss, events);
}

void SenderBlackHole::mark_known_losses(DirectionId direction, const LossBySize& loss, Events& events) const {
  // rule: black-hole-count
  std::uint16_t transmission = 0;
  for (const LossBySize::Sent& sent : loss.sent()) {
    if (sent.length < *loss.lost()) continue;
    events.add(direction, event::Remark{lost_again(loss, sent.length, ++transmission, sent.frame, sent.at)});
  }
}

void SenderBlackHole::mark_loss(DirectionId direction, const Case& found, const Sighting& seen,
                                Events& events) const {
  // rule: black-hole-count
  const LossBySize& loss = found.loss;
  const auto transmission = static_cast<std::uint16_t>(std::min(loss.transmissions(), 0xffffU));
  events.add(direction,
             event::LostAgain{lost_again(loss, seen.datagram->length, transmission, seen.frame(), seen.now()),
                              loss_of(loss, loss.last_sent(), Stage::unknown)});
}

void SenderBlackHole::conclude(Events& events) {
  for (const DirectionId direction : cases_.directions())
    consider(direction, cases_.find(direction)->loss.last_frame(), facts_.now(), events);
}

}  // namespace pmtu
