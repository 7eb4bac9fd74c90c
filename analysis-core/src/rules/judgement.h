// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "pmtu/preferences.h"
#include "rules/case_table.h"
#include "rules/event.h"
#include "rules/hint_examination.h"
#include "rules/hint_history.h"
#include "rules/knowledge.h"
#include "track/tracker.h"

namespace pmtu {

/// Who was told of a path MTU, and what each datagram on a hinted path is (RFC 1191 §3, §6.3; RFC 8201 §4;
/// RFC 4821 §7). Owns what senders know and the hints of paths; reads what happened.
class Judgement {
 public:
  Judgement(const Preferences& preferences, const Tracker& facts, std::uint64_t seed)
      : preferences_(preferences), facts_(facts), paths_(seed, preferences.max_paths) {}

  /// An accepted hint, copies excluded. Returns what there is to say of the hint itself.
  HintRemark learn(const PacketTooBig& message, const HintExamination& examined, Events& events);

  /// What the segment tells of its receiver: what passed toward it, and what of its bytes arrived.
  void take_reflections(const Sighting& seen, Events& events);
  /// Judges the datagram itself.
  void judge(const Sighting& seen, Events& events);
  /// After `judge`: bytes of the other side were acknowledged.
  void judge_arrival(const Sighting& acknowledgment, Events& events);

  /// What no segment tells of: the datagram of this frame was sent once, with DF, and has arrived.
  void take_arrival(DirectionId direction, FrameNumber frame, DatagramLength length, Events& events);

  /// What is left of a cut hint fits the direction and others: whose it was, the capture does not tell.
  void note_cut_hint(DirectionId direction) { paths_.note_cut(facts_.key(direction).path); }

  void forget(DirectionId direction) { known_.close(direction); }
  [[nodiscard]] bool concerns(DirectionId direction) const { return known_.contains(direction); }
  [[nodiscard]] const Knowledge* knowledge(DirectionId direction) const { return known_.find(direction); }
  [[nodiscard]] const HintHistories& paths() const { return paths_; }

  void note_untranslated_hint(DirectionId direction, Mtu mtu) {
    paths_.note_untranslated(facts_.key(direction).path, mtu);
  }

  /// Own or another flow's hint below the size: then a loss is the hint's story, not a silent hole.
  [[nodiscard]] bool explains(DirectionId direction, std::uint32_t length, Timestamp now) const;

 private:
  // Learning.
  [[nodiscard]] bool may_be_quic(DirectionId direction) const;
  [[nodiscard]] bool begins_epoch(const Knowledge* known, const PathMtuHint& hint,
                                  const HintExamination& examined) const;
  [[nodiscard]] Knowledge begin_epoch(const PacketTooBig& message, const HintExamination& examined,
                                      const PathMtuHint& hint, const Knowledge* before) const;
  [[nodiscard]] Knowledge::Baseline baseline(const PacketTooBig& message,
                                             const HintExamination& examined) const;
  [[nodiscard]] std::optional<event::Ignored> judge_re_elicited(const PacketTooBig& message,
                                                                const HintExamination& examined);
  [[nodiscard]] Proof proof_by_quotation(Knowledge& known, const PacketTooBig& message,
                                         const HintExamination& examined) const;
  void tell_stage(const PacketTooBig& message, const HintExamination& examined, Events& events) const;

  // Judging.
  void judge_fragmented(const Sighting& seen, Knowledge& known, Events& events);
  void judge_smaller(const Sighting& seen, Knowledge& known, Events& events);
  void judge_unhinted_flow(const Sighting& seen, Events& events);
  void watch_obeying(const Sighting& seen, Knowledge& known, Events& events) const;
  void judge_larger(const Sighting& seen, Knowledge& known, Events& events);
  void accuse(const Sighting& seen, Knowledge& known, Finding finding, Events& events);
  [[nodiscard]] Proof proof_against(const Sighting& seen, const Knowledge& known) const;
  [[nodiscard]] bool comes_again_smaller(const Sighting& seen, const Knowledge& known) const;
  [[nodiscard]] bool is_sent_again(const Sighting& seen) const;
  [[nodiscard]] bool was_usual_before(const Sighting& seen, const Knowledge& known) const;
  [[nodiscard]] bool may_be_refuted(const Sighting& seen, const Knowledge& known) const;
  [[nodiscard]] bool is_probe(const Sighting& seen, const Knowledge& known) const;
  [[nodiscard]] bool is_delivered(const Sighting& seen, const Knowledge& known) const;
  [[nodiscard]] std::uint32_t transmissions(const Sighting& seen) const;
  void refute(DirectionId direction, Knowledge& known, Events& events);

  Preferences preferences_;
  const Tracker& facts_;
  CaseTable<Knowledge> known_;
  HintHistories paths_;
};

}  // namespace pmtu
