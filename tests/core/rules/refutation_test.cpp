// SPDX-License-Identifier: GPL-2.0-or-later
// What a later arrival disproves. No trace: a capture that ends before it accuses, and traces may not.
#include <gtest/gtest.h>

#include "pmtu/analyzer.h"
#include "support/analysis_invariants.h"
#include "support/trace.h"
#include "support/trace_check.h"

namespace pmtu::test {
namespace {

TEST(Refutation, TakesBackWhatTheRefutedHintItselfShowed) {
  // RFC 1191 §3: the second hint accuses by what it quotes and begins an epoch of its own; then larger bytes
  // arrive, which the path could not have taken.
  const Trace trace = parse_trace("refuted", R"(
# rule: re-elicited
# trap: larger bytes arrive after all
host A 10.1.0.10 port 443
host R 10.1.0.1
host B 10.2.0.20 port 40443 ttl 62 behind R
0.000 A > B tcp 1:1449 df 1500 id 7 noack
0.010 R > A frag_needed mtu 1446 [A > B tcp 1:1449 1500]
2.000 R > A frag_needed mtu 1280 [A > B tcp 1:1449 1500 id 99]
4.000 A > B tcp 1449:2897 df 1500 id 9
4.100 B > A tcp ack 2897
accuse nothing
)");
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  for (const std::string& difference : differences(trace, analyzer)) ADD_FAILURE() << difference;
  const FrameNumber last = trace.frames.back().number;
  for (const std::string& promise : broken_promises(analyzer, trace.preferences, last))
    ADD_FAILURE() << promise;
}

}  // namespace
}  // namespace pmtu::test
