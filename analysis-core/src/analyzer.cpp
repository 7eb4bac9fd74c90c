// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/analyzer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "engine.h"

namespace pmtu {

Analyzer::Engine::Engine(const Preferences& preferences)
    : preferences_(preferences),
      flows_(reinterpret_cast<std::uintptr_t>(this), std::max<std::size_t>(1, preferences.max_flows)),
      paths_(reinterpret_cast<std::uintptr_t>(this), preferences.max_paths),
      findings_(preferences.max_findings),
      max_rows_(
          static_cast<std::uint32_t>(std::clamp<std::size_t>(preferences.max_conversations, 1, 1U << 30U))),
      offload_hosts_(0, AddressHash{KeyHash(reinterpret_cast<std::uintptr_t>(this))}) {}

Analyzer::Analyzer(const Preferences& preferences) : engine_(std::make_unique<Engine>(preferences)) {}

Analyzer::~Analyzer() = default;

bool Analyzer::observe(const Frame& frame, Observation& observation) {
  return engine_->observe(frame, observation);
}

void Analyzer::observe(const Observation& observation) {
  engine_->observe(observation);
}

bool Analyzer::observe(std::span<const Frame> burst, Observation& observation) {
  return engine_->observe(burst, observation);
}

void Analyzer::conclude() {
  engine_->conclude();
}

std::span<const Finding> Analyzer::findings(FrameNumber frame) const {
  return engine_->findings().of(frame);
}

std::span<const Finding> Analyzer::findings() const {
  return engine_->findings().all();
}

bool Analyzer::any_hinted_path() const noexcept {
  return engine_->paths().any_hinted();
}

std::optional<PathMtuInForce> Analyzer::path_mtu(const Datagram& datagram, FrameNumber frame) const {
  const PathTable& paths = engine_->paths();
  const HintHistory* history = paths.history(paths.find({datagram.source, datagram.destination}));
  if (history == nullptr) return std::nullopt;
  const auto later =
      std::partition_point(history->changes.begin(), history->changes.end(),
                           [&](const HintHistory::Change& change) { return change.from < frame; });
  if (later == history->changes.begin()) return std::nullopt;
  const HintHistory::Change& change = *std::prev(later);
  if (!change.in_force) return std::nullopt;
  return PathMtuInForce{change.mtu, change.hint_frame};
}

Verdict Analyzer::verdict(ConversationId conversation) const {
  return engine_->verdict(conversation);
}

std::optional<FlowKey> Analyzer::flow(ConversationId conversation) const {
  return engine_->flow(conversation);
}

Summary Analyzer::summary() const {
  return engine_->summary();
}

}  // namespace pmtu
