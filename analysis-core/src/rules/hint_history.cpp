// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/hint_history.h"

#include <algorithm>

namespace pmtu {
namespace {

// A path that alternates between hints, by a broken router or by an attack, is described well enough by
// these.
constexpr std::size_t kMaxChanges = 1024;
constexpr std::size_t kMaxReporters = 16;
constexpr std::size_t kMaxNamed = 16;

void note_reporter(HintHistory& history, const IpAddress& reporter) {
  auto& known = history.reporters;
  if (known.size() < kMaxReporters && std::find(known.begin(), known.end(), reporter) == known.end())
    known.push_back(reporter);
}

}  // namespace

const HintHistory* HintHistories::find(const PathKey& path) const {
  if (paths_.empty()) return nullptr;
  const auto found = paths_.find(path);
  return found == paths_.end() ? nullptr : &found->second;
}

HintHistory* HintHistories::find_or_add(const PathKey& path) {
  const auto found = paths_.find(path);
  if (found != paths_.end()) return &found->second;
  if (max_paths_ == 0) return nullptr;
  if (paths_.size() >= max_paths_) {
    paths_.erase(paths_.begin());
    ++evicted_;
  }
  HintHistory& history = paths_[path];
  history.order = learnt_++;
  return &history;
}

void HintHistories::note_untranslated(const PathKey& path, Mtu mtu) {
  if (untranslated_.size() >= max_paths_ && !untranslated_.contains(path)) return;
  const auto [known, is_first] = untranslated_.try_emplace(path, mtu);
  if (!is_first) known->second = std::min(known->second, mtu);
}

std::optional<Mtu> HintHistories::untranslated(const PathKey& path) const {
  const auto found = untranslated_.find(path);
  return found == untranslated_.end() ? std::nullopt : std::optional(found->second);
}

bool HintHistories::note_kept(const PathKey& path, FrameNumber hint_frame) {
  const auto found = paths_.find(path);
  if (found == paths_.end() || found->second.kept_told_of == hint_frame) return false;
  found->second.kept_told_of = hint_frame;
  return true;
}

void HintHistories::forget(const PathKey& path, FrameNumber hint_frame, FrameNumber now) {
  const auto found = paths_.find(path);
  if (found == paths_.end()) return;
  HintHistory& history = found->second;
  if (!history.in_force || history.in_force->frame != hint_frame) return;
  history.in_force.reset();
  if (history.changes.size() < kMaxChanges) history.changes.push_back({now, hint_frame, std::nullopt, false});
}

// rule: path-scope
void HintHistories::learn(const PathKey& path, const PathMtuHint& hint, const IpAddress& reporter,
                          Duration max_age) {
  HintHistory* const found = find_or_add(path);
  if (found == nullptr) return;
  HintHistory& history = *found;
  ++history.hints;
  note_reporter(history, reporter);
  if (hint.mtu && named_.size() < kMaxNamed && !names(DatagramLength(hint.mtu->value())))
    named_.push_back(hint.mtu->value());
  const bool expired = history.in_force && hint.time - history.refreshed > max_age;
  const bool lowers =
      !history.in_force || (hint.mtu && (!history.in_force->mtu || *hint.mtu < *history.in_force->mtu));
  // rule: hint-never-raises. RFC 1191 §3: a hint never raises the path MTU; only age does.
  if (expired || lowers) {
    history.in_force = hint;
    history.refreshed = hint.time;
    // What no longer fits is not known, rather than what it was before.
    if (history.changes.size() < kMaxChanges) {
      const bool last_that_fits = history.changes.size() + 1 == kMaxChanges;
      history.changes.push_back({hint.frame, hint.frame, hint.mtu, !last_that_fits});
    }
  } else if (history.in_force->mtu == hint.mtu) {
    history.refreshed = hint.time;
  }
}

std::vector<std::pair<PathKey, const HintHistory*>> HintHistories::all() const {
  std::vector<std::pair<PathKey, const HintHistory*>> listed;
  listed.reserve(paths_.size());
  for (const auto& [path, history] : paths_) listed.emplace_back(path, &history);
  std::sort(listed.begin(), listed.end(),
            [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
  return listed;
}

}  // namespace pmtu
