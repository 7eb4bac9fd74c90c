// SPDX-License-Identifier: GPL-2.0-or-later
// trace_findings TRACE…: what the core finds, one frame a line: trace, frame, names of the findings, as
// pmtu.finding.name has them.
#include <exception>
#include <iostream>
#include <string>

#include "support/trace_check.h"

namespace {

void print_findings(const pmtu::test::Trace& trace) {
  pmtu::Analyzer analyzer(trace.preferences);
  pmtu::test::run_trace(trace, analyzer);
  for (const pmtu::test::TraceFrame& frame : trace.frames) {
    std::string kinds;
    for (const pmtu::Finding& finding : analyzer.findings(frame.number)) {
      kinds += (kinds.empty() ? "" : ",") + std::string(name(finding.kind));
    }
    if (!kinds.empty()) std::cout << trace.name << '\t' << frame.number.value() << '\t' << kinds << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    for (int i = 1; i < argc; ++i) print_findings(pmtu::test::read_trace(argv[i]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
