// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/fragment_watch.h"

#include <algorithm>

#include "track/reversed.h"

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
  if (fragment.offset != 0) unfiltered_ = true;
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
    if (fragment.offset == 0) {
      path.beside_sender = fragment.beside_sender;
      path.repetition.note_begun(fragment);
    }
  }
  open->add(fragment);
  if (!open->complete()) return judge(path, fragment.time);
  note_complete(fragment.flow.path, fragment.time);
  path.repetition.note_answer(open->flow, Question::Answer::whole);
  path.open.erase(open);
  if (path.told != 0) return judge(path, fragment.time);  // what was told is counted to the end
  // A path that takes all fragments of one loses those of others by chance.
  if (path.open.empty() && path.reports == 0) {
    paths_.erase(place);
  } else {
    path.loss.datagrams = 0;
  }
  return std::nullopt;
}

std::optional<FragmentLoss> FragmentWatch::observe_whole(const WholeDatagram& datagram) {
  const PathKey& way = datagram.flow.path;
  const auto answer = paths_.find({way.destination, way.source});
  if (answer != paths_.end()) answer->second.repetition.note_question(datagram);
  const auto found = paths_.find(way);
  if (found == paths_.end()) return std::nullopt;
  Path& path = found->second;
  ++path.whole;
  path.repetition.note_whole(datagram.flow);
  give_up(path, datagram.time);
  return judge(path, datagram.time);
}

bool FragmentWatch::watches(const PathKey& path) const {
  return paths_.contains(path) || paths_.contains(reversed(path));
}

std::vector<FragmentLoss> FragmentWatch::conclude(Timestamp now) {
  std::vector<FragmentLoss> losses;
  for (auto& [key, path] : paths_) {
    give_up(path, now);
    if (auto loss = judge(path, now)) losses.push_back(*loss);
    if (path.told == 0 || path.open.empty()) continue;
    // Nothing more comes of those that wait.
    FragmentLoss all = path.loss;
    all.grew = true;
    for (const Open& open : path.open) {
      ++all.datagrams;
      all.several_flows = all.several_flows || open.flow != all.flow;
      all.last_frame = std::max(all.last_frame, open.last_frame);
      all.last = std::max(all.last, open.first);
    }
    losses.push_back(all);
  }
  return losses;
}

std::vector<FragmentWatch::Passed>::iterator FragmentWatch::find_passed(const PathKey& path) {
  return std::find_if(passed_.begin(), passed_.end(),
                      [&path](const Passed& passed) { return passed.path == path; });
}

void FragmentWatch::note_complete(const PathKey& path, Timestamp time) {
  const auto known = find_passed(path);
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
  const auto known = find_passed(path);
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
  }
  if (loss.missing != missing) loss.missing = FragmentLoss::Missing::unknown;
  if (loss.datagrams != 0 && loss.flow != open.flow) loss.several_flows = true;
  ++loss.datagrams;
  if (path.told == 0) loss.flow = open.flow;
  loss.last_frame = open.last_frame;
  loss.last = open.first;
}

bool FragmentWatch::Question::same_as(const WholeDatagram& other) const {
  return asked.frame != FrameNumber{} && asked.flow.destination_port == other.flow.destination_port &&
         asked.length == other.length && asked.body == other.body;
}

void FragmentWatch::Repetition::note_question(const WholeDatagram& question) {
  note_heard(reversed(question.flow));
  const Question* before = nullptr;
  for (const Question& one : questions) {
    if (one.same_as(question) && (before == nullptr || one.asked.frame > before->asked.frame)) before = &one;
  }
  if (before != nullptr) {
    if (question.time - before->asked.time < kRepetition) return;  // captured twice, or asked twice at once
    compare(*before, question);
  }
  questions[next_question] = {question, Question::Answer::none};
  next_question = (next_question + 1) % kKept;
}

void FragmentWatch::Repetition::compare(const Question& before, const WholeDatagram& question) {
  const Duration since = question.time - before.asked.time;
  if (before.answer == Question::Answer::whole && (!asked_anyhow || since < *asked_anyhow)) {
    // Who asks what he was told asks for other reasons: `watch dig` does, or a cache whose answers expire.
    asked_anyhow = since;
    if (longest_counted >= since) asked_again = asked_anew = 0;
  }
  const bool sooner = !asked_anyhow || since < *asked_anyhow;
  if (before.answer != Question::Answer::incomplete || !sooner) return;
  const bool word_for_word = before.asked.flow == question.flow && before.asked.content == question.content;
  if (!word_for_word && since > kAskedAnew) return;
  ++(word_for_word ? asked_again : asked_anew);
  longest_counted = std::max(longest_counted, since);
}

void FragmentWatch::Repetition::note_answer(const FlowKey& flow, Question::Answer answer) {
  const FlowKey asked = reversed(flow);
  for (Question& one : questions) {
    if (one.asked.frame != FrameNumber{} && one.asked.flow == asked) one.answer = answer;
  }
}

void FragmentWatch::Repetition::note_begun(const Fragment& first) {
  note_answer(first.flow, Question::Answer::incomplete);
  const auto same = [&first](const Begun& one) {
    return one.flow == first.flow && one.content == first.content && one.time != Timestamp{};
  };
  const auto before = std::find_if(begun.begin(), begun.end(), same);
  if (before == begun.end()) {
    begun[next_begun] = {first.flow, first.content, first.time, Duration{}, 0};
    next_begun = (next_begun + 1) % kKept;
    return;
  }
  if (first.time - before->time < kRepetition) return;
  before->pause = first.time - before->time;
  before->time = first.time;
  ++before->repeats;
}

void FragmentWatch::Repetition::count_unanswered(Timestamp now) {
  for (Begun& one : begun) {
    if (one.repeats == 0 || now - one.time < one.pause) continue;
    if (sending != one.flow) sent_again = 0;
    sending = one.flow;
    sent_again += one.repeats;
    one.repeats = 0;
  }
}

void FragmentWatch::Repetition::note_whole(const FlowKey& flow) {
  note_answer(flow, Question::Answer::whole);
  if (whole != flow) whole_unanswered = 0;
  whole = flow;
  ++whole_unanswered;
}

void FragmentWatch::Repetition::note_heard(const FlowKey& flow) {
  if (whole == flow && whole_unanswered != 0) {
    --whole_unanswered;
    heard = flow;
    return;
  }
  // It answers what came in fragments.
  for (Begun& one : begun) {
    if (one.flow == flow) one = Begun{};
  }
  if (sending == flow) sent_again = 0;
}

bool FragmentWatch::Repetition::shows_loss(std::uint32_t datagrams) const {
  // One repetition in many datagrams has other causes.
  constexpr std::uint32_t kOneOf = 3;
  const std::uint32_t sent = heard == sending ? sent_again : 0;
  const std::uint32_t certain = asked_again + sent;
  if (certain == 0 && asked_anew < kNeeded) return false;
  return (certain + asked_anew) * kOneOf >= datagrams;
}

/// A capture filter by ports lets first fragments through and no other. Beside their sender none can have
/// been lost yet.
bool FragmentWatch::filter_may_hide(const Path& path) const {
  if (unfiltered_ || path.loss.missing != FragmentLoss::Missing::later) return false;
  return path.beside_sender || !path.repetition.shows_loss(path.loss.datagrams);
}

std::optional<FragmentLoss> FragmentWatch::judge(Path& path, Timestamp now) const {
  // rule: fragments-lost
  path.repetition.count_unanswered(now);
  const std::uint32_t before = path.told;
  if (path.loss.datagrams <= before) return std::nullopt;
  if (before == 0 && (path.loss.datagrams < kNeeded || path.whole == 0 || filter_may_hide(path)))
    return std::nullopt;
  path.told = path.loss.datagrams;
  FragmentLoss loss = path.loss;
  loss.grew = before != 0;
  return loss;
}

}  // namespace pmtu
