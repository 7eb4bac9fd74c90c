// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "pmtu/address.h"
#include "pmtu/units.h"

namespace pmtu {

/// A datagram of a QUIC connection, by the first packet in it (RFC 9000 §17.2; RFC 9369 §3.2).
struct QuicDatagram {
  enum class Packet : std::uint8_t {
    initial,
    handshake,
    retry,
    other_long,  ///< 0-RTT, Version Negotiation
    short_header,
  };
  Packet packet = Packet::short_header;
  FlowKey flow;
  DatagramLength length;
  std::uint32_t payload = 0;  ///< of UDP
  bool sent_large = false;    ///< its sender has sent 1200 bytes or more in this flow
  FrameNumber frame;
  Timestamp time;
  bool peer_seen = false;                          ///< something came from the other side
  bool peer_sent_large = false;                    ///< 1200 bytes or more
  FrameNumber first_frame = {};                    ///< of the flow, either way
  std::optional<Timestamp> before = std::nullopt;  ///< when the same side had sent last
  std::span<const std::uint8_t> header = {};       ///< as much as was captured
};

/// A handshake of which the server's large datagrams never arrive.
struct QuicHole {
  bool withdrawn = false;      ///< one arrived after all
  FlowKey flow;                ///< from the server to the client
  std::uint32_t initials = 0;  ///< of the client, so far
  DatagramLength passed;       ///< the largest that arrived
  DatagramLength lost;         ///< the least that the server must have sent
  FrameNumber first_answer;
  Timestamp opened;
  Timestamp at;
};

/// Finds paths that are too small for QUIC, where its handshake shows them: a client repeats its Initials,
/// and all that ever comes from the server are small datagrams with Handshake packets. Such a server has the
/// whole ClientHello and has answered it in an Initial, which has to fill a datagram of 1200 bytes (RFC 9000
/// §14.1); that one never came. Acknowledgments are encrypted, so the handshake alone tells; and at the
/// server's side nothing does, where the large ones are seen to leave.
class QuicWatch {
 public:
  /// Small answers, and Initials that come again (as for TCP: RFC 9293 §3.8.3 R1).
  static constexpr std::uint32_t kNeeded = 3;
  /// Datagrams of one flight leave together; the next ones have waited for a timer (RFC 9002 §6.2).
  static constexpr Duration kFlight = Duration::milliseconds(100);
  static constexpr std::size_t kMaxCases = 256;

  explicit QuicWatch(Duration patience) : patience_(patience) {}

  /// Takes one datagram. Times must not fall. Keeps nothing of a handshake that gets on; whoever feeds it
  /// leaves out those of which something large came from the server before.
  [[nodiscard]] std::optional<QuicHole> observe(const QuicDatagram& datagram);
  /// Something was told that a datagram without a long header may disprove; until then only those with one
  /// matter.
  [[nodiscard]] bool has_told() const { return told_ != 0; }
  [[nodiscard]] std::size_t cases() const { return cases_.size(); }

 private:
  struct Case {
    std::uint32_t initials = 0;
    std::uint32_t answers = 0;  ///< small ones with Handshake packets
    DatagramLength passed;
    FrameNumber first_answer;
    Timestamp last_initial_at;
    Timestamp first_answer_at;
    Timestamp last_answer_at;
    bool told = false;
  };
  using Cases = std::map<FlowKey, Case>;

  Cases::iterator open(const FlowKey& client, Timestamp now);
  static void take_initial(Case& found, Timestamp now);
  [[nodiscard]] std::optional<QuicHole> take_answer(Cases::iterator place, const QuicDatagram& answer);
  [[nodiscard]] std::optional<QuicHole> judge(const FlowKey& client, Case& found, Timestamp now);
  [[nodiscard]] std::optional<QuicHole> close(Cases::iterator place, Timestamp now);
  [[nodiscard]] static QuicHole describe(const FlowKey& client, const Case& found, Timestamp now);

  Duration patience_;
  Cases cases_;           ///< by the direction of the client
  std::size_t told_ = 0;  ///< of them
};

}  // namespace pmtu
