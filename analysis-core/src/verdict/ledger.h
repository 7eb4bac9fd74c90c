// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "pmtu/preferences.h"
#include "verdict/finding_store.h"
#include "verdict/row.h"

namespace pmtu {

/// Writes down what the rules say: the findings of frames and one tally a judged direction. Bounded; rows
/// that blame nobody are given up first. Knows no rule.
class Ledger {
 public:
  struct Entry {
    ConversationId id;
    FlowKey flow;
    std::uint32_t path = PathTable::kNone;  ///< held for the row
    FrameNumber first_frame;
    FrameNumber touched;  ///< last frame that said something of it
    RowFacts last_facts;  ///< as they were when its connection ended
    Tally tally;
  };

  explicit Ledger(const Preferences& preferences);

  /// Asked of rows when one has to be given up.
  using Blames = std::function<bool(const Entry&)>;

  /// A row for a direction that has none. `evicted` gets the one that was given up for it, if any.
  Entry& open(const FlowKey& flow, const Blames& blames, std::optional<Entry>& evicted);
  /// Empty when there is no such row, or no longer.
  [[nodiscard]] const Entry* find(ConversationId id) const;
  [[nodiscard]] Entry* find(ConversationId id);
  [[nodiscard]] const std::vector<Entry>& rows() const { return rows_; }

  /// Takes in an event of the row; `kNoConversation`: of none, only its frame shows it.
  void record(ConversationId id, const Event& event, FrameNumber now);
  /// A size that got through disproved the losses of the row: their findings fall.
  void withdraw_losses(ConversationId id);
  /// Puts late findings in their places and takes out what was withdrawn.
  void settle() { findings_.settle(); }

  [[nodiscard]] const FindingStore& findings() const { return findings_; }
  [[nodiscard]] std::uint64_t evicted_rows() const { return evicted_rows_; }

 private:
  [[nodiscard]] std::size_t slot_of(ConversationId id) const { return id.value() % max_rows_; }
  [[nodiscard]] std::size_t least_missed_row(const Blames& blames);
  void withdraw(ConversationId id, const Event& event);

  std::uint32_t max_rows_;
  std::size_t max_listed_frames_;
  std::vector<Entry> rows_;
  FindingStore findings_;
  std::size_t hand_ = 0;
  std::uint64_t evicted_rows_ = 0;
};

}  // namespace pmtu
