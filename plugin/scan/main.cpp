// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdio>
#include <exception>
#include <thread>

#include "preference_table.h"
#include "scan/answer.h"
#include "scan/arguments.h"
#include "scan/capture_file.h"
#include "scan/exit_status.h"
#include "scan/follow.h"
#include "scan/interrupt.h"
#include "scan/metrics.h"
#include "scan/output.h"
#include "scan/worker_pool.h"

namespace pmtu::scan {
namespace {

/// Takes the answers in their order.
class Collector {
 public:
  Collector(const Arguments& arguments, std::size_t captures) : arguments_(arguments), progress_(captures) {}

  /// Whether more is wanted.
  bool take(const Answer& answer) {
    verdicts_ |= answer.verdicts;
    failed_ |= answer.failed;
    ++metrics_.captures;
    metrics_.errors += answer.failed ? 1 : 0;
    metrics_.frames += answer.frames;
    for (const Tally& tally : answer.tallies)
      metrics_.count_verdict(tally.verdict, tally.sender, tally.reporter, tally.directions);
    progress_.hide();
    if (!answer.complaint.empty()) std::fprintf(stderr, "pmtu-scan: %s\n", answer.complaint.c_str());
    const bool written = write_output(answer.output);
    progress_.show(metrics_.captures);
    return written;
  }
  /// Nothing more comes. Returns the exit status.
  int finish(Ending ending) {
    progress_.hide();
    if (!arguments_.metrics.empty()) failed_ |= !metrics_.write(arguments_.metrics);
    if (ending == Ending::interrupted) end_by_interrupt();
    return exit_status(failed_ || ending == Ending::unwanted, verdicts_, arguments_.fail_on);
  }

 private:
  const Arguments& arguments_;
  Progress progress_;
  Metrics metrics_;
  VerdictSet verdicts_;
  bool failed_ = false;
};

int scan_files(const Arguments& arguments, int stop) {
  const SourceList list = list_sources(arguments.sources);
  if (list.passed_over != 0)
    std::fprintf(stderr, "pmtu-scan: files in folders that are no captures: %zu\n", list.passed_over);
  std::vector<Source> sources = list.sources;
  if (arguments.together) sources.assign(1, {name_of_all(list.sources), {}});
  if (arguments.format == Format::html && sources.size() != 1) {
    std::fputs("pmtu-scan: a page in HTML shows one capture\n", stderr);
    return kFailed;
  }
  const Preferences preferences = plugin::core_preferences();
  const Format format = arguments.format;
  Collector collector(arguments, sources.size());
  const Work work{sources,
                  arguments.jobs != 0 ? arguments.jobs : std::max(std::thread::hardware_concurrency(), 1U),
                  [&](const Source& source) {
                    return arguments.together ? scan_together(list.sources, format, preferences)
                                              : scan_capture(source, format, preferences);
                  },
                  [&](const Source& source, const std::string& error) {
                    return answer_of_error(source.path, format, error);
                  },
                  [&](const Source&, const Answer& answer) { return collector.take(answer); }};
  return collector.finish(write_output(heading(format)) ? share_out(work, stop) : Ending::unwanted);
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
  const auto& arguments = std::get<Arguments>(parsed);
  return arguments.follow ? follow(arguments, stop) : scan_files(arguments, stop);
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
