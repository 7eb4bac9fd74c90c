// SPDX-License-Identifier: GPL-2.0-or-later
// What the analysis keeps in memory while healthy traffic streams by: so much for each live direction of a
// flow and its path, nothing for frames. Fails where that does not hold. Traffic is made as it goes, in no
// file.
#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "pmtu/analyzer.h"
#include "traffic.h"

namespace {

/// A direction of a flow, and the path that it runs on: here each has one of its own, which is the worst
/// case.
constexpr double kBytesPerDirection = 192 + 128;
constexpr double kFixedMegabytes = 8;  ///< the log of transmissions: as large for one flow as for a million
constexpr double kGrowthMegabytes = 1;

/// Of the heap, the analysis alone: the traffic has all it needs before.
double heap_megabytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: memory_use FLOWS DATAGRAMS\n");
    return EXIT_FAILURE;
  }
  pmtu::bench::TrafficPlan plan;
  plan.kind = pmtu::bench::TrafficKind::bulk;
  plan.flows = static_cast<std::uint32_t>(std::stoul(argv[1]));
  const std::uint64_t datagrams = std::stoull(argv[2]);
  // Random conversations: after so many frames all but a few have begun. The sample that capture points are
  // told apart by, one datagram in 64, is full by then, too.
  constexpr std::uint64_t kSampleIsFull = std::uint64_t{64} * 32'768;
  const std::uint64_t until_all_live = std::max(std::uint64_t{10} * plan.flows, kSampleIsFull);
  if (datagrams <= until_all_live) {
    std::fprintf(stderr, "memory_use: more than %llu datagrams, please: until then conversations begin\n",
                 static_cast<unsigned long long>(until_all_live));
    return EXIT_FAILURE;
  }
  plan.captured = 96;
  pmtu::bench::Traffic traffic(plan);
  const double before = heap_megabytes();
  pmtu::Preferences preferences;
  preferences.max_flows = std::size_t{2} * plan.flows;
  pmtu::Analyzer analyzer(preferences);

  std::printf("%14s %12s   %u flows\n", "datagrams", "megabytes", plan.flows);
  double all_live = 0;
  for (std::uint64_t done = 1; done <= datagrams; ++done) {
    const pmtu::Frame frame = traffic.next().frame;
    analyzer.observe(frame);
    if (done != until_all_live && done % (datagrams / 10) != 0) continue;
    const double now = heap_megabytes() - before;
    if (done == until_all_live) all_live = now;
    std::printf("%14llu %12.1f\n", static_cast<unsigned long long>(done), now);
  }
  const double in_the_end = heap_megabytes() - before;
  const double per_direction = (in_the_end - kFixedMegabytes) * 1e6 / (2.0 * plan.flows);
  std::printf(
      "%.0f bytes a direction of a flow with its path, %.1f MB grown since all were live, %zu findings\n",
      per_direction, in_the_end - all_live, analyzer.findings().size());
  const bool held = per_direction <= kBytesPerDirection && in_the_end - all_live <= kGrowthMegabytes &&
                    analyzer.findings().empty();
  if (!held)
    std::printf("at most %.0f bytes and %.0f MB were promised\n", kBytesPerDirection, kGrowthMegabytes);
  return held ? EXIT_SUCCESS : EXIT_FAILURE;
}
