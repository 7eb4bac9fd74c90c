// SPDX-License-Identifier: GPL-2.0-or-later
// The workload whose instructions are counted: traffic of one kind, decoded and observed. Making the frames
// is left out by a call that callgrind is told to look at (`--toggle-collect`).
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "frame_batch.h"
#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "traffic.h"

namespace {

using pmtu::bench::FrameBatch;
using pmtu::bench::Traffic;
using pmtu::bench::TrafficPlan;

struct Workload {
  pmtu::Analyzer analyzer;
  FrameBatch batch;

  explicit Workload(std::size_t frames) : batch(frames) {}
};

}  // namespace

/// Named in C so that its name is the same under every compiler.
extern "C" __attribute__((noinline)) void pmtu_counted_workload(void* context) {
  Workload& workload = *static_cast<Workload*>(context);
  workload.batch.for_each([&](const pmtu::Frame& frame) { workload.analyzer.observe(frame); });
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: fixed_workload KIND FLOWS FRAMES\n";
    return EXIT_FAILURE;
  }
  const auto kind = pmtu::bench::traffic_kind(argv[1]);
  if (!kind) {
    std::cerr << "fixed_workload: no such kind of traffic: " << argv[1] << '\n';
    return EXIT_FAILURE;
  }
  TrafficPlan plan;
  plan.kind = *kind;
  plan.flows = static_cast<std::uint32_t>(std::stoul(argv[2]));
  plan.captured = FrameBatch::kCaptured;
  const std::size_t frames = std::stoul(argv[3]);
  Traffic traffic(plan);
  const auto workload = std::make_unique<Workload>(frames);
  workload->batch.fill(traffic, frames);
  pmtu_counted_workload(workload.get());
  std::cout << workload->analyzer.findings().size() << " findings\n";
}
