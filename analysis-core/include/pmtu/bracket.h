// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "pmtu/units.h"

namespace pmtu {

/// What is known of the path MTU without a hint: `passed` < path MTU < `lost`, either side maybe unknown.
struct Bracket {
  std::optional<DatagramLength> passed;
  std::optional<DatagramLength> lost;
  friend bool operator==(const Bracket&, const Bracket&) = default;
};

}  // namespace pmtu
