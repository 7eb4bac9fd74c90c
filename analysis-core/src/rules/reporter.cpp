// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/reporter.h"

#include "pmtu/protocol_sizes.h"

namespace pmtu {
namespace {

/// Dropped at borders, and by unicast reverse path forwarding, on the way to a global address (RFC 3704).
bool is_private(const IpAddress& address) {
  const auto& b = address.bytes;
  if (address.version == IpVersion::v6) {
    const bool unique_local = (b[0] & 0xfeU) == 0xfc;                // RFC 4193 §3.1
    const bool link_local = b[0] == 0xfe && (b[1] & 0xc0U) == 0x80;  // RFC 4291 §2.5.6
    return unique_local || link_local;
  }
  const bool rfc1918 = b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0U) == 16) || (b[0] == 192 && b[1] == 168);
  const bool shared = b[0] == 100 && (b[1] & 0xc0U) == 64;  // RFC 6598
  const bool link_local = b[0] == 169 && b[1] == 254;       // RFC 3927
  return rfc1918 || shared || link_local;
}

/// The entrance of a bridged tunnel has no address on the path: it writes in the name of the destination and
/// copies the header of the data (Linux VXLAN and Geneve since 5.9). A destination of its own would count its
/// TTL from the other end, and number its datagrams.
bool is_written_by_tunnel(const PacketTooBig& message) {
  const QuotedDatagram& quote = *message.quote;
  const bool numbered = message.recipient.version == IpVersion::v4 && message.identification != 0;
  return message.reporter == quote.destination && message.ttl == quote.ttl && !numbered;
}

}  // namespace

bool claims_to_be_recipient(const PacketTooBig& message) {
  return message.reporter == message.recipient;
}

HintRemark doubt_about_reporter(const PacketTooBig& message) {
  // rule: reporter
  if (is_private(message.reporter) && !is_private(message.recipient)) return HintRemark::private_reporter;
  if (message.next_hop_mtu == Mtu(kLinuxMinimumPathMtu)) return HintRemark::reporter_estimate;
  if (is_written_by_tunnel(message)) return HintRemark::written_by_tunnel;
  return HintRemark::none;
}

}  // namespace pmtu
