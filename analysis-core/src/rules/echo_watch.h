// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/units.h"
#include "rules/size_trials.h"

namespace pmtu {

/// An echo request with DF set, or its reply (RFC 792; RFC 4443 §4.1, §4.2). `path` is that of the request in
/// both.
struct EchoMessage {
  PathKey path;
  bool request = true;
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  DatagramLength length;
  FrameNumber frame;
  Timestamp time;
};

/// What is known of a black hole found by echo.
struct EchoHole {
  enum class Change : std::uint8_t {
    suspected,
    grew,       ///< what is known of a suspected one: more requests, or a narrower bracket
    withdrawn,  ///< that size was answered after all
  };
  Change change = Change::suspected;
  PathKey path;
  /// Of the request whose loss made it suspected: each run of `ping` has its own, and all of them are about
  /// one pair of hosts.
  std::uint16_t identifier = 0;
  DatagramLength passed;         ///< largest size that was answered
  DatagramLength lost;           ///< smallest size above it that never was
  std::uint32_t requests = 0;    ///< of that size or above, those included whose answer may still come
  std::uint32_t unanswered = 0;  ///< of those, the ones that waited in vain
  std::uint32_t answered = 0;    ///< smaller ones
  FrameNumber first_frame;
  FrameNumber last_frame;
  Timestamp begin;
  Timestamp last;
};

/// Finds black holes by echo requests that must not be fragmented, `ping -M do` above all: of one pair of
/// hosts large ones are never answered while smaller ones are (the search of RFC 4821 §7.3, done by hand).
/// Whether the request or its reply was lost cannot be told. Knows nothing of hints: whoever feeds it reports
/// those that a request drew as errors.
class EchoWatch {
 public:
  /// A request waits this long, or twice the longest round trip: fping and scripts wait one second.
  static constexpr Duration kPatience = Duration::seconds(2);
  /// Hosts and routers that limit how often they answer let one through in this time (RFC 1812 §4.3.2.8).
  static constexpr Duration kLimited = Duration::milliseconds(1500);
  static constexpr std::size_t kMaxPairs = 256;

  /// Takes one message. Times must not fall.
  [[nodiscard]] std::optional<EchoHole> observe(const EchoMessage& message);
  /// A request of this size drew an ICMP error: it was no silent loss, nor was any that is as large.
  void drew_error(const PathKey& path, DatagramLength length);
  /// What the requests say that still wait when the capture ends.
  [[nodiscard]] std::vector<EchoHole> conclude(Timestamp now);
  [[nodiscard]] std::size_t pairs() const { return pairs_.size(); }

 private:
  struct Request {
    std::uint16_t identifier = 0;
    std::uint16_t sequence = 0;
    DatagramLength length;
    FrameNumber frame;
    Timestamp time;
  };
  struct Pair {
    static constexpr std::size_t kWaiting = 16;
    std::vector<Request> waiting;  ///< in the order of their time
    SizeTrials trials;
    Duration longest_round_trip;
    std::uint16_t lost_identifier = 0;
    Timestamp last;
    std::optional<EchoHole> told;  ///< as it was told last
  };

  Pair& pair_of(const EchoMessage& message);
  static void give_up(Pair& pair, Timestamp now);
  [[nodiscard]] static bool may_be_limited(const SizeTrials& trials);
  [[nodiscard]] static std::optional<EchoHole> judge(Pair& pair, const PathKey& path);
  [[nodiscard]] static EchoHole describe(const Pair& pair, const PathKey& path, EchoHole::Change change);

  std::map<PathKey, Pair> pairs_;
};

}  // namespace pmtu
