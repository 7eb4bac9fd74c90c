// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/receiver_hole.h"

namespace pmtu {

void ReceiverHole::beyond(SequenceNumber at, bool has_payload) {
  if (at.after(begin_) && at.before(end_) && !any_piece_) end_ = at;
  data_beyond_ = data_beyond_ || has_payload;
}

void ReceiverHole::acknowledged(SequenceNumber ack, bool has_sack_above, Timestamp now) {
  if (ack == begin_) {
    if (now > opened_) ++frozen_acks_;
    sack_above_ = sack_above_ || has_sack_above;
    return;
  }
  acknowledged_through_ = acknowledged_through_ || !ack.before(end_);
  if (filled_ || !ack.after(begin_)) return;
  if (acknowledged_through_ && arrived_bytes_ >= missing()) {
    filled_ = true;  // in pieces out of order
  } else if (!any_piece_ || ack.after(filled_to_)) {
    excluded_ = true;  // acknowledged, not captured: the receiver has the bytes, the capture does not
  }
}

void ReceiverHole::receiver_resent(bool after_captured_ack) {
  if (!after_captured_ack) {
    ++resent_before_answer_;
    return;
  }
  // The answer was captured here but did not stop the receiver: this is not where the receiver is.
  if (++resent_after_answer_ >= 2) excluded_ = true;
}

void ReceiverHole::arrived(SequenceNumber at, SequenceNumber end, DatagramLength length, bool dont_fragment,
                           std::uint32_t bound, std::uint32_t full) {
  if (!dont_fragment) df_cleared_ = true;
  if (length.value() >= bound && dont_fragment) {
    may_be_merged_ = may_be_merged_ || (remnant_ && !filled_by_large_ && ends_at_a_border(full));
    filled_by_large_ = !may_be_merged_;
  }
  const auto size = static_cast<std::uint32_t>(SequenceNumber::distance(at, end));
  arrived_bytes_ += size;
  if (!any_piece_) {
    any_piece_ = true;
    first_piece_ = size;
    filled_to_ = begin_;
    if (at.after(begin_)) return;  // not from its start
  }
  // A piece, then a shorter remnant up to an old segment border: 1394 + 54 for 1448.
  if (size != 0 && size < first_piece_) remnant_ = true;
  if (!at.after(filled_to_) && end.after(filled_to_)) filled_to_ = end;
  if (!filled_to_.before(end_)) filled_ = true;
}

}  // namespace pmtu
