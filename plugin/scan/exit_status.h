// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "scan/arguments.h"

namespace pmtu::scan {

inline constexpr int kVerdictFound = 1;
inline constexpr int kFailed = 2;

/// What the program ends with, once it has done what it could.
[[nodiscard]] inline int exit_status(bool failed, const VerdictSet& verdicts, const VerdictSet& fail_on) {
  if (failed) return kFailed;
  return (verdicts & fail_on).any() ? kVerdictFound : 0;
}

}  // namespace pmtu::scan
