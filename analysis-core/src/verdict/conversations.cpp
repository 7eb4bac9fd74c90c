// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/conversations.h"

#include <limits>

namespace pmtu {
namespace {

constexpr std::uint32_t kV4HeaderWithTcp = 20 + 20;
constexpr std::uint32_t kV6HeaderWithTcp = 40 + 20;
constexpr Mtu kV4MinimumMtu{68};    // RFC 791 §3.2
constexpr Mtu kV6MinimumMtu{1280};  // RFC 8200 §5

std::optional<std::uint16_t> mss_for(Mtu mtu, Mtu minimum, std::uint32_t headers) noexcept {
  if (mtu < minimum) return std::nullopt;
  const std::uint32_t mss = mtu.value() - headers;
  // An MSS of 65535 means "no limit" (RFC 2675 §5.1): nothing that could be configured as a clamp.
  if (mss >= std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(mss);
}

}  // namespace

std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::none:
      return "none";
    case Verdict::not_exercised:
      return "not_exercised";
    case Verdict::compliant:
      return "compliant";
    case Verdict::compliant_by_fragmentation:
      return "compliant_by_fragmentation";
    case Verdict::probing:
      return "probing";
    case Verdict::unverifiable:
      return "unverifiable";
    case Verdict::hint_undeliverable:
      return "hint_undeliverable";
    case Verdict::black_hole_recovered:
      return "black_hole_recovered";
    case Verdict::black_hole_suspected:
      return "black_hole_suspected";
    case Verdict::black_hole_receiver:
      return "black_hole_receiver";
    case Verdict::fragments_lost:
      return "fragments_lost";
    case Verdict::probably_ignoring:
      return "probably_ignoring";
    case Verdict::black_hole_confirmed:
      return "black_hole_confirmed";
    case Verdict::ignoring:
      return "ignoring";
  }
  return "none";
}

std::string_view name(Delivery delivered) noexcept {
  switch (delivered) {
    case Delivery::unknown:
      return "unknown";
    case Delivery::yes:
      return "yes";
  }
  return "unknown";
}

std::string_view text(Stage stage) noexcept {
  switch (stage) {
    case Stage::unknown:
      return "";
    case Stage::tcp_handshake:
      return "TCP handshake";
    case Stage::tcp_data:
      return "TCP data";
    case Stage::tls_client_hello:
      return "TLS handshake: ClientHello";
    case Stage::tls_server_hello:
      return "TLS handshake: ServerHello";
    case Stage::tls_certificate:
      return "TLS handshake: Certificate";
    case Stage::tls_handshake:
      return "TLS handshake";
    case Stage::tls_application_data:
      return "TLS application data";
    case Stage::ssh_banner:
      return "SSH identification";
    case Stage::ssh_key_exchange:
      return "SSH key exchange";
    case Stage::ssh_session:
      return "SSH session";
    case Stage::http_request:
      return "HTTP request";
    case Stage::http_response:
      return "HTTP response";
    case Stage::dns_query:
      return "DNS query";
    case Stage::dns_response:
      return "DNS response";
    case Stage::quic_handshake:
      return "QUIC handshake";
    case Stage::quic_data:
      return "QUIC data";
    case Stage::smtp:
      return "SMTP";
    case Stage::udp_data:
      return "UDP data";
    case Stage::icmp_echo:
      return "ICMP echo";
    case Stage::radius:
      return "RADIUS";
    case Stage::ike:
      return "IKE";
    case Stage::sip:
      return "SIP";
    case Stage::nfs:
      return "NFS over UDP";
    case Stage::kerberos:
      return "Kerberos";
    case Stage::sctp_data:
      return "SCTP data";
    case Stage::tunnel_payload:
      return "tunnel payload";
    case Stage::iscsi:
      return "iSCSI";
    case Stage::ceph:
      return "Ceph";
    case Stage::smb:
      return "SMB";
    case Stage::nfs_over_tcp:
      return "NFS";
  }
  return "";
}

std::string_view sentence(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::none:
      return "none: nothing to say about path-MTU discovery";
    case Verdict::not_exercised:
      return "not exercised: a valid hint came, but no oversize datagram was captured before it or nothing "
             "was sent "
             "after it";
    case Verdict::compliant:
      return "compliant: the sender reduced its datagrams after the hint";
    case Verdict::compliant_by_fragmentation:
      return "compliant by fragmentation: the sender cleared DF or sent fragments after the hint";
    case Verdict::probing:
      return "probing: only path-MTU probes exceeded the path MTU";
    case Verdict::unverifiable:
      return "unverifiable: the capture does not show what it takes to tell";
    case Verdict::hint_undeliverable:
      return "hint undeliverable: the hints that came do not fit what the sender sent, so it is right to "
             "ignore them";
    case Verdict::black_hole_recovered:
      return "black hole recovered: large datagrams were lost without a hint until the sender sent smaller "
             "ones";
    case Verdict::black_hole_suspected:
      return "black hole suspected: large datagrams are lost without a hint while smaller ones pass";
    case Verdict::fragments_lost:
      return "fragments lost: datagrams that were sent in fragments never arrive whole";
    case Verdict::black_hole_receiver:
      return "black hole seen from the receiver: large datagrams never arrive while smaller ones do";
    case Verdict::probably_ignoring:
      return "probably ignoring: the sender kept sending oversize DF datagrams after a hint that the capture "
             "does not "
             "show to have reached it";
    case Verdict::black_hole_confirmed:
      return "black hole confirmed: what was lost in large datagrams got through in smaller ones";
    case Verdict::ignoring:
      return "ignoring: the sender kept sending oversize DF datagrams after it had the hint";
  }
  return "";
}

Recommendation recommend(Mtu mtu) noexcept {
  Recommendation recommended;
  if (mtu < kV4MinimumMtu) return recommended;
  recommended.mss_v4 = mss_for(mtu, kV4MinimumMtu, kV4HeaderWithTcp);
  recommended.mss_v6 = mss_for(mtu, kV6MinimumMtu, kV6HeaderWithTcp);
  recommended.mtu = mtu;
  return recommended;
}

}  // namespace pmtu
