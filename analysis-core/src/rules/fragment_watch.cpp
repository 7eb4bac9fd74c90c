// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/fragment_watch.h"

#include <algorithm>

namespace pmtu {

void FragmentWatch::Open::add(const Fragment& fragment) {
  if (fragment.offset == 0) flow = fragment.flow;
  last_frame = fragment.frame;
  const Range range{fragment.offset, fragment.offset + fragment.length};
  if (!fragment.more) length = range.end;
  const auto place = std::find_if(ranges.begin(), ranges.end(),
                                  [&range](const Range& known) { return known.end >= range.begin; });
  if (place == ranges.end() || place->begin > range.end) {
    if (ranges.size() < kRanges) ranges.insert(place, range);
    return;
  }
  place->begin = std::min(place->begin, range.begin);
  place->end = std::max(place->end, range.end);
  const auto next = place + 1;
  if (next != ranges.end() && next->begin <= place->end) {
    place->end = std::max(place->end, next->end);
    ranges.erase(next);
  }
}

bool FragmentWatch::Open::complete() const {
  return length && ranges.size() == 1 && ranges.front().begin == 0 && ranges.front().end >= *length;
}

FragmentWatch::Paths::iterator FragmentWatch::path_of(const Fragment& fragment) {
  const auto found = paths_.find(fragment.flow.path);
  if (found != paths_.end()) return found;
  if (paths_.size() >= kMaxPaths) {
    const auto older = [](const auto& a, const auto& b) { return a.second.last < b.second.last; };
    paths_.erase(std::min_element(paths_.begin(), paths_.end(), older));
  }
  return paths_.try_emplace(fragment.flow.path).first;
}

std::optional<FragmentLoss> FragmentWatch::observe(const Fragment& fragment) {
  if (fragment.offset != 0) later_seen_ = true;
  const auto place = path_of(fragment);
  Path& path = place->second;
  path.last = fragment.time;
  give_up(path, fragment.time);
  const auto same = [&fragment](const Open& open) { return open.identification == fragment.identification; };
  auto open = std::find_if(path.open.begin(), path.open.end(), same);
  if (open == path.open.end()) {
    if (path.open.size() == Path::kOpen) path.open.erase(path.open.begin());
    Open fresh;
    fresh.identification = fragment.identification;
    fresh.flow = fragment.flow;
    fresh.first_frame = fragment.frame;
    fresh.first = fragment.time;
    open = path.open.insert(path.open.end(), std::move(fresh));
  }
  open->add(fragment);
  if (!open->complete()) return judge(path);
  // A path that takes all fragments of one loses those of others by chance.
  note_complete(fragment.flow.path, fragment.time);
  path.open.erase(open);
  if (path.open.empty() && path.reports == 0) {
    paths_.erase(place);
  } else {
    path.loss.datagrams = 0;
  }
  return std::nullopt;
}

std::optional<FragmentLoss> FragmentWatch::observe_whole(const FlowKey& flow, DatagramLength length,
                                                         std::uint16_t mark, FrameNumber frame,
                                                         Timestamp time) {
  const auto answer = paths_.find({flow.path.destination, flow.path.source});
  if (answer != paths_.end()) note_question(answer->second, flow, length, mark, time);
  const auto found = paths_.find(flow.path);
  if (found == paths_.end()) return std::nullopt;
  Path& path = found->second;
  ++path.whole;
  give_up(path, time);
  auto loss = judge(path);
  if (loss) loss->last_frame = frame;
  return loss;
}

void FragmentWatch::note_complete(const PathKey& path, Timestamp time) {
  const auto known = std::find_if(passed_.begin(), passed_.end(),
                                  [&path](const Passed& passed) { return passed.path == path; });
  if (known != passed_.end()) {
    *known = {path, time, 0};
    return;
  }
  if (passed_.size() == kMaxPassed) {
    const auto older = [](const Passed& a, const Passed& b) { return a.time < b.time; };
    passed_.erase(std::min_element(passed_.begin(), passed_.end(), older));
  }
  passed_.push_back({path, time, 0});
}

bool FragmentWatch::is_chance(const PathKey& path, Timestamp now) {
  const auto known = std::find_if(passed_.begin(), passed_.end(),
                                  [&path](const Passed& passed) { return passed.path == path; });
  return known != passed_.end() && now - known->time <= kMemory && ++known->reports < kNeeded;
}

std::optional<FragmentLoss> FragmentWatch::reported(const FlowKey& flow, FrameNumber frame, Timestamp time,
                                                    bool beside_it) {
  // rule: fragments-lost
  if (beside_it && is_chance(flow.path, time)) return std::nullopt;
  FragmentLoss loss;
  loss.flow = flow;
  loss.reported = true;
  loss.datagrams = 1;
  loss.first_frame = loss.last_frame = frame;
  loss.begin = loss.last = time;
  const auto found = paths_.find(flow.path);
  if (found == paths_.end()) return loss;
  Path& path = found->second;
  ++path.reports;
  loss.datagrams = path.reports;
  if (path.loss.datagrams != 0) loss.missing = path.loss.missing;
  return loss;
}

void FragmentWatch::give_up(Path& path, Timestamp now) {
  const auto too_old = [now](const Open& open) { return now - open.first >= kPatience; };
  for (const Open& open : path.open) {
    if (too_old(open)) count(path, open);
  }
  std::erase_if(path.open, too_old);
}

void FragmentWatch::count(Path& path, const Open& open) {
  FragmentLoss& loss = path.loss;
  const auto missing = open.has_first() ? FragmentLoss::Missing::later : FragmentLoss::Missing::first;
  if (loss.datagrams == 0) {
    loss = FragmentLoss{};
    loss.missing = missing;
    loss.first_frame = open.first_frame;
    loss.begin = open.first;
    path.told = false;
  }
  if (loss.missing != missing) loss.missing = FragmentLoss::Missing::unknown;
  ++loss.datagrams;
  loss.flow = open.flow;
  loss.last_frame = open.last_frame;
  loss.last = open.first;
}

void FragmentWatch::note_question(Path& path, const FlowKey& flow, DatagramLength length, std::uint16_t mark,
                                  Timestamp time) {
  const bool again = flow == path.question && length == path.question_length && mark == path.question_mark &&
                     time - path.question_time >= kRepetition;
  if (again) ++path.asked_again;
  path.question = flow;
  path.question_length = length;
  path.question_mark = mark;
  path.question_time = time;
}

std::optional<FragmentLoss> FragmentWatch::judge(Path& path) const {
  // rule: fragments-lost
  if (path.told || path.loss.datagrams < kNeeded || path.whole == 0) return std::nullopt;
  // A capture filter by port lets first fragments through and no other. Somebody who asks again got no
  // answer.
  const bool filter_may_hide_them = path.loss.missing == FragmentLoss::Missing::later && !later_seen_;
  if (filter_may_hide_them && path.asked_again == 0) return std::nullopt;
  path.told = true;
  return path.loss;
}

}  // namespace pmtu
