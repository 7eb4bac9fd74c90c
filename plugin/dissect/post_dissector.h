// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// The post-dissector: hands each frame to the analysis when it is dissected for the first time, and writes
/// what the analysis says of the frame on every pass.
namespace pmtu::plugin {

/// Registers the protocol with its fields, expert items, preferences and tap.
void register_protocol() noexcept;

/// Looks up what other protocols register, once all of them have, and registers the statistics.
void register_handoff() noexcept;

}  // namespace pmtu::plugin
