// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pmtu/conversations.h"
#include "rules/event.h"

namespace pmtu {

/// From when until when the sender's bytes were stuck.
struct Stall {
  std::optional<Timestamp> begin;
  std::optional<Timestamp> end;

  void begin_once(Timestamp at) {
    if (!begin) begin = at;
  }
  void end_once(Timestamp at) {
    if (!end) end = at;
  }
  [[nodiscard]] std::optional<Duration> length() const {
    if (!begin || !end || *end <= *begin) return std::nullopt;
    return *end - *begin;
  }
};

/// Datagrams that ignored a hint, as far as no later frame disproved it.
struct MarkTally {
  std::uint32_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint32_t largest = 0;
  std::uint32_t smallest = 0;           ///< 0: none
  std::uint32_t packets_of_latest = 0;  ///< that ignored the hint in `latest`
  event::HintCited latest;
  std::optional<Timestamp> last;
  std::vector<FrameNumber> frames;

  void merge(const MarkTally& later, std::size_t max_frames);
};

/// Everything that the rules said of one direction and that stands: the fold of its events. What may still be
/// withdrawn is kept apart, so that withdrawing it drops it whole.
class Tally {
 public:
  Tally() = default;
  explicit Tally(std::size_t max_frames) : max_frames_(max_frames) {}

  /// After this `take` finds the memory that it needs.
  void make_room_for(const Event& event);
  void take(const Event& event) {
    std::visit([this](const auto& one) { apply(one); }, event);
  }

  // Hints.
  std::uint32_t hints = 0;
  std::uint32_t accepted_hints = 0;
  std::uint32_t refused_hints = 0;        ///< invalid or unmatched
  HintRemark refusal = HintRemark::none;  ///< why, of the latest; the best of them, if one was untranslated
  std::uint32_t untranslated_hints = 0;
  std::vector<FrameNumber> hint_frames;
  std::optional<event::EpochBegan> epoch;  ///< of the hint in force
  std::optional<IpAddress> reporter;       ///< of the first hint, where none came into force
  /// The hint that the verdict goes by: the one that was ignored last, else the one in force.
  [[nodiscard]] event::HintCited cited() const;
  Stage hinted_stage = Stage::unknown;
  Stall hinted_stall;
  bool goes_on = false;  ///< what drew the hint was no more than a probe: other datagrams went on meanwhile
  bool delivered = false;
  bool may_refuse_hints = false;  ///< an IPsec end
  bool quic_minimum = false;
  bool quic_seen = false;  ///< with `quic_minimum`: it is known to be QUIC
  bool hint_cut = false;

  // Datagrams on a hinted path.
  [[nodiscard]] MarkTally marks() const;
  [[nodiscard]] std::uint32_t marked_packets() const { return settled_marks_.packets + marks_.packets; }
  std::uint64_t resent_bytes = 0;
  std::uint32_t in_flight_packets = 0;
  std::uint32_t probes = 0;
  std::uint32_t unverifiable = 0;
  bool obeyed = false;
  std::optional<event::StuckObeying> stuck;  ///< the longest
  bool fragmented = false;
  bool refuted = false;
  std::optional<event::SiblingIgnored> sibling;  ///< the latest, as long as it stands

  // Losses by size.
  enum class BlackHole : std::uint8_t { none, suspected, confirmed, recovered };
  BlackHole black_hole = BlackHole::none;
  std::optional<event::Loss> loss;
  [[nodiscard]] std::uint64_t bytes_sent_again() const;
  std::optional<Timestamp> loss_begin;  ///< of the first one
  bool one_sided = false;
  std::optional<event::FragmentsLost> fragments_lost;  ///< all of them together
  enum class Hole : std::uint8_t { none, open, recovered };
  Hole hole = Hole::none;
  std::optional<event::HoleFound> hole_found;
  Timestamp hole_end;
  bool recovered_if_merged = false;

 private:
  void apply(const event::Remark&) {}
  void apply(const event::HintCounted& hint);
  void apply(const event::EpochBegan& began);
  void apply(const event::StallBegan& stall) { hinted_stall.begin_once(stall.at); }
  void apply(const event::StageKnown& known);
  void apply(const event::BelowQuicMinimum& below) {
    quic_minimum = true;
    quic_seen = quic_seen || below.quic_seen;
  }
  void apply(const event::HintCut&) { hint_cut = true; }
  void apply(const event::HintDelivered&) { delivered = true; }
  void apply(const event::MayRefuseHints&) { may_refuse_hints = true; }
  void apply(const event::Resent& again) { resent_bytes += again.bytes; }
  void apply(const event::Ignored& ignored);
  void apply(const event::InFlight&) { ++in_flight_packets; }
  void apply(const event::TriedLarger& tried) { probes += tried.probe ? 1 : 0; }
  void apply(const event::ProbedBefore&) {
    probes = probes == 0 ? 1 : probes;
    goes_on = true;
  }
  void apply(const event::StallLasted& lasted) {
    if (marked_packets() != 0) hinted_stall.end = lasted.at;
  }
  void apply(const event::Unverifiable&) { ++unverifiable; }
  void apply(const event::Reduced& reduced);
  void apply(const event::Fragmented&) { fragmented = true; }
  void apply(const event::StuckObeying& again);
  void apply(const event::MarksWithdrawn&);
  void apply(const event::RefutationWithdrawn&) { refuted = false; }
  void apply(const event::SiblingIgnored& ignored);
  void apply(const event::SiblingWithdrawn&) { sibling.reset(); }
  void apply(const event::LossSuspected& suspected);
  void apply(const event::LossGrew& grew);
  void apply(const event::SuspicionWithdrawn&);
  void apply(const event::LostAgain& again);
  void apply(const event::LossConfirmed& confirmed);
  void apply(const event::LossRecovered&) { black_hole = BlackHole::recovered; }
  void apply(const event::OneSided&) { one_sided = true; }
  void apply(const event::OneSidedWithdrawn&) { one_sided = false; }
  void apply(const event::FragmentsLost& lost);
  void apply(const event::FragmentLossGrew& grew);
  void apply(const event::HoleFound& found);
  void apply(const event::HoleLasted& lasted) { hole_end = lasted.at; }
  void apply(const event::HoleWithdrawn&);
  void apply(const event::HoleRecovered& recovered);

  void begin_loss(const event::Loss& loss);

  std::size_t max_frames_ = 0;
  std::uint32_t fragment_reports_ = 0;  ///< of the receiver: of datagrams that were seen, too, or not
  MarkTally settled_marks_;             ///< of epochs that are over
  MarkTally marks_;                     ///< of the present epoch: falls if its hint is refuted
  BlackHole before_suspicion_ = BlackHole::none;
  std::optional<event::Loss> loss_before_suspicion_;
  std::uint64_t settled_loss_bytes_ = 0;  ///< sent again in losses that are over
  std::uint64_t settled_before_suspicion_ = 0;
};

/// The verdict that the tally alone allows (a size that got through elsewhere may still disprove it).
[[nodiscard]] Verdict verdict_of(const Tally& tally);

/// The same, had no loss by size been told.
[[nodiscard]] Verdict verdict_without_losses(const Tally& tally);

}  // namespace pmtu
