// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "pmtu/preferences.h"
#include "pmtu/units.h"

namespace pmtu {

/// The unacknowledged head of one direction of a TCP connection while it is sent again and again: is it lost
/// because of its size? The black hole as the sender's side sees it (RFC 2923 §2.1, RFC 4821 §7.7). Knows
/// sizes and times of one stall; whether the path ever took such a size is asked of the caller.
class LossBySize {
 public:
  /// The head as it went out once.
  struct Sent {
    DatagramLength length;  ///< 0: without DF
    FrameNumber frame;
    Timestamp at;
    Timestamp lost_at;  ///< from then on it has stayed unanswered for as long as the pause before it
  };

  /// One transmission of the head; true: it counts. `round_trip`: sender side to the peer, zero when unknown.
  bool head_sent(DatagramLength length, std::uint32_t payload, bool dont_fragment, Timestamp now,
                 FrameNumber frame, Duration round_trip, std::uint32_t needed);
  /// The head is still unacknowledged: what has gone unanswered long enough by now is lost.
  void wait(Timestamp now);
  /// The sender sent a segment with payload (or a FIN) beyond the head. `answer_would_show`: a duplicate ACK
  /// or a SACK block that it drew would have been noted.
  void beyond_sent(DatagramLength length, Timestamp now, bool answer_would_show = true);
  /// A duplicate ACK at the head, without payload.
  void duplicate_ack(Timestamp now);
  /// A SACK block covers a segment of this size, sent beyond the head.
  void selectively_acked(DatagramLength length);
  /// The peer sent bytes again that the sender's segments had acknowledged, or not yet acknowledged.
  /// `since`: time since it had sent them last, zero when unknown.
  void peer_resent(bool was_acknowledged, Duration since, Timestamp now);
  /// The sender acknowledged the peer's bytes with a datagram of this size.
  void acknowledged_peer(DatagramLength length, Timestamp now);
  /// Smaller segments of another flow of the path were acknowledged, sent after this loss began.
  void other_flow_lives() { other_flow_ = true; }
  /// The window was too small for the head, the peer reset, or another ICMP error explains the loss.
  void exclude() { excluded_ = true; }
  /// The peer advertised this window.
  void window_advertised(std::uint32_t window);

  /// Smallest size that was lost often enough; empty until then.
  [[nodiscard]] std::optional<DatagramLength> lost() const { return lost_; }
  /// A transmission like this one is lost by its size.
  [[nodiscard]] bool is_too_large(DatagramLength length, bool dont_fragment) const {
    return lost_ && dont_fragment && length >= *lost_;
  }
  [[nodiscard]] bool excluded() const { return excluded_; }
  /// Forward life after the first loss: small segments arrive while large ones do not.
  [[nodiscard]] bool forward_life(Timestamp now) const;
  /// What was sent beyond the head may still draw an answer, or speak against a loss by size.
  [[nodiscard]] bool undecided(Timestamp now) const;
  /// The head went smaller, or without DF, after `lost` was established and nothing larger followed.
  [[nodiscard]] bool shrunk() const { return shrunk_; }
  /// When it went so last.
  [[nodiscard]] Timestamp shrunk_at() const { return shrunk_at_; }
  /// How often the head went out at the lost size or a larger one, and drew nothing.
  [[nodiscard]] std::uint32_t transmissions() const;
  /// Those of them that are remembered.
  [[nodiscard]] std::span<const Sent> sent() const { return {sent_.data(), known()}; }
  [[nodiscard]] Timestamp begin() const { return begin_; }
  [[nodiscard]] Timestamp last_sent() const { return last_counted_; }
  [[nodiscard]] FrameNumber first_frame() const { return first_frame_; }
  [[nodiscard]] FrameNumber last_frame() const { return last_frame_; }
  [[nodiscard]] std::uint64_t resent_bytes() const { return resent_bytes_; }

 private:
  static constexpr std::size_t kRemembered = 12;
  void remember(DatagramLength length, bool dont_fragment, Timestamp now, FrameNumber frame);
  void find_lost(std::size_t known);
  void find_shrinking();
  [[nodiscard]] std::size_t known() const { return std::min<std::size_t>(counted_, kRemembered); }

  std::array<Sent, kRemembered> sent_{};
  std::uint32_t counted_ = 0;
  std::uint32_t beyond_memory_ = 0;  ///< large ones after those remembered
  std::uint32_t needed_ = 0;
  std::optional<DatagramLength> lost_;
  Timestamp begin_;
  Timestamp last_counted_;
  Timestamp shrunk_at_;
  DatagramLength last_length_;  ///< of the latest transmission; 0: without DF
  Timestamp last_at_;
  FrameNumber first_frame_;
  FrameNumber last_frame_;
  std::uint64_t resent_bytes_ = 0;
  std::optional<Timestamp> last_small_;
  std::optional<Timestamp> last_large_;
  std::optional<Timestamp> unanswered_small_;  ///< a small segment beyond the head that drew nothing yet
  std::optional<Timestamp> peer_resent_;
  Duration peer_interval_;              ///< between the peer's latest repetitions
  std::uint32_t smallest_payload_ = 0;  ///< of the head
  std::optional<Timestamp> answered_peer_;
  bool shrunk_ = false;
  bool excluded_ = false;
  bool sacked_smaller_ = false;
  bool duplicate_ack_of_smaller_ = false;
  bool other_flow_ = false;
  bool peer_deaf_ = false;  ///< the peer re-sends bytes that were acknowledged to it

  [[nodiscard]] bool is_small(DatagramLength length) const;
};

}  // namespace pmtu
