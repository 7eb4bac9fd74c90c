// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode/walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint32_t kTcpHeader = 20;
constexpr std::uint32_t kUdpHeader = 8;

/// TCP option kinds (RFC 9293 §3.2, RFC 7323, RFC 2018).
namespace tcp_option {
constexpr std::uint8_t end = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t mss = 2;
constexpr std::uint8_t window_scale = 3;
constexpr std::uint8_t sack_permitted = 4;
constexpr std::uint8_t sack = 5;
constexpr std::uint8_t timestamps = 8;
}  // namespace tcp_option

void set_timestamps(TcpSegment& tcp, const Header<10>& option) {
  tcp.has_timestamps = true;
  tcp.timestamp_value = SequenceNumber(option.u32<2>());
  tcp.timestamp_echo = SequenceNumber(option.u32<6>());
}

void set_sacks(TcpSegment& tcp, ByteView blocks) {
  tcp.sack_count = 0;
  while (const auto block = blocks.header<8>()) {
    if (tcp.sack_count == tcp.sacks.size()) return;
    tcp.sacks[tcp.sack_count++] = {SequenceNumber(block->u32<0>()), SequenceNumber(block->u32<4>())};
    blocks = blocks.after(8);
  }
}

/// An option whose length is not the one its RFC gives is passed over.
void set_option(TcpSegment& tcp, std::uint8_t kind, ByteView option) {
  switch (kind) {
    case tcp_option::mss:
      if (option.length() == 4) tcp.mss = option.header<4>()->u16<2>();
      return;
    case tcp_option::window_scale:
      if (option.length() == 3) tcp.window_scale = option.header<3>()->u8<2>();
      return;
    case tcp_option::sack_permitted:
      tcp.sack_permitted = option.length() == 2;
      return;
    case tcp_option::sack:
      return set_sacks(tcp, option.after(2));
    case tcp_option::timestamps:
      if (option.length() == 10) set_timestamps(tcp, *option.header<10>());
      return;
    default:
      return;
  }
}

void set_options(TcpSegment& tcp, ByteView options) {
  while (options.length() > 0) {
    const auto kind = options.byte(0);
    if (!kind) {
      tcp.options_truncated = true;
      return;
    }
    if (*kind == tcp_option::end) return;
    if (*kind == tcp_option::no_operation) {
      options = options.after(1);
      continue;
    }
    const auto size = options.byte(1);
    if (!size) {
      tcp.options_truncated = options.cut();
      return;
    }
    if (*size < 2 || *size > options.length()) return;  // what follows cannot be told apart any more
    if (*size > options.captured()) {
      tcp.options_truncated = true;
      return;
    }
    set_option(tcp, *kind, options.at_most(*size));
    options = options.after(*size);
  }
}

/// The layout that nearly every segment has after the handshake: NOP, NOP, timestamps (RFC 7323 appendix A).
bool set_lone_timestamps(TcpSegment& tcp, std::uint32_t header_length, ByteView segment) {
  const auto header = segment.header<kTcpHeader + 12>();
  if (header_length != kTcpHeader + 12 || !header || header->u32<20>() != 0x0101080a) return false;
  tcp.has_timestamps = true;
  tcp.timestamp_value = SequenceNumber(header->u32<24>());
  tcp.timestamp_echo = SequenceNumber(header->u32<28>());
  return true;
}

}  // namespace

void FrameWalk::ports_only(Datagram& datagram, ByteView bytes) {
  const auto ports = bytes.header<4>();
  if (!ports) {
    datagram.truncated = true;
    return end_short_of_header(bytes);
  }
  datagram.source_port = ports->u16<0>();
  datagram.destination_port = ports->u16<2>();
  datagram.transport = TransportKind::ports;
  end(WalkEnd::complete);
}

void FrameWalk::tcp(Datagram& datagram, ByteView segment) {
  const auto header = segment.header<kTcpHeader>();
  const std::uint32_t header_length = header ? (header->u8<12>() >> 4U) * std::uint32_t{4} : 0;
  if (header_length < kTcpHeader) {
    ports_only(datagram, segment);
    datagram.truncated = !header;
    datagram.payload_captured = 0;
    return header ? end(WalkEnd::malformed) : end_short_of_header(segment);
  }
  const ByteView payload = segment.after(header_length);
  datagram.source_port = header->u16<0>();
  datagram.destination_port = header->u16<2>();
  datagram.transport = TransportKind::tcp;
  TcpSegment& tcp = datagram.tcp;
  tcp.sequence = SequenceNumber(header->u32<4>());
  tcp.acknowledgment = SequenceNumber(header->u32<8>());
  tcp.payload_length = payload.length();
  tcp.timestamp_value = SequenceNumber();
  tcp.timestamp_echo = SequenceNumber();
  tcp.window = header->u16<14>();
  tcp.checksum = header->u16<16>();
  tcp.mss = 0;
  tcp.flags = header->u8<13>();
  tcp.header_length = static_cast<std::uint8_t>(header_length);
  tcp.window_scale = 0xff;
  tcp.sack_count = 0;
  tcp.sack_permitted = false;
  tcp.has_timestamps = false;
  tcp.options_truncated = false;
  set_payload(datagram, payload);
  if (header_length > kTcpHeader && !set_lone_timestamps(tcp, header_length, segment)) {
    set_options(tcp, segment.after(kTcpHeader).with_length(header_length - kTcpHeader));
    if (segment.captured() < header_length) {
      datagram.truncated = true;
      return end_short_of_header(segment);
    }
  }
  end(WalkEnd::complete);
}

void FrameWalk::udp(Datagram& datagram, ByteView bytes) {
  const auto header = bytes.header<kUdpHeader>();
  if (!header) {
    ports_only(datagram, bytes);
    datagram.truncated = true;
    datagram.payload_captured = 0;
    return end_short_of_header(bytes);
  }
  const std::uint16_t length = header->u16<4>();
  datagram.source_port = header->u16<0>();
  datagram.destination_port = header->u16<2>();
  datagram.udp_length = length;
  datagram.udp_checksum = header->u16<6>();
  datagram.transport = TransportKind::udp;
  // Length 0 is legal in a jumbogram (RFC 2675 §4): the payload then ends with the datagram.
  const ByteView payload =
      length >= kUdpHeader ? bytes.at_most(length).after(kUdpHeader) : bytes.after(kUdpHeader);
  set_payload(datagram, payload);
  ++udp_headers_;
  if (length != 0 && length < kUdpHeader) return end(WalkEnd::malformed);
  udp_payload(datagram, payload);
}

}  // namespace pmtu::detail
