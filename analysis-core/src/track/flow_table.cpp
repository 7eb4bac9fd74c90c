// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/flow_table.h"

#include <utility>

namespace pmtu {

std::uint32_t FlowTable::add(std::uint64_t hash, const UndirectedKey& key) {
  index_.make_room();
  const std::uint32_t place = flows_.take();
  flows_[place].key = key;
  index_.insert(hash, place);
  return place;
}

std::uint32_t FlowTable::least_missed() {
  // Of the next few places: constant work, and near enough to the best. Frames, not times, tell who was idle:
  // no clock of a capture can keep a flow alive.
  constexpr int kCandidates = 16;
  std::uint32_t least = kNone;
  std::pair<bool, FrameNumber> rank;
  for (int i = 0; i < kCandidates; ++i) {
    clock_hand_ = clock_hand_ + 1 < flows_.used() ? clock_hand_ + 1 : 0;
    const Flow& flow = flows_[clock_hand_];
    if (!flow.live()) continue;
    const std::pair<bool, FrameNumber> candidate{flow.watched, flow.last_frame};
    if (least == kNone || candidate < rank) {
      least = clock_hand_;
      rank = candidate;
    }
  }
  return least;
}

void FlowTable::forget(std::uint32_t place) {
  index_.erase(flows_[place].key.hash(hash_), place);
  flows_.give_back(place);
  ++evicted_;
}

}  // namespace pmtu
