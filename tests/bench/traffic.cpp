// SPDX-License-Identifier: GPL-2.0-or-later
#include "traffic.h"

#include <algorithm>
#include <array>

namespace pmtu::bench {
namespace {

constexpr std::array<std::string_view, kTrafficKinds> kNames{"mixed", "bulk", "acks", "dns",
                                                             "tls",   "vpn",  "quic"};
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kEsp = 50;
constexpr std::uint32_t kServers = 4096;
constexpr std::uint32_t kFlowsPerClient = 4;
constexpr std::uint32_t kNarrowMtu = 1446;
// An ignoring sender comes again after this long, as Linux does at first; the first time within 200 ms of a
// hint would be in flight.
constexpr std::uint32_t kRetransmissionsPerSecond = 3;
constexpr std::uint8_t kFin = 0x01;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kPsh = 0x08;
constexpr std::uint8_t kAck = 0x10;

/// Phases of a TCP conversation.
enum Phase : std::uint8_t { syn, syn_ack, handshake_ack, data, fin, fin_ack, last_ack };

std::uint16_t server_port_of(TrafficKind kind) {
  switch (kind) {
    case TrafficKind::dns:
      return 53;
    case TrafficKind::tls:
    case TrafficKind::quic:
      return 443;
    case TrafficKind::vpn:
      return 4500;
    case TrafficKind::mixed:
    case TrafficKind::bulk:
    case TrafficKind::acks:
      break;
  }
  return 5001;
}

}  // namespace

std::string_view name(TrafficKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<TrafficKind> traffic_kind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<TrafficKind>(found - kNames.begin());
}

Traffic::Traffic(const TrafficPlan& plan)
    : plan_(plan), random_(plan.seed), writer_(plan.captured), conversations_(plan.flows) {
  for (std::uint32_t i = 0; i < plan_.flows; ++i) begin(conversations_[i], i);
  // As many faulty senders as keep each of them at its pace of retransmissions.
  const std::uint64_t faulty_rate = std::uint64_t{plan_.frames_per_second} * plan_.faults_per_thousand / 1000;
  if (faulty_rate != 0) {
    faulty_.resize(static_cast<std::size_t>(faulty_rate / 2 / kRetransmissionsPerSecond) + 1);
  }
  for (std::uint32_t i = 0; i < faulty_.size(); ++i) {
    begin(faulty_[i], plan_.flows + i);
    faulty_[i].kind = TrafficKind::tls;
  }
}

TrafficKind Traffic::kind_of(std::uint32_t number) const {
  if (plan_.kind != TrafficKind::mixed) return plan_.kind;
  constexpr std::array<TrafficKind, 20> kShares{
      TrafficKind::bulk, TrafficKind::tls, TrafficKind::tls,  TrafficKind::dns, TrafficKind::quic,
      TrafficKind::bulk, TrafficKind::tls, TrafficKind::tls,  TrafficKind::tls, TrafficKind::quic,
      TrafficKind::bulk, TrafficKind::tls, TrafficKind::acks, TrafficKind::tls, TrafficKind::quic,
      TrafficKind::bulk, TrafficKind::tls, TrafficKind::vpn,  TrafficKind::tls, TrafficKind::tls};
  return kShares[number % kShares.size()];
}

void Traffic::begin(Conversation& conversation, std::uint32_t number) {
  conversation = Conversation{};
  conversation.client = number / kFlowsPerClient;
  conversation.server = random_.below(kServers);
  conversation.client_port = static_cast<std::uint16_t>(20'000 + random_.below(40'000));
  conversation.next[0] = static_cast<std::uint32_t>(random_.next());
  conversation.next[1] = static_cast<std::uint32_t>(random_.next());
  conversation.identification = static_cast<std::uint16_t>(random_.next());
  conversation.kind = kind_of(number);
  conversation.v6 = random_.below(5) == 0;
}

GeneratedFrame Traffic::next() {
  const std::uint32_t gap = 1'000'000'000U / plan_.frames_per_second;
  now_ = now_ + Duration::nanoseconds(gap / 2 + random_.below(gap + 1));
  std::uint32_t length = 0;
  if (!faulty_.empty() && random_.below(1000) < plan_.faults_per_thousand) {
    length = advance_fault(faulty_[next_faulty_]);
  } else {
    if (train_left_ == 0) {
      current_ = random_.below(plan_.flows);
      train_left_ = plan_.train == 1 ? 1 : 1 + random_.below(2 * plan_.train - 1);
    }
    --train_left_;
    length = advance(conversations_[current_]);
  }
  GeneratedFrame generated{{FrameNumber(++number_), now_, LinkType::ethernet, 0, writer_.bytes(), {}},
                           length};
  return generated;
}

std::uint32_t Traffic::advance(Conversation& conversation) {
  const bool over = plan_.frames_per_flow != 0 && conversation.frames >= plan_.frames_per_flow;
  if (over && conversation.phase == Phase::syn) {
    begin(conversation, static_cast<std::uint32_t>(&conversation - conversations_.data()));
  }
  ++conversation.frames;
  switch (conversation.kind) {
    case TrafficKind::dns:
      return advance_dns(conversation);
    case TrafficKind::quic:
      return advance_quic(conversation);
    case TrafficKind::vpn:
      return advance_vpn(conversation);
    case TrafficKind::acks:
      return advance_acks(conversation);
    case TrafficKind::mixed:
    case TrafficKind::bulk:
    case TrafficKind::tls:
      break;
  }
  return advance_tcp(conversation);
}

DatagramPlan Traffic::plan_of(Conversation& conversation, bool from_server, std::uint8_t protocol,
                              std::uint16_t server_port) {
  DatagramPlan plan;
  plan.source = {conversation.client, conversation.client_port};
  plan.destination = {conversation.server, server_port};
  if (from_server) std::swap(plan.source, plan.destination);
  plan.from_client = !from_server;
  plan.v6 = conversation.v6;
  plan.protocol = protocol;
  plan.identification = ++conversation.identification;
  return plan;
}

std::uint32_t Traffic::send_segment(Conversation& conversation, bool from_server, std::uint8_t flags,
                                    std::uint32_t payload_length) {
  DatagramPlan plan = plan_of(conversation, from_server, kTcp, server_port_of(conversation.kind));
  const unsigned side = from_server ? 1 : 0;
  plan.sequence = conversation.next[side];
  plan.acknowledgment = (flags & kAck) != 0 ? conversation.next[1 - side] : 0;
  plan.timestamp = conversation.last_timestamp[side] = milliseconds();
  plan.timestamp_echo = conversation.last_timestamp[1 - side];
  plan.flags = flags;
  plan.syn_options = (flags & kSyn) != 0;
  conversation.next[side] += payload_length + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
  // One TLS record a segment: dissectors look into each of them.
  const std::uint32_t record = payload_length > 5 ? payload_length - 5 : 0;
  const std::array<std::uint8_t, 5> tls{0x17, 3, 3, static_cast<std::uint8_t>(record >> 8U),
                                        static_cast<std::uint8_t>(record)};
  const bool is_tls = conversation.kind == TrafficKind::tls && payload_length > 5;
  return writer_.write(plan, is_tls ? std::span<const std::uint8_t>(tls) : std::span<const std::uint8_t>{},
                       payload_length);
}

std::uint32_t Traffic::advance_tcp(Conversation& conversation) {
  switch (conversation.phase) {
    case Phase::syn:
      conversation.phase = Phase::syn_ack;
      return send_segment(conversation, false, kSyn, 0);
    case Phase::syn_ack:
      conversation.phase = Phase::handshake_ack;
      return send_segment(conversation, true, kSyn | kAck, 0);
    case Phase::handshake_ack:
      conversation.phase = Phase::data;
      return send_segment(conversation, false, kAck, 0);
    case Phase::fin:
      conversation.phase = Phase::fin_ack;
      return send_segment(conversation, true, kFin | kAck, 0);
    case Phase::fin_ack:
      conversation.phase = Phase::last_ack;
      return send_segment(conversation, false, kFin | kAck, 0);
    case Phase::last_ack:
      conversation.phase = Phase::syn;
      return send_segment(conversation, true, kAck, 0);
    default:
      break;
  }
  // Every second segment is acknowledged, and the last of a message (RFC 9293 §3.8.6.3).
  const bool acknowledges =
      conversation.unacknowledged >= 2 || (conversation.left == 0 && conversation.unacknowledged != 0);
  if (acknowledges) {
    conversation.unacknowledged = 0;
    if (plan_.frames_per_flow != 0 && conversation.frames >= plan_.frames_per_flow)
      conversation.phase = Phase::fin;
    return send_segment(conversation, !conversation.server_sends, kAck, 0);
  }
  if (conversation.left == 0) {
    const bool request = conversation.server_sends || conversation.frames <= 4;
    conversation.server_sends = !request;
    const std::uint32_t largest = conversation.kind == TrafficKind::bulk ? 1U << 20U : 1U << 16U;
    conversation.left = request ? random_.doubling(40, 800) : random_.doubling(200, largest);
  }
  const std::uint32_t segment = (conversation.v6 ? 1440U : 1460U) - 12U;
  const std::uint32_t length = std::min(conversation.left, segment);
  conversation.left -= length;
  ++conversation.unacknowledged;
  return send_segment(conversation, conversation.server_sends, conversation.left == 0 ? kAck | kPsh : kAck,
                      length);
}

std::uint32_t Traffic::advance_acks(Conversation& conversation) {
  // Only the acknowledging direction is captured.
  conversation.next[1] += 2 * 1448;
  return send_segment(conversation, false, kAck, 0);
}

std::uint32_t Traffic::advance_dns(Conversation& conversation) {
  const bool response = conversation.phase == 1;
  if (!response && conversation.frames > 1 && plan_.frames_per_flow != 0) {
    conversation.client_port = static_cast<std::uint16_t>(20'000 + random_.below(40'000));
  }
  const DatagramPlan plan = plan_of(conversation, response, kUdp, server_port_of(TrafficKind::dns));
  const auto id = static_cast<std::uint8_t>(conversation.client_port);
  const auto answers = static_cast<std::uint8_t>(response ? 1 : 0);
  // www.example.org, type A (RFC 1035 §4).
  const std::array<std::uint8_t, 49> message{id,   id,      static_cast<std::uint8_t>(response ? 0x81 : 1),
                                             0,    0,       1,
                                             0,    answers, 0,
                                             0,    0,       0,
                                             3,    'w',     'w',
                                             'w',  7,       'e',
                                             'x',  'a',     'm',
                                             'p',  'l',     'e',
                                             3,    'o',     'r',
                                             'g',  0,       0,
                                             1,    0,       1,
                                             0xc0, 12,      0,
                                             1,    0,       1,
                                             0,    0,       1,
                                             44,   0,       4,
                                             192,  0,       2,
                                             1};
  conversation.phase = response ? 0 : 1;
  const std::uint32_t length = response ? 49 : 33;
  return writer_.write(plan, std::span(message).first(length), length);
}

std::uint32_t Traffic::advance_quic(Conversation& conversation) {
  // The long header of an Initial (RFC 9000 §17.2), then short headers.
  static constexpr std::array<std::uint8_t, 20> kInitial{0xc3, 0, 0, 0, 1, 8, 1,    2,    3, 4,
                                                         5,    6, 7, 8, 0, 0, 0x44, 0x80, 0, 0};
  static constexpr std::array<std::uint8_t, 9> kShort{0x43, 1, 2, 3, 4, 5, 6, 7, 8};
  const bool initial = conversation.frames == 1;
  const bool from_server = !initial && random_.below(4) != 0;
  const DatagramPlan plan = plan_of(conversation, from_server, kUdp, server_port_of(TrafficKind::quic));
  if (initial) return writer_.write(plan, kInitial, 1200);
  return writer_.write(plan, kShort, from_server ? 1200 + random_.below(2) * 32 : 40 + random_.below(40));
}

std::uint32_t Traffic::advance_vpn(Conversation& conversation) {
  // ESP, half of it in UDP (RFC 4303 §2, RFC 3948 §2.1): security parameters index and sequence number.
  const std::uint32_t sequence = ++conversation.next[1];
  const std::array<std::uint8_t, 8> esp{0xc0,
                                        0,
                                        static_cast<std::uint8_t>(conversation.client_port >> 8U),
                                        static_cast<std::uint8_t>(conversation.client_port),
                                        static_cast<std::uint8_t>(sequence >> 24U),
                                        static_cast<std::uint8_t>(sequence >> 16U),
                                        static_cast<std::uint8_t>(sequence >> 8U),
                                        static_cast<std::uint8_t>(sequence)};
  const std::uint8_t protocol = conversation.client % 2 == 0 ? kEsp : kUdp;
  const DatagramPlan plan =
      plan_of(conversation, random_.below(2) != 0, protocol, server_port_of(TrafficKind::vpn));
  return writer_.write(plan, esp, random_.below(3) == 0 ? 1384 : 64 + 4 * random_.below(200));
}

std::uint32_t Traffic::advance_fault(Conversation& conversation) {
  // A handshake, then the first full segment over and over; after each one a router says that it is too
  // large.
  constexpr std::uint8_t kHintFollows = 0x80;
  constexpr std::uint32_t kTransmissions = 40;
  constexpr std::uint32_t kSegment = 1448;
  if (conversation.phase < Phase::data) return advance_tcp(conversation);
  const bool hint = (conversation.phase & kHintFollows) != 0;
  const std::uint32_t unsent = conversation.next[1];
  const std::uint32_t segment = conversation.v6 ? kSegment - 20 : kSegment;
  if (hint) {
    DatagramPlan plan = plan_of(conversation, true, kTcp, server_port_of(conversation.kind));
    plan.identification = --conversation.identification;
    plan.sequence = unsent;
    plan.acknowledgment = conversation.next[0];
    plan.timestamp = conversation.last_timestamp[1];
    plan.timestamp_echo = conversation.last_timestamp[0];
    plan.flags = kAck;
    conversation.phase = Phase::data;
    if (++conversation.frames > kTransmissions) {
      begin(conversation, plan_.flows + next_faulty_);
      conversation.kind = TrafficKind::tls;
    }
    next_faulty_ = (next_faulty_ + 1) % static_cast<std::uint32_t>(faulty_.size());
    return writer_.write_hint(plan, segment, kNarrowMtu);
  }
  conversation.phase = Phase::data | kHintFollows;
  const std::uint32_t length = send_segment(conversation, true, kAck, segment);
  conversation.next[1] = unsent;
  return length;
}

}  // namespace pmtu::bench
