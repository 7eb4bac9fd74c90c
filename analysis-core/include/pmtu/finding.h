// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pmtu/address.h"
#include "pmtu/units.h"

/// What the analysis has to say of single frames. Values are plain and trivially copyable, so that they may
/// cross code that leaves by longjmp; every text is made by the functions at the end.
namespace pmtu {

/// One kind per expert item; the names are those of the display filter `pmtu.<name>`.
enum class FindingKind : std::uint8_t {
  hint_received,
  hint_stale,
  hint_unseen,
  hint_no_mtu,
  hint_invalid,
  hint_unmatched,
  in_flight,
  ignored_hint,
  ignored_sibling_hint,
  honoured,
  probe,
  reprobe,
  black_hole_suspected,
  black_hole_confirmed,
  black_hole_recovered,
  black_hole_receiver,
  mss_exceeds_path_mtu,
  mss_clamped_one_way,
  tunnel_hint_not_relayed,
  offload,
  black_hole_loss,
  hint_untranslated,
  vanished,
  hint_filtered,
  fragmented_despite_df,
  fragments_lost,
};
inline constexpr std::size_t kFindingKinds = 26;

enum class Severity : std::uint8_t { chat, note, warn, error };

/// What became of an ICMP message that names (or should name) a path MTU.
enum class HintStatus : std::uint8_t { valid, no_mtu, stale, unseen, invalid, unmatched };

/// Why a hint was refused, or what there is to say about one that was not.
enum class HintRemark : std::uint8_t {
  none,
  mtu_below_minimum,       ///< RFC 1191 §3 (68), RFC 8201 §4 (1280)
  mtu_not_below_datagram,  ///< RFC 8899 §4.6.2: next-hop MTU not smaller than the quoted datagram
  quote_without_df,        ///< RFC 1191 §4
  wrong_recipient,         ///< not addressed to the source of the quoted datagram
  bytes_never_sent,        ///< RFC 5927 §4.1
  flow_never_seen,         ///< RFC 5927 §4.1
  quote_too_short,
  quote_ambiguous,  ///< more than one flow fits what is left of the quotation
  bytes_already_acknowledged,
  raises_path_mtu,     ///< RFC 1191 §3: counted only
  below_quic_minimum,  ///< RFC 9000 §14.2.1
  path_never_seen,     ///< nothing of the quoted path was captured
  untranslated,        ///< RFC 5508 §4.2: a translator left the quotation as it was
  // About the reporter.
  reporter_is_recipient,  ///< it claims to come from the host that it is addressed to
  private_reporter,       ///< RFC 1918, RFC 4193: dropped at borders on the way to a global address
  reporter_estimate,      ///< 552: what Linux falls to when it was told no MTU
  written_by_tunnel,      ///< in the name of the destination, by the entrance of a bridged tunnel
};

/// Which test of domain shows that the sender could have known the hint when it sent the datagram.
enum class Proof : std::uint8_t { none, causal, rtt, default_time };

/// One sentence about the frame `frame`. Which members mean something follows from `kind`; "no frame" is 0.
struct Finding {
  FrameNumber frame;
  FindingKind kind = FindingKind::hint_received;
  Severity severity = Severity::chat;
  ConversationId conversation = kNoConversation;

  // The datagram that the finding is about.
  DatagramLength length;  ///< 0: the finding is not about a datagram
  bool dont_fragment = false;
  bool echo = false;               ///< echo requests, which draw replies: of a black hole
  std::uint8_t level = 0;          ///< encapsulation level in the frame
  std::uint16_t transmission = 0;  ///< how often these bytes have been sent, this time included

  // The path MTU it is measured against.
  std::optional<Mtu> path_mtu;  ///< empty: no hint in force, or one without an MTU
  FrameNumber hint_frame;       ///< begin of knowledge: the frame that carried the hint
  Duration since_hint;
  Proof proof = Proof::none;

  // The hint itself, on frames that carry one.
  std::optional<HintStatus> hint_status;
  HintRemark remark = HintRemark::none;
  std::optional<Mtu> hint_mtu;
  FrameNumber quoted_frame;
  DatagramLength quoted_length;
  IpAddress reporter;

  // Evidence of findings without a hint.
  FrameNumber related_frame;  ///< first transmission, first frame beyond a hole, the other side's SYN …
  std::uint32_t count = 0;    ///< transmissions, missing bytes, the MSS in question, fragmented with DF kept
  Duration since_first;       ///< after the first transmission

  // Evidence of several capture points; 0: none.
  PointId passed_point;  ///< the last one that the datagram or hint passed
  PointId lost_point;    ///< the next one on its way, where it never arrived

  /// Bytes above the path MTU; 0 when there is none in force or it is not exceeded.
  [[nodiscard]] std::uint32_t excess() const {
    return path_mtu && length.value() > path_mtu->value() ? length.value() - path_mtu->value() : 0;
  }
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// Stable machine names: "ignored_hint", "warn", "unmatched", "causal".
[[nodiscard]] std::string_view name(FindingKind kind) noexcept;
[[nodiscard]] std::string_view name(Severity severity) noexcept;
[[nodiscard]] std::string_view name(HintStatus status) noexcept;
[[nodiscard]] std::string_view name(Proof proof) noexcept;

/// Fixed text of the expert item, without numbers, so that findings of one kind group together.
/// `ignored_hint`: "Oversize DF packet ignored PMTU hint".
[[nodiscard]] std::string_view summary(FindingKind kind) noexcept;
[[nodiscard]] std::string_view sentence(HintRemark remark) noexcept;
[[nodiscard]] std::string_view sentence(Proof proof) noexcept;

/// The frame shows a black hole: `length` is the size that vanishes in it, which the frame's own datagram
/// need not have.
[[nodiscard]] bool shows_black_hole(FindingKind kind) noexcept;
/// Why a datagram above the path MTU is not held against its sender: "in flight", "probe", "offload" …; empty
/// where it is, and for findings about anything else.
[[nodiscard]] std::string_view excuse(const Finding& finding) noexcept;

/// Severity that an expert item is registered with: the highest the kind can reach.
[[nodiscard]] Severity default_severity(FindingKind kind) noexcept;

/// The finding as one sentence with its numbers: "1500-byte DF datagram exceeds path MTU 1446 (hint in frame
/// 7) by 54; the sender had the hint 206 ms earlier".
[[nodiscard]] std::string describe(const Finding& finding);

/// What sets the finding apart from others of its kind, in a few words: for a ladder, where kind and sizes
/// stand elsewhere. "transmission 3, 206 ms after the hint in frame 7".
[[nodiscard]] std::string brief(const Finding& finding);

/// Candidate encapsulations of a next-hop MTU on a 1500-byte base, ", "-separated, with their arithmetic;
/// empty when none fits. Candidates, never certainty.
[[nodiscard]] std::string explain_mtu(Mtu mtu);

}  // namespace pmtu
