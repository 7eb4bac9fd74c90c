// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/analyzer.h"

#include <algorithm>
#include <cstdint>

#include "engine.h"

namespace pmtu {

Analyzer::Engine::Engine(const Preferences& preferences)
    : preferences_(preferences),
      flows_(reinterpret_cast<std::uintptr_t>(this), std::max<std::size_t>(1, preferences.max_flows)),
      paths_(reinterpret_cast<std::uintptr_t>(this), preferences.max_paths),
      findings_(preferences.max_findings) {}

Analyzer::Analyzer(const Preferences& preferences) : engine_(std::make_unique<Engine>(preferences)) {}

Analyzer::~Analyzer() = default;

void Analyzer::observe(const Observation& observation) {
  engine_->observe(observation);
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
  std::optional<PathMtuInForce> in_force;
  for (const HintHistory::Change& change : history->changes) {
    if (change.from >= frame) break;
    in_force.reset();
    if (change.in_force) in_force = PathMtuInForce{change.mtu, change.hint_frame};
  }
  return in_force;
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
