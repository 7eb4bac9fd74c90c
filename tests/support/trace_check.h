// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "support/trace.h"

namespace pmtu::test {

/// Decodes and observes every frame of the trace, then concludes.
void run_trace(const Trace& trace, Analyzer& analyzer);

/// What the analysis says of the trace against what the trace expects: one sentence for each difference.
[[nodiscard]] std::vector<std::string> differences(const Trace& trace, const Analyzer& analyzer);

/// True for findings that blame a host or a network: a healthy capture has none.
[[nodiscard]] bool accuses(FindingKind kind);
[[nodiscard]] bool accuses(Verdict verdict);

}  // namespace pmtu::test
