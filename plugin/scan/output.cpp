// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace pmtu::scan {

bool write_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(STDOUT_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      std::fprintf(stderr, "pmtu-scan: standard output: %s\n", std::strerror(errno));
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

Progress::Progress(std::size_t captures) : captures_(captures), wanted_(isatty(STDERR_FILENO) != 0) {}

void Progress::hide() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

void Progress::show(std::size_t done) {
  if (!wanted_ || captures_ < 2) return;
  std::fprintf(stderr, "\r\033[K%zu of %zu captures", done, captures_);
  shown_ = true;
}

}  // namespace pmtu::scan
