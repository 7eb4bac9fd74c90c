// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutation.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

#include "sequence_shift.h"

namespace pmtu::test {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) {
  return bound == 0 ? 0 : random() % bound;
}

bool chance(Random& random, double probability) {
  return static_cast<double>(random()) < probability * 4294967296.0;
}

void cut_frames(LooseCapture& capture, std::size_t snapshot_length) {
  for (LooseFrame& frame : capture) {
    if (frame.bytes.size() > snapshot_length) frame.bytes.resize(snapshot_length);
  }
}

/// Each byte is another with this probability, as `editcap -E` does.
void damage_bytes(LooseCapture& capture, Random& random, double probability) {
  for (LooseFrame& frame : capture) {
    for (std::uint8_t& byte : frame.bytes) {
      if (chance(random, probability)) byte = static_cast<std::uint8_t>(random());
    }
  }
}

/// Only headers suffer: what follows them matters little, and most damage would go there.
void damage_headers(LooseCapture& capture, Random& random, double probability) {
  constexpr std::size_t kHeaders = 100;
  for (LooseFrame& frame : capture) {
    for (std::size_t i = 0; i < std::min(kHeaders, frame.bytes.size()); ++i) {
      if (chance(random, probability)) frame.bytes[i] ^= static_cast<std::uint8_t>(1U << below(random, 8));
    }
  }
}

/// Each frame may come up to `reach` places late, in the place of one that is up to `apart` away; its time
/// stays its own.
void shuffle(LooseCapture& capture, Random& random, std::size_t reach, Duration apart) {
  for (std::size_t i = capture.size(); i-- > 1;) {
    LooseFrame& other = capture[i - below(random, std::min(reach, i) + 1)];
    const Duration between = capture[i].time - other.time;
    if (between <= apart && Duration{} - between <= apart) std::swap(capture[i], other);
  }
}

void duplicate(LooseCapture& capture, Random& random, Duration later, std::uint32_t interface) {
  LooseCapture doubled;
  for (LooseFrame& frame : capture) {
    LooseFrame copy = frame;
    copy.time = frame.time + later;
    copy.interface_id += interface;
    doubled.push_back(std::move(frame));
    if (chance(random, 0.5)) doubled.push_back(std::move(copy));
  }
  capture = std::move(doubled);
  std::stable_sort(capture.begin(), capture.end(),
                   [](const LooseFrame& a, const LooseFrame& b) { return a.time < b.time; });
}

/// The order stays, the clock runs the other way.
void run_backwards(LooseCapture& capture) {
  if (capture.empty()) return;
  const Timestamp begin = capture.front().time;
  for (LooseFrame& frame : capture) frame.time = begin + (begin - frame.time);
}

void reverse(LooseCapture& capture) {
  std::reverse(capture.begin(), capture.end());
}

void stop_clock(LooseCapture& capture) {
  for (LooseFrame& frame : capture) frame.time = capture.front().time;
}

/// Clocks that are set while the capture runs.
void step_clock(LooseCapture& capture, Random& random, Duration most) {
  Duration step;
  const std::int64_t range = most.nanoseconds() / 1'000'000;
  for (LooseFrame& frame : capture) {
    if (chance(random, 0.05)) {
      step = Duration::milliseconds(
          static_cast<std::int64_t>(below(random, static_cast<std::size_t>(range))) - range / 2);
    }
    frame.time = frame.time + step;
  }
}

void set_clock_to_extremes(LooseCapture& capture, Random& random) {
  constexpr std::array kExtremes{std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                 std::numeric_limits<std::int64_t>::max()};
  for (LooseFrame& frame : capture) {
    if (chance(random, 0.1)) frame.time = Timestamp(kExtremes[below(random, kExtremes.size())]);
  }
}

void mix_interfaces(LooseCapture& capture, Random& random) {
  constexpr std::array<std::uint32_t, 4> kInterfaces{0, 1, 7, 0xffffffff};
  for (LooseFrame& frame : capture) frame.interface_id = kInterfaces[below(random, kInterfaces.size())];
}

/// The header of another link type where an Ethernet header without tag was.
void mix_link_types(LooseCapture& capture, Random& random) {
  constexpr std::size_t kEthernetHeader = 14;
  const std::array<std::pair<LinkType, Bytes>, 4> kinds{{
      {LinkType::raw_ip, {}},
      {LinkType::linux_cooked_v1, {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}},
      {LinkType::ppp_ether, {0x11, 0, 0, 1, 0, 0}},
      {LinkType::cisco_hdlc, {0x0f, 0}},
  }};
  for (LooseFrame& frame : capture) {
    if (frame.link_type != LinkType::ethernet || frame.bytes.size() < kEthernetHeader) continue;
    const bool v4 = frame.bytes[12] == 0x08 && frame.bytes[13] == 0x00;
    const bool v6 = frame.bytes[12] == 0x86 && frame.bytes[13] == 0xdd;
    if (!v4 && !v6) continue;
    const auto& [type, header] = kinds[below(random, kinds.size())];
    Bytes bytes = header;
    if (type == LinkType::ppp_ether) {
      bytes.insert(bytes.end(), {0x00, static_cast<std::uint8_t>(v4 ? 0x21 : 0x57)});
    } else if (type != LinkType::raw_ip) {
      bytes.insert(bytes.end(), frame.bytes.begin() + 12, frame.bytes.begin() + 14);
    }
    bytes.insert(bytes.end(), frame.bytes.begin() + kEthernetHeader, frame.bytes.end());
    frame.link_type = type;
    frame.bytes = std::move(bytes);
  }
}

/// Frames that are not what their interface says.
void lie_about_link_types(LooseCapture& capture, Random& random) {
  for (LooseFrame& frame : capture) {
    if (!chance(random, 0.3)) continue;
    frame.link_type = static_cast<LinkType>(below(random, static_cast<std::size_t>(LinkType::pflog) + 1));
  }
}

void lose(LooseCapture& capture, Random& random, double probability) {
  std::erase_if(capture, [&](const LooseFrame&) { return chance(random, probability); });
}

void end_early(LooseCapture& capture, Random& random) {
  capture.resize(below(random, capture.size() + 1));
}

bool speaks_of_tcp(const LooseFrame& loose) {
  static Observation seen{};
  Frame frame;
  frame.link_type = loose.link_type;
  frame.bytes = loose.bytes;
  decode(frame, seen);
  const auto layers = seen.layers();
  return std::any_of(layers.begin(), layers.end(), [](const Datagram& datagram) {
    const bool icmp =
        datagram.transport == TransportKind::icmp || datagram.transport == TransportKind::icmpv6;
    return datagram.protocol == ip_protocol::tcp ||
           (icmp && datagram.icmp.has_quote && seen.quotes[datagram.icmp.quote].protocol == ip_protocol::tcp);
  });
}

/// The same connections again, a few seconds after the last frame. Only those of TCP, which begin by a SYN:
/// more datagrams of UDP on the same ports are the same conversation, gone on.
void come_again(LooseCapture& capture, Duration after, std::uint32_t first_sequence) {
  LooseCapture again = capture;
  std::erase_if(again, [](const LooseFrame& frame) { return !speaks_of_tcp(frame); });
  if (capture.empty()) return;
  if (first_sequence != 0) begin_sequences_at(again, first_sequence, 0x10000000);
  const Duration shift = capture.back().time - capture.front().time + after;
  for (LooseFrame& frame : again) {
    frame.time = frame.time + shift;
    capture.push_back(std::move(frame));
  }
}

/// The list, as it grows.
class Mutations {
 public:
  void add_fixed(std::string name, Meaning meaning, std::function<void(LooseCapture&)> apply) {
    const auto without_chance = [apply = std::move(apply)](LooseCapture& capture, Random&) {
      apply(capture);
    };
    list_.push_back({std::move(name), meaning, false, without_chance});
  }
  void add_random(std::string name, Meaning meaning, std::function<void(LooseCapture&, Random&)> apply) {
    list_.push_back({std::move(name), meaning, true, std::move(apply)});
  }
  [[nodiscard]] std::vector<Mutation> all() && { return std::move(list_); }

 private:
  std::vector<Mutation> list_;
};

void enter_damage(Mutations& list) {
  for (std::size_t length = 14; length <= 200; ++length) {
    // Ethernet, IPv6, ICMPv6, the quoted IPv6 header and the quoted sequence number.
    constexpr std::size_t kWholeQuotation = 14 + 40 + 8 + 40 + 8;
    list.add_fixed("snapshot length " + std::to_string(length),
                   length < kWholeQuotation ? Meaning::doubtful : Meaning::lost,
                   [length](LooseCapture& capture) { cut_frames(capture, length); });
  }
  for (const double probability : {0.0002, 0.001, 0.005, 0.02, 0.1}) {
    const std::string text = ", each with " + std::to_string(probability);
    list.add_random(
        "bytes damaged" + text, Meaning::altered,
        [probability](LooseCapture& capture, Random& random) { damage_bytes(capture, random, probability); });
    list.add_random("headers damaged" + text, Meaning::altered,
                    [probability](LooseCapture& capture, Random& random) {
                      damage_headers(capture, random, probability);
                    });
  }
  for (const double probability : {0.02, 0.1, 0.5, 0.9}) {
    list.add_random(
        "frames lost, each with " + std::to_string(probability), Meaning::lost,
        [probability](LooseCapture& capture, Random& random) { lose(capture, random, probability); });
  }
  list.add_random("cut off", Meaning::lost, end_early);
  list.add_random("interfaces mixed", Meaning::lost, mix_interfaces);
  list.add_random("link types mixed", Meaning::lost, mix_link_types);
  list.add_random("link types wrong", Meaning::lost, lie_about_link_types);
}

void enter_disorder(Mutations& list) {
  // Queues of an interface and merged files put frames in disorder by milliseconds. What comes 60 ms too
  // early by the clock makes a pause that never was, and so makes evidence.
  static constexpr Duration kOfCaptures = Duration::milliseconds(20);
  static constexpr Duration kAny = Duration::seconds(1'000'000);
  for (const std::size_t reach : {1U, 3U, 10U}) {
    list.add_random(
        "shuffled within " + std::to_string(reach) + ", by 20 ms at most", Meaning::lost,
        [reach](LooseCapture& capture, Random& random) { shuffle(capture, random, reach, kOfCaptures); });
  }
  for (const std::size_t reach : {10U, 1'000'000U}) {
    list.add_random(
        "shuffled within " + std::to_string(reach), Meaning::altered,
        [reach](LooseCapture& capture, Random& random) { shuffle(capture, random, reach, kAny); });
  }
  list.add_fixed("in the opposite order", Meaning::lost, reverse);
  for (const std::int64_t microseconds : {0, 3, 200}) {
    for (const std::uint32_t interface : {0U, 1U}) {
      list.add_random("some frames again " + std::to_string(microseconds) + " us later" +
                          (interface != 0 ? ", on another interface" : ""),
                      Meaning::lost, [=](LooseCapture& capture, Random& random) {
                        duplicate(capture, random, Duration::microseconds(microseconds), interface);
                      });
    }
  }
  list.add_fixed("time runs backwards", Meaning::lost, run_backwards);
  list.add_fixed("time stands still", Meaning::lost, stop_clock);
  for (const std::int64_t milliseconds : {20, 100'000'000}) {
    list.add_random("time steps by up to " + std::to_string(milliseconds) + " ms",
                    milliseconds <= 20 ? Meaning::lost : Meaning::altered,
                    [milliseconds](LooseCapture& capture, Random& random) {
                      step_clock(capture, random, Duration::milliseconds(milliseconds));
                    });
  }
  list.add_random("time of another age", Meaning::altered, set_clock_to_extremes);
}

void enter_sequence_numbers(Mutations& list) {
  for (const std::uint32_t first : {0U, 0xffffffffU, 0xfffff000U, 0x7ffffff0U}) {
    list.add_fixed("sequence numbers from " + std::to_string(first), Meaning::kept,
                   [first](LooseCapture& capture) { begin_sequences_at(capture, first, 0); });
  }
  for (const std::int64_t seconds : {0, 1, 5, 70}) {
    for (const std::uint32_t first : {0U, 1U, 0xfffffc00U}) {
      list.add_fixed(
          "ports used again after " + std::to_string(seconds) + " s" +
              (first == 0 ? ", with the same sequence numbers" : ", from " + std::to_string(first)),
          Meaning::lost,
          [=](LooseCapture& capture) { come_again(capture, Duration::seconds(seconds), first); });
    }
  }
}

std::vector<Mutation> every_mutation() {
  Mutations list;
  enter_damage(list);
  enter_disorder(list);
  enter_sequence_numbers(list);
  return std::move(list).all();
}

}  // namespace

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> kMutations = every_mutation();
  return kMutations;
}

}  // namespace pmtu::test
