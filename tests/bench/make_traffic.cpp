// SPDX-License-Identifier: GPL-2.0-or-later
// Writes generated traffic as a capture file (classic format with nanoseconds).
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "traffic.h"

namespace {

using pmtu::bench::GeneratedFrame;
using pmtu::bench::Traffic;
using pmtu::bench::TrafficPlan;

constexpr std::string_view kUsage =
    "usage: make_traffic [--seed N] [--kind mixed|bulk|acks|dns|tls|vpn|quic] [--flows N] [--frames N]\n"
    "                    [--frames-per-flow N] [--train N] [--faults FRAMES-PER-THOUSAND] [--rate N]\n"
    "                    [--snaplen N] OUT.pcap\n";

struct Order {
  TrafficPlan plan;
  std::uint32_t frames = 100'000;
  std::string file;
};

std::uint32_t number(const std::string& text) {
  std::size_t used = 0;
  const unsigned long value = std::stoul(text, &used);
  if (used != text.size() || value > 0xffffffffUL) throw std::invalid_argument(text);
  return static_cast<std::uint32_t>(value);
}

Order parse(int argc, char** argv) {
  Order order;
  order.plan.frames_per_flow = 200;
  order.plan.train = 3;
  order.plan.frames_per_second = 10'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option.substr(0, 2) != "--") {
      order.file = option;
      continue;
    }
    if (++i == argc) throw std::invalid_argument("a value is missing after " + std::string(option));
    const std::string value = argv[i];
    if (option == "--seed") {
      order.plan.seed = std::stoull(value);
    } else if (option == "--kind") {
      const auto kind = pmtu::bench::traffic_kind(value);
      if (!kind) throw std::invalid_argument("no such kind: " + value);
      order.plan.kind = *kind;
    } else if (option == "--flows") {
      order.plan.flows = std::max(number(value), 1U);
    } else if (option == "--frames") {
      order.frames = number(value);
    } else if (option == "--frames-per-flow") {
      order.plan.frames_per_flow = number(value);
    } else if (option == "--train") {
      order.plan.train = std::max(number(value), 1U);
    } else if (option == "--faults") {
      order.plan.faults_per_thousand = number(value);
    } else if (option == "--rate") {
      order.plan.frames_per_second = std::max(number(value), 1U);
    } else if (option == "--snaplen") {
      order.plan.captured = std::min(number(value), order.plan.captured);
    } else {
      throw std::invalid_argument("no such option: " + std::string(option));
    }
  }
  if (order.file.empty()) throw std::invalid_argument("the name of the capture file is missing");
  return order;
}

class Pcap {
 public:
  explicit Pcap(const std::string& file) : out_(file, std::ios::binary) {
    for (const std::uint32_t word : {0xa1b23c4dU, 0x00040002U, 0U, 0U, 65535U, 1U}) put(word);
  }
  void add(const GeneratedFrame& generated) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t time = generated.frame.time.nanoseconds();
    put(static_cast<std::uint32_t>(time / kSecond));
    put(static_cast<std::uint32_t>(time % kSecond));
    put(static_cast<std::uint32_t>(generated.frame.bytes.size()));
    put(generated.length);
    out_.write(reinterpret_cast<const char*>(generated.frame.bytes.data()),
               static_cast<std::streamsize>(generated.frame.bytes.size()));
  }
  [[nodiscard]] bool close() {
    out_.close();
    return !out_.fail();
  }

 private:
  void put(std::uint32_t value) {
    const std::array<char, 4> bytes{static_cast<char>(value), static_cast<char>(value >> 8U),
                                    static_cast<char>(value >> 16U), static_cast<char>(value >> 24U)};
    out_.write(bytes.data(), bytes.size());
  }
  std::ofstream out_;
};

}  // namespace

int main(int argc, char** argv) try {
  const Order order = parse(argc, argv);
  Traffic traffic(order.plan);
  Pcap pcap(order.file);
  for (std::uint32_t i = 0; i < order.frames; ++i) pcap.add(traffic.next());
  if (pcap.close()) return EXIT_SUCCESS;
  std::cerr << "make_traffic: cannot write " << order.file << '\n';
  return EXIT_FAILURE;
} catch (const std::exception& error) {
  std::cerr << "make_traffic: " << error.what() << '\n' << kUsage;
  return EXIT_FAILURE;
}
