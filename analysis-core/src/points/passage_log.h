// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "pmtu/observation.h"
#include "points/passage.h"
#include "track/flat_index.h"
#include "track/key_hash.h"
#include "track/slab.h"
#include "track/undirected_key.h"

namespace pmtu {

/// A hint as it passed a capture point.
struct HintPassage {
  Timestamp time;
  FrameNumber frame;
  std::uint32_t lane = 0;     ///< of the direction that it quotes
  std::uint64_t content = 0;  ///< the same for copies of one hint
  std::uint8_t point = 0;
};

/// Hints that a snap length cut before their ports.
struct CutHints {
  struct One {
    Timestamp time;
    FrameNumber frame;
  };
  One first;
  One last;
  std::uint32_t count = 0;
};

/// Remembers every datagram of a capture with several points, until it is full: what came after that takes no
/// part in joining. Passes no judgement.
class PassageLog {
 public:
  /// A direction of a conversation: place of the conversation times two, plus the side.
  using Lane = std::uint32_t;
  static constexpr std::size_t kMaxPoints = 64;

  /// What both directions of a 5-tuple showed, at whatever point.
  struct Conversation {
    UndirectedKey key;
    std::array<std::optional<SequenceNumber>, 2> acknowledged;  ///< highest, of bytes that the side sent
    std::array<std::uint16_t, 2> mss{};                         ///< largest that the side offered; 0: unseen
    std::bitset<kMaxPoints + 1> points;                         ///< that saw datagrams of it
  };

  PassageLog(std::size_t max_passages, std::uint64_t seed) : max_(max_passages), hash_(seed) {}

  /// Takes in all datagrams of a frame.
  void observe(PointId point, const Observation& observation);
  /// The same, for later: what is not filed yet may still be forgotten, at a fraction of the cost. Nothing
  /// else sees it before `file`.
  void note(PointId point, const Observation& observation);
  /// Takes in what was noted.
  void file();
  /// Forgets what was noted and gives its memory back.
  void forget_notes();

  [[nodiscard]] std::size_t noted() const { return notes_.size(); }
  /// Datagrams for which there was no room.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }
  /// In the order in which they came, from place 0.
  [[nodiscard]] const Slab<Passage>& passages() const { return passages_; }
  [[nodiscard]] const std::vector<HintPassage>& hints() const { return hints_; }
  [[nodiscard]] const std::vector<Conversation>& conversations() const { return conversations_; }
  [[nodiscard]] FlowKey flow(Lane lane) const { return conversations_[lane / 2].key.directed(lane % 2); }
  [[nodiscard]] std::optional<Lane> find(const FlowKey& key) const;
  /// Hints for a host at a point, cut before they told for which of its datagrams; by host, then by point.
  [[nodiscard]] const std::map<std::pair<IpAddress, std::uint8_t>, CutHints>& cut_hints() const {
    return cut_hints_;
  }
  /// An ICMP error was captured at the point.
  [[nodiscard]] bool saw_icmp_error(std::uint32_t point) const { return saw_icmp_error_[point]; }

 private:
  static constexpr std::uint32_t kNoHint = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kFirstNotes = 1'024;

  /// All that is to be known of a datagram before its conversation is looked up.
  struct Note {
    Passage passage;
    FlowKey flow;
    SequenceNumber acknowledgment;
    std::uint16_t option_length = 0;
    bool acknowledges = false;
    bool icmp_error = false;
    bool cut_hint = false;
    std::uint32_t quoted = kNoHint;  ///< place of what it quotes in `quoted_`
  };

  void write(PointId point, const Observation& observation, const Datagram& datagram, Note& note);
  [[nodiscard]] Lane lane_of(const FlowKey& key);
  void file(Note& note);
  void file_tcp(const Note& note, Passage& passage);

  std::size_t max_;
  KeyHash hash_;
  FlatIndex index_;
  std::vector<Conversation> conversations_;
  std::vector<Note> notes_;
  std::vector<Note> filing_;     ///< those that are being filed
  std::vector<FlowKey> quoted_;  ///< flows that hints quote which were noted
  Slab<Passage> passages_;
  std::vector<HintPassage> hints_;
  std::map<std::pair<IpAddress, std::uint8_t>, CutHints> cut_hints_;
  std::uint64_t left_out_ = 0;
  std::array<bool, kMaxPoints + 1> saw_icmp_error_{};
};

}  // namespace pmtu
