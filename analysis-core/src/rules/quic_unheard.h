// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pmtu/address.h"
#include "pmtu/units.h"
#include "rules/quic_watch.h"

namespace pmtu {

/// Large datagrams of one side of a QUIC handshake that seem to arrive nowhere.
struct QuicSilence {
  bool withdrawn = false;     ///< they do arrive
  FlowKey flow;               ///< of who sends them
  DatagramLength length;      ///< the smallest of them
  std::uint32_t flights = 0;  ///< of them, each sent when a timer had run out
  FrameNumber first_frame;
  FrameNumber last_frame;
  Timestamp begin;
  Timestamp last;
  DatagramLength retry;  ///< the server's, which did arrive, for the client did as it says; 0: none
  FrameNumber retry_frame;
};

/// Follows handshakes of QUIC that do not get on: a client repeats its Initials and nothing ever answers; or,
/// at the server's side, they come again although a large datagram answered each flight. Neither shows by
/// itself that sizes are lost, UDP may be blocked or nobody be there: whoever asks knows what else is known
/// of the path. Connection IDs tell whether a client has heard its server: from then on it sends to the ID
/// that the server chose (RFC 9000 §7.2).
class QuicUnheard {
 public:
  static constexpr std::uint32_t kNeeded = QuicWatch::kNeeded;
  static constexpr Duration kFlight = QuicWatch::kFlight;
  static constexpr std::size_t kMaxCases = 256;

  explicit QuicUnheard(Duration patience) : patience_(patience) {}

  /// Takes one datagram. Times must not fall. What it returns was not told yet, or has grown, or is
  /// withdrawn. Keeps nothing of a handshake that gets on before a timer runs out.
  [[nodiscard]] std::optional<QuicSilence> observe(const QuicDatagram& datagram);
  /// What happens on a path, for somebody who just learnt that it is small.
  [[nodiscard]] std::vector<QuicSilence> on(const PathKey& path) const;
  /// Something is said of it, which its arrival would withdraw.
  void tell(const FlowKey& flow);
  [[nodiscard]] bool was_told(const FlowKey& flow) const;
  /// Datagrams without a long header matter until then, too.
  [[nodiscard]] bool has_told() const { return told_ != 0; }
  [[nodiscard]] std::size_t cases() const { return cases_.size(); }

 private:
  /// Large datagrams of one side.
  struct Flights {
    std::uint32_t count = 0;
    DatagramLength smallest;
    FrameNumber first_frame;
    FrameNumber last_frame;
    Timestamp first;
    Timestamp last;
    bool take(const QuicDatagram& datagram);  ///< another flight began
  };
  struct Case {
    Flights initials;
    Flights answers;
    bool server_seen = false;
    bool answered_since = false;  ///< the latest flight of the client
    std::uint32_t in_vain = 0;    ///< flights of the server after which the client's Initials came again
    std::optional<std::uint64_t> sent_to;       ///< the connection ID that the client uses for the server
    std::optional<std::uint64_t> server_chose;  ///< the one that the server gave itself
    std::optional<std::uint64_t> retry_chose;
    DatagramLength retry;
    FrameNumber retry_frame;
    bool retry_taken = false;  ///< the client sends to the ID that the Retry gave
    bool told = false;
  };
  using Cases = std::map<FlowKey, Case>;  ///< by the direction of the client

  std::optional<QuicSilence> open(const QuicDatagram& datagram);
  Case& make_room(const FlowKey& client);
  std::optional<QuicSilence> take_initial(Cases::iterator place, const QuicDatagram& datagram);
  std::optional<QuicSilence> take_answer(Cases::iterator place, const QuicDatagram& datagram);
  static void take_retry(Case& found, const QuicDatagram& retry);
  /// They arrive.
  std::optional<QuicSilence> close(Cases::iterator place);
  void drop(Cases::iterator place);
  [[nodiscard]] std::optional<QuicSilence> judge(const FlowKey& client, const Case& found) const;
  [[nodiscard]] static QuicSilence describe(const FlowKey& client, const Case& found);

  Duration patience_;
  Cases cases_;
  std::size_t told_ = 0;  ///< of them
};

}  // namespace pmtu
