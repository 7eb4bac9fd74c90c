// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/ledger.h"

#include <algorithm>
#include <utility>

namespace pmtu {
namespace {

/// The finding that an event shows on its frame.
const Finding* shown_by(const Event& event) {
  return std::visit(
      [](const auto& one) -> const Finding* {
        if constexpr (requires { one.finding.has_value(); }) {
          return one.finding ? &*one.finding : nullptr;
        } else if constexpr (requires { one.finding; }) {
          return &one.finding;
        } else {
          return nullptr;
        }
      },
      event);
}

/// What an event says may still be withdrawn by what comes next on the wire.
bool may_fall(const Event& event) {
  if (const auto* ignored = std::get_if<event::Ignored>(&event)) return ignored->may_fall;
  // A handshake of QUIC may get on after all.
  if (const auto* hole = std::get_if<event::HoleFound>(&event)) return hole->quic_initials != 0;
  if (const auto* loss = std::get_if<event::LossSuspected>(&event))
    return loss->loss.kind == event::Loss::Kind::quic;
  return std::holds_alternative<event::SiblingIgnored>(event);
}

}  // namespace

Ledger::Ledger(const Preferences& preferences)
    : max_rows_(
          static_cast<std::uint32_t>(std::clamp<std::size_t>(preferences.max_conversations, 1, 1U << 30U))),
      max_listed_frames_(preferences.max_listed_frames),
      findings_(preferences.max_findings) {}

Ledger::Entry& Ledger::open(const FlowKey& flow, const Blames& blames, std::optional<Entry>& evicted) {
  std::size_t slot = rows_.size();
  ConversationId id(static_cast<std::uint32_t>(slot));
  if (slot < max_rows_) {
    rows_.emplace_back();
  } else {
    slot = least_missed_row(blames);
    evicted = std::move(rows_[slot]);
    // A row that takes the slot of a forgotten one gets a number of its own.
    id = ConversationId(evicted->id.value() + max_rows_);
    ++evicted_rows_;
  }
  rows_[slot] = Entry{};
  rows_[slot].id = id;
  rows_[slot].flow = flow;
  rows_[slot].tally = Tally(max_listed_frames_);
  return rows_[slot];
}

const Ledger::Entry* Ledger::find(ConversationId id) const {
  const std::size_t slot = slot_of(id);
  return slot < rows_.size() && rows_[slot].id == id ? &rows_[slot] : nullptr;
}

Ledger::Entry* Ledger::find(ConversationId id) {
  return const_cast<Entry*>(std::as_const(*this).find(id));
}

std::size_t Ledger::least_missed_row(const Blames& blames) {
  // Of the next few: first those that blame nobody, which anybody can cause, then the oldest.
  constexpr int kCandidates = 16;
  std::size_t least = hand_;
  std::pair<bool, FrameNumber> rank;
  for (int i = 0; i < kCandidates; ++i) {
    hand_ = hand_ + 1 < rows_.size() ? hand_ + 1 : 0;
    const std::pair<bool, FrameNumber> candidate{blames(rows_[hand_]), rows_[hand_].touched};
    if (i == 0 || candidate < rank) {
      least = hand_;
      rank = candidate;
    }
  }
  return least;
}

void Ledger::withdraw(ConversationId id, const Event& event) {
  if (const auto* marks = std::get_if<event::MarksWithdrawn>(&event)) {
    findings_.retract(FindingKind::ignored_hint, id, marks->since);
  } else if (std::holds_alternative<event::SiblingWithdrawn>(event)) {
    findings_.retract(FindingKind::ignored_sibling_hint, id, FrameNumber{});
  } else if (const auto* loss = std::get_if<event::SuspicionWithdrawn>(&event)) {
    findings_.retract(FindingKind::black_hole_suspected, id, loss->since);
    findings_.retract(FindingKind::black_hole_loss, id, loss->since);
    findings_.retract(FindingKind::black_hole_confirmed, id, loss->since);
  } else if (const auto* hole = std::get_if<event::HoleWithdrawn>(&event)) {
    findings_.retract(FindingKind::black_hole_receiver, id, hole->since);
  }
}

void Ledger::record(ConversationId id, const Event& event, FrameNumber now) {
  // What may find no memory comes first: what a frame shows and what its row counts change together or not at
  // all.
  Entry* const row = find(id);
  if (row != nullptr) {
    row->tally.make_room_for(event);
    withdraw(id, event);
  }
  if (const Finding* const shown = shown_by(event)) {
    Finding finding = *shown;
    finding.conversation = id;
    if (may_fall(event)) {
      findings_.add_late(finding);
    } else {
      findings_.add(finding);
    }
  }
  if (row == nullptr) return;
  row->touched = now;
  row->tally.take(event);
}

void Ledger::withdraw_losses(ConversationId id) {
  for (const FindingKind kind :
       {FindingKind::black_hole_suspected, FindingKind::black_hole_loss, FindingKind::black_hole_confirmed,
        FindingKind::black_hole_recovered, FindingKind::black_hole_receiver}) {
    findings_.retract(kind, id, FrameNumber{});
  }
}

}  // namespace pmtu
