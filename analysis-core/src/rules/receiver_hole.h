// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "pmtu/units.h"
#include "rules/thresholds.h"

namespace pmtu {

/// A missing range of bytes, seen where the receiver is: the black hole as the client's capture shows it.
/// Knows one hole of one direction, from the frame that jumps over it to the bytes that fill it.
class ReceiverHole {
 public:
  /// What the first frame beyond was.
  enum class Beyond : std::uint8_t { data, empty };

  ReceiverHole(SequenceNumber begin, SequenceNumber end, Beyond beyond, FrameNumber frame, Timestamp now)
      : begin_(begin), end_(end), opened_(now), first_beyond_(frame), data_beyond_(beyond == Beyond::data) {}

  /// A later segment that lies beyond the hole's begin.
  void beyond(SequenceNumber at, bool has_payload);
  /// The receiver acknowledged; `window`: unscaled by what is not known.
  void acknowledged(SequenceNumber ack, bool has_sack_above, Timestamp now);
  /// The receiver had sent its request again before the frame beyond answered it.
  void request_was_resent() { ++resent_before_answer_; }
  /// The receiver sent its own bytes again. `after_captured_ack`: the capture holds an ACK of them.
  void receiver_resent(bool after_captured_ack);
  /// Bytes that lie in the hole arrived. `full`: payload of the segments that were lost.
  void arrived(SequenceNumber at, SequenceNumber end, DatagramLength length, bool dont_fragment,
               std::uint32_t bound, std::uint32_t full);

  [[nodiscard]] SequenceNumber begin() const { return begin_; }
  [[nodiscard]] SequenceNumber end() const { return end_; }
  [[nodiscard]] std::uint32_t missing() const {
    return static_cast<std::uint32_t>(SequenceNumber::distance(begin_, end_));
  }
  [[nodiscard]] bool overlaps(SequenceNumber at, SequenceNumber end) const {
    return at.before(end_) && end.after(begin_);
  }
  [[nodiscard]] Timestamp opened() const { return opened_; }
  [[nodiscard]] FrameNumber first_beyond() const { return first_beyond_; }
  [[nodiscard]] bool data_beyond() const { return data_beyond_; }
  [[nodiscard]] bool filled() const { return filled_; }
  /// The receiver acknowledged all of it.
  [[nodiscard]] bool acknowledged_through() const { return acknowledged_through_; }
  /// Filled in pieces smaller than the datagrams that were lost, or newly without DF.
  [[nodiscard]] bool filled_smaller() const {
    return filled_ && !filled_by_large_ && (remnant_ || df_cleared_);
  }

  /// After smaller pieces of an old segment came one of the lost size, as captured: a receiver that merges
  /// what arrives shows such pieces so. Whether it merges, the caller knows.
  [[nodiscard]] bool may_be_merged() const { return may_be_merged_; }

  /// The evidence is complete save for the size and the time, which the caller knows.
  /// `sack`: SACK was negotiated, so that the receiver must report what lies beyond.
  [[nodiscard]] bool evident(bool sack) const {
    if (excluded_ || filled_) return false;
    if (data_beyond_) return frozen_acks_ > 0 && (!sack || sack_above_);
    return resent_before_answer_ > 0;
  }
  void exclude() { excluded_ = true; }
  void closed(Timestamp now) { closed_ = closed_ ? closed_ : now; }
  /// How far it goes: to the end of the connection at most.
  [[nodiscard]] Timestamp lasted_to(Timestamp now) const { return closed_ ? std::min(*closed_, now) : now; }
  /// Open since; `ended`: the connection ended unfilled.
  [[nodiscard]] bool open_long_enough(Timestamp now, Duration needed) const {
    if (closed_) return *closed_ - opened_ >= std::min(needed, threshold::hole_at_the_end);
    return now - opened_ >= needed;
  }

 private:
  SequenceNumber begin_;
  SequenceNumber end_;
  SequenceNumber filled_to_;
  Timestamp opened_;
  std::optional<Timestamp> closed_;
  FrameNumber first_beyond_;
  std::uint32_t frozen_acks_ = 0;
  std::uint32_t resent_before_answer_ = 0;
  std::uint32_t resent_after_answer_ = 0;
  std::uint32_t first_piece_ = 0;
  std::uint32_t arrived_bytes_ = 0;
  [[nodiscard]] bool ends_at_a_border(std::uint32_t full) const {
    return any_piece_ && full != 0 && filled_to_ != begin_ &&
           static_cast<std::uint32_t>(SequenceNumber::distance(begin_, filled_to_)) % full == 0;
  }
  bool data_beyond_;
  bool any_piece_ = false;
  bool sack_above_ = false;
  bool filled_ = false;
  bool filled_by_large_ = false;
  bool remnant_ = false;
  bool df_cleared_ = false;
  bool may_be_merged_ = false;
  bool acknowledged_through_ = false;
  bool excluded_ = false;
};

}  // namespace pmtu
