// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace pmtu::plugin {

/// Calls `use` with each of the candidates that `explain_mtu` joins with ", ". The arithmetic of a candidate
/// stands in parentheses and may hold such separators of its own.
template <class Use>
void for_each_candidate(std::string_view explanation, Use use) {
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < explanation.size(); ++i) {
    if (explanation[i] == '(') ++depth;
    if (explanation[i] == ')') --depth;
    if (depth == 0 && explanation.substr(i, 2) == ", ") {
      use(explanation.substr(begin, i - begin));
      begin = i + 2;
    }
  }
  if (begin < explanation.size()) use(explanation.substr(begin));
}

}  // namespace pmtu::plugin
