// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdio>
#include <exception>
#include <thread>

#include "preference_table.h"
#include "scan/answer.h"
#include "scan/arguments.h"
#include "scan/capture_file.h"
#include "scan/interrupt.h"
#include "scan/output.h"
#include "scan/worker_pool.h"

namespace pmtu::scan {
namespace {

constexpr int kVerdictFound = 1;
constexpr int kFailed = 2;

int scan_files(const Arguments& arguments, int stop) {
  const SourceList list = list_sources(arguments.sources);
  if (list.passed_over != 0)
    std::fprintf(stderr, "pmtu-scan: files in folders that are no captures: %zu\n", list.passed_over);
  const Preferences preferences = plugin::core_preferences();
  const Format format = arguments.format;
  Progress progress(list.sources.size());
  std::size_t done = 0;
  VerdictSet verdicts;
  bool failed = false;

  const Work work{list.sources,
                  arguments.jobs != 0 ? arguments.jobs : std::max(std::thread::hardware_concurrency(), 1U),
                  [&](const Source& source) { return scan_capture(source, format, preferences); },
                  [&](const Source& source, const std::string& error) {
                    return answer_of_error(source.path, format, error);
                  },
                  [&](const Source&, const Answer& answer) {
                    verdicts |= answer.verdicts;
                    failed |= answer.failed;
                    progress.hide();
                    if (!answer.complaint.empty())
                      std::fprintf(stderr, "pmtu-scan: %s\n", answer.complaint.c_str());
                    const bool written = write_output(answer.output);
                    progress.show(++done);
                    return written;
                  }};
  const Ending ending = write_output(heading(format)) ? share_out(work, stop) : Ending::unwanted;
  progress.hide();
  if (ending == Ending::interrupted) end_by_interrupt();
  if (failed || ending == Ending::unwanted) return kFailed;
  return (verdicts & arguments.fail_on).any() ? kVerdictFound : 0;
}

int run(int argc, char** argv) {
  const auto parsed = parse_arguments(argc, argv);
  if (const auto* const notice = std::get_if<Notice>(&parsed)) {
    if (!notice->is_error) return write_output(notice->text) ? 0 : kFailed;
    std::fputs(notice->text.c_str(), stderr);
    return kFailed;
  }
  const int stop = catch_interrupts();
  start_file_library(argv[0]);
  return scan_files(std::get<Arguments>(parsed), stop);
}

}  // namespace
}  // namespace pmtu::scan

int main(int argc, char** argv) {
  try {
    return pmtu::scan::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pmtu-scan: %s\n", error.what());
    return pmtu::scan::kFailed;
  }
}
