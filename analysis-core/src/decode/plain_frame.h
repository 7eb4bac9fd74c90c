// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "decode/view.h"
#include "decode/walk.h"
#include "pmtu/decode.h"
#include "pmtu/observation.h"
#include "track/link_tag.h"
#include "track/undirected_key.h"

namespace pmtu {

// Nearly all frames are plain: Ethernet, IPv4 without options or IPv6 without extension headers, no fragment,
// TCP without flags that begin or end something and without options but timestamps, UDP that hides no further
// datagram, or ESP. What `decode` finds in such a frame is here in a fraction of its instructions: views that
// read a field when it is asked for, so that no register holds what is wanted later or never.

constexpr std::uint32_t kPlainEthernet = 14;

/// The shortest frame that may be plain.
constexpr std::uint32_t kShortestPlainFrame = kPlainEthernet + 40;

/// Length and type of a frame, as far as they are needed to choose `PlainIp`.
[[nodiscard]] inline bool may_be_plain(const Frame& frame) {
  return frame.link_type == LinkType::ethernet && frame.bytes.size() >= kShortestPlainFrame;
}

/// The IP header of a plain frame. Its bytes are known to be captured.
template <IpVersion kVersion>
class PlainIp;

template <>
class PlainIp<IpVersion::v4> {
 public:
  static constexpr std::uint32_t kHeader = 20;

  explicit PlainIp(const Frame& frame) : header_(frame.bytes.data() + kPlainEthernet) {}

  /// Whether an Ethernet frame holds IPv4 without options. Its length is that of `may_be_plain`.
  [[nodiscard]] static bool begins(const Frame& frame) {
    return (detail::Header<16>(frame.bytes.data()).u32<12>() & 0xffffff00U) == 0x08004500U;
  }
  [[nodiscard]] bool is_fragment() const { return (header_.u16<6>() & 0x3fffU) != 0; }  // RFC 791 §3.1
  [[nodiscard]] std::uint32_t length() const { return header_.u16<2>(); }
  [[nodiscard]] std::uint8_t protocol() const { return header_.u8<9>(); }
  [[nodiscard]] std::uint16_t identification() const { return header_.u16<4>(); }
  [[nodiscard]] bool dont_fragment() const { return (header_.u8<6>() & 0x40U) != 0; }
  [[nodiscard]] std::uint8_t ttl() const { return header_.u8<8>(); }
  [[nodiscard]] UndirectedKey::Address source() const { return address(header_.bytes<12, 4>()); }
  [[nodiscard]] UndirectedKey::Address destination() const { return address(header_.bytes<16, 4>()); }

 private:
  [[nodiscard]] static UndirectedKey::Address address(const std::uint8_t* bytes) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return UndirectedKey::v4_address(word);
  }

  detail::Header<kHeader> header_;
};

template <>
class PlainIp<IpVersion::v6> {
 public:
  static constexpr std::uint32_t kHeader = 40;

  explicit PlainIp(const Frame& frame) : header_(frame.bytes.data() + kPlainEthernet) {}

  [[nodiscard]] static bool begins(const Frame& frame) {
    return (detail::Header<16>(frame.bytes.data()).u32<12>() & 0xfffff000U) == 0x86dd6000U;
  }
  [[nodiscard]] static bool is_fragment() { return false; }
  [[nodiscard]] std::uint32_t length() const { return kHeader + header_.u16<4>(); }
  [[nodiscard]] std::uint8_t protocol() const { return header_.u8<6>(); }
  [[nodiscard]] static std::uint16_t identification() { return 0; }
  [[nodiscard]] static bool dont_fragment() { return true; }
  [[nodiscard]] std::uint8_t ttl() const { return header_.u8<7>(); }
  [[nodiscard]] UndirectedKey::Address source() const { return address(header_.bytes<8, 16>()); }
  [[nodiscard]] UndirectedKey::Address destination() const { return address(header_.bytes<24, 16>()); }

 private:
  [[nodiscard]] static UndirectedKey::Address address(const std::uint8_t* bytes) {
    UndirectedKey::Address words;
    std::memcpy(&words.first, bytes, 8);
    std::memcpy(&words.second, bytes + 8, 8);
    return words;
  }

  detail::Header<kHeader> header_;
};

/// The flow of a plain frame; of another frame, which needs 4 bytes behind the IP header, just any key.
template <IpVersion kVersion>
[[nodiscard, gnu::always_inline]] inline UndirectedKey plain_key(const Frame& frame) {
  const PlainIp<kVersion> ip(frame);
  std::uint32_t ports = 0;
  if (ip.protocol() != detail::ip_protocol::esp) {
    std::memcpy(&ports, frame.bytes.data() + kPlainEthernet + PlainIp<kVersion>::kHeader, sizeof ports);
  }
  return {ip.source(), ip.destination(), ports, kVersion, ip.protocol()};
}

/// The TCP header of a plain frame.
class PlainTcp {
 public:
  /// Empty: the frame is not plain. `length` and `captured` are those of the segment, header included.
  [[nodiscard, gnu::always_inline]] static std::optional<PlainTcp> of(const std::uint8_t* bytes,
                                                                      std::uint32_t length,
                                                                      std::uint32_t captured) {
    constexpr std::uint32_t kTimestampsFirst = 0x0101080a;  // NOP, NOP, timestamps (RFC 7323 appendix A)
    constexpr std::uint32_t kEventful = tcp_flag::syn | tcp_flag::fin | tcp_flag::rst;
    // Data offset, reserved bits and flags are one word (RFC 9293 §3.1).
    constexpr std::uint32_t kChecked = 0xf000U | kEventful | tcp_flag::ack;
    if (captured < kBare) return std::nullopt;
    const std::uint32_t start = detail::Header<kBare>(bytes).u16<12>() & kChecked;
    if (start == ((kWithTimestamps / 4) << 12U | tcp_flag::ack)) {
      const bool has_timestamps = captured >= kWithTimestamps && length >= kWithTimestamps &&
                                  detail::Header<kWithTimestamps>(bytes).u32<kBare>() == kTimestampsFirst;
      if (!has_timestamps) return std::nullopt;
      return PlainTcp(bytes, kWithTimestamps);
    }
    if (start != ((kBare / 4) << 12U | tcp_flag::ack) || length < kBare) return std::nullopt;
    return PlainTcp(bytes, kBare);
  }

  [[nodiscard]] std::uint32_t header_length() const { return header_length_; }
  [[nodiscard]] SequenceNumber sequence() const { return SequenceNumber(bare().u32<4>()); }
  [[nodiscard]] SequenceNumber acknowledgment() const { return SequenceNumber(bare().u32<8>()); }
  [[nodiscard]] std::uint32_t window() const { return bare().u16<14>(); }
  [[nodiscard]] std::uint16_t checksum() const { return bare().u16<16>(); }
  [[nodiscard]] bool has_timestamps() const { return header_length_ == kWithTimestamps; }
  /// 0 without timestamps, as `decode` has it.
  [[nodiscard]] SequenceNumber timestamp_value() const {
    return SequenceNumber(has_timestamps() ? with_timestamps().u32<24>() : 0);
  }
  [[nodiscard]] SequenceNumber timestamp_echo() const {
    return SequenceNumber(has_timestamps() ? with_timestamps().u32<28>() : 0);
  }

 private:
  static constexpr std::uint32_t kBare = 20;
  static constexpr std::uint32_t kWithTimestamps = 32;

  PlainTcp(const std::uint8_t* bytes, std::uint32_t header_length)
      : bytes_(bytes), header_length_(header_length) {}
  [[nodiscard]] detail::Header<kBare> bare() const { return detail::Header<kBare>(bytes_); }
  [[nodiscard]] detail::Header<kWithTimestamps> with_timestamps() const {
    return detail::Header<kWithTimestamps>(bytes_);
  }

  const std::uint8_t* bytes_;
  std::uint32_t header_length_;
};

/// What the long way keeps of the content of a datagram without sequence numbers.
struct PlainContent {
  Encapsulation carries = Encapsulation::none;
  std::uint16_t mark = 0;  ///< of UDP the checksum; of ESP the lower half of the sequence number
};

/// UDP in a plain frame; empty: the frame is not plain. `length` and `captured` include the header, of which
/// all was captured.
[[nodiscard]] inline std::optional<PlainContent> plain_udp(const Frame& frame, const std::uint8_t* bytes,
                                                           std::uint32_t length, std::uint32_t captured) {
  constexpr std::uint32_t kHeader = 8;
  const detail::Header<kHeader> header(bytes);
  const std::uint16_t udp_length = header.u16<4>();
  if (udp_length < kHeader || udp_length > length) return std::nullopt;
  const detail::ByteView payload = detail::ByteView(bytes, captured).with_length(udp_length).after(kHeader);
  const Encapsulation carries =
      detail::udp_encapsulation(header.u16<0>(), header.u16<2>(), payload, frame.oracle, 0);
  const bool opaque = carries == Encapsulation::none || carries == Encapsulation::quic ||
                      carries == Encapsulation::udp_esp || carries == Encapsulation::wireguard ||
                      carries == Encapsulation::openvpn;
  if (!opaque) return std::nullopt;
  return PlainContent{carries, header.u16<6>()};
}

/// ESP in a plain frame (RFC 4303 §2.2), of which 8 bytes were captured.
[[nodiscard]] inline PlainContent plain_esp(const std::uint8_t* bytes) {
  return {Encapsulation::esp, detail::Header<8>(bytes).u16<6>()};
}

/// The neighbour that sent a plain frame, as `link_tag` has it of a decoded one.
[[nodiscard]] inline std::uint16_t plain_link_tag(const Frame& frame) {
  LinkInfo link{};
  link.source_mac = detail::Header<kPlainEthernet>(frame.bytes.data()).u48<6>();
  link.interface_id = frame.interface_id;
  return link_tag(link, 0);
}

}  // namespace pmtu
