// SPDX-License-Identifier: GPL-2.0-or-later
#include "finding_store.h"

#include <algorithm>
#include <cstddef>
#include <map>
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

void FindingStore::add(const Finding& finding) {
  const std::size_t room = anybody_can_cause(finding.kind) ? max_findings_ / 2 : max_findings_;
  if (findings_.size() + late_.size() >= room) {
    ++dropped_;
    return;
  }
  const bool in_order = findings_.empty() || findings_.back().frame <= finding.frame;
  (in_order ? findings_ : late_).push_back(finding);
}

void FindingStore::settle() {
  if (!late_.empty()) {
    std::stable_sort(late_.begin(), late_.end(), by_frame);
    const auto middle = static_cast<std::ptrdiff_t>(findings_.size());
    findings_.insert(findings_.end(), late_.begin(), late_.end());
    std::inplace_merge(findings_.begin(), findings_.begin() + middle, findings_.end(), by_frame);
    late_.clear();
  }
  if (retractions_.empty()) return;
  std::map<std::pair<ConversationId, FindingKind>, FrameNumber> wrong_from;
  for (const Retraction& r : retractions_) {
    const auto [known, added] = wrong_from.try_emplace({r.conversation, r.kind}, r.from);
    if (!added) known->second = std::min(known->second, r.from);
  }
  std::erase_if(findings_, [&](const Finding& finding) {
    const auto wrong = wrong_from.find({finding.conversation, finding.kind});
    return wrong != wrong_from.end() && finding.frame >= wrong->second;
  });
  retractions_.clear();
}

std::span<const Finding> FindingStore::of(FrameNumber frame) const {
  Finding key;
  key.frame = frame;
  const auto range = std::equal_range(findings_.begin(), findings_.end(), key, by_frame);
  return {range.first, range.second};
}

}  // namespace pmtu
