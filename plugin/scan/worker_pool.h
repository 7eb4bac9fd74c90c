// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "scan/answer.h"

namespace pmtu::scan {

/// How work on many captures is shared out.
struct Work {
  const std::vector<Source>& sources;
  unsigned jobs;  ///< processes at a time
  /// Runs in a process of its own: if it crashes, this capture alone is lost.
  std::function<Answer(const Source&)> scan;
  /// What stands for the answer of a process that ended without one.
  std::function<Answer(const Source&, const std::string& error)> lost;
  /// Takes the answers in the order of the captures. False: no more are wanted.
  std::function<bool(const Source&, const Answer&)> deliver;
};

enum class Ending : std::uint8_t {
  done,
  unwanted,     ///< `deliver` said so
  interrupted,  ///< `stop` became readable
};

/// Does the work in processes. All of them have ended on return. Throws std::system_error where the system
/// gives not even one.
[[nodiscard]] Ending share_out(const Work& work, int stop);

}  // namespace pmtu::scan
