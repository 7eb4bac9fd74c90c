// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/payload_builder.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace pmtu::test {
namespace {

void append(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

void grow_to(Bytes& bytes, std::size_t size, std::uint8_t filler = 0x55) {
  if (bytes.size() < size) bytes.resize(size, filler);
}

/// RFC 8446 §5.1: one record that holds one handshake message; together `size` bytes.
Bytes tls_handshake(std::uint8_t type, std::size_t size, std::size_t natural_size) {
  const std::size_t total = size == 0 ? natural_size : size;
  if (total < 9 || total > 5 + 16384) throw std::invalid_argument("no TLS record of that size");
  Bytes bytes;
  put8(bytes, 22);
  put16(bytes, 0x0303);
  put16(bytes, static_cast<std::uint32_t>(total - 5));
  put32(bytes, static_cast<std::uint32_t>(type) << 24U | static_cast<std::uint32_t>(total - 9));
  grow_to(bytes, total);
  return bytes;
}

Bytes tls_data(std::size_t size) {
  const std::size_t total = size == 0 ? 261 : size;
  if (total < 6 || total > 5 + 16384) throw std::invalid_argument("no TLS record of that size");
  Bytes bytes;
  put8(bytes, 23);
  put16(bytes, 0x0303);
  put16(bytes, static_cast<std::uint32_t>(total - 5));
  grow_to(bytes, total);
  return bytes;
}

/// RFC 4253 §6, §7.1: SSH_MSG_KEXINIT in an unencrypted packet.
Bytes ssh_kexinit(std::size_t size) {
  const std::size_t total = size == 0 ? 1080 : size;
  Bytes bytes;
  put32(bytes, static_cast<std::uint32_t>(total - 4));
  put8(bytes, 4);
  put8(bytes, 20);
  grow_to(bytes, total);
  return bytes;
}

Bytes http(std::string_view head, std::size_t size) {
  Bytes bytes;
  append(bytes, head);
  grow_to(bytes, size, 'x');
  return bytes;
}

/// RFC 1035 §4.1: header and one question; an answer carries filler behind it.
Bytes dns(bool response, std::size_t size) {
  Bytes bytes;
  put16(bytes, 0x1d05);
  put16(bytes, response ? 0x8180 : 0x0100);
  put16(bytes, 1);
  put16(bytes, response ? 1 : 0);
  put32(bytes, 0);
  put8(bytes, 7);
  append(bytes, "example");
  put8(bytes, 0);
  put16(bytes, 16);
  put16(bytes, 1);
  grow_to(bytes, size, 0);
  return bytes;
}

Bytes length_prefixed(const Bytes& message) {
  Bytes bytes;
  put16(bytes, static_cast<std::uint32_t>(message.size()));
  bytes.insert(bytes.end(), message.begin(), message.end());
  return bytes;
}

/// RFC 9000 §17.2: a long header.
Bytes quic_long(std::uint8_t first, std::size_t size, const QuicIds& ids, std::uint32_t version = 1) {
  Bytes bytes;
  put8(bytes, first);
  put32(bytes, version);
  put8(bytes, static_cast<std::uint8_t>(ids.destination.size()));
  append(bytes, ids.destination);
  put8(bytes, static_cast<std::uint8_t>(ids.source.size()));
  append(bytes, ids.source);
  if (version == 1 && first >= 0xf0) {  // Retry: a token and its tag
    grow_to(bytes, std::max<std::size_t>(size, bytes.size() + 32));
    return bytes;
  }
  put8(bytes, 0);
  const std::size_t total = std::max<std::size_t>(size == 0 ? 1200 : size, bytes.size() + 2);
  put16(bytes, 0x4000U | static_cast<std::uint32_t>(total - bytes.size() - 2));
  grow_to(bytes, total);
  return bytes;
}

/// RFC 3550 §5.1: version 2 in the upper bits, where QUIC's fixed bit (RFC 9000 §17) is clear.
Bytes rtp(std::size_t size) {
  Bytes bytes(size, 0x55);
  if (!bytes.empty()) bytes[0] = 0x80;
  return bytes;
}

/// RFC 9369 §3.1, §3.2: version 2 has other numbers for itself and for the types.
constexpr std::uint32_t kQuicVersion2 = 0x6b3343cf;

Bytes quic_short(std::size_t size) {
  Bytes bytes;
  put8(bytes, 0x43);
  append(bytes, "pathmtu!");
  grow_to(bytes, size == 0 ? 1200 : size);
  return bytes;
}

}  // namespace

Bytes quic_packet(std::string_view name, std::size_t size, const QuicIds& ids) {
  if (name == "quic_initial") return quic_long(0xc3, size, ids);
  if (name == "quic_handshake") return quic_long(0xe3, size, ids);
  if (name == "quic_retry") return quic_long(0xf3, size, ids);
  if (name == "quic_version_negotiation") return quic_long(0xc0, size, ids, 0);
  if (name == "quic_v2_initial") return quic_long(0xd3, size, ids, kQuicVersion2);
  if (name == "quic_v2_handshake") return quic_long(0xf3, size, ids, kQuicVersion2);
  throw std::invalid_argument("no packet of QUIC is called " + std::string(name));
}

Bytes sctp_header(std::uint16_t source_port, std::uint16_t destination_port, std::uint32_t tag) {
  Bytes packet;
  put16(packet, source_port);
  put16(packet, destination_port);
  put32(packet, tag);
  put32(packet, 0);
  return packet;
}

void append_sctp_chunk(Bytes& packet, std::uint8_t type, const Bytes& value) {
  put8(packet, type);
  put8(packet, type == 0 ? 3 : 0);  // DATA: a whole message
  put16(packet, static_cast<std::uint32_t>(4 + value.size()));
  packet.insert(packet.end(), value.begin(), value.end());
  while (packet.size() % 4 != 0) put8(packet, 0);
}

Bytes build_message(std::string_view name, std::size_t size) {
  if (name == "client_hello") return tls_handshake(1, size, 517);
  if (name == "server_hello") return tls_handshake(2, size, 95);
  if (name == "certificate") return tls_handshake(11, size, 4000);
  if (name == "server_hello_done") return tls_handshake(14, size, 9);
  if (name == "tls_data") return tls_data(size);
  if (name == "ssh_banner") return http("SSH-2.0-OpenSSH_9.2\r\n", 0);
  if (name == "ssh_kexinit") return ssh_kexinit(size);
  if (name == "http_request") return http("GET /large HTTP/1.1\r\nHost: example\r\n\r\n", size);
  if (name == "http_response") return http("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", size);
  if (name == "dns_query") return dns(false, size);
  if (name == "dns_response") return dns(true, size);
  if (name == "dns_tcp_query") return length_prefixed(dns(false, size));
  if (name == "dns_tcp_response") return length_prefixed(dns(true, size));
  if (name == "quic_short") return quic_short(size);
  if (name.starts_with("quic_")) return quic_packet(name, size, {});
  if (name == "rtp") return rtp(size);
  if (name == "smtp_banner") return http("220 mail.example ESMTP ready\r\n", 0);
  if (name == "filler") return Bytes(size, 0x55);
  throw std::invalid_argument("no message is called " + std::string(name));
}

}  // namespace pmtu::test
