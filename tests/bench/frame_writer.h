// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pmtu::bench {

/// A host of the generated traffic: an address of either family, by number.
struct Endpoint {
  std::uint32_t host = 0;
  std::uint16_t port = 0;
};

/// What one generated datagram is, below its payload.
struct DatagramPlan {
  Endpoint source;
  Endpoint destination;
  bool v6 = false;
  bool from_client = true;  ///< the capture is taken on the clients' link: their TTL is initial
  std::uint8_t protocol = 6;
  std::uint16_t identification = 0;
  // TCP only.
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t timestamp_echo = 0;
  std::uint8_t flags = 0;
  bool syn_options = false;  ///< MSS, SACK permitted and window scale beside the timestamps
};

/// Bytes of IP and transport header that `write` puts before the payload.
[[nodiscard]] std::uint32_t header_length(const DatagramPlan& plan);

/// Lays Ethernet frames into one buffer, again and again, without allocation; checksums are right as far as
/// the frame is written.
class FrameWriter {
 public:
  static constexpr std::uint32_t kEthernetHeader = 14;

  /// `limit`: bytes of a frame that anybody is going to look at; the rest is not written.
  explicit FrameWriter(std::uint32_t limit) : limit_(limit) {}

  /// A frame with `payload_length` bytes of payload that begin with `payload_start`. Returns its length on
  /// the wire.
  std::uint32_t write(const DatagramPlan& plan, std::span<const std::uint8_t> payload_start,
                      std::uint32_t payload_length);
  /// A router's ICMP Fragmentation Needed or Packet Too Big about the datagram `plan` (RFC 1191, RFC 4443).
  std::uint32_t write_hint(const DatagramPlan& plan, std::uint32_t payload_length, std::uint32_t mtu);

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {buffer_.data(), captured_}; }

 private:
  std::uint32_t write_ip_header(const DatagramPlan& plan, std::uint32_t length, std::uint32_t at);
  void write_transport_header(const DatagramPlan& plan, std::uint32_t payload_length, std::uint32_t at);
  void set_checksum(std::uint32_t at, std::uint32_t begin, std::uint32_t end, std::uint32_t pseudo_header);
  [[nodiscard]] std::uint32_t sum(std::uint32_t begin, std::uint32_t end) const;

  std::array<std::uint8_t, 2048> buffer_{};
  std::uint32_t limit_;
  std::uint32_t captured_ = 0;
};

}  // namespace pmtu::bench
