// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/units.h"

namespace pmtu {

/// A fragment of a datagram as captured (RFC 791 §3.2, RFC 8200 §4.5). Only the first one has ports.
struct Fragment {
  FlowKey flow;
  std::uint32_t identification = 0;
  std::uint32_t offset = 0;  ///< in bytes
  std::uint32_t length = 0;  ///< of what it carries, its IP header left out
  bool more = false;
  FrameNumber frame;
  Timestamp time;
  std::uint64_t content = 0;   ///< a hash of what the first one carries
  bool beside_sender = false;  ///< no router lies between its sender and the capture point
};

/// A datagram that is no fragment.
struct WholeDatagram {
  FlowKey flow;
  DatagramLength length;
  std::uint64_t content = 0;  ///< a hash of what it carries
  std::uint64_t body = 0;  ///< the same without the first two bytes, the identifier of DNS (RFC 1035 §4.1.1)
  FrameNumber frame;
  Timestamp time;
};

/// Datagrams of one path that never arrived whole.
struct FragmentLoss {
  enum class Missing : std::uint8_t {
    later,    ///< the first fragment came, some later one never did
    first,    ///< later ones came, the first never did
    unknown,  ///< a host says so, but not which
  };
  FlowKey flow;  ///< of the one that was told; ports are zero where no first fragment came
  Missing missing = Missing::unknown;
  bool reported = false;        ///< by an ICMP error of the receiver
  bool grew = false;            ///< it was told before: now there are more
  bool several_flows = false;   ///< not all of them have these ports
  std::uint32_t datagrams = 0;  ///< that lack something, so far
  FrameNumber first_frame;
  FrameNumber last_frame;
  Timestamp begin;
  Timestamp last;
};

/// Finds paths that lose fragments (RFC 8900 §3): the receiver says so, or at its side datagrams of one
/// source stay incomplete, one after the other, while whole ones of the same source arrive. Keeps nothing of
/// a path on which every datagram is complete.
class FragmentWatch {
 public:
  /// Datagrams that must stay incomplete (RFC 8900 §3.2: a single one is lost for many reasons).
  static constexpr std::uint32_t kNeeded = 3;
  /// The fragments of a datagram leave together. What has not come by then is lost, though a receiver waits
  /// for 15 to 60 seconds (RFC 791 §3.2, RFC 8200 §4.5).
  static constexpr Duration kPatience = Duration::seconds(2);
  /// Whoever lacks an answer asks again, no sooner than this (RFC 2865 §2.4, RFC 7296 §2.1, resolvers).
  static constexpr Duration kRepetition = Duration::milliseconds(400);
  /// A path that took fragments longer ago may be another by now (RFC 1191 §6.3).
  static constexpr Duration kMemory = Duration::seconds(600);
  /// A resolver that asks the same under another port and identifier (RFC 5452 §9) is that soon again.
  static constexpr Duration kAskedAnew = Duration::seconds(2);
  static constexpr std::size_t kMaxPaths = 64;

  /// Takes one fragment. Times must not fall.
  [[nodiscard]] std::optional<FragmentLoss> observe(const Fragment& fragment);
  /// Wanted only where it `watches` the path.
  [[nodiscard]] std::optional<FragmentLoss> observe_whole(const WholeDatagram& datagram);
  /// A frame that no capture filter by ports lets through, ARP above all.
  void note_no_port_filter() { unfiltered_ = true; }
  /// A host reports that a datagram, of which `flow` and `frame` tell what is known, could not be put
  /// together (RFC 792 type 11 code 1, RFC 4443 §3.3 code 1). `beside_it`: captured on its link, where others
  /// of that path may have been seen to be complete; then some reports are chance.
  [[nodiscard]] std::optional<FragmentLoss> reported(const FlowKey& flow, FrameNumber frame, Timestamp time,
                                                     bool beside_it);
  /// What is to say when the capture ends.
  [[nodiscard]] std::vector<FragmentLoss> conclude(Timestamp now);
  [[nodiscard]] bool watches_any() const { return !paths_.empty(); }
  /// The path, or the way back.
  [[nodiscard]] bool watches(const PathKey& path) const;
  [[nodiscard]] std::size_t paths() const { return paths_.size(); }

 private:
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  /// A datagram of which something is missing.
  struct Open {
    static constexpr std::size_t kRanges = 8;
    std::uint32_t identification = 0;
    FlowKey flow;
    std::vector<Range> ranges;  ///< what came, in order, none touching the next
    std::optional<std::uint32_t> length;
    FrameNumber first_frame;
    FrameNumber last_frame;
    Timestamp first;

    void add(const Fragment& fragment);
    [[nodiscard]] bool complete() const;
    [[nodiscard]] bool has_first() const { return !ranges.empty() && ranges.front().begin == 0; }
  };
  /// A datagram toward the source of the fragments, and what came of it.
  struct Question {
    enum class Answer : std::uint8_t { none, incomplete, whole };
    WholeDatagram asked;
    Answer answer = Answer::none;

    /// The same is asked, maybe under another port and identifier.
    [[nodiscard]] bool same_as(const WholeDatagram& other) const;
  };
  /// A datagram of which the first fragment came.
  struct Begun {
    FlowKey flow;
    std::uint64_t content = 0;
    Timestamp time;             ///< of the latest one
    Duration pause;             ///< before it
    std::uint32_t repeats = 0;  ///< that are not counted yet
  };
  /// What shows that incomplete datagrams did not arrive: one end sends again what drew no answer while
  /// whole ones of the same ports draw theirs, or the other asks again what was answered incompletely, sooner
  /// than what was answered whole.
  struct Repetition {
    static constexpr std::size_t kKept = 8;
    std::array<Question, kKept> questions{};  ///< the latest, in no order
    std::array<Begun, kKept> begun{};
    std::size_t next_question = 0;
    std::size_t next_begun = 0;
    std::uint32_t asked_again = 0;         ///< word for word
    std::uint32_t asked_anew = 0;          ///< under another port or identifier
    Duration longest_counted;              ///< time after which one of these came
    std::optional<Duration> asked_anyhow;  ///< shortest time after which is asked what was answered
    FlowKey sending;                       ///< of the latest that were sent again
    std::uint32_t sent_again = 0;
    FlowKey whole;  ///< the latest of the fragmenting side that were no fragments
    std::uint32_t whole_unanswered = 0;
    FlowKey heard;  ///< ports of which such ones were answered

    void note_question(const WholeDatagram& question);
    void note_begun(const Fragment& first);
    void note_whole(const FlowKey& flow);
    void note_answer(const FlowKey& flow, Question::Answer answer);
    /// The end that lacks fragments has sent something.
    void note_heard(const FlowKey& flow);
    void compare(const Question& before, const WholeDatagram& question);
    /// Counts what stayed unanswered as long as the pause before it.
    void count_unanswered(Timestamp now);
    [[nodiscard]] bool shows_loss(std::uint32_t datagrams) const;
  };
  struct Path {
    static constexpr std::size_t kOpen = 8;
    std::vector<Open> open;
    FragmentLoss loss;
    std::uint32_t whole = 0;  ///< datagrams of this source that are no fragments
    Repetition repetition;
    bool beside_sender = false;
    Timestamp last;
    std::uint32_t told = 0;  ///< datagrams, as told last
    std::uint32_t reports = 0;
  };
  /// A path of which a datagram was complete here.
  struct Passed {
    PathKey path;
    Timestamp time;
    std::uint32_t reports = 0;  ///< since
  };
  static constexpr std::size_t kMaxPassed = 16;
  using Paths = std::map<PathKey, Path>;

  void note_complete(const PathKey& path, Timestamp time);
  [[nodiscard]] std::vector<Passed>::iterator find_passed(const PathKey& path);
  [[nodiscard]] bool is_chance(const PathKey& path, Timestamp now);
  Paths::iterator path_of(const Fragment& fragment);
  static void give_up(Path& path, Timestamp now);
  static void count(Path& path, const Open& open);
  [[nodiscard]] std::optional<FragmentLoss> judge(Path& path, Timestamp now) const;
  [[nodiscard]] bool filter_may_hide(const Path& path) const;

  Paths paths_;
  std::vector<Passed> passed_;  ///< the latest
  bool unfiltered_ = false;     ///< the capture has what no filter by ports lets through
};

}  // namespace pmtu
