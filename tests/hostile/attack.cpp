// SPDX-License-Identifier: GPL-2.0-or-later
// attack [--long] [NAME…]: streams hostile traffic through the analysis and measures. Prints one line for
// each attack; fails when memory exceeds its bound or grows after the tables are full, when a frame of the
// last tenth costs much more than one of the first half, when a promise of the analysis is broken, or when a
// real victim before, between and after the hostile traffic is not found.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "attack_traffic.h"
#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "support/analysis_invariants.h"

namespace {

using pmtu::Timestamp;
using pmtu::test::AttackPlan;
using pmtu::test::TimedDatagram;

struct Scale {
  std::uint32_t frames;
  std::size_t bound;  ///< of flows, paths and findings
  double megabytes;   ///< that the analysis may take
};
constexpr Scale kShort{400'000, 20'000, 64};
constexpr Scale kLong{10'000'000, 1'000'000, 2'500};

double resident_megabytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

double processor_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Run {
 public:
  Run(const AttackPlan& plan, const Scale& scale) : plan_(plan), scale_(scale) {
    preferences_.max_flows = preferences_.max_paths = preferences_.max_findings = scale.bound;
    preferences_.max_conversations = scale.bound / 4;
    preferences_.max_joined_datagrams = scale.bound;
    preferences_.max_listed_frames = 10;  // so that lists are full long before half of the frames
  }

  /// True when nothing was amiss.
  bool go() {
    const double before = resident_megabytes();
    pmtu::Analyzer analyzer(preferences_);
    observe_all(analyzer, pmtu::test::victim_is_hinted(kEarly, kBefore));
    observe_all(analyzer, pmtu::test::victim_ignores(kEarly, kBefore));

    const pmtu::test::Attack attack = plan_.make(1);
    std::array<double, 10> tenths{};
    double resident_halfway = 0;
    std::vector<TimedDatagram> batch;
    const std::uint32_t each = scale_.frames / 10;
    Timestamp now;
    for (std::size_t tenth = 0; tenth < tenths.size(); ++tenth) {
      const std::uint32_t begin = frames_;
      double spent = 0;
      while (frames_ - begin < each) {
        batch.clear();
        while (batch.size() < 1'000) attack(batch);
        now = batch.back().time;
        const double start = processor_seconds();
        observe_all(analyzer, batch);
        spent += processor_seconds() - start;
      }
      tenths[tenth] = spent / (frames_ - begin) * 1e9;
      if (tenth == 4) resident_halfway = resident_megabytes();
    }
    const double resident = resident_megabytes();
    double start = processor_seconds();
    analyzer.conclude();
    const double concluded = processor_seconds() - start;

    observe_all(analyzer, pmtu::test::victim_is_hinted(kLate, now));
    observe_all(analyzer, pmtu::test::victim_ignores(kLate, now));
    const std::vector<std::string> broken =
        pmtu::test::broken_promises(analyzer, preferences_, pmtu::FrameNumber(frames_));
    const pmtu::Summary summary = analyzer.summary();
    const bool found = is_found(summary, kEarly) && is_found(summary, kLate);

    const double early = std::accumulate(tenths.begin() + 1, tenths.begin() + 5, 0.0) / 4;
    const double late = std::accumulate(tenths.begin() + 8, tenths.end(), 0.0) / 2;
    const pmtu::Coverage& coverage = summary.coverage;
    std::printf(
        "%-26s %9u frames, %5.0f then %5.0f ns each, %7.1f MB, %+5.1f in the second half, concluded in %.2f "
        "s, "
        "forgotten: %llu flows, %llu paths, %llu rows, %llu findings, victims %s\n",
        std::string(plan_.name).c_str(), frames_, early, late, resident - before, resident - resident_halfway,
        concluded, static_cast<unsigned long long>(coverage.evicted_flows),
        static_cast<unsigned long long>(coverage.evicted_paths),
        static_cast<unsigned long long>(coverage.evicted_conversations),
        static_cast<unsigned long long>(coverage.dropped_findings), found ? "found" : "LOST");
    bool good = found;
    const auto hold = [&](bool held, const char* promise) {
      if (held) return;
      std::printf("  broken: %s\n", promise);
      good = false;
    };
    hold(resident - before <= scale_.megabytes, "memory stays within its bound");
    hold(resident - resident_halfway <= 0.1 * scale_.megabytes, "memory is flat once the tables are full");
    hold(late <= 3 * early + 100, "time per frame is flat");
    hold(late <= 20'000, "no frame takes 20 microseconds");
    hold(concluded <= 1 + 5e-6 * static_cast<double>(scale_.bound), "conclusions are quick");
    for (std::size_t i = 0; i < std::min<std::size_t>(broken.size(), 5); ++i) hold(false, broken[i].c_str());
    std::fflush(stdout);
    return good;
  }

 private:
  static constexpr std::uint16_t kEarly = 4443;
  static constexpr std::uint16_t kLate = 4444;
  static constexpr Timestamp kBefore{1'690'000'000'000'000'000};

  static bool is_found(const pmtu::Summary& summary, std::uint16_t port) {
    return std::any_of(summary.conversations.begin(), summary.conversations.end(),
                       [&](const pmtu::ConversationRow& row) {
                         return row.flow.source_port == port && row.ignored_packets != 0;
                       });
  }

  void observe_all(pmtu::Analyzer& analyzer, const std::vector<TimedDatagram>& datagrams) {
    for (const TimedDatagram& datagram : datagrams) {
      pmtu::Frame frame;
      frame.number = pmtu::FrameNumber(++frames_);
      frame.time = datagram.time;
      frame.link_type = pmtu::LinkType::raw_ip;
      frame.bytes = datagram.bytes;
      analyzer.observe(frame);
    }
  }

  const AttackPlan& plan_;
  const Scale& scale_;
  pmtu::Preferences preferences_;
  std::uint32_t frames_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Scale scale = kShort;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--long") == 0) {
      scale = kLong;
    } else {
      wanted.emplace_back(argv[i]);
    }
  }
  bool good = true;
  std::size_t runs = 0;
  for (const AttackPlan& plan : pmtu::test::attack_plans()) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), plan.name) == wanted.end()) continue;
    ++runs;
    // Each in a process of its own, so that none finds memory that another left.
    const pid_t child = fork();
    if (child == 0) return Run(plan, scale).go() ? 0 : 1;
    int status = 0;
    good = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0 && good;
  }
  if (runs == 0) {
    std::fprintf(stderr, "usage: attack [--long] [NAME...]; names:\n");
    for (const AttackPlan& plan : pmtu::test::attack_plans()) {
      std::fprintf(stderr, "  %-26s %s\n", std::string(plan.name).c_str(), std::string(plan.what).c_str());
    }
    return 2;
  }
  return good ? 0 : 1;
}
