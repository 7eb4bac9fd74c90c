// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/echo_watch.h"

#include <algorithm>

namespace pmtu {

std::optional<EchoHole> EchoWatch::observe(const EchoMessage& message) {
  Pair& pair = pair_of(message);
  give_up(pair, message.time);
  if (!pair.told) pair.trials.forget_before(message.time);  // what was told is counted to the end
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
    // Its own length counts for nothing: some hosts cut their replies short.
    pair.trials.answered(waiting->length, waiting->time, message.time);
    pair.waiting.erase(waiting);
  } else if (message.length > pair.trials.passed()) {
    pair.trials.answered(message.length, message.time,
                         message.time);  // late, or its request was not captured
  }
  return judge(pair, message.path);
}

/// All of them were lost in a moment, and nothing smaller was tried meanwhile.
bool EchoWatch::may_be_limited(const SizeTrials& trials) {
  const auto losses = trials.losses();
  return losses && losses->last - losses->first < kLimited && !trials.alive_between();
}

std::optional<EchoHole> EchoWatch::judge(Pair& pair, const PathKey& path) {
  // rule: echo-black-hole. Large ones are lost while smaller ones are answered.
  if (pair.told && pair.trials.passed() >= pair.told->lost) {
    EchoHole withdrawn = describe(pair, path, EchoHole::Change::withdrawn);
    withdrawn.lost = pair.told->lost;
    pair.told.reset();
    return withdrawn;
  }
  if (!pair.trials.by_size() || may_be_limited(pair.trials)) return std::nullopt;
  const EchoHole hole =
      describe(pair, path, pair.told ? EchoHole::Change::grew : EchoHole::Change::suspected);
  const bool more = !pair.told || hole.unanswered > pair.told->unanswered ||
                    hole.requests > pair.told->requests || hole.passed > pair.told->passed;
  if (!more) return std::nullopt;
  pair.told = hole;
  return hole;
}

std::vector<EchoHole> EchoWatch::conclude(Timestamp now) {
  std::vector<EchoHole> holes;
  for (auto& [path, pair] : pairs_) {
    give_up(pair, now);
    if (const auto hole = judge(pair, path)) holes.push_back(*hole);
  }
  return holes;
}

void EchoWatch::drew_error(const PathKey& path, DatagramLength length) {
  const auto found = pairs_.find(path);
  if (found == pairs_.end()) return;
  Pair& pair = found->second;
  std::erase_if(pair.waiting, [length](const Request& request) { return request.length >= length; });
  pair.trials.explained(length);
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
  for (; first_kept != pair.waiting.end() && now - first_kept->time >= patience; ++first_kept) {
    if (first_kept->length > pair.trials.passed()) pair.lost_identifier = first_kept->identifier;
    pair.trials.lost(first_kept->length, first_kept->frame, first_kept->time);
  }
  pair.waiting.erase(pair.waiting.begin(), first_kept);
}

EchoHole EchoWatch::describe(const Pair& pair, const PathKey& path, EchoHole::Change change) {
  EchoHole hole;
  hole.change = change;
  hole.path = path;
  hole.identifier = pair.told ? pair.told->identifier : pair.lost_identifier;
  hole.passed = pair.trials.passed();
  hole.answered = pair.trials.answers();
  if (const auto losses = pair.trials.losses()) {
    hole.lost = losses->smallest;
    hole.unanswered = losses->count;
    hole.first_frame = losses->first_frame;
    hole.last_frame = losses->last_frame;
    hole.begin = losses->first;
    hole.last = losses->last;
  }
  hole.requests = hole.unanswered;
  for (const Request& request : pair.waiting) {
    if (request.length < hole.lost) continue;
    ++hole.requests;
    hole.last_frame = request.frame;
    hole.last = request.time;
  }
  return hole;
}

}  // namespace pmtu
