// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "scan/arguments.h"

namespace pmtu::scan {

/// `--follow`: reads a pipe or the files of a ring until the end of the pipe, or until `stop` becomes
/// readable, and writes a line for each finding that blames or warns, at once. Returns the exit status.
[[nodiscard]] int follow(const Arguments& arguments, int stop);

}  // namespace pmtu::scan
