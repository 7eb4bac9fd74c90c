// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/stage_tracker.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace pmtu {
namespace {

// Names of a stall come from the first bytes of a connection; later ones are "application data" whatever they
// are.
constexpr std::int32_t kLookInto = 65536;

namespace port {
constexpr std::uint16_t ssh = 22;
constexpr std::uint16_t smtp = 25;
constexpr std::uint16_t dns = 53;
constexpr std::uint16_t netbios_session = 139;
constexpr std::uint16_t smb = 445;
constexpr std::uint16_t submission = 587;
constexpr std::uint16_t nfs = 2049;
constexpr std::uint16_t iscsi = 3260;         // RFC 7143 §4.2
constexpr std::uint16_t ceph_monitor = 3300;  // of messenger version 2; 6789 of version 1
constexpr std::uint16_t ceph_monitor_v1 = 6789;
}  // namespace port

namespace tls {
constexpr std::uint8_t change_cipher_spec = 20;
constexpr std::uint8_t application_data = 23;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t client_hello = 1;
constexpr std::uint8_t server_hello = 2;
constexpr std::uint8_t certificate = 11;
constexpr std::size_t record_header = 5;
constexpr std::size_t message_header = 4;
}  // namespace tls

bool starts_with(std::span<const std::uint8_t> payload, std::string_view text) {
  return payload.size() >= text.size() &&
         std::equal(text.begin(), text.end(), payload.begin(),
                    [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
}

bool is_http_request(std::span<const std::uint8_t> payload) {
  static constexpr std::array<std::string_view, 8> kMethods{"GET ",    "POST ",  "PUT ",     "HEAD ",
                                                            "DELETE ", "PATCH ", "OPTIONS ", "CONNECT "};
  return std::any_of(kMethods.begin(), kMethods.end(),
                     [&](std::string_view m) { return starts_with(payload, m); });
}

/// Storage on a network of its own, where jumbo frames are at home. The other ports of Ceph, 6800 to 7300,
/// are those of many things: there its banner has to tell.
std::optional<Stage> storage_of_port(std::uint16_t service) {
  switch (service) {
    case port::netbios_session:
    case port::smb:
      return Stage::smb;
    case port::nfs:
      return Stage::nfs_over_tcp;
    case port::iscsi:
      return Stage::iscsi;
    case port::ceph_monitor:
    case port::ceph_monitor_v1:
      return Stage::ceph;
    default:
      return std::nullopt;
  }
}

bool is_tls_record(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= tls::record_header && bytes[0] >= tls::change_cipher_spec &&
         bytes[0] <= tls::application_data && bytes[1] == 3 && bytes[2] <= 4;
}

}  // namespace

void StageTracker::passed(SequenceNumber begin, SequenceNumber stream_begin, std::uint32_t length,
                          std::span<const std::uint8_t> payload, std::uint16_t source_port,
                          std::uint16_t destination_port) {
  const std::int32_t position = SequenceNumber::distance(stream_begin, begin);
  if (position < 0 || position > kLookInto || payload.empty()) return;
  if (position == 0 && application_ == Application::unknown) {
    if (is_tls_record(payload)) {
      application_ = Application::tls;
      next_record_ = begin;
    } else if (starts_with(payload, "SSH-")) {
      application_ = Application::ssh;
      const auto line_end = std::find(payload.begin(), payload.end(), static_cast<std::uint8_t>('\n'));
      banner_end_ =
          begin +
          (line_end == payload.end() ? length : static_cast<std::uint32_t>(line_end - payload.begin()) + 1U);
    } else if (is_http_request(payload)) {
      application_ = Application::http_client;
    } else if (starts_with(payload, "HTTP/1.")) {
      application_ = Application::http_server;
    } else if (starts_with(payload, "ceph v")) {
      application_ = Application::ceph;
    } else if (source_port == port::smtp || destination_port == port::smtp ||
               source_port == port::submission || destination_port == port::submission) {
      application_ = Application::smtp;
    } else {
      application_ = Application::other;
    }
  }
  // Behind the handshake every byte is application data.
  if (application_ == Application::tls && latest_ != Stage::tls_application_data) walk_tls(begin, payload);
}

void StageTracker::walk_tls(SequenceNumber begin, std::span<const std::uint8_t> payload) {
  for (;;) {
    const std::int32_t skip = SequenceNumber::distance(begin, next_record_);
    if (skip < 0 || static_cast<std::size_t>(skip) + tls::record_header > payload.size()) return;
    const auto record = payload.subspan(static_cast<std::size_t>(skip));
    if (!is_tls_record(record)) return;
    const std::size_t record_length = static_cast<std::size_t>(record[3]) << 8U | record[4];
    const SequenceNumber record_begin = next_record_;
    next_record_ = record_begin + static_cast<std::uint32_t>(tls::record_header + record_length);

    if (record[0] == tls::application_data) {
      // TLS 1.3 encrypts the rest of the server's flight right after ServerHello: it begins with the
      // certificate.
      if (latest_ == Stage::tls_server_hello && !certificate_known_) {
        certificate_known_ = true;
        certificate_begin_ = record_begin;
        certificate_end_ = next_record_;
        latest_ = Stage::tls_certificate;
      } else if (latest_ != Stage::tls_server_hello) {
        latest_ = Stage::tls_application_data;
      }
      continue;
    }
    if (record[0] != tls::handshake) continue;

    std::size_t at = tls::record_header;
    const std::size_t end = tls::record_header + record_length;
    while (at + tls::message_header <= std::min(end, record.size())) {
      const std::uint8_t type = record[at];
      const std::size_t message_length = static_cast<std::size_t>(record[at + 1]) << 16U |
                                         static_cast<std::size_t>(record[at + 2]) << 8U | record[at + 3];
      if (type == tls::client_hello) {
        latest_ = Stage::tls_client_hello;
      } else if (type == tls::server_hello) {
        latest_ = Stage::tls_server_hello;
      } else if (type == tls::certificate && !certificate_known_) {
        certificate_known_ = true;
        certificate_begin_ = record_begin + static_cast<std::uint32_t>(at);
        certificate_end_ =
            certificate_begin_ + static_cast<std::uint32_t>(tls::message_header + message_length);
        latest_ = Stage::tls_certificate;
      } else {
        latest_ = Stage::tls_handshake;
      }
      at += tls::message_header + message_length;
    }
  }
}

// rule: stage
Stage StageTracker::at(SequenceNumber begin, SequenceNumber end, const StageTracker& opposite,
                       std::uint16_t source_port, std::uint16_t destination_port) const {
  switch (application_) {
    case Application::tls:
      if (certificate_known_) {
        if (begin.before(certificate_end_) && end.after(certificate_begin_)) return Stage::tls_certificate;
        return begin.before(certificate_begin_)         ? Stage::tls_server_hello
               : latest_ == Stage::tls_application_data ? Stage::tls_application_data
                                                        : Stage::tls_handshake;
      }
      // What follows ServerHello and was not seen is the certificate (RFC 5246 §7.3, RFC 8446 §2).
      if (latest_ == Stage::tls_server_hello && !end.before(next_record_)) return Stage::tls_certificate;
      return latest_;
    case Application::ssh:
      if (begin.before(banner_end_)) return Stage::ssh_banner;
      return SequenceNumber::distance(banner_end_, begin) < 8192 ? Stage::ssh_key_exchange
                                                                 : Stage::ssh_session;
    case Application::http_client:
      return Stage::http_request;
    case Application::http_server:
      return Stage::http_response;
    case Application::smtp:
      return Stage::smtp;
    case Application::ceph:
      return Stage::ceph;
    case Application::unknown:
    case Application::other:
      break;
  }
  // Nothing of this direction was seen yet: the other side tells what it must be.
  if (application_ == Application::unknown) {
    if (opposite.application_ == Application::tls) return Stage::tls_certificate;
    if (opposite.application_ == Application::ssh) return Stage::ssh_key_exchange;
    if (opposite.application_ == Application::http_client) return Stage::http_response;
  }
  if (opposite.application_ == Application::ceph) return Stage::ceph;
  if (source_port == port::dns) return Stage::dns_response;
  if (destination_port == port::dns) return Stage::dns_query;
  if (source_port == port::ssh || destination_port == port::ssh) return Stage::ssh_session;
  if (const auto storage = storage_of_port(source_port)) return *storage;
  if (const auto storage = storage_of_port(destination_port)) return *storage;
  return Stage::tcp_data;
}

namespace {

/// Services that send more than a path takes, and so fragments (RFC 8900 §5).
std::optional<Stage> stage_of_service(std::uint16_t service) {
  switch (service) {
    case 88:
    case 464:
      return Stage::kerberos;
    case 500:
    case 4500:
      return Stage::ike;
    case 1645:
    case 1646:
    case 1812:
    case 1813:
    case 3799:
      return Stage::radius;
    case 2049:
      return Stage::nfs;
    case 5060:
      return Stage::sip;
    default:
      return std::nullopt;
  }
}

}  // namespace

Stage udp_stage(std::uint16_t source_port, std::uint16_t destination_port, bool quic) {
  if (quic) return Stage::quic_data;
  if (source_port == port::dns) return Stage::dns_response;
  if (destination_port == port::dns) return Stage::dns_query;
  if (const auto answer = stage_of_service(source_port)) return *answer;
  return stage_of_service(destination_port).value_or(Stage::udp_data);
}

}  // namespace pmtu
