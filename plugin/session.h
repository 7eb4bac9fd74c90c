// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pmtu/analyzer.h"
#include "pmtu/decode.h"

namespace pmtu::plugin {

/// How the sender took a hint: the first later frame that shows it.
struct Reaction {
  FrameNumber frame;
  FindingKind kind = FindingKind::honoured;
};

/// The analysis of the one capture file that Wireshark has open. Frames come once, in order, on their first
/// visit; every later pass only reads. No exception of the core gets past this class: its callers are
/// Wireshark's C callbacks.
class Session {
 public:
  /// A session that is not `enabled` is shown no frame.
  Session(const Preferences& preferences, bool enabled) : analyzer_(preferences), enabled_(enabled) {}

  /// Whether the protocol was enabled when the file was opened; changing that opens it anew.
  [[nodiscard]] bool enabled() const noexcept { return enabled_; }

  /// First visit of a frame. Whether there is something to say of it.
  bool observe(const Frame& frame) noexcept;

  /// Any later visit. The first one after a sequential pass is the moment to draw the conclusions that only
  /// the end of a capture allows.
  void revisit() noexcept;

  /// The sequential pass over the file has ended (not called during a live capture).
  void end_of_pass() noexcept { pass_ended_ = true; }

  /// Draws the conclusions of what was observed so far.
  void conclude() noexcept;

  /// What there is to say of a frame; valid until the next `observe` or `conclude`. Where several capture
  /// points are joined this takes memory: without it, nothing is said.
  [[nodiscard]] std::span<const Finding> findings(FrameNumber frame) const noexcept {
    return ask([&] { return analyzer_.findings(frame); });
  }
  [[nodiscard]] std::span<const Finding> findings() const noexcept {
    return ask([&] { return analyzer_.findings(); });
  }
  [[nodiscard]] Verdict verdict(ConversationId conversation) const noexcept {
    return ask([&] { return analyzer_.verdict(conversation); });
  }
  [[nodiscard]] bool any_hinted_path() const noexcept { return analyzer_.any_hinted_path(); }
  [[nodiscard]] std::optional<PathMtuInForce> path_mtu(const Datagram& datagram,
                                                       FrameNumber frame) const noexcept {
    return analyzer_.path_mtu(datagram, frame);
  }
  /// The capture point of a frame; empty: the capture has but one, or nobody knows.
  [[nodiscard]] std::optional<PointId> point(FrameNumber frame) const noexcept {
    return analyzer_.point(frame);
  }
  /// What other capture points tell of the datagram of a frame.
  [[nodiscard]] FrameAcrossPoints across_points(FrameNumber frame) const noexcept {
    return analyzer_.across_points(frame).value_or(FrameAcrossPoints{});
  }
  /// The datagrams of a frame, decoded anew if it is not the frame that was observed last.
  [[nodiscard]] std::span<const Datagram> datagrams(const Frame& frame) noexcept;

  /// The path of the direction that a row judges; empty for an id that no finding carries.
  [[nodiscard]] std::optional<PathKey> path_of_conversation(ConversationId conversation) const noexcept;

  /// The path that a finding of the frame speaks of: that of its conversation; without one that of its
  /// datagram or, in an ICMP error, of the quoted one.
  [[nodiscard]] std::optional<PathKey> path_of(const Finding& finding, const Frame& frame) noexcept;

  /// What became of a hint; empty while nothing is known.
  [[nodiscard]] std::optional<Reaction> reaction_to(const Finding& hint) const noexcept;

  /// The first hint that quotes the datagram of a frame; 0 while none is known.
  [[nodiscard]] FrameNumber hint_for(FrameNumber quoted) const noexcept;

  /// Whether a host was seen to hand larger segments to its network card than leave it: what is captured
  /// there has no known size on the wire.
  [[nodiscard]] bool offloads(const IpAddress& host) const noexcept {
    return std::binary_search(offload_hosts_.begin(), offload_hosts_.end(), host);
  }

  /// When the first and the last frame were captured; empty before the first.
  [[nodiscard]] std::optional<Timestamp> begin() const noexcept { return begin_; }
  [[nodiscard]] std::optional<Timestamp> end() const noexcept { return end_; }

  /// Keeps what an interface is called. `name_of` is asked once for each.
  template <class NameOf>
  void learn_interface(std::uint32_t section, std::uint32_t number, NameOf name_of) noexcept {
    const std::pair key(section, number);
    if (key == last_interface_ || interfaces_.size() >= kMostInterfaces) return;
    last_interface_ = key;
    const char* const name = name_of();
    if (name != nullptr) name_interface(key, name);
  }
  /// Names of capture interfaces, by section and number.
  [[nodiscard]] const std::map<std::pair<std::uint32_t, std::uint32_t>, std::string>& interfaces()
      const noexcept {
    return interfaces_;
  }

  /// Rows for table, report and scripts. Throws `std::bad_alloc`.
  [[nodiscard]] Summary summary() const { return analyzer_.summary(); }

  /// Frames that were lost to the analysis for want of memory.
  [[nodiscard]] std::uint64_t lost_frames() const noexcept { return lost_frames_; }

 private:
  /// The answer, or an empty one where memory for it is lacking.
  template <class Question>
  static auto ask(Question question) noexcept -> decltype(question()) {
    try {
      return question();
    } catch (const std::bad_alloc&) {
      return {};
    }
  }
  struct ReactionEntry {
    ConversationId conversation;
    Reaction reaction;
  };
  static constexpr std::size_t kMostInterfaces = 1'000;  ///< a file may claim any number
  void name_interface(std::pair<std::uint32_t, std::uint32_t> key, const char* name) noexcept;
  void index_reactions();
  void index_offload();

  Analyzer analyzer_;
  Observation observation_{};             ///< of the frame decoded last
  std::vector<ReactionEntry> reactions_;  ///< by conversation, then frame; made by `conclude`
  /// A datagram that drew a hint.
  struct QuotedEntry {
    FrameNumber quoted;
    FrameNumber hint;
  };
  std::vector<QuotedEntry> quoted_;       ///< by quoted frame; made by `conclude`
  std::vector<IpAddress> offload_hosts_;  ///< in order; made by `conclude`
  std::optional<Timestamp> begin_;
  std::optional<Timestamp> end_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> interfaces_;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> last_interface_;
  std::uint64_t observed_ = 0;
  std::uint64_t concluded_ = 0;  ///< value of `observed_` at the last conclusion
  std::uint64_t lost_frames_ = 0;
  bool pass_ended_ = false;
  bool enabled_;
};

namespace detail {
/// Wireshark dissects one file at a time and gives its callbacks no place for state of a file.
inline std::unique_ptr<Session> open_session;
}  // namespace detail

/// The session of the open file, or nullptr when none is open.
[[nodiscard]] inline Session* current_session() noexcept {
  return detail::open_session.get();
}

/// To be called once, at registration: ties the life of the session to that of the open file.
void register_session_lifetime(int protocol) noexcept;

}  // namespace pmtu::plugin
