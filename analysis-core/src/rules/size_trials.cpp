// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/size_trials.h"

#include <algorithm>

namespace pmtu {
namespace {

void add(SizeTrials::Losses& sum, const SizeTrials::Losses& more) {
  sum.count += more.count;
  sum.first = std::min(sum.first, more.first);
  sum.first_frame = std::min(sum.first_frame, more.first_frame);
  sum.last = std::max(sum.last, more.last);
  sum.last_frame = std::max(sum.last_frame, more.last_frame);
}

}  // namespace

void SizeTrials::answered(DatagramLength length, Timestamp sent, Timestamp now) {
  std::rotate(latest_answers_.begin(), latest_answers_.begin() + 1, latest_answers_.end());
  latest_answers_.back() = now;
  std::rotate(latest_sent_.begin(), latest_sent_.begin() + 1, latest_sent_.end());
  latest_sent_.back() = sent;
  ++answered_;
  if (length > passed_) {
    passed_ = length;
    std::erase_if(lost_, [length](const Losses& size) { return size.smallest <= length; });
  }
  const auto losses_so_far = losses();
  if (losses_so_far && sent > losses_so_far->first) ++smaller_answered_;
  note_life(sent);
}

void SizeTrials::note_life(Timestamp sent) {
  const auto all = losses();
  if (!all || sent <= all->first) return;
  if (!life_ || *life_ <= all->first || sent < *life_) life_ = sent;
}

void SizeTrials::lost(DatagramLength length, FrameNumber frame, Timestamp sent) {
  if (length <= passed_) {
    if (!lost_.empty()) ++smaller_lost_;
    return;
  }
  if (lost_.empty()) life_.reset();
  const Losses one{length, 1, frame, frame, sent, sent};
  const auto place = std::find_if(lost_.begin(), lost_.end(),
                                  [length](const Losses& size) { return size.smallest >= length; });
  if (place != lost_.end() && place->smallest == length) {
    add(*place, one);
    return;
  }
  lost_.insert(place, one);
  // A loss shows later than what was answered meanwhile.
  const std::size_t known = std::min<std::size_t>(answered_, latest_sent_.size());
  std::for_each(latest_sent_.end() - static_cast<std::ptrdiff_t>(known), latest_sent_.end(),
                [this](Timestamp answered) { note_life(answered); });
  if (lost_.size() <= kSizes) return;
  // Sweeps try many sizes: the two largest are kept as one, under the smaller length, which drops it the
  // sooner.
  const Losses largest = lost_.back();
  lost_.pop_back();
  add(lost_.back(), largest);
}

void SizeTrials::explained(DatagramLength length) {
  std::erase_if(lost_, [length](const Losses& size) { return size.smallest >= length; });
}

void SizeTrials::forget_before(Timestamp now) {
  std::erase_if(lost_, [now](const Losses& size) { return now - size.last > kMemory; });
  if (lost_.empty()) smaller_answered_ = smaller_lost_ = 0;
}

bool SizeTrials::by_size() const {
  const auto all = losses();
  if (!all || all->count < kNeeded || answered_ < kNeeded) return false;
  const Timestamp oldest_answer = latest_answers_.front();
  if (oldest_answer + kSameTime < all->first || all->last + kSameTime < oldest_answer) return false;
  // A host that answers nothing any more, or a path that loses whatever it likes, is no black hole.
  return smaller_lost_ * 4 <= smaller_lost_ + smaller_answered_;
}

bool SizeTrials::alive_between() const {
  const auto all = losses();
  return all && life_ && *life_ > all->first && *life_ < all->last;
}

std::optional<SizeTrials::Losses> SizeTrials::losses() const {
  if (lost_.empty()) return std::nullopt;
  Losses all = lost_.front();
  for (std::size_t i = 1; i < lost_.size(); ++i) add(all, lost_[i]);
  return all;
}

}  // namespace pmtu
