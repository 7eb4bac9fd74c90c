// SPDX-License-Identifier: GPL-2.0-or-later
// What a datagram costs: decoding, the yardstick, and decoding with observing, over few to many flows. Times
// are CPU time of the measuring thread; frames are made outside of it.
#include <benchmark/benchmark.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "frame_batch.h"
#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "traffic.h"
#include "yardstick.h"

namespace {

using pmtu::bench::FrameBatch;
using pmtu::bench::Traffic;
using pmtu::bench::TrafficKind;
using pmtu::bench::TrafficPlan;
using pmtu::bench::Yardstick;

constexpr std::size_t kBatch = std::size_t{1} << 18U;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

TrafficPlan plan_for(std::uint32_t flows, TrafficKind kind = TrafficKind::mixed, std::uint32_t train = 1) {
  TrafficPlan plan;
  plan.kind = kind;
  plan.flows = flows;
  plan.train = train;
  plan.captured = FrameBatch::kCaptured;
  return plan;
}

/// Frames of each flow before the clock starts: past the handshake and the growing of the first messages, in
/// which everything takes the long way.
constexpr std::size_t kWarm = 40;

/// Measures `visit` over steady traffic.
template <class Visit>
void over_steady_traffic(benchmark::State& state, const TrafficPlan& plan, Visit visit) {
  Traffic traffic(plan);
  FrameBatch batch(kBatch);
  for (std::size_t warm = 0; warm < kWarm * plan.flows; warm += batch.size()) {
    batch.fill(traffic, kBatch);
    batch.for_each(visit);
  }
  for (auto _ : state) {
    batch.fill(traffic, kBatch);
    const double begin = cpu_seconds();
    batch.for_each(visit);
    state.SetIterationTime(cpu_seconds() - begin);
  }
  const auto datagrams = static_cast<double>(state.iterations()) * static_cast<double>(kBatch);
  state.counters["datagrams/s"] = benchmark::Counter(datagrams, benchmark::Counter::kIsRate);
}

void decode_only(benchmark::State& state) {
  pmtu::Observation observation{};
  over_steady_traffic(state, plan_for(static_cast<std::uint32_t>(state.range(0))),
                      [&](const pmtu::Frame& frame) {
                        pmtu::decode(frame, observation);
                        benchmark::DoNotOptimize(observation.datagram_count);
                      });
}

void yardstick(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  Yardstick table(std::size_t{flows} * 2);
  over_steady_traffic(state, plan_for(flows), [&](const pmtu::Frame& frame) { table.count(frame.bytes); });
}

void observe(benchmark::State& state, const TrafficPlan& plan) {
  pmtu::Analyzer analyzer;
  over_steady_traffic(state, plan, [&](const pmtu::Frame& frame) { analyzer.observe(frame); });
  if (!analyzer.findings().empty()) state.SkipWithError("healthy traffic has findings");
}

void decode_and_observe(benchmark::State& state) {
  observe(state, plan_for(static_cast<std::uint32_t>(state.range(0))));
}

/// The same in trains of a few frames of one flow, as networks deliver them.
void decode_and_observe_trains(benchmark::State& state) {
  observe(state, plan_for(static_cast<std::uint32_t>(state.range(0)), TrafficKind::mixed, 4));
}

void decode_and_observe_kind(benchmark::State& state) {
  const auto kind = static_cast<TrafficKind>(state.range(0));
  state.SetLabel(std::string(name(kind)));
  observe(state, plan_for(10'000, kind));
}

/// From an empty analyser: what the first datagrams of new flows cost is in it.
void from_the_start(benchmark::State& state) {
  const auto datagrams = static_cast<std::size_t>(state.range(0));
  FrameBatch batch(std::min(kBatch, datagrams));
  for (auto _ : state) {
    Traffic traffic(plan_for(static_cast<std::uint32_t>(state.range(1))));
    pmtu::Analyzer analyzer;
    double seconds = 0;
    for (std::size_t done = 0; done < datagrams; done += batch.size()) {
      batch.fill(traffic, datagrams - done);
      const double begin = cpu_seconds();
      batch.for_each([&](const pmtu::Frame& frame) { analyzer.observe(frame); });
      seconds += cpu_seconds() - begin;
    }
    state.SetIterationTime(seconds);
  }
  const auto all = static_cast<double>(state.iterations()) * static_cast<double>(datagrams);
  state.counters["datagrams/s"] = benchmark::Counter(all, benchmark::Counter::kIsRate);
}

/// Told how often, the library does not run it, warming up included, several times to find out.
constexpr int kBatches = 8;

void flows(benchmark::internal::Benchmark* b) {
  b->RangeMultiplier(10)
      ->Range(10, 1'000'000)
      ->Iterations(kBatches)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

BENCHMARK(decode_only)->Arg(1'000)->Iterations(kBatches)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(yardstick)->Apply(flows);
BENCHMARK(decode_and_observe)->Apply(flows);
BENCHMARK(decode_and_observe_trains)->Apply(flows);
BENCHMARK(decode_and_observe_kind)
    ->DenseRange(0, pmtu::bench::kTrafficKinds - 1)
    ->Iterations(kBatches)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(from_the_start)
    ->ArgsProduct({benchmark::CreateRange(1'000, 10'000'000, 10), benchmark::CreateRange(10, 1'000'000, 10)})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
