// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/datagram_identity.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pmtu {
namespace {

/// Bytes of payload that tell datagrams apart whose headers do not.
constexpr std::uint32_t kBytesCompared = 32;

std::uint64_t tcp_content(const TcpSegment& segment) {
  std::uint64_t hash = mix(segment.sequence.value(), segment.payload_length);
  hash = mix(hash, segment.acknowledgment.value());
  hash = mix(hash, segment.has_timestamps ? std::uint64_t{segment.timestamp_value.value()} << 1U | 1U : 0);
  return mix(hash, segment.flags);
}

std::uint32_t sum_of_words(const IpAddress& address) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < address.bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(address.bytes[i] << 8U | address.bytes[i + 1]);
  return sum;
}

/// A UDP checksum less what of it stems from addresses and ports (RFC 768, RFC 1624): what a translator
/// leaves the same. Ones' complement arithmetic, hence the remainder.
std::uint32_t checksum_of_payload(const Datagram& datagram) {
  constexpr std::uint32_t kOnes = 0xffff;
  const std::uint32_t named = sum_of_words(datagram.source) + sum_of_words(datagram.destination) +
                              datagram.source_port + datagram.destination_port;
  const std::uint32_t all = ~std::uint32_t{datagram.udp_checksum} & kOnes;
  return (all + kOnes - named % kOnes) % kOnes;
}

std::uint64_t udp_content(const Observation& observation, const Datagram& datagram) {
  // IPv4 senders may leave the checksum out (RFC 768).
  const std::uint64_t payload =
      datagram.udp_checksum == 0 ? payload_identity(observation, datagram) : checksum_of_payload(datagram);
  return mix(payload, datagram.udp_length);
}

std::uint64_t icmp_content(const Observation& observation, const Datagram& datagram) {
  const IcmpMessage& message = datagram.icmp;
  // Translators rewrite the identifier of an echo (RFC 5508 §3.1); its sequence number stays.
  const std::uint32_t kept = message.is_error ? message.rest : message.rest & 0xffffU;
  std::uint64_t hash = mix(std::uint64_t{message.type} << 8U | message.code, message.has_rest ? kept : 0);
  if (message.has_quote) {
    const QuotedDatagram& quote = observation.quotes[message.quote];
    hash = mix(hash, quote.identification);
    hash = mix(hash, quote.has_sequence ? quote.sequence.value() : 0);
    hash = mix(hash, quote.length.value());
  }
  return mix(hash, datagram.length.value());
}

}  // namespace

FlowKey flow_of(const Datagram& datagram) {
  FlowKey key{{datagram.source, datagram.destination}, 0, 0, datagram.protocol};
  if (datagram.is_fragment()) return key;
  const bool echo = datagram.is_icmp() && !datagram.icmp.is_error;
  if (echo) {
    key.source_port = key.destination_port = datagram.icmp.identifier;
  } else if (datagram.transport == TransportKind::tcp || datagram.transport == TransportKind::udp ||
             datagram.transport == TransportKind::sctp || datagram.transport == TransportKind::ports) {
    key.source_port = datagram.source_port;
    key.destination_port = datagram.destination_port;
  }
  return key;
}

std::uint64_t payload_identity(const Observation& observation, const Datagram& datagram) {
  const std::size_t begin = datagram.payload_offset;
  const std::size_t size = std::min(datagram.payload_captured, kBytesCompared);
  if (size == 0 || begin + size > observation.bytes.size()) return 0;
  std::array<std::uint64_t, kBytesCompared / sizeof(std::uint64_t)> words{};
  std::memcpy(words.data(), observation.bytes.data() + begin, size);
  std::uint64_t hash = datagram.length.value();
  for (const std::uint64_t word : words) hash = mix(hash, word);
  return hash;
}

DatagramIdentity identity_of(const Observation& observation, const Datagram& datagram) {
  DatagramIdentity identity;
  if (datagram.version == IpVersion::v4)
    identity.identification = static_cast<std::uint16_t>(datagram.identification);
  if (datagram.is_fragment()) {
    identity.content = mix(mix(datagram.identification, datagram.fragment_offset), datagram.length.value());
    return identity;
  }
  switch (datagram.transport) {
    case TransportKind::tcp:
      identity.content = tcp_content(datagram.tcp);
      return identity;
    case TransportKind::udp:
      identity.content = udp_content(observation, datagram);
      return identity;
    case TransportKind::icmp:
    case TransportKind::icmpv6:
      identity.content = icmp_content(observation, datagram);
      return identity;
    case TransportKind::sctp:
    case TransportKind::ports:
    case TransportKind::none:
      break;
  }
  identity.content = mix(payload_identity(observation, datagram), datagram.length.value());
  return identity;
}

}  // namespace pmtu
