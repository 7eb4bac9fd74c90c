// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that runs out: whichever allocation fails, the analyzer says so by std::bad_alloc alone, stays
// usable and keeps its promises.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "support/analysis_invariants.h"
#include "support/trace.h"

namespace {

/// Which allocation from now on fails; 0: none.
std::size_t allocations_until_failure = 0;
bool failed = false;

void* allocate(std::size_t size) {
  if (allocations_until_failure != 0 && --allocations_until_failure == 0) {
    failed = true;
    throw std::bad_alloc();
  }
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads)
void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
// NOLINTEND(misc-new-delete-overloads)

namespace pmtu::test {
namespace {

void observe_all(const Trace& trace, Analyzer& analyzer) {
  for (const TraceFrame& traced : trace.frames) {
    try {
      analyzer.observe(traced.as_frame());
    } catch (const std::bad_alloc&) {
      // The frame is lost in part; whoever watches goes on with the next.
    }
  }
}

class AllocationFailure : public testing::TestWithParam<std::string> {};

TEST_P(AllocationFailure, CostsOneFrameAtMost) {
  const Trace trace = read_trace(GetParam());
  const auto frames = FrameNumber(static_cast<std::uint32_t>(trace.frames.size()));
  failed = true;
  std::size_t number = 0;
  while (failed) {
    failed = false;
    Analyzer analyzer(trace.preferences);
    allocations_until_failure = ++number;
    observe_all(trace, analyzer);
    try {
      analyzer.conclude();
      static_cast<void>(analyzer.summary());
    } catch (const std::bad_alloc&) {
      // There is no table without memory for it.
    }
    allocations_until_failure = 0;
    for (const std::string& promise : broken_promises(analyzer, trace.preferences, frames)) {
      ADD_FAILURE() << "allocation " << number << ": " << promise;
    }
  }
  EXPECT_GT(number, 1U);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = read_trace(info.param).name;
  for (char& letter : name) {
    if (letter == '-') letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Core, AllocationFailure, testing::ValuesIn(trace_files(PMTU_TRACE_FOLDER)),
                         test_name);

}  // namespace
}  // namespace pmtu::test
