// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/follow.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <utility>

#include "pmtu/report.h"
#include "preference_table.h"
#include "report/json_document.h"
#include "scan/exit_status.h"
#include "scan/live_analysis.h"
#include "scan/live_input.h"
#include "scan/metrics.h"
#include "scan/output.h"
#include "scan/ring_folder.h"
#include "scan/text_file.h"

namespace pmtu::scan {
namespace {

using Clock = std::chrono::steady_clock;

/// How often what only waiting shows is looked for, and the metrics are rewritten.
constexpr std::chrono::seconds kInterval{10};
constexpr std::chrono::milliseconds kFolderInterval{1000};
/// Verdicts remembered so that each is counted once; forgotten all together beyond.
constexpr std::size_t kMostVerdictsRemembered = 100'000;

/// Takes frames, writes findings, keeps the counters.
class Watch {
 public:
  explicit Watch(const Arguments& arguments)
      : arguments_(arguments),
        analysis_(plugin::core_preferences(), [this](const LiveFinding& finding) { tell(finding); }) {}

  /// So many records of it were read before.
  void begin_capture(const std::string& name, std::uint32_t known = 0) {
    capture_ = name;
    analysis_.begin_file(known);
  }
  void observe(const Frame& frame) {
    ++metrics_.frames;
    analysis_.observe(frame);
    // The clock need not be asked for each frame of a fast stream.
    if (metrics_.frames % 4096 == 0) pause();
  }
  void end_capture(const std::string& error) {
    ++metrics_.captures;
    if (error.empty()) return;
    ++metrics_.errors;
    failed_ = true;
    const TextFile line;
    plugin::write_error_line(line.get(), capture_, error);
    write(line.text());
  }
  /// To be called whenever there is time.
  void pause() {
    const auto now = Clock::now();
    if (now - last_interval_ < kInterval) return;
    last_interval_ = now;
    finish();
  }
  void finish() {
    analysis_.conclude();
    if (!arguments_.metrics.empty()) failed_ |= !metrics_.write(arguments_.metrics);
  }
  [[nodiscard]] bool is_output_lost() const { return output_lost_; }
  [[nodiscard]] int status() const { return exit_status(failed_, verdicts_, arguments_.fail_on); }

 private:
  void tell(const LiveFinding& live);
  void count(const LiveFinding& live);
  void write(const std::string& text) {
    if (output_lost_ || write_output(text)) return;
    output_lost_ = failed_ = true;
  }

  const Arguments& arguments_;
  LiveAnalysis analysis_;
  Metrics metrics_;
  std::string capture_;
  std::set<std::pair<FlowKey, Verdict>> counted_;
  VerdictSet verdicts_;
  Clock::time_point last_interval_ = Clock::now();
  bool failed_ = false;
  bool output_lost_ = false;
};

void Watch::tell(const LiveFinding& live) {
  const TextFile line;
  plugin::write_finding_line(
      line.get(), {capture_, utc_text(live.time), live.finding, live.flow, live.verdict, live.reporter});
  write(line.text());
  count(live);
}

void Watch::count(const LiveFinding& live) {
  metrics_.count_finding(live.finding.kind, live.finding.severity);
  if (!live.flow || live.verdict == Verdict::none) return;
  verdicts_.set(static_cast<std::size_t>(live.verdict));
  if (counted_.size() >= kMostVerdictsRemembered) counted_.clear();
  if (counted_.emplace(*live.flow, live.verdict).second)
    metrics_.count_verdict(live.verdict, to_string(live.flow->path.source),
                           live.reporter ? to_string(*live.reporter) : "");
}

/// Waits for `descriptor` (-1: for nothing) and `stop`. Whether `stop` became readable.
bool wait(int descriptor, int stop, std::chrono::milliseconds at_most) {
  pollfd descriptors[] = {{stop, POLLIN, 0}, {descriptor, POLLIN, 0}};
  return poll(descriptors, 2, static_cast<int>(at_most.count())) > 0 && descriptors[0].revents != 0;
}

bool has_input(int descriptor) {
  pollfd asked{descriptor, POLLIN, 0};
  return poll(&asked, 1, 0) > 0;
}

void follow_pipe(Watch& watch, int stop) {
  LiveInput input;
  watch.begin_capture("-");
  bool goes_on = true;
  while (goes_on && !watch.is_output_lost() && !wait(STDIN_FILENO, stop, kInterval)) {
    if (has_input(STDIN_FILENO)) goes_on = input.take(STDIN_FILENO);
    while (const auto frame = input.next()) watch.observe(*frame);
    watch.pause();
  }
  watch.end_capture(input.error_at_end());
}

/// Reads on where the file was left. Returns how many records are known then.
std::uint32_t read_on(Watch& watch, const RingFolder::Ready& file) {
  CaptureFile capture;
  watch.begin_capture(file.path, file.records_known);
  if (capture.open(file.path)) {
    while (const auto frame = capture.next()) {
      if (capture.records() > file.records_known) watch.observe(*frame);
    }
  }
  // The newest file may end in the middle of a record: the rest comes.
  if (file.complete) watch.end_capture(capture.error());
  return capture.records();
}

void follow_folder(Watch& watch, const std::string& folder, int stop) {
  RingFolder ring(folder);
  auto patience = std::chrono::milliseconds::zero();
  while (!watch.is_output_lost() && !wait(-1, stop, patience)) {
    const auto file = ring.next(Clock::now());
    if (file) ring.note_read(*file, read_on(watch, *file));
    watch.pause();
    patience = file ? std::chrono::milliseconds::zero() : kFolderInterval;
  }
}

}  // namespace

int follow(const Arguments& arguments, int stop) {
  Watch watch(arguments);
  const std::string& source = arguments.sources.front();
  if (source == "-") {
    follow_pipe(watch, stop);
  } else {
    follow_folder(watch, source, stop);
  }
  watch.finish();
  return watch.status();
}

}  // namespace pmtu::scan
