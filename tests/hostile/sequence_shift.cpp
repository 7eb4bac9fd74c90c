// SPDX-License-Identifier: GPL-2.0-or-later
#include "sequence_shift.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

namespace pmtu::test {
namespace {

using Span = std::span<std::uint8_t>;

std::uint32_t get(Span bytes, std::size_t offset, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | bytes[offset + i];
  return value;
}

void add(Span bytes, std::size_t offset, std::uint32_t delta) {
  const std::uint32_t value = get(bytes, offset, 4) + delta;
  for (std::size_t i = 0; i < 4; ++i) bytes[offset + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// Addresses and ports as they stand in the headers.
struct DirectionKey {
  /// Addresses as text: g++ 12 warns of impossible lengths where it compares vectors of bytes with -O3.
  std::string source;
  std::string destination;
  std::uint32_t source_port;
  std::uint32_t destination_port;
  friend auto operator<=>(const DirectionKey&, const DirectionKey&) = default;

  [[nodiscard]] DirectionKey reversed() const { return {destination, source, destination_port, source_port}; }
};

class Renumbering {
 public:
  Renumbering(std::uint32_t first, std::uint32_t stride) : next_(first), stride_(stride) {}

  void frame(LooseFrame& frame) {
    Span bytes(frame.bytes);
    switch (frame.link_type) {
      case LinkType::ethernet:
        return ethernet(bytes);
      case LinkType::linux_cooked_v1:
        return from(bytes, 16, &Renumbering::ip);
      case LinkType::linux_cooked_v2:
        return from(bytes, 20, &Renumbering::ip);
      default:
        return ip(bytes);
    }
  }

 private:
  void from(Span bytes, std::size_t offset, void (Renumbering::*next)(Span)) {
    if (bytes.size() > offset) (this->*next)(bytes.subspan(offset));
  }

  void ethernet(Span bytes) {
    constexpr std::uint32_t kVlan = 0x8100;
    std::size_t offset = 12;
    while (bytes.size() >= offset + 4 && get(bytes, offset, 2) == kVlan) offset += 4;
    from(bytes, offset + 2, &Renumbering::ip);
  }

  void ip(Span bytes) {
    const bool v6 = !bytes.empty() && bytes[0] >> 4U == 6;
    const std::size_t header = v6 ? 40 : bytes.empty() ? 0 : (bytes[0] & 15U) * 4U;
    if (header < 20 || bytes.size() < header) return;
    const bool later_fragment = !v6 && (get(bytes, 6, 2) & 0x1fffU) != 0;
    if (later_fragment) return;
    const std::size_t addresses = v6 ? 8 : 12;
    const std::size_t size = v6 ? 16 : 4;
    DirectionKey key;
    const Span source = bytes.subspan(addresses, size);
    const Span destination = bytes.subspan(addresses + size, size);
    key.source.assign(source.begin(), source.end());
    key.destination.assign(destination.begin(), destination.end());
    const Span payload = bytes.subspan(header);
    switch (bytes[v6 ? 6 : 9]) {
      case 1:
        if (payload.size() > 8 && (payload[0] == 3 || payload[0] == 11)) quotation(payload.subspan(8));
        return;
      case 58:
        if (payload.size() > 8 && payload[0] < 128) quotation(payload.subspan(8));
        return;
      case 4:
      case 41:
        return ip(payload);
      case 47:
        return from(payload, 4, &Renumbering::ip);
      case 17:
        if (payload.size() > 16 && get(payload, 2, 2) == 4789) ethernet(payload.subspan(16));
        return;
      case 6:
        return tcp(payload, key);
      default:
        return;
    }
  }

  void quotation(Span bytes) {
    quoting_ = true;
    ip(bytes);
    quoting_ = false;
  }

  void tcp(Span bytes, DirectionKey& key) {
    if (bytes.size() < 8) return;
    key.source_port = get(bytes, 0, 2);
    key.destination_port = get(bytes, 2, 2);
    const std::uint32_t sequence = get(bytes, 4, 4);
    const auto sent = sent_.find({key.source, sequence});
    // A quotation that a translator left as it was, or that somebody forged, has other names for the
    // datagram.
    const bool foreign = quoting_ && !deltas_.contains(key) && sent != sent_.end();
    const std::uint32_t delta = foreign ? sent->second : delta_of(key, sequence);
    if (!quoting_) {
      sent_[{key.source, sequence}] = delta;
      sent_[{key.destination, sequence}] = delta;
    }
    add(bytes, 4, delta);
    if (foreign || bytes.size() < 20 || (bytes[13] & 0x10U) == 0) return;
    const std::uint32_t peer = delta_of(key.reversed(), get(bytes, 8, 4));
    add(bytes, 8, peer);
    const std::size_t header = std::size_t{bytes[12]} / 16 * 4;
    for (std::size_t option = 20; option + 1 < std::min(header, bytes.size());) {
      constexpr std::uint8_t kEnd = 0;
      constexpr std::uint8_t kNothing = 1;
      constexpr std::uint8_t kSack = 5;
      if (bytes[option] == kEnd) return;
      if (bytes[option] == kNothing) {
        ++option;
        continue;
      }
      const std::size_t length = bytes[option + 1];
      if (length < 2 || option + length > bytes.size()) return;
      if (bytes[option] == kSack) {
        for (std::size_t at = option + 2; at + 4 <= option + length; at += 4) add(bytes, at, peer);
      }
      option += length;
    }
  }

  std::uint32_t delta_of(const DirectionKey& key, std::uint32_t first_seen) {
    const auto [entry, is_new] = deltas_.try_emplace(key, next_ - first_seen);
    if (is_new) next_ += stride_;
    return entry->second;
  }

  std::map<DirectionKey, std::uint32_t> deltas_;
  /// By one end and the number as captured.
  std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> sent_;
  bool quoting_ = false;
  std::uint32_t next_;
  std::uint32_t stride_;
};

}  // namespace

void begin_sequences_at(LooseCapture& capture, std::uint32_t first, std::uint32_t stride) {
  Renumbering renumbering(first, stride);
  for (LooseFrame& frame : capture) renumbering.frame(frame);
}

}  // namespace pmtu::test
