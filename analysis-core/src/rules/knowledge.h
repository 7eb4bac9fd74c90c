// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pmtu/finding.h"
#include "pmtu/observation.h"
#include "pmtu/preferences.h"
#include "pmtu/units.h"
#include "rules/path_mtu_hint.h"
#include "track/sender_clock.h"

namespace pmtu {

/// The latest of a number on a circle that was seen to pass, if any was.
class Watermark {
 public:
  /// True when `value` lies strictly above everything seen before it.
  bool raise(SequenceNumber value) {
    if (mark_ && !value.after(*mark_)) return false;
    const bool first = !mark_;
    mark_ = value;
    return !first;
  }
  void set(std::optional<SequenceNumber> value) { mark_ = value; }
  [[nodiscard]] std::optional<SequenceNumber> value() const { return mark_; }

 private:
  std::optional<SequenceNumber> mark_;
};

/// What one direction of a flow was told of its path MTU, since when it can have known, and what it did
/// since: one epoch of knowledge. It opens with an accepted hint, and again with a lower one. Knows segments
/// and times; knows neither flows nor frames' bytes.
class Knowledge {
 public:
  /// What had passed the capture point toward the sender when the hint did.
  struct Baseline {
    std::optional<SequenceNumber> timestamp;     ///< highest TSval
    std::optional<SequenceNumber> sequence_end;  ///< highest sequence end
    std::optional<Duration> round_trip;          ///< capture point ↔ sender
    bool round_trip_is_fresh = false;            ///< measured shortly before the hint, as queues then were
    SenderClock sender_clock;                    ///< as its datagrams showed it until then
    std::optional<Timestamp> last_passed;        ///< its latest datagram with payload
  };

  Knowledge() = default;
  Knowledge(const PathMtuHint& hint, const Baseline& baseline);

  /// A hint like the one in force: age starts again, knowledge does not (it came with the first).
  void refresh(Timestamp now) { refreshed_ = now; }

  /// A segment passed the capture point toward the sender.
  void passed_toward_sender(const TcpSegment& segment, Timestamp now, Duration slack);

  /// A segment of the sender, of any size: it may reflect what passed toward the sender.
  void sent(const TcpSegment& segment, Timestamp now);

  /// A datagram of the sender with payload, before it is asked about. `unseen`: how many before it were not
  /// captured.
  void passed(Timestamp now, std::uint32_t unseen = 0);

  /// Whether the sender could have known when it sent this segment (`nullptr`: no TCP), and what shows it.
  /// `is_new`: its bytes were not sent before, or nobody can tell.
  [[nodiscard]] Proof proof(const TcpSegment* segment, bool is_new, Timestamp now,
                            const Preferences& preferences) const;

  [[nodiscard]] const PathMtuHint& hint() const { return hint_; }
  [[nodiscard]] Duration age(Timestamp now) const { return now - refreshed_; }
  [[nodiscard]] Duration since_learned(Timestamp now) const { return now - hint_.time; }
  [[nodiscard]] bool exceeded_by(DatagramLength length) const {
    return hint_.mtu ? length.value() > hint_.mtu->value() : length >= hint_.quoted_length;
  }
  [[nodiscard]] bool fills_path(DatagramLength length) const;

  /// What the sender did since it could know, and what that proves.
  enum class Conduct : std::uint8_t {
    open,     ///< nothing decides yet
    obeyed,   ///< oversize bytes came again smaller, or a datagram fills the path: what is larger later is a
              ///< new attempt (RFC 1191 §6.3)
    refuted,  ///< what was larger and sent after the hint arrived: the hint does not bind this flow
  };
  Conduct conduct = Conduct::open;
  FrameNumber obeyed_frame;       ///< where it became `obeyed`
  bool met_larger = false;        ///< something oversize was captured in this epoch or just before it
  bool told_reduced = false;      ///< compliance by smaller datagrams was reported
  bool fragmented = false;        ///< DF was cleared
  bool may_refuse = false;        ///< an IPsec end: policy may have it refuse hints (RFC 4301 §6.1.1)
  bool delivered = false;         ///< the capture shows that hints reach the sender; holds for later epochs
  std::uint32_t marks = 0;        ///< accusations
  std::uint32_t re_elicited = 0;  ///< hints that quote what was sent after knowledge
  std::optional<SequenceNumber> quoted_begin;  ///< TCP: first byte that the hint quotes
  std::optional<SequenceNumber> quoted_tsn;    ///< SCTP: of the first chunk that the hint quotes
  bool quoted_hides_size = false;              ///< what it quotes was captured as a super-segment
  DatagramLength last_length;                  ///< of the datagram with payload before this one
  std::uint32_t same_length = 0;               ///< how often in a row
  DatagramLength usual_length;  ///< a size within the path MTU that came before the hint, too (no TCP)
  bool lone_larger = false;  ///< with `usual_length`: no more than a probe or so was larger before the hint
  DatagramLength stable_segment;  ///< a size within the path MTU that came at least twice in a row
  std::uint32_t probes = 0;       ///< isolated larger datagrams, of any size
  DatagramLength probe_length;
  std::uint32_t probe_tries = 0;

  [[nodiscard]] bool obeyed() const { return conduct == Conduct::obeyed; }
  [[nodiscard]] bool refuted() const { return conduct == Conduct::refuted; }
  void obey(FrameNumber frame) {
    conduct = Conduct::obeyed;
    obeyed_frame = frame;
  }
  /// The head of what is not acknowledged, while it goes out again at a size that the hint allows.
  struct Stuck {
    SequenceNumber head;
    std::uint32_t transmissions = 0;
    Timestamp begin;
  };
  Stuck stuck;

  /// A size within the path MTU was sent last: what is larger now stands alone.
  [[nodiscard]] bool neighbour_obeys() const {
    return last_length != DatagramLength{} && !exceeded_by(last_length);
  }
  void note_length(DatagramLength length);
  void note_probe(DatagramLength length);

  /// An oversize datagram that left after the sender could know; a new hint that quotes it is the same proof.
  struct Late {
    FrameNumber frame;
    SequenceNumber begin;
    Proof proof = Proof::none;
    bool marked = false;
    std::uint32_t limit = 0;  ///< the largest size that the hint then in force allows
  };
  void note_late(FrameNumber frame, SequenceNumber begin, Proof proof, bool marked);
  [[nodiscard]] Late* find_late(FrameNumber frame);
  /// The same bytes, at a size that was too large then, too.
  [[nodiscard]] bool was_late_before(SequenceNumber begin, DatagramLength length, FrameNumber now) const;
  /// Hint after hint was drawn by sizes like this one after the sender could know.
  [[nodiscard]] bool insists_on(DatagramLength length) const;
  /// A lower hint begins this epoch, and the sender had not obeyed the one before: what it ignored then it
  /// does not ignore for the first time now.
  void go_on_from(const Knowledge& before);

  /// Accused by a hint that the capture shows before the datagram it quotes; identification 0: none.
  std::uint16_t accused_unseen = 0;
  Timestamp accused_unseen_at;

 private:
  /// One number that the peer raises and the sender echoes: TSval and TSecr, or sequence end and ACK.
  struct Echo {
    Watermark passed;                     ///< up to now
    std::optional<SequenceNumber> fresh;  ///< first that is strictly above what had passed with the hint
    std::optional<SequenceNumber> after_slack;  ///< the same, passed the processing slack after the hint
    void pass(SequenceNumber value, bool slack_over);
  };

  PathMtuHint hint_;
  Timestamp refreshed_;
  Echo timestamps_;
  Echo sequence_;
  std::optional<Duration> round_trip_;
  bool round_trip_is_fresh_ = false;
  SenderClock sender_clock_;
  Timestamp last_passed_;
  bool train_unbroken_ = true;  ///< no pause since the hint that would show that a queue ran empty
  Timestamp paused_at_;         ///< when the latest pause began
  std::optional<Timestamp> first_reflection_;
  static constexpr std::size_t kLate = 64;
  std::vector<Late> late_;  ///< the latest, in a ring
  std::size_t late_count_ = 0;
  std::optional<std::uint32_t> insisted_above_;  ///< in epochs before

  [[nodiscard]] std::uint32_t limit() const;

  /// Whether it may have left less than `needed` after the hint passed, and waited in a queue since.
  [[nodiscard]] bool may_have_queued(const TcpSegment* segment, bool is_new, Timestamp now, Duration needed,
                                     Duration slack) const;
  [[nodiscard]] static bool reflects(const TcpSegment& segment,
                                     const std::optional<SequenceNumber>& timestamp,
                                     const std::optional<SequenceNumber>& sequence_end);
};

}  // namespace pmtu
