// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "pmtu/conversations.h"
#include "pmtu/decode.h"
#include "pmtu/finding.h"
#include "pmtu/observation.h"
#include "pmtu/points.h"
#include "pmtu/preferences.h"

namespace pmtu {

/// The path MTU that a hint gave a path, as in force at some frame.
struct PathMtuInForce {
  std::optional<Mtu> mtu;  ///< empty: the hint named none (RFC 1191 §5)
  FrameNumber hint_frame;
};

/// Watches one capture, frame by frame in order, and says what it shows of path-MTU discovery.
///
/// Knows neither files nor clocks: time is what the observations say. Observe first, then query; queries may
/// come at any moment and never change an answer about earlier frames, save what `conclude` adds. Memory
/// grows with live flows and findings up to the bounds in `Preferences`, never with frames. Not thread-safe.
class Analyzer {
 public:
  explicit Analyzer(const Preferences& preferences = {});
  ~Analyzer();
  Analyzer(const Analyzer&) = delete;
  Analyzer& operator=(const Analyzer&) = delete;

  /// Decodes and takes in the next frame. Returns whether there is something to say of it. Throws only
  /// `std::bad_alloc`; the analyzer is still usable afterwards.
  bool observe(const Frame& frame);

  /// Adds what only the end of the capture tells (a hole that was never filled), with what was observed so
  /// far, and takes back what later frames disproved. May be called again after more frames; it then says the
  /// same or more, never anything twice.
  void conclude();

  /// What there is to say of one frame, in the order it was found.
  [[nodiscard]] std::span<const Finding> findings(FrameNumber frame) const;

  /// All findings in order of frames.
  [[nodiscard]] std::span<const Finding> findings() const;

  /// The path MTU in force for a datagram when the frame was captured. Empty when no hint had come by then.
  [[nodiscard]] std::optional<PathMtuInForce> path_mtu(const Datagram& datagram, FrameNumber frame) const;

  /// True once any path was hinted: until then `path_mtu` is empty for every datagram.
  [[nodiscard]] bool any_hinted_path() const noexcept;

  /// Verdict over a row, as known from what was observed so far.
  [[nodiscard]] Verdict verdict(ConversationId conversation) const;

  /// The direction of traffic that a row judges; empty for an id that no finding carries.
  [[nodiscard]] std::optional<FlowKey> flow(ConversationId conversation) const;

  /// One row; empty for an id that no finding carries, or of which there is nothing to say.
  [[nodiscard]] std::optional<ConversationRow> row(ConversationId conversation) const;

  /// The capture point of a frame; empty while the capture has but one, and where nobody knows any more.
  [[nodiscard]] std::optional<PointId> point(FrameNumber frame) const;

  /// What other capture points tell of a frame's datagram, as of the last `conclude`; empty: nothing.
  [[nodiscard]] std::optional<FrameAcrossPoints> across_points(FrameNumber frame) const;

  /// Rows for the table, the report and scripts.
  [[nodiscard]] Summary summary() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace pmtu
