// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "track/flow_state.h"

namespace pmtu {

/// What a rule keeps of the few directions that concern it. Healthy traffic costs the question whether the
/// table is empty.
template <class State>
class CaseTable {
 public:
  [[nodiscard]] bool empty() const { return cases_.empty(); }
  [[nodiscard]] std::size_t size() const { return cases_.size(); }
  [[nodiscard]] bool contains(DirectionId direction) const {
    return !cases_.empty() && cases_.contains(direction.value());
  }
  [[nodiscard]] State* find(DirectionId direction) {
    if (cases_.empty()) return nullptr;
    const auto found = cases_.find(direction.value());
    return found == cases_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const State* find(DirectionId direction) const {
    if (cases_.empty()) return nullptr;
    const auto found = cases_.find(direction.value());
    return found == cases_.end() ? nullptr : &found->second;
  }
  /// The state of the direction, made when there is none.
  State& open(DirectionId direction) { return cases_[direction.value()]; }
  State& open(DirectionId direction, const State& state) {
    return cases_.insert_or_assign(direction.value(), state).first->second;
  }
  void close(DirectionId direction) {
    if (!cases_.empty()) cases_.erase(direction.value());
  }
  /// All directions with a state, in a fixed order.
  [[nodiscard]] std::vector<DirectionId> directions() const {
    std::vector<DirectionId> all;
    all.reserve(cases_.size());
    for (const auto& one : cases_) all.push_back(DirectionId::from(one.first));
    std::sort(all.begin(), all.end(), [](DirectionId a, DirectionId b) { return a.value() < b.value(); });
    return all;
  }

 private:
  std::unordered_map<std::uint32_t, State> cases_;
};

}  // namespace pmtu
