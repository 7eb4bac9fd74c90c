// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

#include "support/datagram_builder.h"

/// Application bytes that let a stage be told (TLS handshake: Certificate …): the least that is well formed.
namespace pmtu::test {

/// A message by its name, `size` bytes long as a whole where it can grow; 0 takes its natural size.
/// Names: client_hello server_hello certificate server_hello_done tls_data ssh_banner ssh_kexinit
/// http_request http_response dns_query dns_response (UDP; `dns_tcp_…` with the length prefix of RFC 1035
/// §4.2.2) quic_initial quic_short smtp_banner filler. Throws `std::invalid_argument` for any other.
[[nodiscard]] Bytes build_message(std::string_view name, std::size_t size);

/// Connection IDs of a long header of QUIC.
struct QuicIds {
  std::string destination = "pathmtu!";
  std::string source;
};
/// quic_initial quic_handshake quic_retry quic_version_negotiation quic_v2_initial quic_v2_handshake
[[nodiscard]] Bytes quic_packet(std::string_view name, std::size_t size, const QuicIds& ids);

/// An SCTP packet without chunks (RFC 9260 §3.1); its checksum is left zero.
[[nodiscard]] Bytes sctp_header(std::uint16_t source_port, std::uint16_t destination_port, std::uint32_t tag);
/// Appends a chunk, padded to a multiple of four (RFC 9260 §3.2).
void append_sctp_chunk(Bytes& packet, std::uint8_t type, const Bytes& value);

}  // namespace pmtu::test
