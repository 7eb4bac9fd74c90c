// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/finding.h"
#include "rules/path_mtu_hint.h"

namespace pmtu {

/// The message claims to come from the very host that it is addressed to. No router sent it, and hosts drop
/// it.
[[nodiscard]] bool claims_to_be_recipient(const PacketTooBig& message);

/// What is doubtful about the reporter of a hint that is believed all the same; `none`: nothing.
[[nodiscard]] HintRemark doubt_about_reporter(const PacketTooBig& message);

}  // namespace pmtu
