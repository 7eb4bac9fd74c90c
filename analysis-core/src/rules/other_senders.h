// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>

#include "pmtu/preferences.h"
#include "rules/echo_watch.h"
#include "rules/event.h"
#include "rules/fragment_watch.h"
#include "rules/hint_examination.h"
#include "rules/judgement.h"
#include "rules/quic_unheard.h"
#include "rules/quic_watch.h"
#include "rules/sctp_watch.h"
#include "track/tracker.h"

namespace pmtu {

/// Losses by size of senders other than TCP: echo requests, SCTP associations, fragments and handshakes of
/// QUIC. Hands the watches what they need of a datagram, and puts what they find into the events that losses
/// of TCP have, too.
class OtherSenders {
 public:
  OtherSenders(const Preferences& preferences, const Tracker& facts, Judgement& judgement)
      : facts_(facts),
        judgement_(judgement),
        hint_max_age_(preferences.hint_max_age),
        quic_(preferences.receiver_hole),
        unheard_(preferences.receiver_hole) {}

  /// A frame without IP, which no capture filter by ports lets through.
  void note_no_port_filter() { fragments_.note_no_port_filter(); }
  /// A fragment, first or later.
  void take_fragment(const Observation& observation, const Datagram& datagram, Events& events);
  /// One that is no fragment, kept by the tracker or too small for it.
  void take_whole(const Observation& observation, const Datagram& datagram, Events& events);
  /// A datagram of any protocol but TCP that the tracker took in.
  void observe(const Sighting& seen, Events& events);
  /// An ICMP error other than a hint; `quoted`: whose datagram it quotes, where that was seen.
  void take_error(const Observation& observation, const Datagram& error, DirectionId quoted, Events& events);
  /// A hint spoke of a datagram of this size: what is as large was no silent loss.
  void note_hint(DirectionId direction, DatagramLength length);
  /// A hint asks QUIC for less than it can do.
  void note_small_path(DirectionId direction, const PacketTooBig& message, Events& events);
  /// Adds what only the end of the capture tells; may be called again after more frames.
  void conclude(Events& events);
  /// What the verification tag and the TSN of a quotation say of a hint that nothing else speaks against.
  void check_quotation(const QuotedDatagram& quote, HintExamination& examined) const;

 private:
  /// The finding shows on frame `at`.
  void tell(const EchoHole& hole, FrameNumber at, Events& events);
  void tell(const SctpHole& hole, const Sighting& seen, Events& events) const;
  void tell(const QuicHole& hole, const Sighting& seen, Events& events) const;
  void tell(const FragmentLoss& loss, Finding finding, Events& events) const;
  void tell_lost_fragments(const FragmentLoss& loss, const Datagram* datagram, FrameNumber at,
                           Events& events) const;
  void observe_echo(const Sighting& seen, Events& events);
  void observe_sctp(const Sighting& seen, Events& events);
  void observe_quic(const Sighting& seen, Events& events);
  [[nodiscard]] QuicDatagram quic_datagram(const Sighting& seen) const;
  void observe_unheard(const QuicDatagram& quic, Events& events);
  void tell(const QuicSilence& silence, const event::SmallPath& small_path, Events& events);
  void note_small_path(const PathKey& path, const event::SmallPath& small_path, Events& events);
  void note_for_quic(const EchoHole& hole, Events& events);
  [[nodiscard]] event::SmallPath small_path(const PathKey& path) const;

  const Tracker& facts_;
  Judgement& judgement_;
  EchoWatch echo_;
  SctpWatch sctp_;
  FragmentWatch fragments_;
  static constexpr std::size_t kMaxSmallPaths = 256;
  Duration hint_max_age_;
  QuicWatch quic_;
  QuicUnheard unheard_;
  std::map<PathKey, event::SmallPath> small_paths_;  ///< by echo, and by hints that QUIC must ignore
};

}  // namespace pmtu
