// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pmtu::test {

/// What fault_injection.cpp and the test that drives it share: a file that both have mapped.
struct FaultControl {
  std::uint64_t calls_until_exception;      ///< 0: none; the test sets it, each call counts it down
  std::uint64_t exceptions;                 ///< thrown so far
  std::uint64_t allocations_until_failure;  ///< 0: none
  std::uint64_t failures;                   ///< so far
  std::int64_t live_blocks;                 ///< of operator new, not yet deleted
  char thrown_from[64];                     ///< function that the latest exception came from
  char functions[2048];                     ///< all functions that may throw, each ended by a line feed
};

}  // namespace pmtu::test
