// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/other_senders.h"

#include <algorithm>
#include <array>
#include <span>

#include "pmtu/protocol_sizes.h"
#include "rules/byte_hash.h"
#include "rules/make_finding.h"
#include "track/hops.h"
#include "track/payload.h"
#include "track/quotation.h"
#include "track/reversed.h"
#include "track/stage_tracker.h"

namespace pmtu {
namespace {

bool is_echo_request(const Datagram& datagram) {
  return datagram.icmp.type == (datagram.transport == TransportKind::icmp ? 8 : 128);
}

/// The first packet of the datagram. RFC 9000 §17.2; the types of version 2 are others (RFC 9369 §3.2).
QuicDatagram::Packet first_packet(const Datagram& datagram, std::span<const std::uint8_t> header) {
  using Packet = QuicDatagram::Packet;
  constexpr std::array<std::uint8_t, 4> kVersion2{0x6b, 0x33, 0x43, 0xcf};
  constexpr std::size_t kTypeAndVersion = 5;
  if (datagram.carries != Encapsulation::quic || header.size() < kTypeAndVersion) return Packet::short_header;
  constexpr unsigned kLongForm = 0x80;
  if ((header[0] & kLongForm) == 0) return Packet::short_header;  // whoever dissects knows QUIC by its flow
  const bool version_2 = std::equal(kVersion2.begin(), kVersion2.end(), header.begin() + 1);
  const unsigned type = (header[0] >> 4U & 3U) + (version_2 ? 3U : 0U);
  switch (type % 4) {
    case 0:
      return Packet::initial;
    case 2:
      return Packet::handshake;
    case 3:
      return Packet::retry;
    default:
      return Packet::other_long;
  }
}

/// RFC 792 type 11, RFC 4443 §3.3: fragment reassembly time exceeded.
bool is_reassembly_error(const Datagram& error) {
  const std::uint8_t time_exceeded = error.transport == TransportKind::icmp ? 11 : 3;
  return error.icmp.type == time_exceeded && error.icmp.code == 1;
}

/// What all of them have in common.
template <class Hole>
event::Loss loss_of(const Hole& hole, event::Loss::Kind kind, Stage stage) {
  event::Loss loss;
  loss.kind = kind;
  loss.stage = stage;
  loss.first_frame = hole.first_frame;
  loss.begin = hole.begin;
  loss.end = hole.last;
  return loss;
}

event::Loss loss_of(const EchoHole& hole) {
  event::Loss loss = loss_of(hole, event::Loss::Kind::echo, Stage::icmp_echo);
  loss.length = hole.lost;
  loss.passed = hole.passed;
  loss.transmissions = hole.requests;
  loss.last_frame = hole.last_frame;
  return loss;
}

event::Loss loss_of(const QuicSilence& silence, const event::SmallPath& small_path) {
  event::Loss loss = loss_of(silence, event::Loss::Kind::quic, Stage::quic_handshake);
  loss.length = silence.length;
  loss.transmissions = silence.flights;
  loss.small_path = small_path;
  if (small_path.evidence == event::SmallPath::Evidence::retry) loss.passed = DatagramLength(small_path.size);
  return loss;
}

event::Loss loss_of(const SctpHole& hole) {
  event::Loss loss = loss_of(hole, event::Loss::Kind::sctp, Stage::sctp_data);
  loss.length = hole.lost;
  if (hole.passed != DatagramLength{}) loss.passed = hole.passed;
  loss.transmissions = hole.losses;
  loss.resent_bytes = hole.resent_bytes;
  loss.rerouted = hole.rerouted;
  return loss;
}

/// RFC 9000 §14.1, with the headers below.
std::uint32_t least_of_quic(IpVersion version) {
  return kQuicMinimumPayload + kUdpHeader + ip_header(version);
}

}  // namespace

void OtherSenders::take_fragment(const Observation& observation, const Datagram& datagram, Events& events) {
  // An atomic fragment is whole (RFC 6946).
  if (!datagram.is_fragment() || datagram.length_unknown) return;
  Fragment fragment;
  fragment.flow = key_of(datagram);
  fragment.identification = datagram.identification;
  fragment.offset = datagram.fragment_offset;
  fragment.length =
      datagram.length.value() - std::min<std::uint32_t>(datagram.length.value(), datagram.header_length);
  fragment.more = datagram.more_fragments;
  fragment.frame = observation.frame;
  fragment.time = facts_.now();
  if (fragment.offset == 0) {
    const std::span<const std::uint8_t> payload = captured_payload(observation, datagram);
    fragment.content =
        payload.empty() ? observation.frame.value() : byte_hash(payload, datagram.udp_checksum);
    fragment.beside_sender = hops_from_ttl(datagram.ttl) == 0;
  }
  if (const auto loss = fragments_.observe(fragment))
    tell_lost_fragments(*loss, &datagram, observation.frame, events);
}

void OtherSenders::observe(const Sighting& seen, Events& events) {
  const Datagram& datagram = *seen.datagram;
  if (datagram.is_icmp()) observe_echo(seen, events);
  if (datagram.transport == TransportKind::sctp) observe_sctp(seen, events);
  if (datagram.carries == Encapsulation::quic || quic_.has_told() || unheard_.has_told())
    observe_quic(seen, events);
  take_whole(*seen.observation, datagram, events);
}

void OtherSenders::take_whole(const Observation& observation, const Datagram& datagram, Events& events) {
  if (!fragments_.watches_any() || datagram.is_fragment()) return;
  if (!fragments_.watches({datagram.source, datagram.destination})) return;
  constexpr std::size_t kIdentifier = 2;
  WholeDatagram whole;
  whole.flow = key_of(datagram);
  whole.length = datagram.length;
  whole.frame = observation.frame;
  whole.time = facts_.now();
  // What was not captured is like nothing else.
  const std::span<const std::uint8_t> payload = captured_payload(observation, datagram);
  const bool cut = payload.size() < kIdentifier || datagram.captured_length < datagram.length.value();
  whole.content = payload.empty() ? whole.frame.value() : byte_hash(payload, datagram.udp_checksum);
  whole.body = cut ? whole.content : byte_hash(payload.subspan(kIdentifier), 0);
  if (const auto loss = fragments_.observe_whole(whole))
    tell_lost_fragments(*loss, &datagram, observation.frame, events);
}

/// `datagram`: in frame `at`, unless only the end of the capture told it.
void OtherSenders::tell_lost_fragments(const FragmentLoss& loss, const Datagram* datagram, FrameNumber at,
                                       Events& events) const {
  if (loss.grew) {
    const event::FragmentLossGrew grew{loss.datagrams, loss.several_flows, loss.last_frame, loss.last};
    return events.add(facts_.find(loss.flow), grew);
  }
  constexpr FindingKind kKind = FindingKind::fragments_lost;
  tell(loss,
       datagram != nullptr ? finding_about(kKind, Severity::warn, at, *datagram)
                           : finding_in(kKind, Severity::warn, at),
       events);
}

void OtherSenders::observe_echo(const Sighting& seen, Events& events) {
  const Datagram& datagram = *seen.datagram;
  const bool request = is_echo_request(datagram);
  if (!datagram.icmp.has_rest || datagram.is_fragment()) return;
  if (request && !datagram.dont_fragment) return;
  EchoMessage message;
  message.path = {datagram.source, datagram.destination};
  if (!request) message.path = reversed(message.path);
  message.request = request;
  message.identifier = datagram.icmp.identifier;
  message.sequence = datagram.icmp.sequence;
  message.length = datagram.length;
  message.frame = seen.frame();
  message.time = facts_.now();
  if (const auto hole = echo_.observe(message)) tell(*hole, seen.frame(), events);
}

void OtherSenders::observe_sctp(const Sighting& seen, Events& events) {
  const Datagram& datagram = *seen.datagram;
  SctpSighting sighting;
  sighting.flow = facts_.key(seen.direction);
  sighting.packet = &datagram.sctp;
  sighting.length = datagram.length;
  sighting.dont_fragment = datagram.dont_fragment && !datagram.is_fragment();
  sighting.frame = seen.frame();
  sighting.time = facts_.now();
  if (const auto hole = sctp_.observe(sighting)) tell(*hole, seen, events);
  // What was larger than a hint, and sent after it, arrived.
  for (const SctpWatch::Arrival& arrival : sctp_.arrivals()) {
    const DirectionId direction = facts_.find(arrival.flow);
    if (direction.known()) judgement_.take_arrival(direction, arrival.frame, arrival.length, events);
  }
}

QuicDatagram OtherSenders::quic_datagram(const Sighting& seen) const {
  const Datagram& datagram = *seen.datagram;
  const Direction& peer = facts_[seen.direction.opposite()];
  const std::uint32_t least = least_of_quic(datagram.version);
  QuicDatagram quic;
  quic.header = captured_payload(*seen.observation, datagram);
  quic.packet = first_packet(datagram, quic.header);
  quic.flow = facts_.key(seen.direction);
  quic.length = datagram.length;
  quic.payload = datagram.udp_length - std::min<std::uint32_t>(datagram.udp_length, kUdpHeader);
  quic.sent_large = facts_[seen.direction].largest_sent >= least;
  quic.frame = seen.frame();
  quic.time = facts_.now();
  quic.peer_seen = peer.seen;
  quic.peer_sent_large = peer.largest_sent >= least;
  quic.first_frame = facts_.flow(seen.direction).first_frame;
  quic.before = seen.last_sent_before;
  return quic;
}

void OtherSenders::observe_quic(const Sighting& seen, Events& events) {
  const Datagram& datagram = *seen.datagram;
  const Direction& sender = facts_[seen.direction];
  if (datagram.transport != TransportKind::udp || !sender.quic) return;
  if (!sender.quic_handshake && !quic_.has_told() && !unheard_.has_told()) return;
  const QuicDatagram quic = quic_datagram(seen);
  if (const auto hole = quic_.observe(quic)) tell(*hole, seen, events);
  observe_unheard(quic, events);
}

void OtherSenders::observe_unheard(const QuicDatagram& quic, Events& events) {
  const auto silence = unheard_.observe(quic);
  if (!silence) return;
  if (silence->withdrawn) {
    const DirectionId direction = facts_.find(silence->flow);
    if (direction.known()) events.add(direction, event::SuspicionWithdrawn{FrameNumber{}});
    return;
  }
  event::SmallPath known = small_path(silence->flow.path);
  if (known.evidence == event::SmallPath::Evidence::none && silence->retry != DatagramLength{})
    known = {event::SmallPath::Evidence::retry, silence->retry_frame, silence->retry.value()};
  if (known.evidence != event::SmallPath::Evidence::none) tell(*silence, known, events);
}

event::SmallPath OtherSenders::small_path(const PathKey& path) const {
  if (const auto known = small_paths_.find(path); known != small_paths_.end()) return known->second;
  const HintHistory* const history = judgement_.paths().find(path);
  const PathMtuHint* const hint =
      history != nullptr ? history->binding(facts_.now(), hint_max_age_) : nullptr;
  if (hint == nullptr || !hint->mtu || hint->mtu->value() >= least_of_quic(path.source.version)) return {};
  return {event::SmallPath::Evidence::hint, hint->frame, hint->mtu->value()};
}

void OtherSenders::note_small_path(DirectionId direction, const PacketTooBig& message, Events& events) {
  if (!message.next_hop_mtu) return;
  note_small_path(facts_.key(direction).path,
                  {event::SmallPath::Evidence::hint, message.frame, message.next_hop_mtu->value()}, events);
}

void OtherSenders::note_small_path(const PathKey& path, const event::SmallPath& small_path, Events& events) {
  if (small_paths_.size() >= kMaxSmallPaths && !small_paths_.contains(path)) return;
  small_paths_[path] = small_path;
  for (const QuicSilence& silence : unheard_.on(path)) tell(silence, small_path, events);
}

void OtherSenders::tell(const QuicSilence& silence, const event::SmallPath& small_path, Events& events) {
  const DirectionId direction = facts_.find(silence.flow);
  if (!direction.known()) return;
  const event::Loss loss = loss_of(silence, small_path);
  if (unheard_.was_told(silence.flow)) return events.add(direction, event::LossGrew{loss});
  unheard_.tell(silence.flow);
  Finding finding = about_loss(FindingKind::black_hole_suspected, Severity::warn, silence.last_frame, loss);
  if (small_path.evidence == event::SmallPath::Evidence::hint) {
    finding.path_mtu = Mtu(small_path.size);
    finding.hint_frame = small_path.frame;
  }
  events.add(direction, event::LossSuspected{finding, loss});
}

void OtherSenders::tell(const QuicHole& hole, const Sighting& seen, Events& events) const {
  const DirectionId direction = facts_.find(hole.flow);
  if (!direction.known() || judgement_.explains(direction, hole.lost.value(), facts_.now())) return;
  if (hole.withdrawn) return events.add(direction, event::HoleWithdrawn{FrameNumber{}});
  event::HoleFound found;
  found.finding =
      finding_about(FindingKind::black_hole_receiver, Severity::warn, seen.frame(), *seen.datagram);
  found.finding.length = hole.lost;
  found.finding.related_frame = found.first_beyond = hole.first_answer;
  found.finding.count = found.missing_bytes = kQuicMinimumPayload;
  found.bound = found.lost = hole.lost;
  found.passed = hole.passed;
  found.quic_initials = hole.initials;
  found.opened = hole.opened;
  found.at = hole.at;
  found.stage = Stage::quic_handshake;
  events.add(direction, found);
}

void OtherSenders::conclude(Events& events) {
  for (const EchoHole& hole : echo_.conclude(facts_.now())) tell(hole, hole.last_frame, events);
  for (const FragmentLoss& loss : fragments_.conclude(facts_.now()))
    tell_lost_fragments(loss, nullptr, loss.last_frame, events);
}

void OtherSenders::tell(const EchoHole& hole, FrameNumber at, Events& events) {
  note_for_quic(hole, events);
  const bool v4 = hole.path.source.version == IpVersion::v4;
  const FlowKey flow{hole.path, hole.identifier, hole.identifier,
                     v4 ? ip_protocol::icmp : ip_protocol::icmpv6};
  const DirectionId direction = facts_.find(flow);
  const event::Loss loss = loss_of(hole);
  if (!direction.known() || judgement_.explains(direction, loss.length.value(), facts_.now())) return;
  switch (hole.change) {
    case EchoHole::Change::suspected: {
      const Finding finding = about_loss(FindingKind::black_hole_suspected, Severity::warn, at, loss);
      return events.add(direction, event::LossSuspected{finding, loss});
    }
    case EchoHole::Change::grew:
      return events.add(direction, event::LossGrew{loss});
    case EchoHole::Change::withdrawn:
      return events.add(direction, event::SuspicionWithdrawn{FrameNumber{}});
  }
}

void OtherSenders::note_for_quic(const EchoHole& hole, Events& events) {
  using Evidence = event::SmallPath::Evidence;
  if (hole.change != EchoHole::Change::withdrawn) {
    if (hole.lost.value() > least_of_quic(hole.path.source.version)) return;
    return note_small_path(hole.path, {Evidence::echo, hole.first_frame, hole.lost.value()}, events);
  }
  const auto known = small_paths_.find(hole.path);
  if (known != small_paths_.end() && known->second.evidence == Evidence::echo) small_paths_.erase(known);
}

void OtherSenders::tell(const SctpHole& hole, const Sighting& seen, Events& events) const {
  const DirectionId direction = facts_.find(hole.flow);
  const event::Loss loss = loss_of(hole);
  if (!direction.known() || judgement_.explains(direction, loss.length.value(), facts_.now())) return;
  switch (hole.change) {
    case SctpHole::Change::suspected: {
      const Finding finding =
          about_loss(FindingKind::black_hole_suspected, Severity::warn, seen.frame(), loss);
      return events.add(direction, event::LossSuspected{finding, loss});
    }
    case SctpHole::Change::grew:
      return events.add(direction, event::LossGrew{loss});
    case SctpHole::Change::confirmed: {
      const Finding finding =
          about_loss(FindingKind::black_hole_confirmed, Severity::error, seen.frame(), loss);
      return events.add(direction, event::LossConfirmed{finding, loss});
    }
    case SctpHole::Change::withdrawn:
      return events.add(direction, event::SuspicionWithdrawn{FrameNumber{}});
  }
}

void OtherSenders::tell(const FragmentLoss& loss, Finding finding, Events& events) const {
  finding.related_frame = loss.first_frame;
  finding.count = loss.datagrams;
  const DirectionId direction = facts_.find(loss.flow);
  event::FragmentsLost lost;
  lost.finding = finding;
  lost.datagrams = loss.datagrams;
  lost.reported = loss.reported;
  lost.first_missing = loss.missing == FragmentLoss::Missing::first;
  lost.several_flows = loss.several_flows;
  lost.first_frame = loss.first_frame;
  lost.last_frame = loss.last_frame;
  lost.begin = loss.begin;
  lost.end = loss.last;
  if (loss.flow.protocol == ip_protocol::udp)
    lost.stage = udp_stage(loss.flow.source_port, loss.flow.destination_port, false);
  events.add(direction, lost);
}

void OtherSenders::take_error(const Observation& observation, const Datagram& error, DirectionId quoted,
                              Events& events) {
  const QuotedDatagram& quote = observation.quotes[error.icmp.quote];
  const bool fragment = quote.more_fragments || quote.fragment_offset != 0;
  if (is_reassembly_error(error) && fragment && has_whole_addresses(quote)) {
    // The errors of a receiver go to whom it could not hear out; others are forged or translated.
    if (quote.source != error.destination) return;
    Finding finding = finding_about(FindingKind::fragments_lost, Severity::warn, observation.frame, error);
    finding.length = DatagramLength{};
    finding.reporter = error.source;
    finding.quoted_length = quote.length;
    const bool beside_it = hops_from_ttl(error.ttl) == 0;
    const auto loss = fragments_.reported(key_of(quote), observation.frame, facts_.now(), beside_it);
    if (loss) tell(*loss, finding, events);
    return;
  }
  if (quoted.known()) note_hint(quoted, quote.length);
}

void OtherSenders::note_hint(DirectionId direction, DatagramLength length) {
  const FlowKey flow = facts_.key(direction);
  if (flow.protocol == ip_protocol::icmp || flow.protocol == ip_protocol::icmpv6)
    echo_.drew_error(flow.path, length);
  if (flow.protocol == ip_protocol::sctp) sctp_.drew_error(flow, length);
}

void OtherSenders::check_quotation(const QuotedDatagram& quote, HintExamination& examined) const {
  // rule: sctp-quotation
  if (quote.protocol != ip_protocol::sctp || !examined.direction.known() || !examined.accepted()) return;
  switch (sctp_.fit(facts_.key(examined.direction), quote)) {
    case SctpWatch::QuoteFit::unknown:
    case SctpWatch::QuoteFit::fits:
      return;
    case SctpWatch::QuoteFit::stale:
      examined.status = HintStatus::stale;
      examined.remark = HintRemark::bytes_already_acknowledged;
      return;
    case SctpWatch::QuoteFit::foreign:
      examined.status = HintStatus::unmatched;
      examined.remark = HintRemark::bytes_never_sent;
      return;
  }
}

}  // namespace pmtu
