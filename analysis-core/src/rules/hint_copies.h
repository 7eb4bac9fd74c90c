// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>

#include "rules/case_table.h"
#include "rules/path_mtu_hint.h"

namespace pmtu {

/// Knows a hint that was counted already when it is captured again, on another interface or by a mirror port.
class HintCopies {
 public:
  /// Whether this is a copy; if it is not, it is remembered.
  [[nodiscard]] bool take(DirectionId direction, const PacketTooBig& message);
  void forget(DirectionId direction) { seen_.close(direction); }

 private:
  struct Seen {
    Timestamp time;
    std::uint64_t link = 0;
    std::uint32_t sequence = 0;
    std::uint32_t mtu = 0;
    std::uint16_t identification = 0;
    std::uint16_t quoted_identification = 0;
    std::uint16_t quoted_length = 0;  ///< IPv6 has no identification
    std::uint8_t ttl = 0;
  };
  struct Latest {
    std::array<Seen, 8> hints{};
    std::uint32_t count = 0;
  };
  [[nodiscard]] static bool is_copy(const Seen& earlier, const Seen& hint);

  CaseTable<Latest> seen_;
};

}  // namespace pmtu
