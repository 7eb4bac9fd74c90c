// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <iosfwd>

#include "support/trace.h"

namespace pmtu::test {

/// Writes the frames of a trace as pcapng with nanoseconds: the classic format knows but one link type and
/// interface, and traces may have several.
void write_capture_file(const Trace& trace, std::ostream& out);

}  // namespace pmtu::test
