// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/units.h"

/// What the rules measure by and users need not tune, each with its source. Sizes that protocols fix are in
/// `pmtu/protocol_sizes.h`, what users may tune is in `Preferences`.
namespace pmtu::threshold {

// Knowledge and judgement.
/// The rest of a window comes for a round trip; none that was met took longer.
inline constexpr Duration longest_round_trip = Duration::seconds(1);
/// Spacing of full datagrams at 240 kbit/s: a longer pause shows that no queue was left.
inline constexpr Duration queue_ran_empty = Duration::milliseconds(50);
/// No queue was met that held more.
inline constexpr Duration longest_queue = Duration::seconds(1);
/// A hint may stand in the capture shortly before the datagram that it quotes.
inline constexpr Duration disorder = Duration::milliseconds(100);
/// A sender that pads its options fills the path without reaching it: one block of TCP options.
inline constexpr std::uint32_t option_block = 12;
/// MAX_PROBES, RFC 8899 §5.1.2.
inline constexpr std::uint32_t probes_of_one_size = 3;
/// A search tries a handful of sizes (RFC 8899 §5.3); who goes on for ever is no prober.
inline constexpr std::uint32_t probes_of_a_search = 12;
/// One that halves what lies between QUIC's minimum and Ethernet, to the byte: nine sizes, three tries each.
inline constexpr std::uint32_t probes_of_a_quic_search = 27;
/// DPLPMTUD may wait for the loss instead of the hint (RFC 8899 §4.6.1).
inline constexpr Duration quic_patience = Duration::seconds(10);
/// What is at least as long is data made to fit, no request and no acknowledgment.
inline constexpr std::uint32_t segment_worth_naming = 512;

// Hints.
/// The same hint from another interface comes within this time; from the same one, at once.
inline constexpr Duration hint_copy_elsewhere = Duration::milliseconds(20);
inline constexpr Duration hint_copy_here = Duration::milliseconds(1);
/// One-sided captures: as far as any window may reach (RFC 7323 §2.3).
inline constexpr std::int32_t blind_window = 1 << 24;

// Advice.
/// A size that passed is recommended only if a link may have it as its MTU.
inline constexpr std::uint32_t ipv4_worth_recommending = 1200;

// Black holes.
/// Copies of one transmission, and fast retransmissions of one flight, count once.
inline constexpr Duration between_transmissions = Duration::milliseconds(20);
/// A lost size lies at least this far above the largest that passed: no header or option makes less, and one
/// byte is chance.
inline constexpr std::uint32_t smallest_step = 8;
[[nodiscard]] constexpr bool refutes(std::uint32_t passed, std::uint32_t lost) {
  return passed != 0 && passed + smallest_step > lost;
}
inline constexpr Duration answer_within = Duration::seconds(1);
inline constexpr Duration small_drew_nothing = Duration::seconds(2);
/// Silence of the peer while the sender still retransmits, and without that.
inline constexpr Duration peer_silent_while_resent = Duration::seconds(1);
inline constexpr Duration peer_silent = Duration::seconds(3);
/// RFC 6298 §2.4 and §5.5: timers double, and no sender waits much longer than this.
inline constexpr Duration longest_timer = Duration::seconds(120);
/// A hole counts sooner when the connection ends unfilled.
inline constexpr Duration hole_at_the_end = Duration::seconds(1);
/// Tunnel ends are given this long to relay a hint (RFC 2003 §4.1).
inline constexpr Duration relay_within = Duration::seconds(1);

}  // namespace pmtu::threshold
