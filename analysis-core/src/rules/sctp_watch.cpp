// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sctp_watch.h"
#include "track/reversed.h"

#include <algorithm>

namespace pmtu {
namespace {

/// Whether a SACK says that all of [first, last] arrived.
bool covered(const SctpPacket& sack, SequenceNumber first, SequenceNumber last) {
  if (!last.after(sack.cumulative_tsn)) return true;
  for (std::size_t i = 0; i < sack.gap_count; ++i) {
    if (!first.before(sack.gaps[i].first) && !last.after(sack.gaps[i].last)) return true;
  }
  return false;
}

}  // namespace

SctpWatch::Direction* SctpWatch::direction_of(const Key& key, Timestamp now) {
  if (key.tag == 0) return nullptr;  // an INIT, sent before a tag is known
  const auto found = directions_.find(key);
  if (found != directions_.end()) {
    found->second.last = now;
    return &found->second;
  }
  if (directions_.size() >= kMaxDirections) {
    const auto older = [](const auto& a, const auto& b) { return a.second.last < b.second.last; };
    directions_.erase(std::min_element(directions_.begin(), directions_.end(), older));
  }
  Direction& direction = directions_[key];
  direction.last = now;
  return &direction;
}

std::optional<std::size_t> SctpWatch::path_of(Direction& direction, const FlowKey& flow) {
  for (std::size_t i = 0; i < direction.paths.size(); ++i) {
    if (direction.paths[i].flow == flow) return i;
  }
  if (direction.paths.size() >= kMaxPaths) return std::nullopt;
  Path path;
  path.flow = flow;
  direction.paths.push_back(std::move(path));
  return direction.paths.size() - 1;
}

/// The direction whose data this packet acknowledges: the one with which it was linked, or that has sent to
/// where the packet comes from.
SctpWatch::Direction* SctpWatch::acknowledged_by(const SctpSighting& sighting, Direction& own) {
  if (own.opposite) {
    const auto found = directions_.find(*own.opposite);
    if (found != directions_.end()) return &found->second;
    own.opposite.reset();
  }
  const FlowKey back = reversed(sighting.flow);
  const Key begin{0, back.source_port, back.destination_port};
  for (auto& [key, direction] : directions_) {
    if (key.source_port != begin.source_port || key.destination_port != begin.destination_port) continue;
    const auto goes_there = [&back](const Path& path) { return path.flow == back; };
    if (std::none_of(direction.paths.begin(), direction.paths.end(), goes_there)) continue;
    own.opposite = key;
    direction.opposite =
        Key{sighting.packet->verification_tag, sighting.flow.source_port, sighting.flow.destination_port};
    return &direction;
  }
  return nullptr;
}

std::optional<SctpHole> SctpWatch::observe(const SctpSighting& sighting) {
  arrivals_.clear();
  const SctpPacket& packet = *sighting.packet;
  const Key key{packet.verification_tag, sighting.flow.source_port, sighting.flow.destination_port};
  if (packet.has(sctp_chunk::abort)) {
    end_association(sighting);
    return std::nullopt;
  }
  Direction* const own = direction_of(key, sighting.time);
  if (own == nullptr) return std::nullopt;
  const auto path = path_of(*own, sighting.flow);
  if (path && packet.has(sctp_chunk::heartbeat)) take_heartbeat(own->paths[*path], sighting);
  if (path && packet.has(sctp_chunk::data)) take_data(*own, sighting, *path);
  std::optional<SctpHole> hole = judge(*own);
  const bool acknowledges = packet.has(sctp_chunk::sack | sctp_chunk::shutdown | sctp_chunk::heartbeat_ack);
  Direction* const peer = acknowledges ? acknowledged_by(sighting, *own) : nullptr;
  if (peer == nullptr) return hole;
  if (packet.has(sctp_chunk::heartbeat_ack)) take_heartbeat_ack(*peer, sighting);
  if (packet.has(sctp_chunk::sack | sctp_chunk::shutdown)) take_acknowledgment(*peer, packet, sighting.time);
  const std::optional<SctpHole> of_peer = judge(*peer);
  return of_peer ? of_peer : hole;
}

void SctpWatch::end_association(const SctpSighting& sighting) {
  // RFC 9260 §3.3.7: over for both ends. The tag is the receiver's own, or that of the packet that drew the
  // ABORT (§8.5.1).
  const std::uint32_t tag = sighting.packet->verification_tag;
  const Key own{tag, sighting.flow.source_port, sighting.flow.destination_port};
  const Key reflected{tag, sighting.flow.destination_port, sighting.flow.source_port};
  const auto known = directions_.contains(own) ? directions_.find(own) : directions_.find(reflected);
  if (known == directions_.end()) return;
  const FlowKey back =
      reversed(known->second.paths.empty() ? sighting.flow : known->second.paths.front().flow);
  std::optional<Key> other = known->second.opposite;
  directions_.erase(known);
  const auto goes_back = [&back](const Path& path) { return path.flow == back; };
  for (auto one = directions_.begin(); !other && one != directions_.end(); ++one) {
    const std::vector<Path>& paths = one->second.paths;
    if (std::any_of(paths.begin(), paths.end(), goes_back)) other = one->first;
  }
  if (other) directions_.erase(*other);
}

void SctpWatch::take_heartbeat(Path& path, const SctpSighting& sighting) {
  if (!sighting.dont_fragment) return;
  const std::uint32_t mark = sighting.packet->heartbeat_mark;
  const auto same = [mark](const Heartbeat& heartbeat) { return heartbeat.mark == mark; };
  if (std::any_of(path.heartbeats.begin(), path.heartbeats.end(), same)) return;  // captured twice
  // RFC 9260 §8.3: the next one leaves when the timer of the one before has run out.
  for (const Heartbeat& lost : path.heartbeats) {
    if (!lost.padded) path.trials.lost(lost.length, lost.frame, lost.time);
  }
  path.heartbeats.clear();
  path.heartbeats.push_back(
      {mark, sighting.length, sighting.frame, sighting.time, sighting.packet->has(sctp_chunk::pad)});
}

void SctpWatch::take_heartbeat_ack(Direction& direction, const SctpSighting& sighting) {
  for (Path& path : direction.paths) {
    const auto same = [&sighting](const Heartbeat& heartbeat) {
      return heartbeat.mark == sighting.packet->heartbeat_mark;
    };
    const auto found = std::find_if(path.heartbeats.begin(), path.heartbeats.end(), same);
    if (found == path.heartbeats.end()) continue;
    path.trials.answered(found->length, found->time, sighting.time);
    path.heartbeats.erase(found);
    return;
  }
}

void SctpWatch::take_data(Direction& direction, const SctpSighting& sighting, std::size_t path) {
  const SctpPacket& packet = *sighting.packet;
  Sent now;
  now.first = packet.first_tsn;
  now.last = packet.last_tsn;
  now.length = sighting.length;
  now.path = path;
  now.frame = sighting.frame;
  now.time = sighting.time;
  now.whole = sighting.dont_fragment;
  if (direction.any_acknowledged && !now.last.after(direction.cumulative)) return;
  for (Sent& before : direction.sent) {
    if (before.last.before(now.first) || before.first.after(now.last)) continue;
    // Captured twice: no timer and no SACK can have told of a loss so soon.
    if (now.time - before.time < Duration::milliseconds(1)) return;
    now.repeats = true;
    if (before.path != now.path || before.length < now.length) now.no_smaller = false;
    if (before.replaced) continue;
    before.replaced = true;
    Path& lossy = direction.paths[before.path];
    if (before.path != now.path) now.lost_on = before.path;
    if (before.whole && !before.explained) lossy.trials.lost(before.length, before.frame, before.time);
    lossy.resent_bytes += now.length.value();
  }
  if (direction.sent.size() == kMaxSent) direction.sent.pop_front();
  direction.sent.push_back(now);
  if (!direction.any_sent || now.last.after(direction.highest)) direction.highest = now.last;
  direction.any_sent = true;
}

void SctpWatch::arrived(Direction& direction, const Sent& sent, Timestamp now) {
  if (sent.replaced) return;
  Path& path = direction.paths[sent.path];
  if (sent.lost_on) direction.paths[*sent.lost_on].rerouted = true;
  // Of what was sent twice either may have arrived (as with round trips: RFC 6298 §3); at least it was as
  // large as the smaller one.
  if (sent.whole && sent.no_smaller) path.trials.answered(sent.length, sent.time, now);
  if (sent.whole && !sent.repeats) arrivals_.push_back({path.flow, sent.frame, sent.length});
  const bool smaller = path.told && (!sent.whole || sent.length < *path.told);
  if (sent.repeats && smaller) path.smaller_arrived = true;
}

void SctpWatch::take_acknowledgment(Direction& direction, const SctpPacket& packet, Timestamp now) {
  if (direction.any_sent && packet.cumulative_tsn.after(direction.highest))
    return;  // sent before the capture
  if (!direction.any_acknowledged || packet.cumulative_tsn.after(direction.cumulative)) {
    direction.cumulative = packet.cumulative_tsn;
    direction.any_acknowledged = true;
  }
  for (const Sent& sent : direction.sent) {
    if (covered(packet, sent.first, sent.last)) arrived(direction, sent, now);
  }
  std::erase_if(direction.sent,
                [&packet](const Sent& sent) { return covered(packet, sent.first, sent.last); });
}

std::optional<SctpHole> SctpWatch::judge(Direction& direction) {
  // rule: sctp-black-hole
  for (Path& path : direction.paths) {
    path.trials.forget_before(direction.last);
    if (path.told && path.trials.passed() >= *path.told) {
      SctpHole hole = describe(path, SctpHole::Change::withdrawn);
      hole.lost = *path.told;
      path.told.reset();
      path.smaller_arrived = path.confirmed = false;
      return hole;
    }
    if (path.told && path.smaller_arrived && !path.confirmed && path.trials.losses()) {
      path.confirmed = true;
      return describe(path, SctpHole::Change::confirmed);
    }
    if (!path.trials.by_size() || !path.trials.alive_between()) continue;
    const SctpHole hole = describe(path, path.told ? SctpHole::Change::grew : SctpHole::Change::suspected);
    const bool more = !path.told || hole.losses > path.told_losses;
    path.told = hole.lost;
    path.told_losses = hole.losses;
    if (more) return hole;
  }
  return std::nullopt;
}

SctpHole SctpWatch::describe(const Path& path, SctpHole::Change change) {
  SctpHole hole;
  hole.change = change;
  hole.flow = path.flow;
  hole.passed = path.trials.passed();
  hole.resent_bytes = path.resent_bytes;
  hole.rerouted = path.rerouted;
  if (const auto losses = path.trials.losses()) {
    hole.lost = losses->smallest;
    hole.losses = losses->count;
    hole.first_frame = losses->first_frame;
    hole.last_frame = losses->last_frame;
    hole.begin = losses->first;
    hole.last = losses->last;
  }
  return hole;
}

SctpWatch::QuoteFit SctpWatch::fit(const FlowKey& quoted_flow, const QuotedDatagram& quote) const {
  // rule: sctp-quotation
  const Direction* sender = nullptr;
  bool path_seen = false;
  const FlowKey back = reversed(quoted_flow);
  for (const auto& entry : directions_) {
    const auto& key = entry.first;
    const auto& direction = entry.second;
    const auto goes = [&direction](const FlowKey& flow) {
      return std::any_of(direction.paths.begin(), direction.paths.end(),
                         [&flow](const Path& path) { return path.flow == flow; });
    };
    const bool tag_fits = key.tag == quote.verification_tag;
    if (tag_fits && !quote.has_tsn && goes(back)) return QuoteFit::fits;  // an INIT, by its initiate tag
    if (!goes(quoted_flow)) continue;
    path_seen = true;
    if (tag_fits) sender = &direction;
  }
  if (!path_seen || !quote.has_verification_tag || quote.verification_tag == 0) return QuoteFit::unknown;
  if (sender == nullptr) return QuoteFit::foreign;
  if (!quote.has_tsn || !sender->any_sent) return QuoteFit::fits;
  if (quote.tsn.after(sender->highest)) return QuoteFit::foreign;
  const bool acknowledged = sender->any_acknowledged && !quote.tsn.after(sender->cumulative);
  return acknowledged ? QuoteFit::stale : QuoteFit::fits;
}

void SctpWatch::drew_error(const FlowKey& flow, DatagramLength length) {
  for (auto& [key, direction] : directions_) {
    for (Path& path : direction.paths) {
      if (path.flow == flow) path.trials.explained(length);
    }
    for (Sent& sent : direction.sent) {
      const bool same_path = direction.paths[sent.path].flow == flow;
      if (same_path && sent.length >= length) sent.explained = true;
    }
  }
}

}  // namespace pmtu
