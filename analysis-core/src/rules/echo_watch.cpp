// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/echo_watch.h"

#include <algorithm>

namespace pmtu {

std::optional<EchoHole> EchoWatch::observe(const EchoMessage& message) {
  Pair& pair = pair_of(message);
  const std::uint32_t unanswered_before =
      pair.lost.empty() ? 0 : describe(pair, message.path, EchoHole::Change::grew).unanswered;
  give_up(pair, message.time);
  const auto same = [&message](const Request& request) {
    return request.identifier == message.identifier && request.sequence == message.sequence;
  };
  const auto waiting = std::find_if(pair.waiting.begin(), pair.waiting.end(), same);
  if (message.request) {
    if (waiting != pair.waiting.end()) return std::nullopt;  // captured twice
    if (pair.waiting.size() == Pair::kWaiting) pair.waiting.erase(pair.waiting.begin());
    pair.waiting.push_back(
        {message.identifier, message.sequence, message.length, message.frame, message.time});
  } else if (waiting != pair.waiting.end()) {
    pair.longest_round_trip = std::max(pair.longest_round_trip, message.time - waiting->time);
    const DatagramLength length = waiting->length;  // a reply may be cut short by who sends it
    pair.waiting.erase(waiting);
    answer(pair, length, message.time);
  } else if (message.length > pair.passed) {
    answer(pair, message.length, message.time);  // late, or its request was not captured
  }
  if (pair.told && pair.passed >= *pair.told) {
    const EchoHole withdrawn = describe(pair, message.path, EchoHole::Change::withdrawn);
    pair.told.reset();
    return withdrawn;
  }
  if (!holds(pair)) return std::nullopt;
  const auto change = pair.told ? EchoHole::Change::grew : EchoHole::Change::suspected;
  const EchoHole hole = describe(pair, message.path, change);
  const bool more = !pair.told || hole.unanswered > unanswered_before;
  pair.told = hole.lost;
  return more ? std::optional(hole) : std::nullopt;
}

void EchoWatch::drew_error(const PathKey& path, DatagramLength length) {
  const auto found = pairs_.find(path);
  if (found == pairs_.end()) return;
  Pair& pair = found->second;
  std::erase_if(pair.waiting, [length](const Request& request) { return request.length >= length; });
  std::erase_if(pair.lost, [length](const LostSize& size) { return size.length >= length; });
}

EchoWatch::Pair& EchoWatch::pair_of(const EchoMessage& message) {
  const auto found = pairs_.find(message.path);
  if (found != pairs_.end()) {
    found->second.last = message.time;
    return found->second;
  }
  if (pairs_.size() >= kMaxPairs) {
    const auto older = [](const auto& a, const auto& b) { return a.second.last < b.second.last; };
    pairs_.erase(std::min_element(pairs_.begin(), pairs_.end(), older));
  }
  Pair& pair = pairs_[message.path];
  pair.last = message.time;
  return pair;
}

void EchoWatch::give_up(Pair& pair, Timestamp now) {
  const Duration patience = std::max(kPatience, pair.longest_round_trip + pair.longest_round_trip);
  auto first_kept = pair.waiting.begin();
  while (first_kept != pair.waiting.end() && now - first_kept->time >= patience) {
    lose(pair, *first_kept);
    ++first_kept;
  }
  pair.waiting.erase(pair.waiting.begin(), first_kept);
  std::erase_if(pair.lost, [now](const LostSize& size) { return now - size.last > kMemory; });
  if (pair.lost.empty()) pair.smaller_answered = pair.smaller_lost = 0;
}

void EchoWatch::lose(Pair& pair, const Request& request) {
  if (request.length <= pair.passed) {
    if (!pair.lost.empty()) ++pair.smaller_lost;
    return;
  }
  pair.lost_identifier = request.identifier;
  const auto larger = [&request](const LostSize& size) { return size.length >= request.length; };
  auto place = std::find_if(pair.lost.begin(), pair.lost.end(), larger);
  if (place == pair.lost.end() || place->length != request.length) {
    const LostSize fresh{request.length, 0, request.frame, request.frame, request.time, request.time};
    place = pair.lost.insert(place, fresh);
  }
  ++place->count;
  place->last = request.time;
  place->last_frame = request.frame;
  if (pair.lost.size() <= Pair::kSizes) return;
  // Sweeps try many sizes: the two largest are kept as one, under the smaller length, which drops it the
  // sooner.
  const LostSize largest = pair.lost.back();
  pair.lost.pop_back();
  LostSize& kept = pair.lost.back();
  kept.count += largest.count;
  kept.first = std::min(kept.first, largest.first);
  kept.first_frame = std::min(kept.first_frame, largest.first_frame);
  kept.last = std::max(kept.last, largest.last);
  kept.last_frame = std::max(kept.last_frame, largest.last_frame);
}

void EchoWatch::answer(Pair& pair, DatagramLength length, Timestamp now) {
  std::rotate(pair.answers.begin(), pair.answers.begin() + 1, pair.answers.end());
  pair.answers.back() = now;
  ++pair.answered;
  if (length > pair.passed) {
    pair.passed = length;
    std::erase_if(pair.lost, [length](const LostSize& size) { return size.length <= length; });
  }
  if (!pair.lost.empty()) ++pair.smaller_answered;
}

bool EchoWatch::holds(const Pair& pair) {
  // rule: echo-black-hole
  if (pair.answered < kNeeded) return false;
  std::uint32_t unanswered = 0;
  std::optional<Timestamp> first;
  std::optional<Timestamp> last;
  for (const LostSize& size : pair.lost) {
    unanswered += size.count;
    first = first ? std::min(*first, size.first) : size.first;
    last = last ? std::max(*last, size.last) : size.last;
  }
  if (unanswered < kNeeded || !first) return false;
  const Timestamp oldest_answer = pair.answers.front();
  if (oldest_answer + kSameTime < *first || *last + kSameTime < oldest_answer) return false;
  // A host that answers nothing any more, or a path that loses whatever it likes, is no black hole.
  return pair.smaller_lost * 4 <= pair.smaller_lost + pair.smaller_answered;
}

EchoHole EchoWatch::describe(const Pair& pair, const PathKey& path, EchoHole::Change change) {
  EchoHole hole;
  hole.change = change;
  hole.path = path;
  hole.identifier = pair.lost_identifier;
  hole.passed = pair.passed;
  hole.answered = pair.answered;
  for (const LostSize& size : pair.lost) {
    const bool first = hole.unanswered == 0;
    if (first) hole.lost = size.length;
    hole.unanswered += size.count;
    hole.begin = first ? size.first : std::min(hole.begin, size.first);
    hole.first_frame = first ? size.first_frame : std::min(hole.first_frame, size.first_frame);
    hole.last = first ? size.last : std::max(hole.last, size.last);
    hole.last_frame = first ? size.last_frame : std::max(hole.last_frame, size.last_frame);
  }
  hole.requests = hole.unanswered;
  for (const Request& request : pair.waiting) {
    if (request.length > pair.passed) ++hole.requests;
  }
  return hole;
}

}  // namespace pmtu
