// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/observation.h"
#include "pmtu/report.h"

namespace pmtu::plugin {

/// The sizes of all datagrams of a capture, for the drawings of a few conversations of which nobody knows
/// before its end which they are. Keeps 24 bytes a datagram and a bounded number of them, the first ones.
class SizeLog {
 public:
  void take(FrameNumber frame, Timestamp time, std::span<const Datagram> datagrams);
  void clear() { entries_.clear(); }

  /// The datagrams of one direction, in order of frames.
  [[nodiscard]] std::vector<SizePoint> of(const FlowKey& flow) const;

 private:
  struct Entry {
    std::uint64_t flow;  ///< digest
    Timestamp time;
    FrameNumber frame;
    std::uint32_t length_and_flag;
  };
  std::vector<Entry> entries_;
};

}  // namespace pmtu::plugin
