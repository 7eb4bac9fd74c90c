// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "key_hash.h"
#include "pmtu/address.h"

namespace pmtu {

/// A 5-tuple without its direction: the end with the lower address (then port) first. Kept in machine words,
/// so that it is hashed and compared without a branch on what differs from datagram to datagram: which end
/// sends is as good as random, and a wrong guess of the processor costs as much as the rest of the look-up.
class UndirectedKey {
 public:
  explicit UndirectedKey(const FlowKey& directed) {
    const IpAddress& source = directed.path.source;
    const IpAddress& destination = directed.path.destination;
    const std::uint64_t source_words[2] = {word(source, 0), word(source, 8)};
    const std::uint64_t destination_words[2] = {word(destination, 0), word(destination, 8)};
    bool swapped = big_endian(source_words[0]) > big_endian(destination_words[0]);
    if (source_words[0] == destination_words[0]) [[unlikely]] {
      swapped = source_words[1] == destination_words[1]
                    ? directed.source_port > directed.destination_port
                    : big_endian(source_words[1]) > big_endian(destination_words[1]);
    }
    side_ = swapped ? 1 : 0;
    // Exchanged by exclusive or: no branch.
    const std::uint64_t all = std::uint64_t{0} - side_;
    const std::uint64_t upper = (source_words[0] ^ destination_words[0]) & all;
    const std::uint64_t lower = (source_words[1] ^ destination_words[1]) & all;
    const std::uint64_t ports = (directed.source_port ^ directed.destination_port) & all;
    addresses_[0] = source_words[0] ^ upper;
    addresses_[1] = source_words[1] ^ lower;
    addresses_[2] = destination_words[0] ^ upper;
    addresses_[3] = destination_words[1] ^ lower;
    rest_ = rest(directed.source_port ^ ports, directed.destination_port ^ ports, directed);
  }

  /// Which side of the conversation sent: 0 the one that comes first here, 1 the other.
  [[nodiscard]] unsigned side() const { return side_; }

  [[nodiscard]] std::uint64_t hash(const KeyHash& hash) const { return hash(addresses_, rest_); }

  /// `key` has its ends in the order of this class.
  [[nodiscard]] bool is(const FlowKey& key) const {
    const std::uint64_t difference =
        (addresses_[0] ^ word(key.path.source, 0)) | (addresses_[1] ^ word(key.path.source, 8)) |
        (addresses_[2] ^ word(key.path.destination, 0)) | (addresses_[3] ^ word(key.path.destination, 8)) |
        (rest_ ^ rest(key.source_port, key.destination_port, key));
    return difference == 0;
  }

  /// The key of `directed`, from which this was made, with the ends in the order of this class.
  [[nodiscard]] FlowKey ordered(const FlowKey& directed) const {
    if (side_ == 0) return directed;
    return {{directed.path.destination, directed.path.source},
            directed.destination_port,
            directed.source_port,
            directed.protocol};
  }

 private:
  [[nodiscard]] static std::uint64_t word(const IpAddress& address, std::size_t offset) {
    std::uint64_t value = 0;
    std::memcpy(&value, address.bytes.data() + offset, sizeof value);
    return value;
  }
  [[nodiscard]] static std::uint64_t rest(std::uint64_t first_port, std::uint64_t second_port,
                                          const FlowKey& key) {
    return first_port << 48U | second_port << 32U |
           static_cast<std::uint64_t>(key.path.source.version) << 8U | key.protocol;
  }
  /// The number whose order is that of the bytes in memory.
  [[nodiscard]] static std::uint64_t big_endian(std::uint64_t value) {
    if constexpr (std::endian::native == std::endian::big) return value;
    value = (value & 0x00ff00ff00ff00ffULL) << 8U | (value >> 8U & 0x00ff00ff00ff00ffULL);
    value = (value & 0x0000ffff0000ffffULL) << 16U | (value >> 16U & 0x0000ffff0000ffffULL);
    return value << 32U | value >> 32U;
  }

  std::uint64_t addresses_[4];
  std::uint64_t rest_;
  unsigned side_;
};

}  // namespace pmtu
