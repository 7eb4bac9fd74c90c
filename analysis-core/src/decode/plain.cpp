// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode/plain.h"

#include <algorithm>
#include <cstring>

#include "decode/walk.h"
#include "pmtu/protocol_sizes.h"

namespace pmtu::detail {
namespace {

constexpr std::uint32_t kEthernetHeader = 14;
constexpr std::uint32_t kShortestTransport = 8;  // UDP; of ESP what is looked at

/// The datagram's bytes: how many were captured, and how long it was.
struct Extent {
  const std::uint8_t* bytes;
  std::uint32_t captured;
  std::uint32_t length;
};

void begin(const Frame& frame, Observation& observation) {
  const Header<kEthernetHeader> ethernet(frame.bytes.data());
  observation.frame = frame.number;
  observation.time = frame.time;
  observation.link = LinkInfo{};
  observation.link.destination_mac = ethernet.u48<0>();
  observation.link.source_mac = ethernet.u48<6>();
  observation.link.interface_id = frame.interface_id;
  observation.link.section = frame.section;
  observation.link.capture_interface = frame.interface_id;
  observation.link.has_addresses = true;
  observation.end = WalkEnd::complete;
  observation.datagram_count = 1;
  observation.quote_count = 0;
  observation.bytes = frame.bytes;
}

/// What both versions have in common.
void set_common(Datagram& datagram, const Extent& ip, std::uint32_t header_length) {
  datagram.length = DatagramLength(ip.length);
  datagram.captured_length = ip.captured;
  datagram.header_length = static_cast<std::uint16_t>(header_length);
  datagram.fragment_offset = 0;
  datagram.level = 0;
  datagram.transport = TransportKind::none;
  datagram.carries = Encapsulation::none;
  datagram.more_fragments = false;
  datagram.has_fragment_header = false;
  datagram.authenticated = false;
  datagram.length_unknown = false;
  datagram.truncated = false;
  datagram.source_port = 0;
  datagram.destination_port = 0;
}

void set_v4(Datagram& datagram, const Header<kIpv4Header>& header) {
  datagram.source.bytes = {};
  datagram.destination.bytes = {};
  std::memcpy(datagram.source.bytes.data(), header.bytes<12, 4>(), 4);
  std::memcpy(datagram.destination.bytes.data(), header.bytes<16, 4>(), 4);
  datagram.source.version = datagram.destination.version = datagram.version = IpVersion::v4;
  datagram.identification = header.u16<4>();
  datagram.ttl = header.u8<8>();
  datagram.protocol = header.u8<9>();
  datagram.dont_fragment = (header.u8<6>() & 0x40U) != 0;  // RFC 791 §3.1
}

void set_v6(Datagram& datagram, const Header<kIpv6Header>& header) {
  std::memcpy(datagram.source.bytes.data(), header.bytes<8, 16>(), 16);
  std::memcpy(datagram.destination.bytes.data(), header.bytes<24, 16>(), 16);
  datagram.source.version = datagram.destination.version = datagram.version = IpVersion::v6;
  datagram.identification = 0;
  datagram.ttl = header.u8<7>();
  datagram.protocol = header.u8<6>();
  datagram.dont_fragment = true;
}

/// Where a datagram's payload lies behind `headers` bytes of IP and transport.
void set_payload(Datagram& datagram, const Extent& ip, std::uint32_t headers) {
  datagram.payload_offset = kEthernetHeader + std::min(headers, ip.captured);
  datagram.payload_captured = ip.captured - std::min(headers, ip.captured);
}

bool set_tcp(Datagram& datagram, const Extent& ip, std::uint32_t ip_header) {
  constexpr std::uint32_t kStamped = kTcpHeader + kTimestampsOption;
  constexpr std::uint32_t kTimestampsFirst = 0x0101080a;  // NOP, NOP, timestamps (RFC 7323 appendix A)
  if (ip.captured < ip_header + kTcpHeader) return false;
  const std::uint8_t* const bytes = ip.bytes + ip_header;
  const Header<kTcpHeader> header(bytes);
  const std::uint32_t header_length = (header.u8<12>() >> 4U) * std::uint32_t{4};
  const bool stamped = header_length == kStamped;
  if ((!stamped && header_length != kTcpHeader) || ip.length < ip_header + header_length) return false;
  TcpSegment& tcp = datagram.tcp;
  tcp.timestamp_value = tcp.timestamp_echo = SequenceNumber();
  if (stamped) {
    if (ip.captured < ip_header + kStamped) return false;
    const Header<kStamped> whole(bytes);
    if (whole.u32<20>() != kTimestampsFirst) return false;
    tcp.timestamp_value = SequenceNumber(whole.u32<24>());
    tcp.timestamp_echo = SequenceNumber(whole.u32<28>());
  }
  datagram.source_port = header.u16<0>();
  datagram.destination_port = header.u16<2>();
  datagram.transport = TransportKind::tcp;
  tcp.sequence = SequenceNumber(header.u32<4>());
  tcp.acknowledgment = SequenceNumber(header.u32<8>());
  tcp.payload_length = ip.length - ip_header - header_length;
  tcp.window = header.u16<14>();
  tcp.checksum = header.u16<16>();
  tcp.mss = 0;
  tcp.flags = header.u8<13>();
  tcp.header_length = static_cast<std::uint8_t>(header_length);
  tcp.window_scale = 0xff;
  tcp.sack_count = 0;
  tcp.sack_permitted = false;
  tcp.has_timestamps = stamped;
  tcp.options_truncated = false;
  set_payload(datagram, ip, ip_header + header_length);
  return true;
}

/// Whether nothing that can be read lies in such a UDP payload.
bool is_opaque(Encapsulation carries) {
  return carries == Encapsulation::none || carries == Encapsulation::quic ||
         carries == Encapsulation::udp_esp || carries == Encapsulation::wireguard ||
         carries == Encapsulation::openvpn;
}

bool set_udp(Datagram& datagram, const Extent& ip, std::uint32_t ip_header, const LayerOracle& oracle) {
  const Header<kUdpHeader> header(ip.bytes + ip_header);
  const std::uint16_t length = header.u16<4>();
  if (length < kUdpHeader || length > ip.length - ip_header) return false;
  const ByteView payload =
      ByteView(ip.bytes + ip_header, ip.captured - ip_header).with_length(length).after(kUdpHeader);
  datagram.source_port = header.u16<0>();
  datagram.destination_port = header.u16<2>();
  datagram.carries = udp_encapsulation(datagram.source_port, datagram.destination_port, payload, oracle, 0);
  if (!is_opaque(datagram.carries)) return false;
  datagram.udp_length = length;
  datagram.udp_checksum = header.u16<6>();
  datagram.transport = TransportKind::udp;
  datagram.payload_offset = kEthernetHeader + ip_header + kUdpHeader;
  datagram.payload_captured = payload.captured();
  return true;
}

bool set_transport(Datagram& datagram, const Extent& ip, std::uint32_t ip_header, const LayerOracle& oracle) {
  switch (datagram.protocol) {
    case ip_protocol::tcp:
      return set_tcp(datagram, ip, ip_header);
    case ip_protocol::udp:
      return set_udp(datagram, ip, ip_header, oracle);
    case ip_protocol::esp:
      datagram.carries = Encapsulation::esp;
      set_payload(datagram, ip, ip_header);
      return true;
    default:
      return false;
  }
}

}  // namespace

bool decode_plain(const Frame& frame, Observation& observation) noexcept {
  constexpr std::uint32_t kShortest = kEthernetHeader + kIpv4Header + kTcpHeader;
  if (frame.link_type != LinkType::ethernet || frame.bytes.size() < kShortest) return false;
  const std::uint8_t* const bytes = frame.bytes.data() + kEthernetHeader;
  const auto captured =
      static_cast<std::uint32_t>(std::min<std::size_t>(frame.bytes.size(), 0xffffffffU)) - kEthernetHeader;
  const std::uint16_t type = Header<kEthernetHeader>(frame.bytes.data()).u16<12>();
  Datagram& datagram = observation.datagrams[0];
  if (type == ether_type::ipv4 && bytes[0] == 0x45) {
    const Header<kIpv4Header> header(bytes);
    const std::uint32_t length = header.u16<2>();
    const bool fragment = (header.u16<6>() & 0x3fffU) != 0;  // RFC 791 §3.1: MF or an offset
    if (fragment || length < kIpv4Header + kShortestTransport) return false;
    const Extent ip{bytes, std::min(captured, length), length};
    begin(frame, observation);
    set_common(datagram, ip, kIpv4Header);
    set_v4(datagram, header);
    return set_transport(datagram, ip, kIpv4Header, frame.oracle);
  }
  if (type == ether_type::ipv6 && bytes[0] >> 4U == 6 && captured >= kIpv6Header + kShortestTransport) {
    const Header<kIpv6Header> header(bytes);
    const std::uint32_t length = kIpv6Header + header.u16<4>();
    if (length < kIpv6Header + kShortestTransport) return false;
    const Extent ip{bytes, std::min(captured, length), length};
    begin(frame, observation);
    set_common(datagram, ip, kIpv6Header);
    set_v6(datagram, header);
    return set_transport(datagram, ip, kIpv6Header, frame.oracle);
  }
  return false;
}

}  // namespace pmtu::detail
