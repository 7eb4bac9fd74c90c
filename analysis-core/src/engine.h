// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "rules/path_mtu_hint.h"
#include "track/flow_table.h"
#include "track/path_table.h"
#include "track/sent_log.h"
#include "verdict/evidence.h"
#include "verdict/finding_store.h"

namespace pmtu {

class PlainTcp;

/// The state of one capture and the rules over it, one file per family: healthy traffic (engine_plain), flows
/// (engine_flows), hints (engine_hints), datagrams on hinted paths (engine_judgement), black holes
/// (engine_black_holes), rows (engine_summary).
class Analyzer::Engine {
 public:
  explicit Engine(const Preferences& preferences);

  bool observe(const Frame& frame, Observation& observation);
  void observe(const Observation& observation);
  bool observe(std::span<const Frame> burst, Observation& observation);
  void conclude();
  [[nodiscard]] const FindingStore& findings() const { return findings_; }
  [[nodiscard]] const PathTable& paths() const { return paths_; }
  [[nodiscard]] Verdict verdict(ConversationId conversation) const;
  [[nodiscard]] std::optional<FlowKey> flow(ConversationId conversation) const;
  [[nodiscard]] Summary summary() const;

 private:
  /// One datagram of a flow as it passed the capture point.
  struct Sighting {
    const Observation& observation;
    const Datagram& datagram;
    Flow& flow;
    std::uint32_t place;
    unsigned side;
    Direction& sender;          ///< the direction that the datagram belongs to
    Direction& peer;            ///< the other one
    const TcpSegment* segment;  ///< empty: not TCP
    bool is_new = true;         ///< TCP: reaches beyond everything sent before
    bool super_segment = false;
    bool answers_repetition = false;  ///< TCP: the peer had sent again what this may acknowledge

    [[nodiscard]] Timestamp now() const { return observation.time; }
    [[nodiscard]] FrameNumber frame() const { return observation.frame; }
    [[nodiscard]] std::span<const std::uint8_t> payload() const {
      return observation.bytes.subspan(datagram.payload_offset, datagram.payload_captured);
    }
    [[nodiscard]] std::uint32_t direction_id() const { return place * 2 + side; }
  };

  // engine_plain.cpp: the short way for healthy traffic.
  static constexpr std::size_t kBurst = 32;  ///< frames whose flows are fetched from memory side by side
  /// Where the flow of each frame of a burst is in all likelihood; `FlowTable::kNone`: unknown.
  using LikelyFlows = std::array<std::uint32_t, kBurst>;
  LikelyFlows fetch_flows(std::span<const Frame> burst);
  static void note_quiet(Flow& flow);
  bool observe_closely(const Frame& frame, Observation& observation);
  /// `Likely`: what `FlowTable::find` knows ahead.
  template <class Likely>
  bool observe(const Frame& frame, Likely likely, Observation& observation);
  template <IpVersion kVersion, class Likely>
  bool observe_ip(const Frame& frame, Likely likely, Observation& observation);
  template <IpVersion kVersion, class Likely>
  [[nodiscard]] bool observe_plain(const Frame& frame, Likely likely);
  template <IpVersion kVersion, class Likely>
  [[nodiscard]] bool continue_connection(const Frame& frame, std::uint32_t length, Likely likely);
  void acknowledge_plainly(Direction& owner, std::uint32_t flow, SequenceNumber ack, Timestamp now);
  template <IpVersion kVersion>
  void send_plainly(const Frame& frame, PlainTcp tcp, Direction& me, FlowTable::Entry entry);
  template <IpVersion kVersion, class Likely>
  [[nodiscard]] bool continue_datagrams(const Frame& frame, std::uint32_t length, Likely likely);
  template <IpVersion kVersion>
  Transmission& log_plain(const Frame& frame, Direction& sender, FlowTable::Entry entry,
                          std::uint16_t checksum);

  // engine_flows.cpp: the long way.
  void observe_datagram(const Observation& observation, const Datagram& datagram);
  void observe_tcp(Sighting& seen);
  void observe_portless_or_udp(Sighting& seen);
  void begin_connection(Sighting& seen);
  void forget_connection(Flow& flow);
  void forget_direction(Flow& flow, unsigned side);
  void forget_least_missed_flow();
  void take_acknowledgment(Sighting& seen);
  [[nodiscard]] bool is_duplicate_ack(const Sighting& seen, std::uint32_t former_window) const;
  void take_selective_acknowledgments(Sighting& seen);
  void credit(Direction& owner, std::uint32_t flow, const Transmission& passed, Timestamp now);
  [[nodiscard]] std::uint32_t smallest_transmission(const TransmissionChain& chain, const Transmission& of);
  [[nodiscard]] bool is_copy(const Sighting& seen);
  [[nodiscard]] bool is_super_segment(const Sighting& seen) const;
  void note_offload(Sighting& seen);
  Transmission& log_transmission(Sighting& seen);
  std::uint32_t ensure_path(Flow& flow, unsigned side);
  void note_size(Sighting& seen);

  // engine_hints.cpp: what a hint is worth, and what it teaches.
  struct HintExamination {
    HintStatus status = HintStatus::valid;
    HintRemark remark = HintRemark::none;
    DatagramLength length;           ///< of the quoted datagram, as captured if it was
    Transmission* quoted = nullptr;  ///< empty: not captured
    FlowTable::Entry flow{FlowTable::kNone, 0};
  };
  void observe_hint(const Observation& observation, const Datagram& datagram, const PacketTooBig& message);
  void observe_other_error(const Observation& observation, const Datagram& datagram);
  [[nodiscard]] HintExamination examine(const PacketTooBig& message);
  [[nodiscard]] FlowTable::Entry find_quoted_flow(const QuotedDatagram& quote, bool& ambiguous) const;
  [[nodiscard]] bool fits(const Transmission& sent, const QuotedDatagram& quote) const;
  void note_cut_hint(const QuotedDatagram& quote);
  [[nodiscard]] FlowTable::Entry find_untranslated_flow(const PacketTooBig& message) const;
  [[nodiscard]] Transmission* find_quoted(Direction& direction, const QuotedDatagram& quote);
  [[nodiscard]] bool is_copy(Evidence& evidence, const PacketTooBig& message) const;
  void learn(const PacketTooBig& message, const HintExamination& examined, Finding& finding);
  /// The length of the datagram that the message accuses; 0: none.
  DatagramLength judge_re_elicited(const PacketTooBig& message, const HintExamination& examined,
                                   Direction& direction, Evidence& evidence);
  void compare_mss(const Sighting& syn);
  void compare_mss_with_hint(const PacketTooBig& message, Flow& flow, unsigned side, Evidence& evidence);

  // engine_judgement.cpp: datagrams on hinted paths.
  void judge(Sighting& seen, Transmission& sent);
  void judge_smaller(Sighting& seen, Knowledge& knowledge);
  [[nodiscard]] bool was_usual_before(const Sighting& seen, Knowledge& knowledge);
  void judge_larger(Sighting& seen, Knowledge& knowledge, Transmission& sent);
  void judge_sibling(Sighting& seen, const HintHistory& history);
  void reconsider_refutation(const Direction& offloading);
  void acquit_sibling(const Direction& direction, DatagramLength arrived);
  void judge_arrival(const Sighting& acknowledgment);
  void judge_tunnel(const Observation& observation);
  [[nodiscard]] bool is_probe(const Sighting& seen, Knowledge& knowledge) const;
  [[nodiscard]] bool is_delivered(const Sighting& seen, const Knowledge& knowledge, Proof proof) const;
  [[nodiscard]] bool hides_wire_size(const Sighting& seen) const;
  void accuse(Evidence& evidence, const Finding& finding, DatagramLength length);
  [[nodiscard]] static bool contradicts(const Knowledge& knowledge, const Transmission& arrived);
  void refute(Direction& direction);
  void tell_one_way_clamp(const Flow& flow, unsigned side, std::uint32_t limit, FrameNumber frame);

  // engine_black_holes.cpp: losses by size without a usable hint.
  void watch_head(Sighting& seen);
  void watch_one_sided(Sighting& seen);
  void note_life(Sighting& seen, bool first_acknowledgment);
  [[nodiscard]] bool other_flow_lived(const Flow& flow, unsigned side, const LossBySize& loss) const;
  void note_sacked_parts(const Sighting& seen);
  void watch_progress(Sighting& seen);
  void tell_suspicion(Flow& flow, unsigned side, FrameNumber frame, Timestamp now);
  void review_suspicion(Flow& flow, unsigned side, Timestamp now);
  [[nodiscard]] bool lost_by_size(Flow& flow, unsigned side, Timestamp now, bool need_life);
  void watch_hole(Sighting& seen);
  void watch_hole_closely(Sighting& seen);
  void tell_hole(Flow& flow, unsigned side, FrameNumber frame, Timestamp now);
  [[nodiscard]] std::uint32_t hole_bound(const Flow& flow, unsigned side, std::uint32_t missing) const;
  [[nodiscard]] bool hint_explains(const Flow& flow, unsigned side, std::uint32_t length,
                                   Timestamp now) const;

  // engine_summary.cpp: rows.
  Evidence& evidence_of(Flow& flow, unsigned side);
  [[nodiscard]] std::size_t least_missed_row();
  void forget_row(std::size_t slot);
  [[nodiscard]] ConversationRow row(ConversationId conversation) const;
  [[nodiscard]] Verdict settled_verdict(const Evidence& evidence) const;
  void keep_last_values(Flow& flow, unsigned side);
  void retract_disproved();

  /// Where a row is kept. A row that takes the slot of a forgotten one gets a number of its own.
  [[nodiscard]] std::size_t slot_of(ConversationId conversation) const {
    return conversation.value() % max_rows_;
  }
  /// Empty when there is no such row, or no longer.
  [[nodiscard]] const Evidence* row_evidence(ConversationId conversation) const {
    const std::size_t slot = slot_of(conversation);
    return slot < evidence_.size() && evidence_[slot].id == conversation ? &evidence_[slot] : nullptr;
  }
  [[nodiscard]] Evidence* evidence(const Direction& direction) {
    return direction.conversation == kNoConversation ? nullptr : &evidence_[slot_of(direction.conversation)];
  }
  [[nodiscard]] static FlowKey directed_key(const Flow& flow, unsigned side);

  struct AddressHash {
    KeyHash hash;
    std::size_t operator()(const IpAddress& address) const {
      return static_cast<std::size_t>(hash(PathKey{address, {}}));
    }
  };

  /// Below the smallest plateau that any sender falls to (RFC 1191 §7): no hint can call that too large.
  static constexpr std::uint32_t kPathMattersFrom = 296;

  /// Transmissions that the rules may look at again for one frame, however many it acknowledges.
  static constexpr std::uint32_t kLookBackOfFrame = 2048;

  Preferences preferences_;
  FlowTable flows_;
  PathTable paths_;
  SentLog log_;
  FindingStore findings_;
  std::uint32_t max_rows_;
  std::size_t row_hand_ = 0;
  std::vector<Evidence> evidence_;
  std::unordered_set<IpAddress, AddressHash> offload_hosts_;
  Coverage coverage_;
  Timestamp now_;
  FrameNumber last_frame_;
  std::uint32_t look_back_left_ = 0;
  std::uint32_t watched_ = 0;  ///< directions with a loss or a hole under watch
};

}  // namespace pmtu
