// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/stage_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace pmtu {
namespace {

constexpr SequenceNumber kBegin{1000};
using Bytes = std::vector<std::uint8_t>;

/// A TLS record of `type` whose content begins with a handshake message of `message` and `length` bytes.
Bytes record(std::uint8_t type, std::uint8_t message, std::uint16_t length) {
  const auto record_length = static_cast<std::uint16_t>(length + 4);
  const std::array<std::uint8_t, 9> headers{type,
                                            3,
                                            3,
                                            static_cast<std::uint8_t>(record_length >> 8U),
                                            static_cast<std::uint8_t>(record_length),
                                            message,
                                            0,
                                            static_cast<std::uint8_t>(length >> 8U),
                                            static_cast<std::uint8_t>(length)};
  Bytes bytes(5U + record_length);
  std::copy(headers.begin(), headers.end(), bytes.begin());
  return bytes;
}

Bytes text(std::string_view words) {
  return {words.begin(), words.end()};
}

StageTracker after(const Bytes& first, std::uint16_t source = 443, std::uint16_t destination = 40000) {
  StageTracker tracker;
  tracker.passed(kBegin, kBegin, static_cast<std::uint32_t>(first.size()), first, source, destination);
  return tracker;
}

Stage at(const StageTracker& tracker, std::uint32_t offset, const StageTracker& opposite = {}) {
  return tracker.at(kBegin + offset, kBegin + (offset + 1), opposite, 443, 40000);
}

// RFC 5246 §7.3, RFC 8446 §2: what follows ServerHello is the certificate.
TEST(StageTracker, WhatIsMissingBehindServerHelloIsTheCertificate) {
  const Bytes hello = record(22, 2, 80);
  EXPECT_EQ(at(after(hello), static_cast<std::uint32_t>(hello.size())), Stage::tls_certificate);
}

TEST(StageTracker, ACertificateThatBeganIsNamedAsFarAsItGoes) {
  Bytes flight = record(22, 2, 80);
  const auto begin = static_cast<std::uint32_t>(flight.size());
  const Bytes certificate = record(22, 11, 3000);
  flight.insert(flight.end(), certificate.begin(), certificate.end());
  const StageTracker tracker = after(flight);
  EXPECT_EQ(at(tracker, begin + 2000), Stage::tls_certificate);
  EXPECT_EQ(at(tracker, 10), Stage::tls_server_hello);
}

TEST(StageTracker, TheFirstTlsRecordOfAClientIsItsHello) {
  EXPECT_EQ(at(after(record(22, 1, 200)), 0), Stage::tls_client_hello);
}

TEST(StageTracker, NothingOfThisSideWasSeenAndTheOtherSpeaksTls) {
  EXPECT_EQ(at(StageTracker{}, 0, after(record(22, 1, 200))), Stage::tls_certificate);
}

// RFC 4253 §4.2: the identification string ends with CR LF; key exchange follows.
TEST(StageTracker, SshBehindItsBannerExchangesKeys) {
  const StageTracker tracker = after(text("SSH-2.0-x\r\n"), 22);
  EXPECT_EQ(at(tracker, 3), Stage::ssh_banner);
  EXPECT_EQ(at(tracker, 100), Stage::ssh_key_exchange);
  EXPECT_EQ(at(tracker, 20'000), Stage::ssh_session);
}

TEST(StageTracker, NamesHttpByItsFirstWords) {
  EXPECT_EQ(at(after(text("GET / HTTP/1.1\r\n")), 0), Stage::http_request);
  EXPECT_EQ(at(after(text("HTTP/1.1 200 OK\r\n")), 500), Stage::http_response);
}

Stage on_port(const StageTracker& tracker, std::uint16_t port, const StageTracker& opposite = {}) {
  return tracker.at(kBegin, kBegin + 1U, opposite, port, 40000);
}

TEST(StageTracker, NamesStorageByItsPort) {
  const StageTracker binary = after(text("\x01\x02\x03"), 3260);
  EXPECT_EQ(on_port(binary, 3260), Stage::iscsi);
  EXPECT_EQ(on_port(binary, 445), Stage::smb);
  EXPECT_EQ(on_port(binary, 2049), Stage::nfs_over_tcp);
  EXPECT_EQ(on_port(binary, 3300), Stage::ceph);
  EXPECT_EQ(binary.at(kBegin, kBegin + 1U, {}, 40000, 6789), Stage::ceph);
}

TEST(StageTracker, NamesCephByItsBannerOnTheManyPortsOfItsStores) {
  const StageTracker store = after(text("ceph v2\n"), 6804);
  EXPECT_EQ(on_port(store, 6804), Stage::ceph);
  EXPECT_EQ(on_port(StageTracker{}, 6804, store), Stage::ceph);
  EXPECT_EQ(on_port(after(text("\x01\x02\x03"), 6804), 6804), Stage::tcp_data);
}

TEST(StageTracker, WhatItCannotNameIsData) {
  EXPECT_EQ(at(after(text("\x01\x02\x03")), 0), Stage::tcp_data);
}

TEST(StageTracker, HavingNamedAPlainStreamItAsksForNoMore) {
  EXPECT_TRUE(StageTracker{}.may_tell(kBegin, 100));
  EXPECT_FALSE(after(text("GET / HTTP/1.1\r\n")).may_tell(kBegin + 16U, 100));
}

}  // namespace
}  // namespace pmtu
