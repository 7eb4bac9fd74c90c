// SPDX-License-Identifier: GPL-2.0-or-later
#include "point_analysis.h"

#include <algorithm>
#include <cstdint>

#include "pmtu/protocol_sizes.h"
#include "track/hops.h"
#include "track/quotation.h"

namespace pmtu {
namespace {

/// Differs from run to run, see `KeyHash`.
std::uint64_t seed_of(const void* object) {
  return reinterpret_cast<std::uintptr_t>(object);
}

FindingKind kind_of(const HintExamination& examined) {
  if (examined.remark == HintRemark::untranslated) return FindingKind::hint_untranslated;
  switch (examined.status) {
    case HintStatus::valid:
      return FindingKind::hint_received;
    case HintStatus::no_mtu:
      return FindingKind::hint_no_mtu;
    case HintStatus::stale:
      return FindingKind::hint_stale;
    case HintStatus::unseen:
      return FindingKind::hint_unseen;
    case HintStatus::invalid:
      return FindingKind::hint_invalid;
    case HintStatus::unmatched:
      return FindingKind::hint_unmatched;
  }
  return FindingKind::hint_received;
}

Severity severity_of(const HintExamination& examined) {
  if (examined.refused()) return Severity::warn;
  return examined.status == HintStatus::no_mtu ? Severity::note : Severity::chat;
}

Finding finding_of(const PacketTooBig& message, const HintExamination& examined, std::uint8_t level) {
  Finding finding;
  finding.frame = message.frame;
  finding.kind = kind_of(examined);
  finding.severity = severity_of(examined);
  finding.level = level;
  finding.hint_status = examined.status;
  finding.remark = examined.remark;
  finding.hint_mtu = message.next_hop_mtu;
  finding.reporter = message.reporter;
  finding.quoted_length = examined.length;
  if (examined.quoted != nullptr) finding.quoted_frame = examined.quoted->frame;
  return finding;
}

Finding finding_of_offload(const Sighting& seen, std::uint16_t mss) {
  Finding finding;
  finding.frame = seen.frame();
  finding.kind = FindingKind::offload;
  finding.severity = Severity::note;
  finding.length = seen.datagram->length;
  finding.dont_fragment = seen.datagram->dont_fragment;
  finding.level = seen.datagram->level;
  finding.count = mss;
  return finding;
}

/// Neither says that anything was lost (RFC 792).
bool is_about_routes(const Datagram& datagram) {
  constexpr std::uint8_t kSourceQuench = 4;
  constexpr std::uint8_t kRedirect = 5;
  return datagram.transport == TransportKind::icmp &&
         (datagram.icmp.type == kSourceQuench || datagram.icmp.type == kRedirect);
}

/// Bytes of it are not acknowledged yet.
bool is_stuck(const Direction& direction) {
  return direction.ack_seen && direction.next.after(direction.acknowledged);
}

}  // namespace

PointAnalysis::PointAnalysis(const Preferences& preferences, Ledger& ledger)
    : ledger_(ledger),
      max_listed_frames_(preferences.max_listed_frames),
      tracker_(preferences, seed_of(this)),
      judgement_(preferences, tracker_, seed_of(this)),
      siblings_(preferences, tracker_, judgement_.paths()),
      tunnels_(preferences, tracker_, judgement_.paths()),
      sender_holes_(preferences, tracker_, judgement_, seed_of(this)),
      receiver_holes_(preferences, tracker_, judgement_, seed_of(this)),
      others_(preferences, tracker_, judgement_),
      mss_(preferences, tracker_, judgement_.paths()) {}

void PointAnalysis::observe(const Observation& observation, std::span<const PointFacts> points) {
  events_.clear();  // of a frame that found no memory
  tracker_.begin_frame(observation);
  if (observation.end == WalkEnd::not_ip && observation.datagram_count == 0) others_.note_no_port_filter();
  for (const Datagram& datagram : observation.layers()) observe_datagram(observation, datagram);
  if (observation.datagram_count > 1) {
    tunnels_.judge(observation, points, events_);
    record();
  }
}

void PointAnalysis::observe_datagram(const Observation& observation, const Datagram& datagram) {
  const bool icmp = datagram.is_icmp();
  if (icmp && datagram.fragment_offset == 0) [[unlikely]] {
    any_icmp_ = true;
    if (const auto message = packet_too_big(observation, datagram)) {
      ++hint_count_;
      observe_hint(datagram, *message);
      return record();
    }
    if (datagram.icmp.is_error) return observe_error(observation, datagram);
  }
  const Sighting* const seen = tracker_.observe(observation, datagram);
  if (!tracker_.ended().empty()) end_directions();
  if (datagram.transport != TransportKind::tcp) observe_other_sender(observation, datagram, seen);
  if (seen == nullptr || !is_of_interest(*seen)) return;
  judge(*seen);
  record();
  choose_watched(seen->direction);
}

void PointAnalysis::observe_other_sender(const Observation& observation, const Datagram& datagram,
                                         const Sighting* seen) {
  if (datagram.is_fragment()) others_.take_fragment(observation, datagram, events_);
  if (seen != nullptr) {
    others_.observe(*seen, events_);
  } else if (datagram.transport == TransportKind::udp) {
    others_.take_whole(observation, datagram, events_);
  }
  if (!events_.empty()) record();
}

bool PointAnalysis::is_of_interest(const Sighting& seen) const {
  // The next of a stream that no rule keeps anything of changes nothing that any rule would say.
  if (!seen.is_ordinary() || tracker_.flow(seen.direction).watched) return true;
  if (judgement_.paths().names(seen.datagram->length)) return true;
  return sender_holes_.watches() && (seen.acknowledges || !seen.arrivals.empty());
}

void PointAnalysis::judge(const Sighting& seen) {
  if (seen.shows_offload) {
    const std::uint16_t mss = tracker_[seen.direction.opposite()].mss;
    events_.add(DirectionId{}, event::Remark{finding_of_offload(seen, mss)});
  }
  if (seen.begins_connection) mss_.compare_syn(seen, events_);
  judgement_.take_reflections(seen, events_);
  siblings_.take_arrivals(seen, events_);
  judgement_.judge(seen, events_);
  if (!judgement_.concerns(seen.direction)) siblings_.judge(seen, events_);
  judgement_.judge_arrival(seen, events_);
  sender_holes_.observe(seen, events_);
  receiver_holes_.observe(seen, events_);
  watch_mss();
}

void PointAnalysis::watch_mss() {
  const std::size_t said = events_.all().size();
  for (std::size_t i = 0; i < said; ++i) {
    const DirectedEvent one = events_.all()[i];
    if (const auto* ignored = std::get_if<event::Ignored>(&one.event)) {
      const std::uint32_t mtu = ignored->finding.path_mtu ? ignored->finding.path_mtu->value() : 0;
      mss_.tell_one_way_clamp(one.direction, mtu, ignored->finding.frame, events_);
    } else if (const auto* loss = std::get_if<event::LossSuspected>(&one.event)) {
      mss_.tell_one_way_clamp(one.direction, loss->loss.length.value() - 1, loss->finding.frame, events_);
    } else if (const auto* hole = std::get_if<event::HoleFound>(&one.event)) {
      mss_.tell_one_way_clamp(one.direction, hole->lost.value() - 1, hole->finding.frame, events_);
    }
  }
}

void PointAnalysis::observe_hint(const Datagram& datagram, const PacketTooBig& message) {
  HintExamination examined = examine(message, tracker_);
  if (message.quote != nullptr) others_.check_quotation(*message.quote, examined);
  if (examined.direction.known() && !examined.refused())
    others_.note_hint(examined.direction, examined.length);
  Finding finding = finding_of(message, examined, datagram.level);
  const DirectionId id = examined.direction;
  if (!id.known()) {
    const bool lacks_flow = examined.remark == HintRemark::flow_never_seen;
    if (examined.status == HintStatus::unseen || lacks_flow) note_unseen_hint(message);
    examine_cut_hint(message, examined);
    events_.add(id, event::Remark{finding});
    return;
  }
  if (!copies_.take(id, message)) {
    tracker_.note_hint(id, examined.proves_length(message) ? message.quote->length : DatagramLength());
    events_.add(id, event::HintCounted{examined.status, message.frame, message.reporter, examined.remark,
                                       message.next_hop_mtu});
    if (examined.accepted()) return take_accepted(message, examined, finding);
    if (examined.remark == HintRemark::untranslated)
      judgement_.note_untranslated_hint(id, *message.next_hop_mtu);
  }
  events_.add(id, event::Remark{finding});
}

void PointAnalysis::note_unseen_hint(const PacketTooBig& message) {
  if (unseen_hints_.size() >= max_listed_frames_) return;
  UnseenHint hint{message.frame, message.reporter, message.recipient, message.next_hop_mtu, {}};
  if (message.quote != nullptr) hint.quoted = key_of(*message.quote);
  unseen_hints_.push_back(hint);
}

void PointAnalysis::take_accepted(const PacketTooBig& message, const HintExamination& examined,
                                  Finding& finding) {
  const DirectionId id = examined.direction;
  const HintRemark remark = judgement_.learn(message, examined, events_);
  if (remark != HintRemark::none) finding.remark = remark;
  if (remark == HintRemark::below_quic_minimum) others_.note_small_path(id, message, events_);
  events_.add(id, event::Remark{finding});
  mss_.compare_hint(id, message, events_);
  sender_holes_.review(id, message.time, events_);
}

void PointAnalysis::examine_cut_hint(const PacketTooBig& message, const HintExamination& examined) {
  if (examined.remark != HintRemark::quote_ambiguous) return;
  if (message.quote == nullptr || !message.quote->truncated) return;
  // It is for one of these. None is accused of anything then: neither of ignoring it nor of a silent loss.
  for (const DirectionId direction : all_fitting(tracker_, *message.quote)) {
    judgement_.note_cut_hint(direction);
    events_.add(direction, event::HintCut{});
  }
}

void PointAnalysis::observe_error(const Observation& observation, const Datagram& datagram) {
  // Whatever else a router or host says of a flow explains its losses better than a black hole.
  if (!datagram.icmp.has_quote || is_about_routes(datagram)) return;
  const QuotedFlow quoted = find_quoted_flow(tracker_, observation.quotes[datagram.icmp.quote]);
  others_.take_error(observation, datagram, quoted.direction, events_);
  record();
  if (!quoted.direction.known()) return;
  tracker_.note_error(quoted.direction);
  sender_holes_.exclude(quoted.direction);
}

void PointAnalysis::end_directions() {
  for (const EndedDirection& ended : tracker_.ended()) {
    if (const ConversationId* const id = rows_.find(ended.direction)) {
      if (Ledger::Entry* const row = ledger_.find(*id)) {
        row->last_facts.largest_sent = ended.largest_sent;
        row->last_facts.last_frame = ended.last_frame;
        row->last_facts.ttl = ended.ttl;
      }
    }
    forget(ended.direction);
  }
}

void PointAnalysis::forget(DirectionId direction) {
  copies_.forget(direction);
  judgement_.forget(direction);
  siblings_.forget(direction);
  tunnels_.forget(direction);
  sender_holes_.forget(direction);
  receiver_holes_.forget(direction);
  mss_.forget(direction);
  rows_.close(direction);
  tracker_.watch_all(sender_holes_.watches());
}

bool PointAnalysis::concerns(DirectionId direction) const {
  return rows_.contains(direction) || judgement_.concerns(direction) || siblings_.concerns(direction) ||
         sender_holes_.concerns(direction) || receiver_holes_.concerns(direction);
}

void PointAnalysis::choose_watched(DirectionId direction) {
  tracker_.watch(direction, concerns(direction) || concerns(direction.opposite()));
  tracker_.watch_all(sender_holes_.watches());
}

ConversationId PointAnalysis::row_of(DirectionId direction) {
  if (const ConversationId* const known = rows_.find(direction)) return *known;
  std::optional<Ledger::Entry> evicted;
  const auto blames = [this](const Ledger::Entry& row) {
    return settled_verdict(row.tally, facts_of(row)) >= Verdict::black_hole_recovered;
  };
  Ledger::Entry& row = ledger_.open(tracker_.key(direction), blames, evicted);
  row.first_frame = tracker_.flow(direction).first_frame;
  row.last_facts.last_frame = tracker_.flow(direction).last_frame;
  row.path = tracker_.ensure_path(direction);
  tracker_.hold_path(row.path);
  const ConversationId id = row.id;
  if (evicted) {
    // What a direction knows stands on its row, so it goes with it.
    const DirectionId loser = tracker_.find(evicted->flow);
    const ConversationId* const its_row = loser.known() ? rows_.find(loser) : nullptr;
    if (its_row != nullptr && *its_row == evicted->id) forget(loser);
    tracker_.release_path(evicted->path);
  }
  rows_.open(direction, id);
  tracker_.watch(direction, true);
  return id;
}

void PointAnalysis::record() {
  for (const DirectedEvent& one : events_.all()) {
    const ConversationId id = one.direction.known() ? row_of(one.direction) : kNoConversation;
    ledger_.record(id, one.event, tracker_.last_frame());
  }
  events_.clear();
}

void PointAnalysis::conclude() {
  sender_holes_.conclude(events_);
  receiver_holes_.conclude(events_);
  others_.conclude(events_);
  watch_mss();
  record();
  ledger_.settle();
  for (const Ledger::Entry& row : ledger_.rows()) {
    const bool tells_loss =
        row.tally.black_hole != Tally::BlackHole::none || row.tally.hole != Tally::Hole::none;
    if (tells_loss && is_disproved(row.tally, facts_of(row)) && row.tally.marked_packets() == 0)
      ledger_.withdraw_losses(row.id);
  }
  ledger_.settle();
}

RowFacts PointAnalysis::facts_of(const Ledger::Entry& row) const {
  RowFacts facts = row.last_facts;
  facts.first_frame = row.first_frame;
  facts.path = tracker_.path(row.path);
  facts.untranslated_mtu = judgement_.paths().untranslated(row.flow.path);
  facts.segments_late = tracker_.segments_late(row.flow.path.source);
  facts.capture_misses_large = receiver_holes_.capture_misses_large(row.flow.path);
  const DirectionId direction = tracker_.find(row.flow);
  const ConversationId* const live = direction.known() ? rows_.find(direction) : nullptr;
  if (live == nullptr || *live != row.id) return facts;
  facts.largest_sent = tracker_[direction].largest_sent;
  facts.last_frame = tracker_.flow(direction).last_frame;
  facts.ttl = tracker_.ttl(direction);
  facts.peer_ttl = tracker_.ttl(direction.opposite());
  return facts;
}

/// Why nothing can be said of the sizes of a direction.
void PointAnalysis::add_unseen(DirectionId id, LookedAt& looked_at) const {
  const Direction& direction = tracker_[id];
  const FlowKey flow = tracker_.key(id);
  if (flow.protocol != ip_protocol::tcp) return;
  if (!tracker_[id.opposite()].seen) {
    ++looked_at.one_sided;
    return;
  }
  if (direction.error_reported && is_stuck(direction)) {
    ++looked_at.rejected;
    return;
  }
  const Path* const path = tracker_.path_of(id);
  if ((path != nullptr && path->capture_misses_large) || receiver_holes_.capture_misses_large(flow.path)) {
    ++looked_at.gaps;
    return;
  }
  const std::uint32_t passed =
      std::max(direction.largest_passed, path != nullptr ? path->largest_passed : 0U);
  const bool large = direction.largest_sent > kIpv4EveryHostTakes;
  if (!large || !is_stuck(direction) || direction.super_segments || direction.largest_sent <= passed) return;
  ++looked_at.unanswered;
  looked_at.largest_unanswered =
      std::max(looked_at.largest_unanswered, std::optional(DatagramLength(direction.largest_sent)));
}

template <class Use>
void PointAnalysis::each_direction(Use use) const {
  for (std::uint32_t place = 0; place < tracker_.places(); ++place) {
    for (const unsigned side : {0U, 1U}) {
      const DirectionId id(place, side);
      if (tracker_[id].seen) use(id, tracker_[id]);
    }
  }
}

void PointAnalysis::add_directions(std::set<FlowKey>& names) const {
  each_direction([&](DirectionId id, const Direction&) { names.insert(tracker_.key(id)); });
}

LookedAt PointAnalysis::looked_at() const {
  LookedAt looked_at;
  looked_at.hints = hint_count_;
  std::uint32_t largest = tracker_.largest_passed_on_paths();
  each_direction([&](DirectionId id, const Direction& direction) {
    ++looked_at.directions;
    largest = std::max(largest, direction.largest_passed);
    add_unseen(id, looked_at);
    if (direction.mss == 0) return;
    looked_at.smallest_mss = std::min(looked_at.smallest_mss.value_or(direction.mss), direction.mss);
    looked_at.largest_mss = std::max(looked_at.largest_mss.value_or(direction.mss), direction.mss);
  });
  if (largest != 0) looked_at.largest_acknowledged = DatagramLength(largest);
  return looked_at;
}

const Path* PointAnalysis::path(const PathKey& key) const {
  return tracker_.path(tracker_.find_path(key));
}

std::uint16_t PointAnalysis::announced_mss(const FlowKey& flow) const {
  const DirectionId direction = tracker_.find(flow);
  return direction.known() ? tracker_[direction].mss : std::uint16_t{0};
}

Stage PointAnalysis::stuck_stage(const FlowKey& flow) const {
  const DirectionId id = tracker_.find(flow);
  if (!id.known() || flow.protocol != ip_protocol::tcp) return Stage::unknown;
  const Direction& sender = tracker_[id];
  if (!is_stuck(sender)) return Stage::unknown;
  return tracker_.stage(id, sender.acknowledged, sender.next);
}

Position PointAnalysis::position(const FlowKey& flow) const {
  Position position;
  const DirectionId direction = tracker_.find(flow);
  if (!direction.known()) return position;
  if (tracker_[direction].seen) position.sender_hops = hops_from_ttl(tracker_[direction].ttl);
  if (tracker_[direction.opposite()].seen)
    position.receiver_hops = hops_from_ttl(tracker_[direction.opposite()].ttl);
  return position;
}

}  // namespace pmtu
