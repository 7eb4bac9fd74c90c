// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"
#include "pmtu/units.h"
#include "track/flow_state.h"

/// What the rules say of one direction, a payload per kind. Findings, counts, verdicts and rows are derived
/// from the events that stand; nothing else is kept of them. An event with a `finding` shows on its frame.
/// The kinds that end in `Withdrawn` drop earlier ones.
namespace pmtu::event {

// Hints.

/// Shows on its frame and counts nowhere: a copy of a hint, a remark on an MSS, offload, a tunnel.
struct Remark {
  Finding finding;
};
/// A hint, any status, copies excluded.
struct HintCounted {
  HintStatus status = HintStatus::valid;
  FrameNumber frame;
  IpAddress reporter;
  HintRemark remark = HintRemark::none;
  std::optional<Mtu> mtu;
};
/// The hint by which something is measured.
struct HintCited {
  FrameNumber frame;
  std::optional<Mtu> mtu;
  IpAddress reporter;
  HintRemark remark = HintRemark::none;
};
/// The first accepted hint, or a lower one: the sender can know from now on.
struct EpochBegan {
  HintCited hint;
  FrameNumber quoted_frame;  ///< 0: not captured
  DatagramLength quoted_length;
};
/// Since when the sender's bytes are stuck; the first one counts.
struct StallBegan {
  Timestamp at;
};
struct StageKnown {
  Stage stage = Stage::unknown;
};
struct BelowQuicMinimum {
  bool quic_seen = true;  ///< false: nothing speaks against QUIC, and none of its long headers was captured
};
/// What is left of a hint that the snapshot length cut may quote this direction.
struct HintCut {};
/// The capture shows that hints reach the sender.
struct HintDelivered {};
/// The sender protects its datagrams by IPsec, and may be configured to refuse what is not authenticated.
struct MayRefuseHints {};

// Datagrams on hinted paths.

struct Resent {
  std::uint32_t bytes = 0;
};
struct Ignored {
  Finding finding;
  Timestamp at;
  HintCited hint;
  /// Its bytes may yet arrive, which would refute the hint: nothing shows on its frame before the end.
  bool may_fall = false;
};
struct InFlight {
  Finding finding;
};
/// A larger datagram that is not held against the sender; one after the hint expired is no probe.
struct TriedLarger {
  Finding finding;
  bool probe = true;
};
/// A lone larger datagram drew the hint, among others that fit and go on.
struct ProbedBefore {};
/// The hint expired, and bytes that it was about are still sent again.
struct StallLasted {
  Timestamp at;
};
/// Oversize as captured, unknown on the wire.
struct Unverifiable {};
/// Went smaller; without a finding where offload hides which datagram did.
struct Reduced {
  std::optional<Finding> finding;
  Timestamp at;
};
/// The same bytes go out again and again although they fit what the hint names.
struct StuckObeying {
  DatagramLength length;
  std::uint32_t transmissions = 0;
  Timestamp begin;
  Timestamp at;
};
struct Fragmented {
  Finding finding;
};
/// What was larger than the hint of frame `since` arrived: nothing said on its strength holds.
struct MarksWithdrawn {
  FrameNumber since;
};
/// What arrived was of unknown size: the hint holds after all.
struct RefutationWithdrawn {};
/// Shows on its frame at the end only: the datagram may yet arrive.
struct SiblingIgnored {
  Finding finding;
  Timestamp first_sent;
  Timestamp at;
};
struct SiblingWithdrawn {};

// Black holes at the sender.

/// What says that a path takes less than QUIC needs, or that what is smaller arrives there.
struct SmallPath {
  enum class Evidence : std::uint8_t {
    none,
    hint,   ///< `size` is the MTU that it names
    echo,   ///< requests of `size` bytes are lost, smaller ones are not
    retry,  ///< the server's, of `size` bytes: the client did as it says
  };
  Evidence evidence = Evidence::none;
  FrameNumber frame;
  std::uint32_t size = 0;
};
/// A loss by size as known when it is told.
struct Loss {
  /// What was lost, and so what `transmissions` counts.
  enum class Kind : std::uint8_t {
    segment,  ///< transmissions of the same bytes of TCP
    echo,     ///< echo requests without answer
    sctp,     ///< packets whose TSNs had to be sent again
    quic,     ///< flights of a handshake that drew nothing
  };
  DatagramLength length;
  std::uint32_t transmissions = 0;
  FrameNumber first_frame;
  Timestamp begin;
  Timestamp end;
  std::uint64_t resent_bytes = 0;
  Stage stage = Stage::unknown;
  Kind kind = Kind::segment;
  /// The largest that arrived, where the record of the path does not tell.
  std::optional<DatagramLength> passed = std::nullopt;
  SmallPath small_path = {};    ///< QUIC
  FrameNumber last_frame = {};  ///< echo, whose requests may be of other directions than the first
  bool rerouted = false;        ///< SCTP: what was lost arrived at another address: nothing stalled
};
struct LossSuspected {
  Finding finding;
  Loss loss;
};
/// More of a suspected size was lost.
struct LossGrew {
  Loss loss;
};
struct SuspicionWithdrawn {
  FrameNumber since;
};
struct LossConfirmed {
  Finding finding;
  Loss loss;
};
/// One more transmission of a suspected size.
struct LostAgain {
  Finding finding;
  Loss loss;  ///< up to now
};
struct LossRecovered {
  Finding finding;
};
/// Large bytes were sent again and again, but no acknowledgment was captured.
struct OneSided {};
/// One was captured after all.
struct OneSidedWithdrawn {};

// Fragments.

/// Datagrams of the direction never arrived whole.
struct FragmentsLost {
  Finding finding;
  std::uint32_t datagrams = 0;
  bool reported = false;       ///< by the receiver
  bool first_missing = false;  ///< the first fragments, not the later ones
  bool several_flows = false;  ///< of one pair of hosts, not all with the ports of this direction
  FrameNumber first_frame;
  FrameNumber last_frame;
  Timestamp begin;
  Timestamp end;
  Stage stage = Stage::unknown;
};
/// More of them, after the direction was told.
struct FragmentLossGrew {
  std::uint32_t datagrams = 0;  ///< all of them
  bool several_flows = false;
  FrameNumber last_frame;
  Timestamp end;
};

// Black holes at the receiver.

struct HoleFound {
  Finding finding;
  DatagramLength bound;  ///< what would refute it if it arrived
  DatagramLength lost;   ///< upper end of the bracket
  std::optional<DatagramLength> passed;
  std::uint32_t missing_bytes = 0;
  FrameNumber first_beyond;
  Timestamp opened;
  Timestamp at;
  Stage stage = Stage::unknown;
  bool weak = false;                ///< only an empty segment lies beyond
  std::uint32_t quic_initials = 0;  ///< QUIC: of the client, to which only small answers came; 0: TCP
};
struct HoleLasted {
  Timestamp at;
};
struct HoleWithdrawn {
  FrameNumber since;
};
struct HoleRecovered {
  Finding finding;
  Timestamp at;
  bool if_merged = false;  ///< only if the receiver merges segments before the capture
};

}  // namespace pmtu::event

namespace pmtu {

using Event =
    std::variant<event::Remark, event::HintCounted, event::EpochBegan, event::StallBegan, event::StageKnown,
                 event::BelowQuicMinimum, event::HintCut, event::HintDelivered, event::MayRefuseHints,
                 event::Resent, event::Ignored, event::InFlight, event::TriedLarger, event::ProbedBefore,
                 event::StallLasted, event::Unverifiable, event::Reduced, event::StuckObeying,
                 event::Fragmented, event::MarksWithdrawn, event::RefutationWithdrawn, event::SiblingIgnored,
                 event::SiblingWithdrawn, event::LossSuspected, event::SuspicionWithdrawn, event::LostAgain,
                 event::LossConfirmed, event::LossGrew, event::FragmentsLost, event::FragmentLossGrew,
                 event::LossRecovered, event::OneSided, event::OneSidedWithdrawn, event::HoleFound,
                 event::HoleLasted, event::HoleWithdrawn, event::HoleRecovered>;
static_assert(std::is_trivially_copyable_v<Event>);

/// An event and whom it is about; unknown: only its frame.
struct DirectedEvent {
  DirectionId direction;
  Event event;
};

/// What the stages say of one frame, in order.
class Events {
 public:
  void add(DirectionId direction, const Event& event) { said_.push_back({direction, event}); }
  [[nodiscard]] const std::vector<DirectedEvent>& all() const { return said_; }
  [[nodiscard]] bool empty() const { return said_.empty(); }
  void clear() { said_.clear(); }

 private:
  std::vector<DirectedEvent> said_;
};

}  // namespace pmtu
