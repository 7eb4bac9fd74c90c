// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/address.h"

namespace pmtu {

/// The way back.
[[nodiscard]] inline PathKey reversed(const PathKey& path) {
  return {path.destination, path.source};
}
[[nodiscard]] inline FlowKey reversed(const FlowKey& flow) {
  return {reversed(flow.path), flow.destination_port, flow.source_port, flow.protocol};
}

}  // namespace pmtu
