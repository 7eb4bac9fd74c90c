// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/bracket.h"
#include "pmtu/finding.h"
#include "pmtu/points.h"
#include "pmtu/units.h"

/// The summary of a capture: one row per judged direction of a conversation and one per path.
namespace pmtu {

/// Verdict over one direction of a conversation, from nothing to say to the worst.
enum class Verdict : std::uint8_t {
  none,
  not_exercised,
  compliant,
  compliant_by_fragmentation,
  probing,
  unverifiable,
  hint_undeliverable,
  black_hole_recovered,
  fragments_lost,
  black_hole_suspected,
  black_hole_receiver,
  probably_ignoring,
  black_hole_confirmed,
  ignoring,
};
inline constexpr std::size_t kVerdicts = 14;

/// Whether the capture shows that hints reached the sender. Seen is not delivered.
enum class Delivery : std::uint8_t { unknown, yes };

/// What was being passed when the conversation stalled.
enum class Stage : std::uint8_t {
  unknown,
  tcp_handshake,
  tcp_data,
  tls_client_hello,
  tls_server_hello,
  tls_certificate,
  tls_handshake,
  tls_application_data,
  ssh_banner,
  ssh_key_exchange,
  ssh_session,
  http_request,
  http_response,
  dns_query,
  dns_response,
  quic_handshake,
  quic_data,
  smtp,
  udp_data,
  icmp_echo,
  radius,
  ike,
  sip,
  nfs,
  kerberos,
  sctp_data,
  tunnel_payload,
  iscsi,
  ceph,
  smb,
  nfs_over_tcp,
};

/// What to configure. Empty where it cannot be derived.
struct Recommendation {
  std::optional<std::uint16_t> mss_v4;  ///< MTU − 40 (RFC 9293 §3.7.1)
  std::optional<std::uint16_t> mss_v6;  ///< MTU − 60
  std::optional<Mtu> mtu;
  friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

/// A sender keeps to the path MTU, and a datagram of it goes out again and again without an acknowledgment.
struct StuckObeying {
  DatagramLength length;
  std::uint32_t transmissions = 0;
  std::uint32_t refused_hints = 0;        ///< about its direction, that no sender may go by
  HintRemark refusal = HintRemark::none;  ///< why not, of the latest of them
  friend bool operator==(const StuckObeying&, const StuckObeying&) = default;
};

/// One judged direction: `flow.path.source` is the host whose datagrams are judged.
struct ConversationRow {
  ConversationId id;
  FlowKey flow;
  Verdict verdict = Verdict::none;
  std::string reason;  ///< one sentence with frames and numbers
  Stage stage = Stage::unknown;
  std::optional<Mtu> path_mtu;
  Bracket bracket;
  std::uint32_t hints = 0;  ///< without duplicates, any status, that quote this direction
  std::uint32_t ignored_packets = 0;
  std::uint64_t ignored_bytes = 0;
  DatagramLength smallest_ignored;  ///< of those that ignored a hint; 0: none did
  DatagramLength largest_ignored;
  std::uint32_t in_flight_packets = 0;
  DatagramLength largest_datagram;
  std::optional<Duration> stall;
  std::optional<Timestamp> stall_begin;       ///< empty where it is not known
  std::optional<StuckObeying> stuck_obeying;  ///< for the longest time; empty: nothing was stuck so
  std::uint64_t resent_bytes = 0;
  std::optional<IpAddress> reporter;          ///< of the hint in force
  FrameNumber hint_frame;                     ///< the hint in force, by which the verdict goes
  HintRemark hint_remark = HintRemark::none;  ///< what there is to say of it
  /// Where a bridged tunnel wrote that hint in another's name: its entrance, if its outer datagrams were
  /// seen.
  std::optional<IpAddress> tunnel_entrance;
  bool may_refuse_hints = false;              ///< an IPsec end, see RFC 4301 §6.1.1
  std::optional<std::uint8_t> sender_hops;    ///< routers between sender and capture point, from the TTL
  std::optional<std::uint8_t> receiver_hops;  ///< the same for the receiver
  Delivery delivered = Delivery::unknown;
  Recommendation recommended;
  std::vector<FrameNumber> hint_frames;     ///< capped, see `Preferences`
  std::vector<FrameNumber> ignored_frames;  ///< capped, see `Preferences`
  FrameNumber first_frame;
  FrameNumber last_frame;
  /// That saw it, along its way; where they share no datagram, those that have something to say of it. Empty:
  /// the capture has one.
  std::vector<PointId> points;
  std::optional<JoinedDirection> joined;  ///< what several capture points tell together; empty: one saw it
  friend bool operator==(const ConversationRow&, const ConversationRow&) = default;
};

/// One path for which a hint, or a loss by size, was seen.
struct PathRow {
  PathKey path;
  std::optional<Mtu> path_mtu;
  Bracket bracket;
  std::vector<IpAddress> reporters;
  std::uint32_t hints = 0;
  std::string explanation;  ///< see `explain_mtu`
  friend bool operator==(const PathRow&, const PathRow&) = default;
};

/// What could not be kept or read, for the report.
struct Coverage {
  std::uint64_t frames = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t opaque_frames = 0;  ///< unknown link type
  std::uint64_t truncated_frames = 0;
  std::uint64_t evicted_flows = 0;  ///< dropped at `Preferences::max_flows`
  std::uint64_t evicted_paths = 0;
  std::uint64_t dropped_findings = 0;       ///< beyond `Preferences::max_findings`
  std::uint64_t evicted_conversations = 0;  ///< rows given up at `Preferences::max_conversations`
  std::uint64_t unjoined_datagrams = 0;     ///< beyond `Preferences::max_joined_datagrams`
  bool crowded_points = false;              ///< more capture points than can be told apart
  bool offload = false;
  bool any_icmp = false;  ///< an ICMP message of any kind was captured
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

/// A hint of whose quoted conversation nothing was captured: nobody is blamed by it.
struct UnseenHint {
  FrameNumber frame;
  IpAddress reporter;
  IpAddress addressee;
  std::optional<Mtu> mtu;
  FlowKey quoted;  ///< as far as the quotation was captured
  friend bool operator==(const UnseenHint&, const UnseenHint&) = default;
};

/// What was looked at, for captures that blame nobody.
struct LookedAt {
  std::uint64_t directions = 0;  ///< of the connections that are still known at the end
  std::uint64_t one_sided = 0;   ///< of TCP, of which the other direction was not captured
  std::uint64_t gaps = 0;        ///< large datagrams of their paths were acknowledged and never captured
  std::uint64_t rejected = 0;    ///< of TCP, of which an ICMP error that is no hint quotes outstanding bytes
  std::uint64_t unanswered = 0;  ///< of TCP, whose largest datagrams drew no acknowledgment
  std::optional<DatagramLength> largest_unanswered;
  std::optional<DatagramLength> largest_acknowledged;
  std::optional<std::uint16_t> smallest_mss;  ///< of the MSS options
  std::optional<std::uint16_t> largest_mss;
  std::uint32_t hints = 0;  ///< of any status, copies included
  friend bool operator==(const LookedAt&, const LookedAt&) = default;
};

/// Everything that a table, a report or a script shows; final for what was observed so far.
struct Summary {
  Coverage coverage;
  std::vector<PathRow> paths;
  LookedAt looked_at;
  std::vector<UnseenHint> unseen_hints;        ///< in order, capped, see `Preferences`
  std::vector<ChangeInSum> changed;            ///< between capture points; a hundred at most
  std::vector<CapturePoint> points;            ///< empty: the capture has one
  std::vector<ConversationRow> conversations;  ///< worst verdict first, then by first frame
  friend bool operator==(const Summary&, const Summary&) = default;
};

[[nodiscard]] std::string_view name(Verdict verdict) noexcept;
[[nodiscard]] std::string_view name(Delivery delivered) noexcept;
/// For people: "TLS handshake: Certificate"; empty when unknown.
[[nodiscard]] std::string_view text(Stage stage) noexcept;
/// For people: "ignoring: the sender kept sending oversize DF datagrams after it had the hint".
[[nodiscard]] std::string_view sentence(Verdict verdict) noexcept;

/// MSS and interface MTU for a path MTU (RFC 9293 §3.7.1, RFC 8200 §8.3).
[[nodiscard]] Recommendation recommend(Mtu mtu) noexcept;

}  // namespace pmtu
