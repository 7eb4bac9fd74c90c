// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/path_table.h"

namespace pmtu {
std::uint32_t PathTable::find(const PathKey& key) const {
  return index_.find(hash_(key), [&](std::uint32_t at) { return paths_[at].key == key; });
}

std::uint32_t PathTable::find_or_add(const PathKey& key) {
  const std::uint64_t hash = hash_(key);
  std::uint32_t place = index_.find(hash, [&](std::uint32_t at) { return paths_[at].key == key; });
  if (place != kNone) return place;
  index_.make_room();
  if (paths_.used() < max_paths_) {
    place = paths_.take();
  } else {
    ++evicted_;
    place = give_one_up();
    if (place == kNone) return kNone;
  }
  paths_[place].key = key;
  index_.insert(hash, place);
  return place;
}

std::uint32_t PathTable::give_one_up() {
  constexpr int kCandidates = 16;
  std::uint32_t least = kNone;
  for (int i = 0; i < kCandidates; ++i) {
    clock_hand_ = clock_hand_ + 1 < paths_.used() ? clock_hand_ + 1 : 0;
    if (clock_hand_ >= paths_.used()) return kNone;
    const Path& path = paths_[clock_hand_];
    if (path.holders != 0) continue;
    least = clock_hand_;
    break;
  }
  if (least == kNone) return kNone;
  index_.erase(hash_(paths_[least].key), least);
  paths_[least] = Path{};
  return least;
}

}  // namespace pmtu
