// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/path_table.h"

#include <algorithm>

namespace pmtu {
namespace {

// A path that alternates between hints, by a broken router or by an attack, is described well enough by
// these.
constexpr std::size_t kMaxChanges = 1024;
constexpr std::size_t kMaxReporters = 16;

}  // namespace

std::uint32_t PathTable::find(const PathKey& key) const {
  return index_.find(hash_(key), [&](std::uint32_t at) { return paths_[at].key == key; });
}

std::uint32_t PathTable::find_or_add(const PathKey& key) {
  const std::uint64_t hash = hash_(key);
  std::uint32_t place = index_.find(hash, [&](std::uint32_t at) { return paths_[at].key == key; });
  if (place != kNone) return place;
  index_.make_room();
  if (paths_.size() < max_paths_) {
    place = static_cast<std::uint32_t>(paths_.size());
    paths_.emplace_back();
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
    clock_hand_ = clock_hand_ + 1 < paths_.size() ? clock_hand_ + 1 : 0;
    if (clock_hand_ >= paths_.size()) return kNone;
    const Path& path = paths_[clock_hand_];
    if (path.holders != 0) continue;
    least = clock_hand_;
    if (path.history == Path::kNoHistory) break;  // what was hinted is given up last
  }
  if (least == kNone) return kNone;
  if (paths_[least].history != Path::kNoHistory) {
    free_histories_.push_back(paths_[least].history);  // first, as it may fail
    histories_[paths_[least].history] = HintHistory{};
  }
  index_.erase(hash_(paths_[least].key), least);
  paths_[least] = Path{};
  return least;
}

const HintHistory* PathTable::history(std::uint32_t path) const {
  if (path == kNone || paths_[path].history == Path::kNoHistory) return nullptr;
  return &histories_[paths_[path].history];
}

void PathTable::forget(std::uint32_t path, FrameNumber hint_frame, FrameNumber now) {
  if (path == kNone || paths_[path].history == Path::kNoHistory) return;
  HintHistory& history = histories_[paths_[path].history];
  if (!history.in_force || history.in_force->frame != hint_frame) return;
  history.in_force.reset();
  if (history.changes.size() < kMaxChanges) history.changes.push_back({now, hint_frame, std::nullopt, false});
}

void PathTable::learn(std::uint32_t path, const FlowKey& quoted, const PathMtuHint& hint,
                      const IpAddress& reporter, Duration max_age) {
  if (paths_[path].history == Path::kNoHistory) {
    if (free_histories_.empty()) {
      histories_.emplace_back();
      paths_[path].history = static_cast<std::uint32_t>(histories_.size() - 1);
    } else {
      paths_[path].history = free_histories_.back();
      free_histories_.pop_back();
    }
  }
  HintHistory& history = histories_[paths_[path].history];
  ++history.hints;
  if (history.reporters.size() < kMaxReporters &&
      std::find(history.reporters.begin(), history.reporters.end(), reporter) == history.reporters.end()) {
    history.reporters.push_back(reporter);
  }
  const bool expired = history.in_force && hint.time - history.refreshed > max_age;
  const bool lowers =
      !history.in_force || (hint.mtu && (!history.in_force->mtu || *hint.mtu < *history.in_force->mtu));
  // RFC 1191 §3: a hint never raises the path MTU; only age does.
  if (expired || lowers) {
    history.in_force = hint;
    history.refreshed = hint.time;
    history.quoted_flow = quoted;
    // What no longer fits is not known, rather than what it was before.
    if (history.changes.size() + 1 < kMaxChanges) {
      history.changes.push_back({hint.frame, hint.frame, hint.mtu, true});
    } else if (history.changes.size() + 1 == kMaxChanges) {
      history.changes.push_back({hint.frame, hint.frame, hint.mtu, false});
    }
  } else if (history.in_force->mtu == hint.mtu) {
    history.refreshed = hint.time;
  }
}

}  // namespace pmtu
