// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/conversations.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

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
  constexpr std::array<std::pair<Stage, std::string_view>, 31> kTexts{{
      {Stage::unknown, ""},
      {Stage::tcp_handshake, "TCP handshake"},
      {Stage::tcp_data, "TCP data"},
      {Stage::tls_client_hello, "TLS handshake: ClientHello"},
      {Stage::tls_server_hello, "TLS handshake: ServerHello"},
      {Stage::tls_certificate, "TLS handshake: Certificate"},
      {Stage::tls_handshake, "TLS handshake"},
      {Stage::tls_application_data, "TLS application data"},
      {Stage::ssh_banner, "SSH identification"},
      {Stage::ssh_key_exchange, "SSH key exchange"},
      {Stage::ssh_session, "SSH session"},
      {Stage::http_request, "HTTP request"},
      {Stage::http_response, "HTTP response"},
      {Stage::dns_query, "DNS query"},
      {Stage::dns_response, "DNS response"},
      {Stage::quic_handshake, "QUIC handshake"},
      {Stage::quic_data, "QUIC data"},
      {Stage::smtp, "SMTP"},
      {Stage::udp_data, "UDP data"},
      {Stage::icmp_echo, "ICMP echo"},
      {Stage::radius, "RADIUS"},
      {Stage::ike, "IKE"},
      {Stage::sip, "SIP"},
      {Stage::nfs, "NFS over UDP"},
      {Stage::kerberos, "Kerberos"},
      {Stage::sctp_data, "SCTP data"},
      {Stage::tunnel_payload, "tunnel payload"},
      {Stage::iscsi, "iSCSI"},
      {Stage::ceph, "Ceph"},
      {Stage::smb, "SMB"},
      {Stage::nfs_over_tcp, "NFS"},
  }};
  const auto* const found =
      std::find_if(kTexts.begin(), kTexts.end(), [&](const auto& known) { return known.first == stage; });
  return found == kTexts.end() ? std::string_view() : found->second;
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
