// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "pmtu/address.h"
#include "track/key_hash.h"

namespace pmtu {

/// A 5-tuple as one of its ends sends it, which finds the conversation whichever end that is. Kept in machine
/// words, so that it is hashed and compared without a branch on what differs from datagram to datagram: which
/// end sends is as good as random, and a wrong guess of the processor costs as much as the rest of the
/// look-up.
class UndirectedKey {
 public:
  /// An address as it lies in memory; the second word of IPv4 is zero.
  struct Address {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };

  UndirectedKey() = default;
  /// `ports`: the source's and the destination's, as they lie in a header.
  UndirectedKey(Address source, Address destination, std::uint32_t ports, IpVersion version,
                std::uint8_t protocol)
      : source_(source),
        destination_(destination),
        rest_(std::uint64_t{static_cast<std::uint8_t>(version)} << kVersionPlace |
              std::uint64_t{protocol} << kProtocolPlace | ports) {}
  /// That of a datagram whose ports are `source_port` and `destination_port`.
  UndirectedKey(const IpAddress& source, const IpAddress& destination, std::uint16_t source_port,
                std::uint16_t destination_port, std::uint8_t protocol)
      : UndirectedKey(words_of(source), words_of(destination), words_of(source_port, destination_port),
                      source.version, protocol) {}
  explicit UndirectedKey(const FlowKey& key)
      : UndirectedKey(words_of(key.path.source), words_of(key.path.destination),
                      words_of(key.source_port, key.destination_port), key.path.source.version,
                      key.protocol) {}

  [[nodiscard]] IpVersion version() const { return static_cast<IpVersion>(rest_ >> kVersionPlace); }
  [[nodiscard]] std::uint8_t protocol() const { return static_cast<std::uint8_t>(rest_ >> kProtocolPlace); }

  /// The same for both directions.
  [[nodiscard]] std::uint64_t hash(const KeyHash& hash) const {
    return hash.of_pair(end(hash, source_, ports() & 0xffffU), end(hash, destination_, ports() >> 16U),
                        protocol());
  }

  static constexpr unsigned kNeither = 2;

  /// Which side of a conversation sends `other`: 0 the one that sends `*this`, 1 the opposite one, or
  /// `kNeither` when it is another conversation.
  [[nodiscard]] unsigned side_of(const UndirectedKey& other) const {
    std::uint64_t same = (source_.first ^ other.source_.first) |
                         (destination_.first ^ other.destination_.first) | (rest_ ^ other.rest_);
    std::uint64_t opposite = (source_.first ^ other.destination_.first) |
                             (destination_.first ^ other.source_.first) | (rest_ ^ other.turned_rest());
    if (other.version() == IpVersion::v6) {
      same |= (source_.second ^ other.source_.second) | (destination_.second ^ other.destination_.second);
      opposite |= (source_.second ^ other.destination_.second) | (destination_.second ^ other.source_.second);
    }
    if (same == 0) return 0;
    return opposite == 0 ? 1 : kNeither;
  }

  /// The 5-tuple as `side` sends it.
  [[nodiscard]] FlowKey directed(unsigned side) const {
    std::array<std::uint8_t, 4> bytes{};
    const std::uint32_t words = side == 0 ? ports() : std::rotl(ports(), 16);
    std::memcpy(bytes.data(), &words, sizeof words);
    const auto source_port = static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]);
    const auto destination_port = static_cast<std::uint16_t>(bytes[2] << 8U | bytes[3]);
    if (side == 0)
      return {{address(source_), address(destination_)}, source_port, destination_port, protocol()};
    return {{address(destination_), address(source_)}, source_port, destination_port, protocol()};
  }

 private:
  static constexpr unsigned kProtocolPlace = 32;
  static constexpr unsigned kVersionPlace = 40;

  [[nodiscard]] static Address words_of(const IpAddress& address) {
    Address words;  // the bytes behind an IPv4 address are zero
    std::memcpy(&words.first, address.bytes.data(), sizeof words.first);
    std::memcpy(&words.second, address.bytes.data() + sizeof words.first, sizeof words.second);
    return words;
  }
  [[nodiscard]] static std::uint32_t words_of(std::uint16_t source_port, std::uint16_t destination_port) {
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(source_port >> 8U), static_cast<std::uint8_t>(source_port),
        static_cast<std::uint8_t>(destination_port >> 8U), static_cast<std::uint8_t>(destination_port)};
    std::uint32_t words = 0;
    std::memcpy(&words, bytes.data(), sizeof words);
    return words;
  }
  [[nodiscard]] IpAddress address(const Address& words) const {
    IpAddress address;
    address.version = version();
    std::memcpy(address.bytes.data(), &words.first, sizeof words.first);
    std::memcpy(address.bytes.data() + sizeof words.first, &words.second, sizeof words.second);
    return address;
  }
  [[nodiscard]] std::uint64_t end(const KeyHash& hash, const Address& address, std::uint64_t port) const {
    if (version() == IpVersion::v4) return address.first ^ port << 32U;
    return hash.of_words(address.first, address.second) + port;
  }
  [[nodiscard]] std::uint32_t ports() const { return static_cast<std::uint32_t>(rest_); }
  [[nodiscard]] std::uint64_t turned_rest() const {
    return (rest_ & ~std::uint64_t{0xffffffff}) | std::rotl(ports(), 16);
  }

  Address source_;
  Address destination_;
  std::uint64_t rest_ = 0;  ///< version, protocol, and both ports as they lie in memory
};

}  // namespace pmtu
