// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "key_hash.h"
#include "pmtu/address.h"

namespace pmtu {

/// A 5-tuple as one of its ends sends it, which finds the conversation whichever end that is. Kept in machine
/// words, so that it is hashed and compared without a branch on what differs from datagram to datagram: which
/// end sends is as good as random, and a wrong guess of the processor costs as much as the rest of the
/// look-up.
class UndirectedKey {
 public:
  /// An address as it lies in memory; IPv4 has no second word.
  struct Address {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };

  UndirectedKey() = default;
  UndirectedKey(Address source, Address destination, std::uint16_t source_port,
                std::uint16_t destination_port, IpVersion version, std::uint8_t protocol)
      : source_(source),
        destination_(destination),
        ports_(static_cast<std::uint32_t>(source_port) << 16U | destination_port),
        version_(version),
        protocol_(protocol) {}
  explicit UndirectedKey(const FlowKey& key)
      : UndirectedKey(words_of(key.path.source), words_of(key.path.destination), key.source_port,
                      key.destination_port, key.path.source.version, key.protocol) {}

  [[nodiscard]] IpVersion version() const { return version_; }
  [[nodiscard]] std::uint8_t protocol() const { return protocol_; }

  /// The same for both directions.
  [[nodiscard]] std::uint64_t hash(const KeyHash& hash) const {
    return hash.of_pair(end(hash, source_, ports_ >> 16U), end(hash, destination_, ports_ & 0xffffU),
                        protocol_);
  }

  static constexpr unsigned kNeither = 2;

  /// Which side of a conversation sends `other`: 0 the one that sends `*this`, 1 the opposite one, or
  /// `kNeither` when it is another conversation.
  [[nodiscard]] unsigned side_of(const UndirectedKey& other) const {
    if (version_ != other.version_ || protocol_ != other.protocol_) return kNeither;
    const std::uint32_t turned = other.ports_ << 16U | other.ports_ >> 16U;
    std::uint64_t same = (source_.first ^ other.source_.first) |
                         (destination_.first ^ other.destination_.first) | (ports_ ^ other.ports_);
    std::uint64_t opposite = (source_.first ^ other.destination_.first) |
                             (destination_.first ^ other.source_.first) | (ports_ ^ turned);
    if (other.version_ == IpVersion::v6) {
      same |= (source_.second ^ other.source_.second) | (destination_.second ^ other.destination_.second);
      opposite |= (source_.second ^ other.destination_.second) | (destination_.second ^ other.source_.second);
    }
    if (same == 0) return 0;
    return opposite == 0 ? 1 : kNeither;
  }

  /// The 5-tuple as `side` sends it.
  [[nodiscard]] FlowKey directed(unsigned side) const {
    const auto first_port = static_cast<std::uint16_t>(ports_ >> 16U);
    const auto second_port = static_cast<std::uint16_t>(ports_);
    if (side == 0) return {{address(source_), address(destination_)}, first_port, second_port, protocol_};
    return {{address(destination_), address(source_)}, second_port, first_port, protocol_};
  }

 private:
  /// Bits of the word of an IPv4 address where no bit of the address is.
  static constexpr unsigned kPortPlace = std::endian::native == std::endian::little ? 32U : 0U;

  [[nodiscard]] static Address words_of(const IpAddress& address) {
    Address words;
    std::memcpy(&words.first, address.bytes.data(), sizeof words.first);
    std::memcpy(&words.second, address.bytes.data() + sizeof words.first, sizeof words.second);
    return words;
  }
  [[nodiscard]] IpAddress address(const Address& words) const {
    IpAddress address;
    address.version = version_;
    std::memcpy(address.bytes.data(), &words.first, sizeof words.first);
    std::memcpy(address.bytes.data() + sizeof words.first, &words.second, sizeof words.second);
    return address;
  }
  [[nodiscard]] std::uint64_t end(const KeyHash& hash, const Address& address, std::uint64_t port) const {
    if (version_ == IpVersion::v4) return address.first ^ port << kPortPlace;
    return hash.of_words(address.first, address.second) + port;
  }

  Address source_;
  Address destination_;
  std::uint32_t ports_ = 0;  ///< of the source in the upper half
  IpVersion version_ = IpVersion::v4;
  std::uint8_t protocol_ = 0;
};

}  // namespace pmtu
