// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/finding.h"
#include "rules/path_mtu_hint.h"
#include "track/tracker.h"

namespace pmtu {

/// What a message is worth, and of what it speaks.
struct HintExamination {
  HintStatus status = HintStatus::valid;
  HintRemark remark = HintRemark::none;
  DatagramLength length;                 ///< of the quoted datagram, as captured if it was
  const Transmission* quoted = nullptr;  ///< empty: not captured
  DirectionId direction;                 ///< whose datagram is quoted; unknown: none that was seen

  [[nodiscard]] bool accepted() const { return status == HintStatus::valid || status == HintStatus::no_mtu; }
  /// It quotes the length that was captured: the datagram was that long on the wire.
  [[nodiscard]] bool proves_length(const PacketTooBig& message) const {
    return accepted() && quoted != nullptr && quoted->length == message.quote->length.value();
  }
  [[nodiscard]] bool refused() const {
    return status == HintStatus::invalid || status == HintStatus::unmatched;
  }
};

/// Is it a hint, and is it believable? A pure function of the message and of what was seen (RFC 1191 §4,
/// RFC 4443 §3.2, RFC 5927 §4.1, RFC 8899 §4.6.2).
[[nodiscard]] HintExamination examine(const PacketTooBig& message, const Tracker& facts);

}  // namespace pmtu
