// SPDX-License-Identifier: GPL-2.0-or-later
#include "finding_store.h"

#include <algorithm>

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
  if (findings_.size() >= room) {
    ++dropped_;
    return;
  }
  if (findings_.empty() || findings_.back().frame <= finding.frame) {
    findings_.push_back(finding);
  } else {
    findings_.insert(std::upper_bound(findings_.begin(), findings_.end(), finding, by_frame), finding);
  }
}

void FindingStore::retract(FindingKind kind, ConversationId conversation, FrameNumber from) {
  Finding key;
  key.frame = from;
  const auto begin = std::lower_bound(findings_.begin(), findings_.end(), key, by_frame);
  findings_.erase(
      std::remove_if(begin, findings_.end(),
                     [&](const Finding& f) { return f.kind == kind && f.conversation == conversation; }),
      findings_.end());
}

std::span<const Finding> FindingStore::of(FrameNumber frame) const {
  Finding key;
  key.frame = frame;
  const auto range = std::equal_range(findings_.begin(), findings_.end(), key, by_frame);
  return {range.first, range.second};
}

}  // namespace pmtu
