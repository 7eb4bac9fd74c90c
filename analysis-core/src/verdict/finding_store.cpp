// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/finding_store.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

namespace pmtu {
namespace {

bool anybody_can_cause(FindingKind kind) {
  return kind == FindingKind::hint_received || kind == FindingKind::hint_stale ||
         kind == FindingKind::hint_unseen || kind == FindingKind::hint_no_mtu ||
         kind == FindingKind::hint_invalid || kind == FindingKind::hint_unmatched;
}

bool by_frame(const Finding& a, const Finding& b) {
  return a.frame < b.frame;
}

}  // namespace

bool FindingStore::has_room(const Finding& finding) {
  const std::size_t room = anybody_can_cause(finding.kind) ? max_findings_ / 2 : max_findings_;
  if (findings_.size() + late_.size() < room) return true;
  ++dropped_;
  return false;
}

void FindingStore::add(const Finding& finding) {
  const bool in_order = findings_.empty() || findings_.back().frame <= finding.frame;
  if (!in_order) return add_late(finding);
  if (has_room(finding)) findings_.push_back(finding);
}

void FindingStore::add_late(const Finding& finding) {
  if (has_room(finding)) late_.push_back(finding);
}

void FindingStore::retract(FindingKind kind, ConversationId conversation, FrameNumber from) {
  retractions_.push_back({conversation, kind, static_cast<std::uint32_t>(findings_.size()),
                          static_cast<std::uint32_t>(late_.size()), from});
  // So many that going through all findings costs each of them little.
  constexpr std::size_t kFewest = 1024;
  if (retractions_.size() > kFewest + findings_.size() / 8) take_out_retracted();
}

void FindingStore::settle() {
  take_out_retracted();
  if (late_.empty()) return;
  std::stable_sort(late_.begin(), late_.end(), by_frame);
  const auto middle = static_cast<std::ptrdiff_t>(findings_.size());
  findings_.insert(findings_.end(), late_.begin(), late_.end());
  std::inplace_merge(findings_.begin(), findings_.begin() + middle, findings_.end(), by_frame);
  late_.clear();
}

void FindingStore::take_out_retracted() {
  if (retractions_.empty()) return;
  const auto key = [](const Retraction& of) { return std::pair(of.conversation, of.kind); };
  std::sort(retractions_.begin(), retractions_.end(), [](const Retraction& a, const Retraction& b) {
    return std::tuple(a.conversation, a.kind, a.before, a.before_late) <
           std::tuple(b.conversation, b.kind, b.before, b.before_late);
  });
  // A retraction also covers what the later ones of its kind and conversation do: the least `from` of them.
  for (std::size_t i = retractions_.size() - 1; i-- > 0;) {
    const Retraction& later = retractions_[i + 1];
    if (key(retractions_[i]) == key(later)) retractions_[i].from = std::min(retractions_[i].from, later.from);
  }
  take_out_retracted(findings_, &Retraction::before);
  take_out_retracted(late_, &Retraction::before_late);
  retractions_.clear();
}

void FindingStore::take_out_retracted(std::vector<Finding>& from, std::uint32_t Retraction::*before) const {
  const auto retracted = [&](const Finding& finding, std::uint32_t place) {
    const auto first_later =
        std::partition_point(retractions_.begin(), retractions_.end(), [&](const Retraction& r) {
          return std::tuple(r.conversation, r.kind, r.*before) <=
                 std::tuple(finding.conversation, finding.kind, place);
        });
    return first_later != retractions_.end() && first_later->conversation == finding.conversation &&
           first_later->kind == finding.kind && finding.frame >= first_later->from;
  };
  std::size_t kept = 0;
  for (std::size_t place = 0; place < from.size(); ++place) {
    if (retracted(from[place], static_cast<std::uint32_t>(place))) continue;
    if (kept != place) from[kept] = from[place];
    ++kept;
  }
  from.resize(kept);
}

std::span<const Finding> FindingStore::of(FrameNumber frame) const {
  Finding key;
  key.frame = frame;
  const auto range = std::equal_range(findings_.begin(), findings_.end(), key, by_frame);
  return {range.first, range.second};
}

}  // namespace pmtu
