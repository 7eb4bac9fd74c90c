// SPDX-License-Identifier: GPL-2.0-or-later
#include "attack_traffic.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "pmtu/observation.h"
#include "support/link_builder.h"

namespace pmtu::test {
namespace {

constexpr std::uint32_t kPayload = 1448;

IpAddress v4(std::uint32_t number) {
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
      static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)};
  return IpAddress::from_v4(bytes.data());
}

IpAddress v6(std::uint64_t high, std::uint64_t low) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return IpAddress::from_v6(bytes.data());
}

/// A host and its peer, by number: no two numbers share an address or a port pair.
DatagramFields flow(std::uint32_t number, std::uint32_t net = 0x0a000000) {
  DatagramFields fields;
  fields.source = v4(net + (number & 0xfffffU) + 1);
  fields.destination = v4(0xc0a80001);
  fields.protocol = ip_protocol::tcp;
  fields.source_port = static_cast<std::uint16_t>(1024 + (number >> 20U));
  fields.destination_port = 443;
  fields.tcp.flags = tcp_flag::ack;
  fields.tcp.sequence = 1;
  fields.tcp.acknowledgment = 1;
  return fields;
}

DatagramFields reversed(DatagramFields fields) {
  std::swap(fields.source, fields.destination);
  std::swap(fields.source_port, fields.destination_port);
  return fields;
}

Bytes syn(DatagramFields fields) {
  fields.tcp.flags = tcp_flag::syn;
  fields.tcp.sequence = 0;
  fields.tcp.mss = 1460;
  return build_datagram(fields);
}

/// A segment that claims `length` bytes; only its start was captured.
Bytes segment(DatagramFields fields, std::uint32_t sequence, std::uint16_t length) {
  fields.tcp.sequence = sequence;
  fields.payload.assign(8, 0x17);
  Bytes bytes = build_datagram(fields);
  set_claimed_length(bytes, length);
  return bytes;
}

Bytes fragmentation_needed(const Bytes& quoted, const IpAddress& reporter, const IpAddress& recipient,
                           std::uint16_t mtu) {
  DatagramFields fields;
  fields.source = reporter;
  fields.destination = recipient;
  fields.protocol = ip_protocol::icmp;
  fields.dont_fragment = false;
  fields.icmp.type = 3;
  fields.icmp.code = 4;
  fields.icmp.rest = mtu;
  fields.payload.assign(
      quoted.begin(), quoted.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(quoted.size(), 28)));
  return build_datagram(fields);
}

/// The clock and the dice of an attack.
struct Source {
  explicit Source(std::uint32_t seed) : random(seed) {}
  std::mt19937 random;
  std::uint32_t number = 0;
  std::int64_t nanoseconds = 1'700'000'000'000'000'000;

  Timestamp tick(std::int64_t step = 1'000) { return Timestamp(nanoseconds += step); }
  std::uint32_t any() { return static_cast<std::uint32_t>(random()); }
  /// A unicast address.
  IpAddress anybody() { return v4(0x0b000000U + any() % 0x60000000U); }
};

Attack hints_from_nowhere(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    DatagramFields quoted = flow(0);
    quoted.source = s.anybody();
    quoted.destination = s.anybody();
    const Bytes never_sent = segment(quoted, s.any(), 1500);
    out.push_back({s.tick(), fragmentation_needed(never_sent, s.anybody(), quoted.source,
                                                  static_cast<std::uint16_t>(68 + s.any() % 1432))});
  };
}

Attack hints_for_other_ports(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    DatagramFields sent = flow(1);
    if (s.number++ % 1024 == 0) out.push_back({s.tick(), segment(sent, s.number, 1500)});
    sent.source_port = static_cast<std::uint16_t>(s.any());
    const Bytes never_sent = segment(sent, s.any(), 1500);
    out.push_back({s.tick(), fragmentation_needed(never_sent, s.anybody(), sent.source, 1400)});
  };
}

Attack syn_flood(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    out.push_back({s.tick(), syn(flow(s.number++, 0x20000000))});
  };
}

Attack full_size_flood(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    out.push_back({s.tick(), segment(flow(s.number++, 0x20000000), 1, 1500)});
  };
}

Attack hint_for_every_flow(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const DatagramFields fields = flow(s.number++, 0x20000000);
    const Bytes data = segment(fields, 1, 1500);
    out.push_back({s.tick(), data});
    out.push_back({s.tick(), fragmentation_needed(data, s.anybody(), fields.source, 1400)});
  };
}

Attack million_hints_for_one_path(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const DatagramFields fields = flow(7);
    const Bytes data = segment(fields, 1 + s.number++ * kPayload, 1500);
    out.push_back({s.tick(), data});
    for (int i = 0; i < 8; ++i) {
      out.push_back({s.tick(), fragmentation_needed(data, s.anybody(), fields.source, 1400)});
    }
  };
}

Attack alternating_hints(std::uint32_t seed) {
  // Each hint has expired when the next one comes, so that every one of them changes the path MTU.
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const DatagramFields fields = flow(8);
    const Bytes data = segment(fields, 1 + s.number * kPayload, 1500);
    out.push_back({s.tick(700'000'000'000), data});
    const std::uint16_t mtu = s.number++ % 2 == 0 ? 1400 : 1300;
    out.push_back({s.tick(), fragmentation_needed(data, v4(0x0a010001), fields.source, mtu)});
    out.push_back({s.tick(), data});
  };
}

Attack accused_then_acquitted(std::uint32_t seed) {
  // Marks that an acknowledgment takes back, again and again.
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const DatagramFields fields = flow(9);
    const std::uint32_t sequence = 1 + s.number++ * kPayload;
    const Bytes data = segment(fields, sequence, 1500);
    out.push_back({s.tick(), data});
    out.push_back({s.tick(), fragmentation_needed(data, v4(0x0a010001), fields.source, 1400)});
    out.push_back({s.tick(1'000'000'000), data});
    out.push_back({s.tick(1'000'000'000), data});
    DatagramFields answer = reversed(fields);
    answer.tcp.acknowledgment = sequence + kPayload;
    out.push_back({s.tick(), build_datagram(answer)});
  };
}

Attack acquitted_late(std::uint32_t seed) {
  // Accusations of thousands of flows; then an acknowledgment for each, which takes all of them back.
  constexpr std::uint32_t kFlows = 4096;
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const std::uint32_t round = s.number / (2 * kFlows);
    const std::uint32_t step = s.number++ % (2 * kFlows);
    const DatagramFields fields = flow(step % kFlows, 0x30000000);
    const std::uint32_t sequence = 1 + round * kPayload;
    if (step < kFlows) {
      const Bytes data = segment(fields, sequence, 1500);
      out.push_back({s.tick(), data});
      out.push_back({s.tick(), fragmentation_needed(data, v4(0x0a010001), fields.source, 1400)});
      out.push_back({s.tick(300'000'000), data});
    } else {
      DatagramFields answer = reversed(fields);
      answer.tcp.acknowledgment = sequence + kPayload;
      out.push_back({s.tick(), build_datagram(answer)});
    }
  };
}

Attack selective_acknowledgments(std::uint32_t seed) {
  // A window of a thousand segments, its head lost, and ACKs whose blocks cover all the rest each time.
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    constexpr std::uint32_t kWindow = 1000;
    DatagramFields fields = flow(10);
    DatagramFields answer = reversed(fields);
    const std::uint32_t step = s.number++;
    if (step == 0) {
      out.push_back({s.tick(), build_datagram(answer)});
      for (std::uint32_t i = 0; i < kWindow; ++i) {
        out.push_back({s.tick(), segment(fields, 1 + i * kPayload, 1500)});
      }
    }
    if (step % 64 == 0) out.push_back({s.tick(30'000'000), segment(fields, 1, 1500)});
    answer.tcp.sacks = {{1 + kPayload, 1 + kWindow * kPayload}};
    out.push_back({s.tick(), build_datagram(answer)});
  };
}

Attack maximal_options(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    DatagramFields fields = flow(s.number++ % 512, 0x40000000);
    fields.tcp.option_length = 40;
    fields.tcp.timestamps = {s.any(), s.any()};
    fields.tcp.sacks = {{s.any(), s.any()}, {s.any(), s.any()}, {s.any(), s.any()}};
    out.push_back({s.tick(), segment(fields, s.any(), 1500)});
  };
}

Attack nested_tunnels(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const DatagramFields inner = flow(s.number++ % 4096, 0x50000000);
    Bytes bytes = segment(inner, s.any(), 1500);
    for (std::uint32_t depth = 0; depth < 16; ++depth) {
      DatagramFields outer;
      outer.source = v4(0x51000000 + depth + 1);
      outer.destination = v4(0x52000000 + depth + 1);
      bytes = encapsulate(bytes, Tunnel::ip_in_ip, outer, {});
    }
    out.push_back({s.tick(), std::move(bytes)});
  };
}

/// An IPv6 address that a hash of the form (high ^ rotl(low, 29)) * K + low maps to the same value as all
/// others: the equation solved for `high`. Whoever reads the source can do so unless a secret is mixed in
/// first.
IpAddress colliding(std::uint32_t number) {
  constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
  std::uint64_t inverse = kMultiplier;  // Newton's iteration modulo 2^64
  for (int i = 0; i < 6; ++i) inverse *= 2 - kMultiplier * inverse;
  constexpr std::uint64_t kSalt = 0x2545f4914f6cdd1dULL;
  constexpr std::uint64_t kSecond = 0x94d049bb133111ebULL;
  const auto swap = [](std::uint64_t value) {  // the hash reads memory as a number: least byte first
    std::uint64_t result = 0;
    for (int i = 0; i < 8; ++i) result = result << 8U | (value >> (8 * i) & 0xffU);
    return result;
  };
  const std::uint64_t low = 0x0100000000000000ULL + number;
  const std::uint64_t b = swap(low) ^ kSecond;
  const std::uint64_t a = (0x123456789abcdef0ULL - b) * inverse ^ (b << 29U | b >> 35U);
  return v6(swap(a ^ kSalt), low);
}

Attack colliding_addresses(std::uint32_t seed) {
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    DatagramFields fields = flow(0);
    do fields.source = colliding(s.number++);
    while (!fields.source.is_unicast());
    fields.destination = v6(0x20010db800000000ULL, 1);
    out.push_back({s.tick(), segment(fields, 1, 1500)});
  };
}

Attack holes_at_the_receiver(std::uint32_t seed) {
  // Every flow loses its first segment and never gets it: what only the end of the capture tells.
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    DatagramFields server = flow(s.number++, 0x60000000);
    server.ttl = 60;
    DatagramFields client = reversed(server);
    client.ttl = 64;
    DatagramFields start = client;
    start.tcp.sequence = 0;
    start.tcp.mss = 1460;
    start.tcp.flags = tcp_flag::syn;
    out.push_back({s.tick(), build_datagram(start)});
    DatagramFields answer = server;
    answer.tcp.sequence = 0;
    answer.tcp.mss = 1460;
    answer.tcp.flags = tcp_flag::syn | tcp_flag::ack;
    out.push_back({s.tick(), build_datagram(answer)});
    out.push_back({s.tick(), segment(server, 1 + kPayload, 200)});
    out.push_back({s.tick(), build_datagram(client)});
  };
}

Attack suspicions_disproved(std::uint32_t seed) {
  // Black holes on one path, flow by flow, until one datagram of that size passes.
  return [s = Source(seed)](std::vector<TimedDatagram>& out) mutable {
    const std::uint32_t number = s.number++;
    DatagramFields sender = flow(number / 64, 0x70000000);
    sender.source_port = static_cast<std::uint16_t>(2000 + number % 64);
    sender.ttl = 64;
    DatagramFields peer = reversed(sender);
    peer.ttl = 60;
    peer.tcp.sacks = {{1 + kPayload, 1 + kPayload + 100}};
    out.push_back({s.tick(), build_datagram(reversed(sender))});
    out.push_back({s.tick(), segment(sender, 1, 1488)});
    out.push_back({s.tick(), segment(sender, 1 + kPayload, 140)});
    out.push_back({s.tick(50'000'000), build_datagram(peer)});
    for (int i = 0; i < 3; ++i) out.push_back({s.tick(400'000'000), segment(sender, 1, 1488)});
    if (number % 64 != 63) return;
    sender.source_port = 9999;
    out.push_back({s.tick(), segment(sender, 1, 1500)});
    DatagramFields answer = reversed(sender);
    answer.tcp.acknowledgment = 1 + 1460;
    out.push_back({s.tick(), build_datagram(answer)});
  };
}

DatagramFields victim(std::uint16_t port) {
  DatagramFields fields = flow(5, 0x0a200000);
  fields.source_port = port;
  return fields;
}

}  // namespace

const std::vector<AttackPlan>& attack_plans() {
  static const std::vector<AttackPlan> kPlans{
      {"hints-from-nowhere", "forged hints from and for random addresses", hints_from_nowhere},
      {"hints-for-other-ports", "forged hints for a path that exists, flows that do not",
       hints_for_other_ports},
      {"syn-flood", "a new flow with every frame", syn_flood},
      {"full-size-flood", "a new flow and a new path with every frame", full_size_flood},
      {"hint-for-every-flow", "a new flow, a new path and a hint that fits", hint_for_every_flow},
      {"hints-for-one-path", "one flow, hinted eight times for each datagram", million_hints_for_one_path},
      {"alternating-hints", "hints that expire, up and down", alternating_hints},
      {"accused-then-acquitted", "marks that are taken back at once", accused_then_acquitted},
      {"acquitted-late", "marks of thousands of flows, taken back later", acquitted_late},
      {"selective-acknowledgments", "SACK blocks over a thousand segments", selective_acknowledgments},
      {"maximal-options", "40 bytes of TCP options", maximal_options},
      {"nested-tunnels", "sixteen tunnels in one another", nested_tunnels},
      {"colliding-addresses", "IPv6 addresses chosen for their hash", colliding_addresses},
      {"holes-at-the-receiver", "a hole in every flow, open to the end", holes_at_the_receiver},
      {"suspicions-disproved", "black holes that turn out to be none", suspicions_disproved},
  };
  return kPlans;
}

std::vector<TimedDatagram> victim_is_hinted(std::uint16_t port, Timestamp begin) {
  const DatagramFields sender = victim(port);
  DatagramFields answer = reversed(sender);
  std::vector<TimedDatagram> out;
  const auto at = [&](std::int64_t milliseconds) { return begin + Duration::milliseconds(milliseconds); };
  DatagramFields opening = answer;
  opening.tcp.flags = tcp_flag::syn;
  opening.tcp.sequence = 0;
  opening.tcp.mss = 1460;
  out.push_back({at(0), build_datagram(opening)});
  DatagramFields accepting = sender;
  accepting.tcp.flags = tcp_flag::syn | tcp_flag::ack;
  accepting.tcp.sequence = 0;
  accepting.tcp.mss = 1460;
  out.push_back({at(1), build_datagram(accepting)});
  out.push_back({at(2), build_datagram(answer)});
  const Bytes data = segment(sender, 1, 1500);
  out.push_back({at(3), data});
  out.push_back({at(4), fragmentation_needed(data, v4(0x0a200001), sender.source, 1446)});
  return out;
}

std::vector<TimedDatagram> victim_ignores(std::uint16_t port, Timestamp begin) {
  std::vector<TimedDatagram> out;
  for (std::int64_t i = 1; i <= 3; ++i) {
    out.push_back({begin + Duration::milliseconds(400 * i), segment(victim(port), 1, 1500)});
  }
  return out;
}

}  // namespace pmtu::test
