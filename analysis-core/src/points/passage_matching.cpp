// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/passage_matching.h"

#include <algorithm>
#include <utility>

#include "points/byte_ranges.h"
#include "points/datagram_identity.h"

namespace pmtu {
namespace {

struct Keyed {
  std::uint64_t key;
  std::uint32_t at;
  friend bool operator<(const Keyed& a, const Keyed& b) {
    return a.key != b.key ? a.key < b.key : a.at < b.at;
  }
};

std::uint64_t with_identification(const Passage& passage) {
  return mix(passage.content, passage.identification);
}
std::uint64_t content_only(const Passage& passage) {
  return passage.content;
}

class Matcher {
 public:
  Matcher(std::span<const Passage> here, std::span<const Passage> there)
      : here_(here), there_(there), matches_(here.size()), taken_(there.size(), false) {}

  /// Copies in the same order need no search: nearly all of them.
  void match_in_order() {
    std::uint32_t next = 0;
    for (std::uint32_t i = 0; i < here_.size() && next < there_.size(); ++i) {
      if (with_identification(here_[i]) != with_identification(there_[next]) ||
          here_[i].content != there_[next].content)
        continue;
      pair(i, next++);
    }
  }

  template <class Key>
  void match_by(Key key) {
    std::vector<Keyed> mine = open(
        here_, [&](std::uint32_t i) { return matches_[i].fate != Fate::missing; }, key);
    std::vector<Keyed> others = open(
        there_, [&](std::uint32_t i) { return bool{taken_[i]}; }, key);
    auto other = others.begin();
    for (const Keyed& one : mine) {
      while (other != others.end() && other->key < one.key) ++other;
      if (other == others.end()) return;
      if (other->key == one.key) pair(one.at, (other++)->at);
    }
  }

  /// Devices that rewrite identifications rewrite all of them (RFC 6864 §5): one pair that kept its own shows
  /// that there is none.
  [[nodiscard]] bool identifications_rewritten() const {
    for (std::uint32_t i = 0; i < here_.size(); ++i) {
      if (matches_[i].fate == Fate::arrived && here_[i].identification != 0) return false;
    }
    return true;
  }

  void match_re_cut();
  void match_fragments(std::span<const Passage> fragments);

  [[nodiscard]] std::vector<Match> take() { return std::move(matches_); }

 private:
  void pair(std::uint32_t mine, std::uint32_t other) {
    matches_[mine] = {Fate::arrived, other};
    taken_[other] = true;
  }

  template <class Taken, class Key>
  static std::vector<Keyed> open(std::span<const Passage> passages, Taken taken, Key key) {
    std::vector<Keyed> result;
    for (std::uint32_t i = 0; i < passages.size(); ++i) {
      if (!taken(i)) result.push_back({key(passages[i]), i});
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  std::span<const Passage> here_;
  std::span<const Passage> there_;
  std::vector<Match> matches_;
  std::vector<bool> taken_;
};

/// Bytes [begin, end) of a stream, sent at one tick of the sender's clock.
struct Range {
  std::int64_t begin;
  std::int64_t end;
  std::uint64_t tick;
};

std::uint64_t tick_of(const Passage& passage) {
  return passage.has_timestamps ? std::uint64_t{passage.timestamp_value.value()} + 1 : 0;
}

/// What lies left of a stream's first byte is no problem: both sequences count from the same number.
void Matcher::match_re_cut() {
  const auto first = std::find_if(here_.begin(), here_.end(), [](const Passage& p) { return p.payload > 0; });
  if (first == here_.end()) return;
  std::vector<Range> pieces;
  Unwrapped theirs;
  (void)theirs(first->sequence);
  for (std::uint32_t i = 0; i < there_.size(); ++i) {
    if (there_[i].payload == 0) continue;
    const std::int64_t begin = theirs(there_[i].sequence);
    if (!taken_[i]) pieces.push_back({begin, begin + there_[i].payload, tick_of(there_[i])});
  }
  std::sort(pieces.begin(), pieces.end(), [](const Range& a, const Range& b) {
    return a.tick != b.tick ? a.tick < b.tick : a.begin < b.begin;
  });
  // Pieces of one tick that touch are one range: then a single look decides.
  std::vector<Range> ranges;
  for (const Range& piece : pieces) {
    if (!ranges.empty() && ranges.back().tick == piece.tick && piece.begin <= ranges.back().end)
      ranges.back().end = std::max(ranges.back().end, piece.end);
    else
      ranges.push_back(piece);
  }
  Unwrapped mine;
  for (std::uint32_t i = 0; i < here_.size(); ++i) {
    if (here_[i].payload == 0) continue;
    const std::int64_t begin = mine(here_[i].sequence);
    if (matches_[i].fate != Fate::missing) continue;
    const std::uint64_t tick = tick_of(here_[i]);
    auto range = std::upper_bound(ranges.begin(), ranges.end(), std::pair(tick, begin),
                                  [](const std::pair<std::uint64_t, std::int64_t>& key, const Range& r) {
                                    return key.first != r.tick ? key.first < r.tick : key.second < r.begin;
                                  });
    if (range == ranges.begin()) continue;
    --range;
    if (range->tick == tick && range->begin <= begin && begin + here_[i].payload <= range->end)
      matches_[i].fate = Fate::re_cut;
  }
}

/// RFC 791 §3.2: fragments keep the identification of the datagram that they are pieces of.
void Matcher::match_fragments(std::span<const Passage> fragments) {
  std::vector<Keyed> pieces;
  for (std::uint32_t i = 0; i < fragments.size(); ++i) pieces.push_back({fragments[i].identification, i});
  std::sort(pieces.begin(), pieces.end());
  for (std::uint32_t i = 0; i < here_.size(); ++i) {
    if (matches_[i].fate != Fate::missing || here_[i].identification == 0) continue;
    const auto piece = std::lower_bound(pieces.begin(), pieces.end(), Keyed{here_[i].identification, 0});
    if (piece != pieces.end() && piece->key == here_[i].identification)
      matches_[i] = {Fate::fragmented, piece->at};
  }
}

}  // namespace

std::vector<Match> match_passages(std::span<const Passage> here, std::span<const Passage> there,
                                  std::span<const Passage> fragments) {
  Matcher matcher(here, there);
  matcher.match_in_order();
  matcher.match_by(with_identification);
  if (matcher.identifications_rewritten()) matcher.match_by(content_only);
  matcher.match_re_cut();
  if (!fragments.empty()) matcher.match_fragments(fragments);
  return matcher.take();
}

}  // namespace pmtu
