// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace pmtu::scan {

/// From now on the first SIGINT, SIGTERM or SIGHUP only makes the returned descriptor readable, and the
/// second ends the program. A closed pipe is an error of writing, no signal.
[[nodiscard]] int catch_interrupts();

/// Ends the program by the signal that came, so that whoever started it knows why.
[[noreturn]] void end_by_interrupt();

}  // namespace pmtu::scan
