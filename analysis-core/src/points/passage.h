// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/units.h"

namespace pmtu {

/// One datagram as it passed one capture point: as little as joining needs of it, for there is one of every
/// datagram of a capture.
struct Passage {
  Timestamp time;
  std::uint64_t content = 0;  ///< `DatagramIdentity::content`
  FrameNumber frame;
  SequenceNumber sequence;
  SequenceNumber timestamp_value;
  std::uint32_t payload = 0;  ///< bytes of TCP payload; 0 for all else
  std::uint32_t length = 0;   ///< of the IP datagram; 0: unknown (offload)
  std::uint32_t lane = 0;     ///< direction of a conversation, `PassageLog::Lane`
  std::uint16_t identification = 0;
  std::uint16_t mss = 0;   ///< the option of a SYN; 0: none
  std::uint8_t point = 0;  ///< `PointId` as a number
  std::uint8_t ttl = 0;
  bool dont_fragment : 1 = false;
  bool fragment : 1 = false;
  bool has_timestamps : 1 = false;
  bool syn : 1 = false;
  bool super_segment : 1 = false;  ///< longer than any datagram on the wire was

  [[nodiscard]] SequenceNumber end() const { return sequence + payload; }
};

}  // namespace pmtu
