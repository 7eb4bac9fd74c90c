// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/interrupt.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace pmtu::scan {
namespace {

std::array<int, 2> signal_pipe{-1, -1};
volatile std::sig_atomic_t signal_that_came = SIGINT;

void note(int number) {
  const int error = errno;
  signal_that_came = number;
  (void)!write(signal_pipe[1], "", 1);
  errno = error;
}

}  // namespace

int catch_interrupts() {
  if (pipe(signal_pipe.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  return signal_pipe[0];
}

void end_by_interrupt() {
  std::signal(signal_that_came, SIG_DFL);
  std::raise(signal_that_came);
  std::abort();  // not reached: the default of all three is the end
}

}  // namespace pmtu::scan
