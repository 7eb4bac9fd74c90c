// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

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
};

/// Datagrams of one path that never arrived whole.
struct FragmentLoss {
  enum class Missing : std::uint8_t {
    later,    ///< the first fragment came, some later one never did
    first,    ///< later ones came, the first never did
    unknown,  ///< a host says so, but not which
  };
  FlowKey flow;  ///< ports are zero where no first fragment came
  Missing missing = Missing::unknown;
  bool reported = false;        ///< by an ICMP error of the receiver
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
  static constexpr std::size_t kMaxPaths = 64;

  /// Takes one fragment. Times must not fall.
  [[nodiscard]] std::optional<FragmentLoss> observe(const Fragment& fragment);
  /// A datagram that is no fragment; wanted only where `watches_any()`. `mark` is a checksum of its content.
  [[nodiscard]] std::optional<FragmentLoss> observe_whole(const FlowKey& flow, DatagramLength length,
                                                          std::uint16_t mark, FrameNumber frame,
                                                          Timestamp time);
  /// A host reports that a datagram, of which `flow` and `frame` tell what is known, could not be put
  /// together (RFC 792 type 11 code 1, RFC 4443 §3.3 code 1). `beside_it`: captured on its link, where others
  /// of that path may have been seen to be complete; then some reports are chance.
  [[nodiscard]] std::optional<FragmentLoss> reported(const FlowKey& flow, FrameNumber frame, Timestamp time,
                                                     bool beside_it);
  [[nodiscard]] bool watches_any() const { return !paths_.empty(); }
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
  struct Path {
    static constexpr std::size_t kOpen = 8;
    std::vector<Open> open;
    FragmentLoss loss;
    std::uint32_t whole = 0;  ///< datagrams of this source that are no fragments
    std::uint32_t asked_again = 0;
    FlowKey question;
    DatagramLength question_length;
    std::uint16_t question_mark = 0;
    Timestamp question_time;
    Timestamp last;
    bool told = false;
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
  [[nodiscard]] bool is_chance(const PathKey& path, Timestamp now);
  Paths::iterator path_of(const Fragment& fragment);
  static void give_up(Path& path, Timestamp now);
  static void count(Path& path, const Open& open);
  static void note_question(Path& path, const FlowKey& flow, DatagramLength length, std::uint16_t mark,
                            Timestamp time);
  [[nodiscard]] std::optional<FragmentLoss> judge(Path& path) const;

  Paths paths_;
  std::vector<Passed> passed_;  ///< the latest
  bool later_seen_ = false;  ///< the capture has fragments other than first ones: no filter keeps them away
};

}  // namespace pmtu
