// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistics/row_selection.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace pmtu::plugin {

void FrameSelection::add(FrameNumber frame) {
  const std::size_t word = frame.value() / 64;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= std::uint64_t{1} << frame.value() % 64;
}

bool FrameSelection::contains(FrameNumber frame) const {
  const std::size_t word = frame.value() / 64;
  return word < words_.size() && (words_[word] >> frame.value() % 64 & 1) != 0;
}

RowsByFrame::RowsByFrame(const Summary& summary, std::span<const Finding> findings) {
  std::unordered_map<std::uint32_t, std::size_t> row_of_conversation;
  for (std::size_t row = 0; row < summary.conversations.size(); ++row) {
    const ConversationRow& conversation = summary.conversations[row];
    row_of_conversation.emplace(conversation.id.value(), row);
    entries_.push_back({conversation.first_frame, row});
    entries_.push_back({conversation.last_frame, row});
  }
  for (const Finding& finding : findings) {
    const auto row = row_of_conversation.find(finding.conversation.value());
    if (row != row_of_conversation.end()) entries_.push_back({finding.frame, row->second});
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.frame < b.frame; });
}

std::span<const RowsByFrame::Entry> RowsByFrame::of(FrameNumber frame) const {
  const auto [first, last] =
      std::equal_range(entries_.begin(), entries_.end(), Entry{frame, 0},
                       [](const Entry& a, const Entry& b) { return a.frame < b.frame; });
  return {first, last};
}

Summary select_rows(Summary summary, std::span<const Finding> findings, const FrameSelection& selection) {
  const RowsByFrame rows(summary, findings);
  std::vector<bool> selected(summary.conversations.size());
  for (const RowsByFrame::Entry& entry : rows.all()) {
    if (selection.contains(entry.frame)) selected[entry.row] = true;
  }
  std::vector<ConversationRow> remaining;
  std::set<PathKey> paths;
  for (std::size_t row = 0; row < selected.size(); ++row) {
    if (!selected[row]) continue;
    paths.insert(summary.conversations[row].flow.path);
    remaining.push_back(std::move(summary.conversations[row]));
  }
  summary.conversations = std::move(remaining);
  std::erase_if(summary.paths, [&](const PathRow& row) { return !paths.contains(row.path); });
  return summary;
}

}  // namespace pmtu::plugin
