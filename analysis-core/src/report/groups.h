// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"
#include "report/tunnel_overhead.h"

/// What happened, sorted by whom it concerns: one group for each verdict over a sender, the reporter and the
/// MTU that it was told.
namespace pmtu::report {

using Findings = std::vector<const Finding*>;

/// The findings of each conversation, in order of frames.
class FindingsByConversation {
 public:
  explicit FindingsByConversation(std::span<const Finding> findings);
  [[nodiscard]] std::span<const Finding* const> of(ConversationId conversation) const;

 private:
  Findings sorted_;
};

/// A hint that was ignored, and what ignored it.
struct IgnoredHint {
  FrameNumber frame;  ///< 0: none was captured
  std::optional<Mtu> mtu;
  std::uint32_t packets = 0;  ///< 0: not all of them are known
  std::uint32_t smallest = 0;
  std::uint32_t largest = 0;
  std::vector<FrameNumber> frames;  ///< of those packets
  FrameNumber obeyed_later;         ///< where the sender kept to its MTU after all; 0: nowhere
};

/// What a verdict rests on in one conversation. Everything is true of the datagrams that it speaks of: a path
/// can be hinted twice, and each reporter has its own case.
struct Case {
  const ConversationRow* row = nullptr;
  std::span<const Finding* const> findings;  ///< of the conversation
  /// What the hint named that those datagrams were measured against; of several the lowest.
  std::optional<Mtu> mtu;
  std::optional<IpAddress> reporter;
  FrameNumber hint_frame;                ///< 0: none was captured; of several the first
  std::vector<IgnoredHint> hints;        ///< in order, where the reporter named several MTUs; else empty
  HintRemark remark = HintRemark::none;  ///< why the hint was refused
  std::uint32_t packets = 0;             ///< held against the sender
  std::uint64_t bytes = 0;
  std::uint32_t smallest = 0;
  std::uint32_t largest = 0;
  std::vector<FrameNumber> frames;  ///< of those packets
  const Finding* first = nullptr;   ///< of those packets, where its finding was kept
  FrameNumber obeyed_later;         ///< where the sender kept to the path MTU after all; 0: nowhere
};

/// Two capture points that follow each other on the way of what was lost between them.
struct Between {
  PointId from;
  PointId to;
  friend auto operator<=>(const Between&, const Between&) = default;
};

/// The tunnel in which datagrams travel, whose entrance was told that its own do not fit.
struct CarryingTunnel {
  IpAddress entrance;
  Mtu outer_mtu;                   ///< what the hint named for the tunnel's own datagrams
  FrameNumber hint_frame;          ///< 0: not known
  bool delivered = false;          ///< the capture shows that the hint reached the entrance
  bool silent = false;             ///< and that the senders inside were told nothing
  std::optional<TunnelRoom> room;  ///< what is left inside; empty: the headers are not known
};

struct Group {
  Verdict verdict = Verdict::none;
  IpAddress sender;
  std::optional<IpAddress> reporter;
  std::optional<Mtu> mtu;
  std::vector<Mtu> mtus;  ///< where the reporter named several that were ignored: in order
  std::optional<DatagramLength> lost;
  HintRemark remark = HintRemark::none;
  bool stalls = false;  ///< it follows the path MTU, and stalls beside hints that no sender may go by
  std::optional<Between> between;  ///< where several points show it: datagrams vanish or hints are filtered
  std::optional<CarryingTunnel> tunnel;  ///< of a black hole inside one
  std::vector<Case> cases;               ///< those that most is held against first

  [[nodiscard]] const Case& worst() const { return cases.front(); }
  [[nodiscard]] const ConversationRow& row() const { return *worst().row; }
  [[nodiscard]] IpVersion version() const { return sender.version; }
};

/// The receivers of a group, those first that most is held against.
[[nodiscard]] std::vector<IpAddress> destinations(const Group& group);

/// Worst verdict first, then those with most conversations. Black holes, which lie on a path, have a group
/// for each receiver; where one sender loses a size to many of them, one for all.
[[nodiscard]] std::vector<Group> group(const Summary& summary, const FindingsByConversation& findings);

/// Whether somebody has to act.
[[nodiscard]] bool asks_for_action(const Group& group);

/// Whether the verdict is that hints were not followed.
[[nodiscard]] bool is_ignoring(Verdict verdict);

/// Whether the hints are believable, and were filtered on their way to the sender.
[[nodiscard]] bool is_filtered(const Group& group);

/// Whether the verdict is that datagrams of some size are lost without a usable hint.
[[nodiscard]] bool is_black_hole(Verdict verdict);

/// No router lies between sender and receiver, by the TTL of both at each place where they were captured.
[[nodiscard]] bool on_one_link(const Group& group);

/// On one link more than Ethernet's standard size is lost: no router is there that could report it.
[[nodiscard]] bool loses_giants(const Group& group);

/// The first hint about a black hole that explains it, and whose quotation a translator did not translate
/// back.
[[nodiscard]] const Finding* untranslated_hint(const Group& group);

/// The first hint about what is lost all the same that no sender may go by because of the MTU that it names
/// (RFC 1191 §3, RFC 8201 §4).
[[nodiscard]] const Finding* unusable_hint(const Group& group);

/// Somebody clamps the MSS, and forgot the way that fails; null where nothing shows it.
[[nodiscard]] const Finding* one_way_clamp(const Group& group);

/// Whether it is the minimum of IPv6 that the MTU of a hint is below: every link has to take 1280 bytes.
[[nodiscard]] bool is_below_ipv6(const Group& group, HintRemark remark);

/// Whether what is lost is the handshake of QUIC, which no smaller size would help.
[[nodiscard]] bool is_quic_handshake(const Group& group);

}  // namespace pmtu::report
