// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "track/tracker.h"

/// What the quotation of an ICMP error names among what was seen (RFC 792, RFC 4443 §2.4 (c)).
namespace pmtu {

struct QuotedFlow {
  DirectionId direction;   ///< unknown: none was seen, or more than one fits
  bool ambiguous = false;  ///< more than one fits what is left of a short quotation
};

[[nodiscard]] FlowKey key_of(const QuotedDatagram& quote);
[[nodiscard]] FlowKey key_of(const Datagram& datagram);
[[nodiscard]] bool has_whole_addresses(const QuotedDatagram& quote);
/// Whether the part of an address that was quoted, `bytes` long, begins the whole one.
[[nodiscard]] bool prefix_matches(const IpAddress& whole, const IpAddress& part, std::uint8_t bytes);

/// The direction that sent the quoted datagram. A short quotation is compared with the datagrams seen last;
/// only a single flow will do.
[[nodiscard]] QuotedFlow find_quoted_flow(const Tracker& facts, const QuotedDatagram& quote);

/// The quoted datagram itself: by identification, else by length and sequence number; empty: not captured.
[[nodiscard]] const Transmission* find_quoted_datagram(const Tracker& facts, DirectionId direction,
                                                       const QuotedDatagram& quote);

/// A connection that had these ports before the present one sent the quoted datagram, and it was captured.
[[nodiscard]] bool sent_by_former_connection(const Tracker& facts, DirectionId direction,
                                             const QuotedDatagram& quote);

/// The latest datagram that the quotation means under other addresses or ports, as a translator leaves it
/// (RFC 5508 §4.2): alike in identification, length and sequence number, and in an address or a port at
/// least. The error goes to its sender, or to whom the quotation names instead of it. Empty: none.
[[nodiscard]] const Transmission* find_translated_datagram(const Tracker& facts, const QuotedDatagram& quote,
                                                           const IpAddress& recipient);

/// All directions whose latest datagrams fit a short quotation.
[[nodiscard]] std::vector<DirectionId> all_fitting(const Tracker& facts, const QuotedDatagram& quote);

}  // namespace pmtu
