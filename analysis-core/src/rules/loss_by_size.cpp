// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/loss_by_size.h"

#include <algorithm>
#include <cstddef>

#include "rules/thresholds.h"

namespace pmtu {

bool LossBySize::head_sent(DatagramLength length, std::uint32_t payload, bool dont_fragment, Timestamp now,
                           FrameNumber frame, Duration round_trip, std::uint32_t needed) {
  needed_ = needed;
  wait(now);
  // A sender that leaves DF clear meets no black hole of this kind: its routers fragment (RFC 791).
  if (!dont_fragment && counted_ < needed) excluded_ = true;
  smallest_payload_ = counted_ == 0 ? payload : std::min(smallest_payload_, payload);
  // Copies of one transmission (mirror ports, fast retransmissions in one flight) count once.
  const Duration spacing = std::max(round_trip, threshold::between_transmissions);
  const bool counts = counted_ == 0 || now - last_counted_ >= spacing;
  const bool smaller = !dont_fragment || (lost_ && length < *lost_);
  if (counts || smaller) {
    last_length_ = dont_fragment ? length : DatagramLength{};
    last_at_ = now;
  }
  last_frame_ = frame;
  if (counts) {
    if (counted_ != 0) resent_bytes_ += payload;
    remember(length, dont_fragment, now, frame);
    if (!smaller) last_large_ = now;
  }
  find_shrinking();
  return counts;
}

void LossBySize::remember(DatagramLength length, bool dont_fragment, Timestamp now, FrameNumber frame) {
  if (counted_ == 0) {
    begin_ = now;
    first_frame_ = frame;
  }
  const DatagramLength size = dont_fragment ? length : DatagramLength{};
  if (counted_ < kRemembered) {
    // rule: black-hole-lost. Nobody knows at the moment of sending.
    Timestamp lost_at = counted_ == 0 ? now : now + (now - last_counted_);
    if (counted_ != 0) lost_at = std::max(lost_at, sent_[counted_ - 1].lost_at);
    sent_[counted_] = {size, frame, now, lost_at};
  } else if (is_too_large(length, dont_fragment)) {
    ++beyond_memory_;
  }
  last_counted_ = now;
  ++counted_;
}

void LossBySize::wait(Timestamp now) {
  const auto end = sent_.begin() + static_cast<std::ptrdiff_t>(known());
  const auto unknown = std::find_if(sent_.begin(), end, [&](const Sent& one) { return one.lost_at > now; });
  find_lost(static_cast<std::size_t>(unknown - sent_.begin()));
}

void LossBySize::find_lost(std::size_t known) {
  // The smallest size L such that, before anything smaller followed, `needed_` transmissions had size ≥ L,
  // two of them exactly L (RFC 9293 §3.8.3 R1, RFC 4821 §7.7). What went before may have been smaller: a
  // repetition takes along what waits behind the head.
  for (std::size_t i = 0; i < known; ++i) {
    const DatagramLength size = sent_[i].length;
    if (size == DatagramLength{} || (lost_ && size >= *lost_)) continue;
    std::uint32_t at_least = 0;
    std::uint32_t exactly = 0;
    const auto grown = std::find_if(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(known),
                                    [&](const Sent& earlier) { return earlier.length >= size; });
    for (auto j = static_cast<std::size_t>(grown - sent_.begin()); j < known && sent_[j].length >= size;
         ++j) {
      ++at_least;
      if (sent_[j].length == size) ++exactly;
    }
    if (at_least < needed_ || exactly < 2) continue;
    lost_ = size;
    find_shrinking();
  }
}

void LossBySize::find_shrinking() {
  shrunk_ = lost_ && last_length_ < *lost_;
  if (shrunk_) shrunk_at_ = last_at_;
}

std::uint32_t LossBySize::transmissions() const {
  // rule: black-hole-count. What went smaller, or without DF, is not lost by its size.
  if (!lost_) return 0;
  const auto of_memory =
      std::count_if(sent().begin(), sent().end(), [&](const Sent& one) { return one.length >= *lost_; });
  return static_cast<std::uint32_t>(of_memory) + beyond_memory_;
}

bool LossBySize::is_small(DatagramLength length) const {
  const std::uint32_t head = lost_ ? lost_->value() : sent_[0].length.value();
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

bool LossBySize::undecided(Timestamp now) const {
  if (sacked_smaller_ || duplicate_ack_of_smaller_) return false;
  return unanswered_small_ && now - *unanswered_small_ < threshold::small_drew_nothing;
}

bool LossBySize::forward_life(Timestamp now) const {
  if (sacked_smaller_ || duplicate_ack_of_smaller_) return true;
  // Counter-evidence: only SACKs and duplicate ACKs in the flow itself outweigh it.
  const bool small_drew_nothing =
      unanswered_small_ && now - *unanswered_small_ >= threshold::small_drew_nothing;
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
