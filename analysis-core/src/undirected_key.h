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
  /// One end of a conversation: its address in machine words as it lies in memory, zero where IPv4 has none.
  struct End {
    std::uint64_t upper;
    std::uint64_t lower;
    std::uint16_t port;
  };

  UndirectedKey() = default;
  explicit UndirectedKey(const FlowKey& directed)
      : UndirectedKey({word(directed.path.source, 0), word(directed.path.source, 8), directed.source_port},
                      {word(directed.path.destination, 0), word(directed.path.destination, 8),
                       directed.destination_port},
                      directed.path.source.version, directed.protocol) {}
  UndirectedKey(const End& source, const End& destination, IpVersion version, std::uint8_t protocol) {
    bool swapped = big_endian(source.upper) > big_endian(destination.upper);
    if (source.upper == destination.upper) [[unlikely]] {
      swapped = source.lower == destination.lower ? source.port > destination.port
                                                  : big_endian(source.lower) > big_endian(destination.lower);
    }
    side_ = swapped ? 1 : 0;
    // Exchanged by exclusive or: no branch.
    const std::uint64_t all = std::uint64_t{0} - side_;
    const std::uint64_t upper = (source.upper ^ destination.upper) & all;
    const std::uint64_t lower = (source.lower ^ destination.lower) & all;
    const std::uint64_t ports = static_cast<std::uint64_t>(source.port ^ destination.port) & all;
    addresses_[0] = source.upper ^ upper;
    addresses_[1] = source.lower ^ lower;
    addresses_[2] = destination.upper ^ upper;
    addresses_[3] = destination.lower ^ lower;
    rest_ = rest(source.port ^ ports, destination.port ^ ports, version, protocol);
  }

  /// Which side of the conversation sent: 0 the one that comes first here, 1 the other.
  [[nodiscard]] unsigned side() const { return side_; }

  [[nodiscard]] std::uint64_t hash(const KeyHash& hash) const { return hash(addresses_, rest_); }

  /// `key` has its ends in the order of this class.
  [[nodiscard]] bool is(const FlowKey& key) const {
    const std::uint64_t difference =
        (addresses_[0] ^ word(key.path.source, 0)) | (addresses_[1] ^ word(key.path.source, 8)) |
        (addresses_[2] ^ word(key.path.destination, 0)) | (addresses_[3] ^ word(key.path.destination, 8)) |
        (rest_ ^ rest(key.source_port, key.destination_port, key.path.source.version, key.protocol));
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
                                          IpVersion version, std::uint8_t protocol) {
    return first_port << 48U | second_port << 32U | static_cast<std::uint64_t>(version) << 8U | protocol;
  }
  /// The number whose order is that of the bytes in memory.
  [[nodiscard]] static std::uint64_t big_endian(std::uint64_t value) {
    if constexpr (std::endian::native == std::endian::big) return value;
#if defined(__GNUC__)
    return __builtin_bswap64(value);
#else
    value = (value & 0x00ff00ff00ff00ffULL) << 8U | (value >> 8U & 0x00ff00ff00ff00ffULL);
    value = (value & 0x0000ffff0000ffffULL) << 16U | (value >> 16U & 0x0000ffff0000ffffULL);
    return value << 32U | value >> 32U;
#endif
  }

  std::uint64_t addresses_[4];
  std::uint64_t rest_;
  unsigned side_;
};

}  // namespace pmtu
