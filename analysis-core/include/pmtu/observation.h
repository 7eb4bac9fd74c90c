// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "pmtu/address.h"
#include "pmtu/units.h"

/// What one captured frame shows: every IP datagram in it, outermost first. Plain values that `decode` fills
/// in place; only the members that the `kind` of a part names are meaningful.
namespace pmtu {

/// IANA protocol numbers that the analysis tells apart.
namespace ip_protocol {
inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t tcp = 6;
inline constexpr std::uint8_t udp = 17;
inline constexpr std::uint8_t icmpv6 = 58;
inline constexpr std::uint8_t sctp = 132;
}  // namespace ip_protocol

/// What a datagram carries that is itself a network, or hides one.
enum class Encapsulation : std::uint8_t {
  none,
  ip_in_ip,   ///< RFC 2003, RFC 4213 (6in4), RFC 2473 (4in6)
  gre,        ///< RFC 2784, 2890; also NVGRE and ERSPAN
  vxlan,      ///< RFC 7348 and VXLAN-GPE
  geneve,     ///< RFC 8926
  gtp_u,      ///< 3GPP TS 29.281
  l2tp,       ///< RFC 2661, RFC 3931
  teredo,     ///< RFC 4380
  ah,         ///< RFC 4302
  nsh,        ///< RFC 8300
  ether_ip,   ///< RFC 3378
  mpls,       ///< RFC 4023, RFC 7510
  esp,        ///< RFC 4303; opaque
  udp_esp,    ///< RFC 3948; opaque
  wireguard,  ///< opaque
  openvpn,    ///< opaque
  /// RFC 9000 §17.2, a long header of a known version. Opaque, a transport and no tunnel. Short headers tell
  /// nothing: what follows on the same flow is QUIC all the same.
  quic,
};

/// Which part of the transport header of a datagram (or of a quotation) could be read.
enum class TransportKind : std::uint8_t {
  none,    ///< not reached: later fragment, opaque protocol, or cut by the snapshot length
  ports,   ///< source and destination port only (cut TCP or SCTP, UDP-Lite, DCCP)
  tcp,     ///< complete TCP header; options may be cut, see `TcpSegment::options_truncated`
  udp,     ///< complete UDP header
  sctp,    ///< complete SCTP common header; chunks may be cut, see `SctpPacket::chunks_truncated`
  icmp,    ///< at least type, code and checksum of ICMPv4
  icmpv6,  ///< the same for ICMPv6
};

namespace tcp_flag {
inline constexpr std::uint8_t fin = 0x01;
inline constexpr std::uint8_t syn = 0x02;
inline constexpr std::uint8_t rst = 0x04;
inline constexpr std::uint8_t psh = 0x08;
inline constexpr std::uint8_t ack = 0x10;
inline constexpr std::uint8_t urg = 0x20;
}  // namespace tcp_flag

/// One block of a SACK option (RFC 2018 §3): bytes [left, right) have arrived.
struct SackBlock {
  SequenceNumber left;
  SequenceNumber right;
};

/// A TCP header with its options (RFC 9293 §3.1).
struct TcpSegment {
  SequenceNumber sequence;
  SequenceNumber acknowledgment;
  std::uint32_t payload_length;  ///< from the IP length, not from what was captured
  SequenceNumber timestamp_value;
  SequenceNumber timestamp_echo;
  std::uint16_t window;  ///< unscaled, as on the wire
  std::uint16_t checksum;
  std::uint16_t mss;  ///< MSS option; 0 when absent
  std::uint8_t flags;
  std::uint8_t header_length;  ///< bytes, options included
  std::uint8_t window_scale;   ///< window scale option; 0xff when absent
  std::uint8_t sack_count;
  bool sack_permitted;
  bool has_timestamps;
  bool options_truncated;
  std::array<SackBlock, 4> sacks;

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  /// Sequence number after this segment; SYN and FIN count one each.
  [[nodiscard]] SequenceNumber end() const {
    return sequence + (payload_length + (has(tcp_flag::syn) ? 1U : 0U) + (has(tcp_flag::fin) ? 1U : 0U));
  }
  [[nodiscard]] std::uint32_t option_length() const { return header_length - 20U; }
};

/// One gap block of a SACK chunk (RFC 9260 §3.3.4), as TSNs: those from `first` to `last` have arrived.
struct SctpGapBlock {
  SequenceNumber first;
  SequenceNumber last;
};

/// Chunks of an SCTP packet that tell something of its path: bits of `SctpPacket::chunks`.
namespace sctp_chunk {
inline constexpr std::uint16_t data = 0x0001;           ///< RFC 9260 §3.3.1; I-DATA: RFC 8260 §2.1
inline constexpr std::uint16_t init = 0x0002;           ///< RFC 9260 §3.3.2
inline constexpr std::uint16_t init_ack = 0x0004;       ///< RFC 9260 §3.3.3
inline constexpr std::uint16_t sack = 0x0008;           ///< RFC 9260 §3.3.4
inline constexpr std::uint16_t heartbeat = 0x0010;      ///< RFC 9260 §3.3.5
inline constexpr std::uint16_t heartbeat_ack = 0x0020;  ///< RFC 9260 §3.3.6
inline constexpr std::uint16_t abort = 0x0040;          ///< RFC 9260 §3.3.7
inline constexpr std::uint16_t shutdown = 0x0080;       ///< RFC 9260 §3.3.8
inline constexpr std::uint16_t pad = 0x0100;            ///< RFC 4820 §3
inline constexpr std::uint16_t other = 0x8000;
}  // namespace sctp_chunk

/// An SCTP packet: its common header (RFC 9260 §3.1) and what its chunks say, as far as they were captured.
struct SctpPacket {
  std::uint32_t verification_tag;
  std::uint32_t initiate_tag;     ///< INIT and INIT ACK: what the other side must use as verification tag
  SequenceNumber initial_tsn;     ///< INIT and INIT ACK
  SequenceNumber first_tsn;       ///< of the DATA chunks the lowest
  SequenceNumber last_tsn;        ///< of the DATA chunks the highest
  SequenceNumber cumulative_tsn;  ///< SACK and SHUTDOWN: all up to this one have arrived
  std::uint32_t heartbeat_mark;   ///< sum over the information of a HEARTBEAT, which its ACK returns
  std::uint16_t chunks;           ///< which kinds are in the packet: `sctp_chunk`
  std::uint16_t data_chunks;      ///< how many carry data
  std::uint16_t longest_data;     ///< the longest of them, its header included
  std::uint8_t gap_count;
  bool chunks_truncated;  ///< the capture or a wrong length cut the list of chunks
  std::array<SctpGapBlock, 4> gaps;

  [[nodiscard]] bool has(std::uint16_t chunk) const { return (chunks & chunk) != 0; }
};

/// The start of the datagram that an ICMP error quotes (RFC 792, RFC 1812 §4.3.2.3, RFC 4443 §3, RFC 4884).
/// A quotation is legal down to the IP header and 8 bytes; a snapshot length may leave less, hence the
/// counts.
struct QuotedDatagram {
  IpAddress source;       ///< first `source_bytes` bytes are known
  IpAddress destination;  ///< first `destination_bytes` bytes are known
  DatagramLength length;  ///< as the quoted header says
  std::uint16_t identification;
  std::uint16_t fragment_offset;  ///< in bytes
  std::uint16_t source_port;
  std::uint16_t destination_port;
  SequenceNumber sequence;
  std::uint32_t verification_tag;  ///< SCTP; of an INIT, whose tag is 0, the initiate tag (RFC 9260 §10)
  SequenceNumber tsn;              ///< SCTP: of the first chunk, where that is DATA
  std::uint16_t quoted_bytes;      ///< bytes of the quotation that were captured
  std::uint8_t source_bytes;
  std::uint8_t destination_bytes;
  std::uint8_t ttl;
  std::uint8_t protocol;  ///< after IPv6 extension headers, as far as they were quoted
  bool dont_fragment;     ///< always true for IPv6
  bool more_fragments;
  bool has_ports;     ///< ports (or, for echo, the identifier in both) were quoted
  bool has_sequence;  ///< TCP sequence number was quoted
  bool has_verification_tag;
  bool has_tsn;
  bool truncated;  ///< the capture cut it before 8 bytes of transport header
};

/// An ICMPv4 or ICMPv6 message.
struct IcmpMessage {
  std::uint32_t rest;        ///< second word of the header: unused, MTU, or identifier and sequence
  std::uint16_t identifier;  ///< echo request and reply only
  std::uint16_t sequence;    ///< echo request and reply only
  std::uint8_t type;
  std::uint8_t code;
  bool has_rest;   ///< the second word was captured
  bool is_error;   ///< carries a quotation
  bool has_quote;  ///< `Observation::quotes[quote]` is filled
  std::uint8_t quote;
};

/// One IP datagram, or fragment of one, as it stands in the frame.
struct Datagram {
  IpAddress source;
  IpAddress destination;
  DatagramLength length;          ///< 0 with `length_unknown`
  std::uint32_t identification;   ///< IPv4, or the IPv6 fragment header; else 0
  std::uint32_t captured_length;  ///< bytes of the datagram that are in the frame
  std::uint32_t payload_offset;  ///< of the transport payload in the frame; valid with `payload_captured` > 0
  std::uint32_t payload_captured;  ///< bytes of transport payload (after TCP, UDP header) in the frame
  std::uint16_t fragment_offset;   ///< in bytes
  std::uint16_t header_length;     ///< IP header with options or extension headers
  std::uint16_t source_port;
  std::uint16_t destination_port;
  std::uint16_t udp_length;
  std::uint16_t udp_checksum;
  IpVersion version;
  std::uint8_t ttl;       ///< or hop limit
  std::uint8_t protocol;  ///< after IPv6 extension headers
  std::uint8_t level;     ///< 0 for the outermost datagram of the frame
  TransportKind transport;
  Encapsulation carries;
  bool dont_fragment;  ///< always true for IPv6 (RFC 8200 §5: routers never fragment)
  bool more_fragments;
  bool has_fragment_header;  ///< IPv6; with offset 0 and no more fragments: atomic (RFC 6946)
  bool authenticated;        ///< an Authentication Header stands before the transport (RFC 4302)
  bool length_unknown;       ///< Total Length or Payload Length 0 without a jumbo option: offload
  bool truncated;            ///< the capture cut it before the end of its transport header
  TcpSegment tcp;
  IcmpMessage icmp;
  SctpPacket sctp;

  [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
  [[nodiscard]] bool is_icmp() const {
    return transport == TransportKind::icmp || transport == TransportKind::icmpv6;
  }
};

/// Which way a frame went at the capturing host, where the link type tells (Linux cooked captures).
enum class PacketDirection : std::uint8_t { unknown, to_us, broadcast, multicast, to_other, outgoing };

/// What the link layer tells of a frame.
struct LinkInfo {
  std::uint64_t source_mac;       ///< 48 bits; 0 when the link has none
  std::uint64_t destination_mac;  ///< 48 bits; 0 when the link has none
  std::uint32_t vlan;             ///< outer tag in the upper, inner tag in the lower half; 0 without
  std::uint32_t interface_id;
  std::uint32_t section;            ///< pcapng section of the frame, from 0
  std::uint32_t capture_interface;  ///< interface number in its section
  std::uint32_t interface_index;    ///< of the capturing host, where the link layer tells (SLL2); else 0
  PacketDirection direction;
  bool has_addresses;  ///< both addresses are of the link (false for cooked captures and raw IP)
};

/// Why the walk through a frame ended where it did.
enum class WalkEnd : std::uint8_t {
  complete,
  truncated,          ///< the snapshot length cut a header
  not_ip,             ///< a payload that is no IP (ARP, STP …)
  unknown_link_type,  ///< opaque; counted, told in the report
  malformed,
  too_deep,  ///< more encapsulation levels than `Observation::kMaxDatagrams`
};

/// Everything that one frame shows.
struct Observation {
  static constexpr std::size_t kMaxDatagrams = 12;
  static constexpr std::size_t kMaxQuotes = 2;

  FrameNumber frame;
  Timestamp time;
  LinkInfo link;
  WalkEnd end;
  std::uint8_t datagram_count = 0;
  std::uint8_t quote_count = 0;
  /// The frame's bytes, for the names of what was being passed; valid while the frame is observed.
  std::span<const std::uint8_t> bytes;
  std::array<Datagram, kMaxDatagrams> datagrams;
  std::array<QuotedDatagram, kMaxQuotes> quotes;

  [[nodiscard]] std::span<const Datagram> layers() const { return {datagrams.data(), datagram_count}; }
};

}  // namespace pmtu
