// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/loss_by_size.h"

#include <algorithm>

namespace pmtu {

void LossBySize::head_sent(DatagramLength length, std::uint32_t payload, bool dont_fragment, Timestamp now,
                           FrameNumber frame, Duration round_trip, std::uint32_t needed) {
  // A sender that leaves DF clear meets no black hole of this kind: its routers fragment (RFC 791).
  if (!dont_fragment && !lost_) excluded_ = true;
  smallest_payload_ = transmissions_ == 0 ? payload : std::min(smallest_payload_, payload);
  // Copies of one transmission (mirror ports, fast retransmissions in one flight) count once.
  const Duration spacing = std::max(round_trip, Duration::milliseconds(20));
  if (transmissions_ != 0 && now - last_counted_ < spacing) {
    last_frame_ = frame;
    if (lost_ && (length < *lost_ || !dont_fragment)) {
      shrunk_at_ = now;
      shrunk_ = true;
    }
    return;
  }
  if (transmissions_ == 0) {
    begin_ = now;
    first_frame_ = frame;
  } else {
    resent_bytes_ += length.value();
  }
  last_counted_ = now;
  last_frame_ = frame;
  if (lost_ && (length < *lost_ || !dont_fragment)) {
    shrunk_at_ = now;
    shrunk_ = true;
  } else {
    last_large_ = now;
    shrunk_ = false;
  }
  if (transmissions_ < kSizes) sizes_[transmissions_] = length.value();
  ++transmissions_;
  find_lost(needed);
}

void LossBySize::find_lost(std::uint32_t needed) {
  // The smallest size L such that, before anything smaller followed, `needed` transmissions had size ≥ L, two
  // of them exactly L (RFC 9293 §3.8.3 R1, RFC 4821 §7.7). What went before may have been smaller: a
  // repetition takes along what waits behind the head.
  const std::size_t known = std::min<std::size_t>(transmissions_, kSizes);
  for (std::size_t i = 0; i < known; ++i) {
    const std::uint32_t size = sizes_[i];
    if (lost_ && size >= lost_->value()) continue;
    std::uint32_t at_least = 0;
    std::uint32_t exactly = 0;
    const auto grown = std::find_if(sizes_.begin(), sizes_.begin() + known,
                                    [&](std::uint32_t earlier) { return earlier >= size; });
    for (auto j = static_cast<std::size_t>(grown - sizes_.begin()); j < known && sizes_[j] >= size; ++j) {
      ++at_least;
      if (sizes_[j] == size) ++exactly;
    }
    if (at_least >= needed && exactly >= 2) {
      lost_ = DatagramLength(size);
      shrunk_ = false;
    }
  }
}

bool LossBySize::is_small(DatagramLength length) const {
  const std::uint32_t head = lost_ ? lost_->value() : sizes_[0];
  return length.value() < head;
}

void LossBySize::beyond_sent(DatagramLength length, Timestamp now, bool answer_would_show) {
  if (!is_small(length)) {
    last_large_ = now;
    return;
  }
  last_small_ = now;
  if (!unanswered_small_ && answer_would_show) unanswered_small_ = now;
}

void LossBySize::duplicate_ack(Timestamp now) {
  constexpr Duration kAnswerWithin = Duration::seconds(1);
  unanswered_small_.reset();
  const bool large_in_that_second = last_large_ && now - *last_large_ < kAnswerWithin;
  if (last_small_ && now - *last_small_ < kAnswerWithin && !large_in_that_second)
    duplicate_ack_of_smaller_ = true;
}

void LossBySize::selectively_acked(DatagramLength length) {
  unanswered_small_.reset();
  if (is_small(length)) sacked_smaller_ = true;
}

void LossBySize::window_advertised(std::uint32_t window) {
  if (window < smallest_payload_) excluded_ = true;
}

void LossBySize::peer_resent(bool was_acknowledged, Duration since, Timestamp now) {
  if (answered_peer_ && was_acknowledged) peer_deaf_ = true;
  peer_interval_ = peer_resent_ ? now - *peer_resent_ : since;
  peer_resent_ = now;
  answered_peer_.reset();
}

void LossBySize::acknowledged_peer(DatagramLength length, Timestamp now) {
  if (peer_resent_ && !answered_peer_ && is_small(length)) answered_peer_ = now;
}

bool LossBySize::forward_life(Timestamp now) const {
  if (sacked_smaller_ || duplicate_ack_of_smaller_) return true;
  // Counter-evidence: only SACKs and duplicate ACKs in the flow itself outweigh it.
  const bool small_drew_nothing = unanswered_small_ && now - *unanswered_small_ >= Duration::seconds(2);
  if (small_drew_nothing || peer_deaf_) return false;
  if (other_flow_) return true;
  if (!answered_peer_) return false;
  // The peer fell silent because the small ACK reached it. While the sender still retransmits one second of
  // silence is enough, else three; but its timer doubles (RFC 6298 §5.5), so the pause before its next
  // repetition, had the ACK been lost, has to be over as well. A clock that was set meanwhile does not tell
  // it.
  const Duration interval = std::clamp(peer_interval_, Duration{}, Duration::seconds(120));
  const Duration next_repetition = Duration::nanoseconds(interval.nanoseconds() * 5 / 2);
  const auto silent_until = [&](Timestamp end, Duration needed) {
    return end - *answered_peer_ >= std::max(needed, next_repetition);
  };
  return silent_until(last_counted_, Duration::seconds(1)) || silent_until(now, Duration::seconds(3));
}

}  // namespace pmtu
