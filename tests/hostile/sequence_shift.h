// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "mutation.h"

namespace pmtu::test {

/// Renumbers every TCP connection as if each direction had begun at `first`: in segments, acknowledgments,
/// SACK blocks, tunnels and quotations. `stride` is added to `first` for each further direction.
void begin_sequences_at(LooseCapture& capture, std::uint32_t first, std::uint32_t stride);

}  // namespace pmtu::test
