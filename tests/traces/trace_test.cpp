// SPDX-License-Identifier: GPL-2.0-or-later
// Every trace against the core.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "support/trace_check.h"

namespace pmtu::test {
namespace {

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Traces : public testing::TestWithParam<std::string> {};

TEST_P(Traces, SayWhatTheyExpect) {
  const Trace trace = read_trace(GetParam());
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  for (const std::string& difference : differences(trace, analyzer)) {
    ADD_FAILURE() << GetParam() << ", " << difference << "\n(" << trace.purpose << ")";
  }
}

INSTANTIATE_TEST_SUITE_P(Core, Traces, testing::ValuesIn(trace_files(PMTU_TRACE_FOLDER)), test_name);

}  // namespace
}  // namespace pmtu::test
