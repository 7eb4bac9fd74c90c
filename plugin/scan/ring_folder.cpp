// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/ring_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "scan/source_list.h"

namespace pmtu::scan {

std::optional<RingFolder::Stamp> RingFolder::stamp_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
#ifdef __APPLE__
  const timespec& changed = status.st_mtimespec;
#else
  const timespec& changed = status.st_mtim;
#endif
  return Stamp{changed.tv_sec, changed.tv_nsec, static_cast<std::uint64_t>(status.st_size), status.st_ino};
}

/// Brings the states up to date; those of files that are gone are forgotten.
void RingFolder::look(Clock::time_point now) {
  std::map<std::string, State> present;
  for (const std::string& path : captures_in(folder_)) {
    const auto stamp = stamp_of(path);
    if (!stamp) continue;
    State state;
    if (const auto known = files_.find(path); known != files_.end()) state = known->second;
    if (state.stamp != *stamp) {
      // A file that was complete, is another one, or has shrunk, was begun anew under its name.
      if (state.complete || stamp->inode != state.stamp.inode || stamp->bytes < state.stamp.bytes) state = {};
      state.stamp = *stamp;
      state.unchanged_since = now;
    }
    present.emplace(path, state);
  }
  files_ = std::move(present);
}

std::optional<RingFolder::Ready> RingFolder::next(Clock::time_point now) {
  look(now);
  std::vector<std::pair<const std::string, State>*> by_age;
  for (auto& file : files_) by_age.push_back(&file);
  std::stable_sort(by_age.begin(), by_age.end(), [](const auto* a, const auto* b) {
    return std::tie(a->second.stamp.seconds, a->second.stamp.nanoseconds) <
           std::tie(b->second.stamp.seconds, b->second.stamp.nanoseconds);
  });
  for (const auto* file : by_age) {
    const State& state = file->second;
    if (state.complete) continue;
    const bool is_newest = file == by_age.back();
    const bool is_quiet = state.read != state.stamp && now - state.unchanged_since >= kQuietTime;
    if (!is_newest || is_quiet) return Ready{file->first, state.records, !is_newest};
    break;
  }
  return std::nullopt;
}

void RingFolder::note_read(const Ready& file, std::uint32_t records) {
  State& state = files_[file.path];
  state.records = records;
  state.read = state.stamp;
  state.complete = file.complete;
}

}  // namespace pmtu::scan
