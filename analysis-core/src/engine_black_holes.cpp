// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "engine.h"

namespace pmtu {
namespace {

// A path that does not take this much is no path (RFC 8200 §5), or clears DF anyway (RFC 791: 576).
constexpr std::uint32_t kV4Floor = 576;
constexpr std::uint32_t kV6Floor = 1280;
constexpr std::uint32_t kReceiverFloor = 1280;
constexpr std::uint32_t kTimestampOption = 12;  // RFC 7323 appendix A

std::uint32_t headers_of(const Flow& flow) {
  return flow.key.version() == IpVersion::v4 ? 40 : 60;
}

std::uint32_t option_bytes(const Direction& sender, const Direction& receiver) {
  return sender.timestamps_seen && receiver.timestamps_seen ? kTimestampOption : 0;
}

/// Sender ↔ receiver: both parts as seen from the capture point. Samples of the sender's part may be too
/// long, so the shorter one counts.
Duration whole_round_trip(const Direction& sender) {
  std::uint32_t to_sender = sender.sender_round_trip_us;
  if (sender.handshake_round_trip_us != 0) to_sender = std::min(to_sender, sender.handshake_round_trip_us);
  return Duration::microseconds(std::int64_t{sender.peer_round_trip_us} + to_sender);
}

/// Length of the datagram that carries `missing` bytes, or as many as the MSS admits (RFC 9293 §3.7.1).
std::uint32_t segment_bound(const Flow& flow, std::uint32_t missing, std::uint16_t mss,
                            std::uint32_t options) {
  const std::uint32_t payload = mss - std::min<std::uint32_t>(mss, options);
  return std::min(missing, payload) + headers_of(flow) + options;
}

}  // namespace

bool Analyzer::Engine::hint_explains(const Flow& flow, unsigned side, std::uint32_t length,
                                     Timestamp now) const {
  // Own or sibling hint below the size: then it is the hint's story, not a silent hole.
  const Direction& direction = flow.side[side];
  if (direction.knowledge && !direction.knowledge->refuted &&
      (!direction.knowledge->hint().mtu || direction.knowledge->hint().mtu->value() < length)) {
    return true;
  }
  if (direction.path == Direction::kNoPath) return false;
  if (paths_[direction.path].hint_cut) return true;  // there was one; whose, the capture does not tell
  const HintHistory* history = paths_.history(direction.path);
  return history != nullptr && history->in_force && now - history->refreshed <= preferences_.hint_max_age &&
         (!history->in_force->mtu || history->in_force->mtu->value() < length);
}

void Analyzer::Engine::note_life(Sighting& seen, bool first_acknowledgment) {
  // While a loss is under watch, whatever is acknowledged on its path tells that the way forward is alive,
  // small connections and handshakes as well.
  const std::uint32_t place = ensure_path(seen.flow, 1 - seen.side);
  if (place == PathTable::kNone) return;
  // When the SYN or SYN/ACK passed toward this side is known from the round trip that it began to measure.
  const Direction& me = seen.sender;
  if (!first_acknowledgment || !me.sampling || me.sampling_timestamp) return;
  constexpr std::uint32_t kMostOptions = 40;
  Path& path = paths_[place];
  path.last_passed_sent_at = me.sample_begin;
  path.last_passed_length = headers_of(seen.flow) + kMostOptions;
  path.last_passed_flow = seen.place;
}

void Analyzer::Engine::note_sacked_parts(const Sighting& seen) {
  // A block may cover a part of a super-segment only; what arrived there was no larger than the block.
  const TcpSegment& segment = *seen.segment;
  constexpr std::uint32_t kMostOptions = 40;
  const std::uint32_t headers = headers_of(seen.flow) + kMostOptions;
  for (std::uint8_t i = 0; i < segment.sack_count; ++i) {
    const SackBlock& block = segment.sacks[i];
    const std::int32_t bytes = SequenceNumber::distance(block.left, block.right);
    if (bytes <= 0 || !block.left.after(segment.acknowledgment)) continue;
    seen.peer.loss->selectively_acked(DatagramLength(static_cast<std::uint32_t>(bytes) + headers));
  }
}

void Analyzer::Engine::watch_one_sided(Sighting& seen) {
  // The same large bytes again and again, and no acknowledgment in sight: lost by their size, or answered on
  // a way that was not captured. Nobody can tell.
  const Direction& me = seen.sender;
  const std::uint32_t length = seen.datagram.length.value();
  const bool large = length > (seen.datagram.version == IpVersion::v4 ? kV4Floor : kV6Floor);
  if (!large || seen.peer.seen || !seen.datagram.dont_fragment || seen.datagram.is_fragment()) return;
  constexpr Duration kSpacing = Duration::milliseconds(20);
  std::uint32_t transmissions = 1;
  Timestamp counted = seen.now();
  log_.latest_first(me.sent, [&](const Transmission& earlier) {
    if (earlier.begin == seen.segment->sequence && earlier.length >= length &&
        counted - earlier.time >= kSpacing) {
      ++transmissions;
      counted = earlier.time;
    }
    return transmissions < preferences_.black_hole_transmissions;
  });
  if (transmissions >= preferences_.black_hole_transmissions)
    evidence_of(seen.flow, seen.side).one_sided = true;
}

void Analyzer::Engine::watch_head(Sighting& seen) {
  Direction& me = seen.sender;
  const TcpSegment& segment = *seen.segment;
  const bool at_head =
      me.ack_seen && !segment.sequence.after(me.acknowledged) && segment.end().after(me.acknowledged);
  if (!at_head) {
    if (me.loss && segment.end().after(me.acknowledged))
      me.loss->beyond_sent(seen.datagram.length, seen.now());
    if (!me.ack_seen && !seen.is_new) watch_one_sided(seen);
    return;
  }
  // A repetition may take new bytes along.
  if (seen.is_new && !segment.sequence.before(me.next)) return;
  const Duration round_trip = whole_round_trip(me);
  if (!me.loss) {
    if (seen.peer.rst_seen) return;
    me.loss = std::make_unique<LossBySize>();
    ++watched_;
    const Transmission* original = log_.get(me.sent.head);
    if (original != nullptr && original->frame != seen.frame() && !original->begin.after(me.acknowledged)) {
      const auto payload =
          static_cast<std::uint32_t>(SequenceNumber::distance(original->begin, original->end));
      me.loss->head_sent(DatagramLength(original->length), payload, original->dont_fragment, original->time,
                         original->frame, round_trip, preferences_.black_hole_transmissions);
      // What left behind it in the same flight, before anybody knew of a loss; some of it may have been
      // SACKed since. Duplicate ACKs without SACK were not noted then.
      const bool sack = me.sack_permitted && seen.peer.sack_permitted;
      int left = SentLog::kLookBack;
      for (const Transmission* sent = log_.get(original->next);
           sent != nullptr && sent->frame != seen.frame() && --left > 0; sent = log_.get(sent->next)) {
        me.loss->beyond_sent(DatagramLength(sent->length), sent->time, sack);
        if (sent->credited && !sent->super_segment) me.loss->selectively_acked(DatagramLength(sent->length));
      }
    }
    me.loss->window_advertised(seen.peer.lowest_window);
    if (me.error_reported) me.loss->exclude();
  }
  me.loss->head_sent(seen.datagram.length, segment.payload_length, seen.datagram.dont_fragment, seen.now(),
                     seen.frame(), round_trip, preferences_.black_hole_transmissions);
  if (me.loss->told) review_suspicion(seen.flow, seen.side, seen.now());
  if (me.loss->lost() && !me.loss->told) tell_suspicion(seen.flow, seen.side, seen.frame(), seen.now());
}

void Analyzer::Engine::review_suspicion(Flow& flow, unsigned side, Timestamp now) {
  // What came to light since may speak against it: an error, a closed window, a peer that hears nothing.
  Direction& direction = flow.side[side];
  if (lost_by_size(flow, side, now, true)) return;
  Evidence& evidence = *this->evidence(direction);
  if (evidence.black_hole != Evidence::BlackHole::suspected) return;
  direction.loss->told = false;
  evidence.black_hole = Evidence::BlackHole::none;
  evidence.lost.reset();
  findings_.retract(FindingKind::black_hole_suspected, direction.conversation, direction.loss->first_frame());
}

bool Analyzer::Engine::lost_by_size(Flow& flow, unsigned side, Timestamp now, bool need_life) {
  Direction& direction = flow.side[side];
  const Direction& peer = flow.side[1 - side];
  LossBySize& loss = *direction.loss;
  if (!loss.lost() || loss.excluded() || !direction.ack_seen || peer.rst_seen) return false;
  const std::uint32_t lost = loss.lost()->value();
  const bool v4 = flow.key.version() == IpVersion::v4;
  if (lost <= (v4 ? kV4Floor : kV6Floor)) return false;
  const std::uint32_t place = ensure_path(flow, side);
  if (place == PathTable::kNone) return false;
  Path& path = paths_[place];
  path.largest_passed = std::max(path.largest_passed, direction.largest_passed);
  if (path.largest_passed >= lost || path.super_segment_passed) return false;
  if (hint_explains(flow, side, lost, now)) return false;
  // Captured beside the receiver, what was sent did arrive: the loss lies elsewhere.
  const bool beside_receiver = hops_from_ttl(direction.ttl) != 0 && hops_from_ttl(peer.ttl) == 0;
  if (beside_receiver) return false;
  const bool other_flow =
      path.last_passed_flow != FlowTable::kNone && &flows_[path.last_passed_flow] != &flow;
  if (other_flow && path.last_passed_sent_at > loss.begin() && path.last_passed_length < lost)
    loss.other_flow_lives();
  if (!need_life || loss.forward_life(now)) return true;
  if (!other_flow_lived(flow, side, loss)) return false;
  loss.other_flow_lives();
  return loss.forward_life(now);
}

bool Analyzer::Engine::other_flow_lived(const Flow& flow, unsigned side, const LossBySize& loss) const {
  // Before the first repetition nobody knew of a loss, and nothing was noted; the log remembers some of it.
  const PathKey path = directed_key(flow, side).path;
  const std::uint32_t lost = loss.lost()->value();
  bool lived = false;
  log_.latest_of_all([&](const Transmission& sent) {
    if (sent.frame <= loss.first_frame()) return false;
    const Flow& other = flows_[sent.direction / 2];
    const bool same_connection = sent.frame >= other.first_frame && other.first_frame != FrameNumber{};
    if (&other == &flow || !same_connection) return true;
    const Direction& sender = other.side[sent.direction % 2];
    if (!sender.ack_seen || directed_key(other, sent.direction % 2).path != path) return true;
    const bool arrived = sent.credited || !sent.end.after(sender.acknowledged);
    const bool small_arrived = arrived && !sent.super_segment && sent.length < lost;
    // A connection that began meanwhile: its handshake arrived.
    lived = small_arrived || (sender.syn_seen && other.first_frame > loss.first_frame());
    return !lived;
  });
  return lived;
}

void Analyzer::Engine::tell_suspicion(Flow& flow, unsigned side, FrameNumber frame, Timestamp now) {
  if (!lost_by_size(flow, side, now, true)) return;
  Direction& direction = flow.side[side];
  const Direction& peer = flow.side[1 - side];
  LossBySize& loss = *direction.loss;
  Evidence& evidence = evidence_of(flow, side);
  loss.told = true;
  const FlowKey key = directed_key(flow, side);
  if (evidence.black_hole == Evidence::BlackHole::none) evidence.black_hole = Evidence::BlackHole::suspected;
  evidence.black_hole_frame = loss.first_frame();
  evidence.lost = evidence.refuting = loss.lost();
  evidence.transmissions = loss.transmissions();
  evidence.largest = std::max(evidence.largest, loss.lost()->value());
  if (!evidence.stall_begin) evidence.stall_begin = loss.begin();
  evidence.stall_end = loss.last_sent();
  evidence.stage = direction.stage.at(direction.acknowledged, direction.acknowledged + 1U, peer.stage,
                                      key.source_port, key.destination_port);
  Finding finding;
  finding.frame = frame;
  finding.kind = FindingKind::black_hole_suspected;
  finding.severity = Severity::warn;
  finding.conversation = direction.conversation;
  finding.length = *loss.lost();
  finding.dont_fragment = true;
  finding.related_frame = loss.first_frame();
  finding.count = loss.transmissions();
  findings_.add(finding);
  tell_one_way_clamp(flow, side, loss.lost()->value() - 1, frame);
}

void Analyzer::Engine::watch_progress(Sighting& seen) {
  Flow& flow = seen.flow;
  const unsigned side = 1 - seen.side;  // whose bytes were acknowledged
  Direction& direction = flow.side[side];
  const auto tell = [&](FindingKind kind, Severity severity) {
    Evidence& evidence = evidence_of(flow, side);
    Finding finding;
    finding.frame = seen.frame();
    finding.kind = kind;
    finding.severity = severity;
    finding.conversation = direction.conversation;
    finding.length = evidence.lost.value_or(DatagramLength{});
    finding.dont_fragment = true;
    finding.related_frame = evidence.black_hole_frame;
    finding.count = evidence.transmissions;
    findings_.add(finding);
  };

  if (direction.knowledge) judge_arrival(seen);
  if (Evidence* evidence = this->evidence(direction);
      evidence != nullptr && evidence->black_hole == Evidence::BlackHole::confirmed) {
    evidence->black_hole = Evidence::BlackHole::recovered;
    tell(FindingKind::black_hole_recovered, Severity::note);
  }
  if (!direction.loss) return;

  // Progress after the same bytes went smaller, or without DF, and nothing larger followed (RFC 2923 §2.1).
  LossBySize& loss = *direction.loss;
  const Duration at_once =
      std::max(Duration::seconds(1), Duration::microseconds(std::int64_t{4} * direction.peer_round_trip_us));
  const bool shrunk_at_once = loss.shrunk() && seen.now() - loss.shrunk_at() <= at_once;
  if (loss.shrunk() && (loss.told || lost_by_size(flow, side, seen.now(), !shrunk_at_once))) {
    Evidence& evidence = evidence_of(flow, side);
    if (!loss.told) {
      evidence.black_hole_frame = loss.first_frame();
      evidence.lost = evidence.refuting = loss.lost();
      const Direction& peer = flow.side[1 - side];
      const FlowKey key = directed_key(flow, side);
      const Transmission* head = log_.get(direction.sent.head);
      const SequenceNumber at = head != nullptr ? head->begin : direction.acknowledged;
      evidence.stage = direction.stage.at(at, at + 1U, peer.stage, key.source_port, key.destination_port);
    }
    evidence.transmissions = loss.transmissions();
    evidence.largest = std::max(evidence.largest, loss.lost()->value());
    evidence.resent_bytes += loss.resent_bytes();
    if (!evidence.stall_begin) evidence.stall_begin = loss.begin();
    evidence.stall_end = seen.now();
    evidence.black_hole = Evidence::BlackHole::confirmed;
    tell(FindingKind::black_hole_confirmed, Severity::error);
  }
  direction.loss.reset();
  --watched_;
}

std::uint32_t Analyzer::Engine::hole_bound(const Flow& flow, unsigned side, std::uint32_t missing) const {
  const Direction& sender = flow.side[side];
  const Direction& receiver = flow.side[1 - side];
  return segment_bound(flow, missing, std::min(sender.mss, receiver.mss), option_bytes(sender, receiver));
}

void Analyzer::Engine::watch_hole(Sighting& seen) {
  Direction& me = seen.sender;
  const TcpSegment& segment = *seen.segment;
  const bool payload = segment.payload_length != 0;
  if (me.hole) {
    ReceiverHole& hole = *me.hole;
    if (payload && hole.overlaps(segment.sequence, segment.end())) {
      hole.arrived(segment.sequence, segment.end(), seen.datagram.length, seen.datagram.dont_fragment,
                   hole_bound(seen.flow, seen.side, hole.missing()));
    } else if (!segment.sequence.before(hole.begin())) {
      hole.beyond(segment.sequence, payload);
    }
    return;
  }
  if (!segment.sequence.after(me.received_to)) {
    if (segment.end().after(me.received_to)) me.received_to = segment.end();
    return;
  }
  const bool handshake = me.syn_seen && seen.peer.syn_seen && me.mss != 0 && seen.peer.mss != 0;
  if (!handshake) {
    me.received_to = segment.end();
    return;
  }
  const auto missing = static_cast<std::uint32_t>(SequenceNumber::distance(me.received_to, segment.sequence));
  const std::uint32_t bound = hole_bound(seen.flow, seen.side, missing);
  const std::uint32_t on_path = me.path != Direction::kNoPath ? paths_[me.path].largest_seen : 0;
  if (bound <= kReceiverFloor || bound <= std::max(me.largest_sent, on_path) || seen.super_segment) {
    me.received_to = segment.end();
    return;
  }
  me.hole = std::make_unique<ReceiverHole>(me.received_to, segment.sequence,
                                           payload ? ReceiverHole::Beyond::data : ReceiverHole::Beyond::empty,
                                           seen.frame(), seen.now());
  if (seen.answers_repetition) me.hole->request_was_resent();
}

void Analyzer::Engine::watch_hole_closely(Sighting& seen) {
  const TcpSegment& segment = *seen.segment;
  if (ReceiverHole* hole = seen.peer.hole.get()) {
    // The receiver's side of the story.
    if (segment.payload_length != 0 && !seen.is_new) {
      const bool answered = seen.sender.ack_seen && !segment.end().after(seen.sender.acknowledged);
      hole->receiver_resent(answered);
    }
    if (segment.has(tcp_flag::fin) || segment.has(tcp_flag::rst)) hole->closed(seen.now());
    tell_hole(seen.flow, 1 - seen.side, seen.frame(), seen.now());
    if (hole->acknowledged_through()) {
      // Nothing is missing any more, or the capture missed it: later holes are another story.
      Direction& sender = seen.peer;
      if (hole->missing() > kReceiverFloor - headers_of(seen.flow) && !hole->filled() &&
          sender.path != Direction::kNoPath) {
        paths_[sender.path].capture_misses_large = true;
      }
      sender.received_to = sender.next;
      sender.hole.reset();
    }
  }
  if (seen.sender.hole) {
    tell_hole(seen.flow, seen.side, seen.frame(), seen.now());
    if (seen.sender.hole->filled()) {
      seen.sender.received_to =
          seen.sender.next.after(seen.segment->end()) ? seen.sender.next : seen.segment->end();
      seen.sender.hole.reset();
    }
  }
}

void Analyzer::Engine::tell_hole(Flow& flow, unsigned side, FrameNumber frame, Timestamp now) {
  Direction& sender = flow.side[side];
  Direction& receiver = flow.side[1 - side];
  ReceiverHole& hole = *sender.hole;
  const std::uint32_t bound = hole_bound(flow, side, hole.missing());
  const auto tell = [&](FindingKind kind, Severity severity) {
    Finding finding;
    finding.frame = frame;
    finding.kind = kind;
    finding.severity = severity;
    finding.conversation = sender.conversation;
    finding.length = DatagramLength(bound);
    finding.dont_fragment = true;
    finding.related_frame = hole.first_beyond();
    finding.count = hole.missing();
    findings_.add(finding);
  };

  if (hole.filled()) {
    Evidence* evidence = this->evidence(sender);
    const bool long_enough = now - hole.opened() >= preferences_.receiver_hole;
    if (hole.filled_smaller() && long_enough && hole.told) {
      evidence->hole = Evidence::Hole::recovered;
      evidence->stall_end = now;
      tell(FindingKind::black_hole_recovered, Severity::note);
    } else if (hole.told) {
      // It came in full size after all: an ordinary loss.
      evidence->hole = Evidence::Hole::none;
      evidence->lost.reset();
      findings_.retract(FindingKind::black_hole_receiver, sender.conversation, hole.first_beyond());
    }
    return;
  }
  const bool sack = sender.sack_permitted && receiver.sack_permitted;
  const std::uint32_t place = ensure_path(flow, side);
  if (place == PathTable::kNone) return;
  const Path& path = paths_[place];
  const bool disproved = bound <= std::max(sender.largest_sent, path.largest_seen) ||
                         path.capture_misses_large || path.super_segment_seen || !hole.evident(sack) ||
                         hint_explains(flow, side, bound, now);
  if (hole.told) {
    Evidence& evidence = *this->evidence(sender);
    if (disproved && evidence.hole == Evidence::Hole::open) {
      evidence.hole = Evidence::Hole::none;
      evidence.lost.reset();
      findings_.retract(FindingKind::black_hole_receiver, sender.conversation, hole.first_beyond());
    } else {
      evidence.stall_end = now;
    }
    return;
  }
  if (disproved || !hole.open_long_enough(now, preferences_.receiver_hole)) return;
  if (receiver.scale_known && receiver.window_seen && hole.missing() > receiver.window) return;
  const bool beside_sender = hops_from_ttl(sender.ttl) == 0 && hops_from_ttl(receiver.ttl) != 0;
  if (beside_sender) return;

  Evidence& evidence = evidence_of(flow, side);
  hole.told = true;
  evidence.hole = Evidence::Hole::open;
  evidence.weak_hole = !hole.data_beyond();
  evidence.missing_bytes = hole.missing();
  evidence.hole_frame = hole.first_beyond();
  evidence.refuting = DatagramLength(bound);
  // What was lost may have been as large as the receiver admits, whatever the sender announces for itself.
  evidence.lost = DatagramLength(
      std::max(bound, segment_bound(flow, hole.missing(), receiver.mss, option_bytes(sender, receiver))));
  evidence.passed = DatagramLength(std::max(sender.largest_sent, path.largest_seen));
  if (evidence.passed->value() == 0) evidence.passed.reset();
  evidence.stall_begin = hole.opened();
  evidence.stall_end = now;
  const FlowKey key = directed_key(flow, side);
  evidence.stage =
      sender.stage.at(hole.begin(), hole.end(), receiver.stage, key.source_port, key.destination_port);
  tell(FindingKind::black_hole_receiver, Severity::warn);
  tell_one_way_clamp(flow, side, evidence.lost->value() - 1, frame);
}

}  // namespace pmtu
