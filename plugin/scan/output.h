// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace pmtu::scan {

/// Writes to standard output at once. Whether it could be; if not, a message was printed.
[[nodiscard]] bool write_output(std::string_view text);

/// How far the work is: one line on a terminal, nothing elsewhere.
class Progress {
 public:
  explicit Progress(std::size_t captures);
  /// Takes the line away, so that something else can be printed.
  void hide();
  /// So many captures are done.
  void show(std::size_t done);

 private:
  std::size_t captures_;
  bool wanted_;
  bool shown_ = false;
};

}  // namespace pmtu::scan
