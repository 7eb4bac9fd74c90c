// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "pmtu/conversations.h"
#include "pmtu/units.h"

namespace pmtu {

/// Follows what one direction of a TCP connection passes, as far as its first bytes tell, so that a loss can
/// be named: TLS handshake messages (RFC 5246 §7.4, RFC 8446 §4), SSH (RFC 4253 §4.2), HTTP, SMTP, DNS,
/// storage. Looks only at the start of a connection and keeps a few bytes of state.
class StageTracker {
 public:
  /// A segment with payload that continues the stream at `begin`. `payload` may be cut.
  void passed(SequenceNumber begin, SequenceNumber stream_begin, std::uint32_t length,
              std::span<const std::uint8_t> payload, std::uint16_t source_port,
              std::uint16_t destination_port);

  /// Whether `passed` may learn anything from these bytes: cheap, for those who pass many.
  [[nodiscard]] bool may_tell(SequenceNumber begin, std::uint32_t captured) const {
    if (application_ == Application::tls)
      return latest_ != Stage::tls_application_data && next_record_.before(begin + captured);
    return application_ == Application::unknown;
  }

  /// What the bytes at `begin` belong to. `opposite`: the tracker of the other direction.
  [[nodiscard]] Stage at(SequenceNumber begin, SequenceNumber end, const StageTracker& opposite,
                         std::uint16_t source_port, std::uint16_t destination_port) const;

 private:
  enum class Application : std::uint8_t { unknown, tls, ssh, http_client, http_server, smtp, ceph, other };

  void walk_tls(SequenceNumber begin, std::span<const std::uint8_t> payload);

  SequenceNumber next_record_;  ///< TLS: where the next record header is expected
  SequenceNumber
      certificate_begin_;  ///< TLS ≤ 1.2 Certificate message; or, in 1.3, all that is encrypted of the flight
  SequenceNumber certificate_end_;
  SequenceNumber banner_end_;  ///< SSH: after the identification string
  Application application_ = Application::unknown;
  Stage latest_ = Stage::unknown;
  bool certificate_known_ = false;
};

/// What a UDP datagram passes, from its ports, or because its flow is known to be QUIC.
[[nodiscard]] Stage udp_stage(std::uint16_t source_port, std::uint16_t destination_port, bool quic);

}  // namespace pmtu
