// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "frame_writer.h"
#include "pmtu/decode.h"
#include "random_numbers.h"

/// Large realistic traffic, made from a seed: the same plan gives the same frames everywhere. Frames come one
/// by one, so that a hundred million need no more memory than the conversations that are alive.
namespace pmtu::bench {

enum class TrafficKind : std::uint8_t { mixed, bulk, acks, dns, tls, vpn, quic };
inline constexpr std::size_t kTrafficKinds = 7;
[[nodiscard]] std::string_view name(TrafficKind kind);
[[nodiscard]] std::optional<TrafficKind> traffic_kind(std::string_view name);

struct TrafficPlan {
  std::uint64_t seed = 1;
  TrafficKind kind = TrafficKind::mixed;
  std::uint32_t flows = 10'000;  ///< alive at a time
  /// Frames of one conversation before it ends and another takes its place; 0: never.
  std::uint32_t frames_per_flow = 0;
  /// Mean number of frames that a conversation sends in a row; 1: every frame may belong to another one.
  std::uint32_t train = 1;
  /// Frames of a thousand that belong to senders that ignore a hint; each such frame has a finding.
  std::uint32_t faults_per_thousand = 0;
  std::uint32_t frames_per_second = 1'000'000;
  std::uint32_t captured = 2048;  ///< snapshot length
};

/// A generated frame; the bytes hold until the next one is made.
struct GeneratedFrame {
  Frame frame;
  std::uint32_t length;  ///< on the wire
};

class Traffic {
 public:
  explicit Traffic(const TrafficPlan& plan);
  [[nodiscard]] GeneratedFrame next();

 private:
  /// Both ends of one conversation. Side 0 is the client.
  struct Conversation {
    std::uint32_t client;
    std::uint32_t server;
    std::uint32_t next[2];   ///< TCP: next sequence number of each side
    std::uint32_t left = 0;  ///< bytes of the message that are still to be sent
    std::uint32_t last_timestamp[2] = {0, 0};
    std::uint32_t frames = 0;  ///< sent since the conversation began
    std::uint16_t client_port;
    std::uint16_t identification = 0;
    TrafficKind kind;
    std::uint8_t phase = 0;
    std::uint8_t unacknowledged = 0;  ///< segments
    bool server_sends = false;
    bool v6;
  };

  void begin(Conversation& conversation, std::uint32_t number);
  [[nodiscard]] TrafficKind kind_of(std::uint32_t number) const;
  std::uint32_t advance(Conversation& conversation);
  std::uint32_t advance_tcp(Conversation& conversation);
  std::uint32_t advance_dns(Conversation& conversation);
  std::uint32_t advance_quic(Conversation& conversation);
  std::uint32_t advance_vpn(Conversation& conversation);
  std::uint32_t advance_acks(Conversation& conversation);
  std::uint32_t advance_fault(Conversation& conversation);
  std::uint32_t send_segment(Conversation& conversation, bool from_server, std::uint8_t flags,
                             std::uint32_t payload_length);
  [[nodiscard]] DatagramPlan plan_of(Conversation& conversation, bool from_server, std::uint8_t protocol,
                                     std::uint16_t server_port);
  [[nodiscard]] std::uint32_t milliseconds() const {
    return static_cast<std::uint32_t>(now_.nanoseconds() / 1'000'000);
  }

  TrafficPlan plan_;
  RandomNumbers random_;
  FrameWriter writer_;
  std::vector<Conversation> conversations_;
  std::vector<Conversation> faulty_;
  std::uint32_t current_ = 0;
  std::uint32_t train_left_ = 0;
  std::uint32_t next_faulty_ = 0;
  std::uint32_t number_ = 0;
  Timestamp now_{1'000'000'000};
};

}  // namespace pmtu::bench
