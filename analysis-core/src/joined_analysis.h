// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "point_analysis.h"
#include "points/capture_points.h"
#include "verdict/ledger.h"

namespace pmtu {

/// One capture point: all rules over its frames, and what they say.
struct AnalyzedPoint {
  explicit AnalyzedPoint(const Preferences& preferences)
      : ledger(preferences), analysis(preferences, ledger) {}
  /// Row of an entry of the ledger as this point alone sees it.
  [[nodiscard]] ConversationRow row(const Ledger::Entry& entry) const;

  Ledger ledger;
  PointAnalysis analysis;
};

/// What several capture points say together: one row for each direction of a conversation, however many saw
/// it and by whatever name, and the findings of all points in the order of the frames. Holds no rule of its
/// own beyond what only the pair of points can tell (`points/`); a second clock never accuses.
class JoinedAnalysis {
 public:
  /// Both outlive this object.
  JoinedAnalysis(const std::vector<std::unique_ptr<AnalyzedPoint>>& at_point, const CapturePoints& points,
                 std::size_t max_findings)
      : at_point_(at_point), points_(points), max_findings_(max_findings) {}

  /// The second point has come: rows of the first that have been told of keep their numbers.
  void begin();
  /// After each frame of the capture: rows that its findings belong to get their numbers.
  void take_frame(std::size_t point, FrameNumber frame);
  /// Takes what the points were joined to, at the end of the capture or for now; `last`: its latest frame.
  void join(FrameNumber last);

  /// Of all frames up to `last`, in their order.
  [[nodiscard]] std::span<const Finding> findings(FrameNumber last) const;
  /// Of a frame that came after the last `join`: as its own point says so far; valid until the next call.
  [[nodiscard]] std::span<const Finding> findings_of(FrameNumber frame) const;
  [[nodiscard]] std::uint64_t dropped_findings() const { return dropped_; }

  /// Empty for an id that no finding carries.
  [[nodiscard]] std::optional<ConversationRow> row(ConversationId id) const;
  [[nodiscard]] std::optional<FlowKey> flow(ConversationId id) const;
  [[nodiscard]] Verdict verdict(ConversationId id) const;
  /// What devices between the points did to datagrams, whatever the verdict; the gravest first.
  [[nodiscard]] std::vector<ChangeInSum> changes() const;
  /// Directions of traffic, each once, however many points saw it and by whatever name.
  [[nodiscard]] std::uint64_t directions() const;
  /// All of them, those with nothing to say too.
  [[nodiscard]] std::vector<ConversationRow> rows() const;

 private:
  /// A row of one point's ledger.
  struct Seat {
    std::size_t point = 0;
    ConversationId id;
  };
  /// A direction by one of its names; `leader`: the row that it is part of.
  struct Joint {
    FlowKey flow;
    ConversationId leader;
    std::vector<Seat> seats;
    std::vector<ConversationId> others;  ///< of a leader: those that it leads
  };

  ConversationId joint_of(const FlowKey& flow);
  void take_seat(std::size_t point, ConversationId id);
  [[nodiscard]] ConversationId leader_of(std::size_t point, ConversationId id) const;
  /// Whether that point shows that hints reached the sender. Another point may yet show that they did not.
  [[nodiscard]] bool is_delivered(std::size_t point, ConversationId id) const;
  void join_names();
  [[nodiscard]] ConversationId end_of_chain(ConversationId id) const;
  void merge_findings(FrameNumber last) const;
  void add_findings_of_joining(const JoinedDirection& direction, ConversationId id) const;
  void add_one_way_clamp(const JoinedDirection& direction, const ChangeOnTheWay& change,
                         ConversationId id) const;
  [[nodiscard]] Stage stuck_stage(const JoinedDirection& direction) const;
  [[nodiscard]] std::vector<Position> positions(const JoinedDirection& direction) const;
  [[nodiscard]] const JoinedDirection* joined(const FlowKey& flow) const;

  const std::vector<std::unique_ptr<AnalyzedPoint>>& at_point_;
  const CapturePoints& points_;
  std::size_t max_findings_;
  std::vector<Joint> joints_;  ///< by `ConversationId`
  std::map<FlowKey, ConversationId> joint_of_flow_;
  std::map<FlowKey, std::size_t> joined_of_flow_;
  mutable std::vector<Finding> merged_;
  mutable FrameNumber merged_to_;  ///< the last frame of which the findings are in `merged_`
  mutable std::uint64_t dropped_ = 0;
  mutable std::vector<Finding> of_one_frame_;  ///< asked for before they were merged
};

}  // namespace pmtu
