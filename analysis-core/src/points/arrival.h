// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pmtu/points.h"

namespace pmtu {

/// A datagram that passed the first of two capture points while both demonstrably captured its path, and
/// whose size was one on a wire.
struct Sent {
  FrameNumber frame;
  std::uint32_t length = 0;
  std::uint32_t direction = 0;  ///< of a conversation
  bool arrived = false;
  bool dont_fragment = true;  ///< if not, it shows that the path lives, and nothing about sizes
};

/// One of them that did not arrive, in order of capture.
struct Lost {
  FrameNumber frame;
  std::uint32_t length = 0;
  SequenceNumber sequence;     ///< with `has_sequence`
  bool has_sequence = false;   ///< TCP payload
  bool after_another = false;  ///< the datagram of the direction before it was lost, too
};

/// What passed and what arrived, by size. Neighbouring sizes of one fate share a row, at most `kRows` in all.
[[nodiscard]] std::vector<ArrivalBySize> arrival_by_size(std::span<const Sent> sent);

/// Sizes that vanish between two points, of all datagrams of a path in order of capture at the first.
struct VanishingSizes {
  Bracket bracket;
  std::uint32_t lost = 0;  ///< of that size and above
  std::uint32_t smaller_arrived = 0;
};

/// At least three datagrams of a size and above were lost and none arrived; at least three smaller ones did,
/// one of them after the first loss; of the smaller ones sent after it at most a quarter was lost: else a
/// link was cut, or everything is lossy. Empty otherwise.
[[nodiscard]] std::optional<VanishingSizes> vanishing_sizes(std::span<const Sent> sent);

/// Losses of one direction that are no probes.
struct InsistentLosses {
  std::uint32_t count = 0;
  FrameNumber first;
  FrameNumber last;
  std::vector<LostDatagram> datagrams;  ///< the first of them
};
inline constexpr std::size_t kListedFrames = 1000;

/// A direction that lost datagrams of `size` and above because it insists on them: TCP sent the same bytes
/// again at such a size; without sequence numbers, three of them and two in a row, or it sent one size more
/// often than a search does. A window of TCP is lost once, when it meets a hint that is obeyed. A sender that
/// searches for a larger path MTU loses lone ones, of each size three at most (RFC 4821 §7, RFC 8899 §5).
/// Empty otherwise.
[[nodiscard]] std::optional<InsistentLosses> insistent_losses(std::span<const Lost> lost, std::uint32_t size);

}  // namespace pmtu
