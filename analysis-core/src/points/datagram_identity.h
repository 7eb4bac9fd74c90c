// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/observation.h"

namespace pmtu {

/// What a datagram is known by when it is captured a second time, somewhere else on its way. Routers change
/// the TTL, may clear DF, rewrite the MSS option and, when they translate, addresses, ports and checksums:
/// none of that is in it.
struct DatagramIdentity {
  /// TCP: sequence number, acknowledgment, TSval, flags, payload length. UDP: checksum of the
  /// payload, and length. ICMP: the message. Others, and fragments: what of their payload was captured,
  /// offset and length.
  std::uint64_t content = 0;
  /// Of IPv4, where the sender fills it in; 0: unknown (RFC 6864 §4.1 allows that for atomic datagrams).
  std::uint16_t identification = 0;

  friend bool operator==(const DatagramIdentity&, const DatagramIdentity&) = default;
};

/// The flow that a datagram belongs to; fragments of a pair of hosts are one flow without ports.
[[nodiscard]] FlowKey flow_of(const Datagram& datagram);

/// Identity of a datagram within its flow.
[[nodiscard]] DatagramIdentity identity_of(const Observation& observation, const Datagram& datagram);

/// The payload alone, for datagrams whose ports and checksum a translator changed; 0: none was captured.
[[nodiscard]] std::uint64_t payload_identity(const Observation& observation, const Datagram& datagram);

/// Mixes numbers into one. Not for keys that an attacker may choose freely: only equality within a flow
/// follows.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ hash >> 32U;
}

}  // namespace pmtu
