// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow_table.h"

#include <utility>

namespace pmtu {

FlowTable::Entry FlowTable::find(const FlowKey& directed) const {
  const UndirectedKey key(directed);
  const std::uint32_t place =
      index_.find(key.hash(hash_), [&](std::uint32_t at) { return key.is(flows_[at].key); });
  return {place, key.side()};
}

std::uint32_t FlowTable::add(std::uint64_t hash, const FlowKey& key, Timestamp now) {
  if (index_.size() >= max_flows_) evict_one();
  const std::uint32_t place = flows_.take();
  flows_[place].key = key;
  flows_[place].last = now;
  index_.insert(hash, place);
  return place;
}

void FlowTable::evict_one() {
  // The longest idle of the next few places: constant work, and near enough to the oldest. A flow with a row
  // is spared while there are others.
  constexpr int kCandidates = 16;
  std::uint32_t victim = kNone;
  std::pair<bool, Timestamp> rank;
  for (int i = 0; i < kCandidates; ++i) {
    clock_hand_ = clock_hand_ + 1 < flows_.used() ? clock_hand_ + 1 : 0;
    const Flow& flow = flows_[clock_hand_];
    if (flow.key.protocol == 0 && flow.first_frame == FrameNumber{}) continue;  // given back
    const bool has_row =
        flow.side[0].conversation != kNoConversation || flow.side[1].conversation != kNoConversation;
    const std::pair<bool, Timestamp> candidate{has_row, flow.last};
    if (victim == kNone || candidate < rank) {
      victim = clock_hand_;
      rank = candidate;
    }
  }
  if (victim == kNone) return;
  index_.erase(UndirectedKey(flows_[victim].key).hash(hash_), victim);
  flows_.give_back(victim);
  ++evicted_;
}

}  // namespace pmtu
