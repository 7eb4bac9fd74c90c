// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "pmtu/preferences.h"
#include "rules/echo_watch.h"
#include "rules/event.h"
#include "rules/fragment_watch.h"
#include "rules/hint_examination.h"
#include "rules/judgement.h"
#include "rules/quic_watch.h"
#include "rules/sctp_watch.h"
#include "track/tracker.h"

namespace pmtu {

/// Losses by size of senders other than TCP: echo requests, SCTP associations, fragments and handshakes of
/// QUIC. Hands the watches what they need of a datagram, and puts what they find into the events that losses
/// of TCP have, too.
class OtherSenders {
 public:
  OtherSenders(const Preferences& preferences, const Tracker& facts, const Judgement& judgement)
      : facts_(facts), judgement_(judgement), quic_(preferences.receiver_hole) {}

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
  /// What the verification tag and the TSN of a quotation say of a hint that nothing else speaks against.
  void check_quotation(const QuotedDatagram& quote, HintExamination& examined) const;

 private:
  void tell(const EchoHole& hole, const Sighting& seen, Events& events) const;
  void tell(const SctpHole& hole, const Sighting& seen, Events& events) const;
  void tell(const QuicHole& hole, const Sighting& seen, Events& events) const;
  void tell(const FragmentLoss& loss, Finding finding, Events& events) const;
  void observe_echo(const Sighting& seen, Events& events);
  void observe_sctp(const Sighting& seen, Events& events);
  void observe_quic(const Sighting& seen, Events& events);

  const Tracker& facts_;
  const Judgement& judgement_;
  EchoWatch echo_;
  SctpWatch sctp_;
  FragmentWatch fragments_;
  QuicWatch quic_;
};

}  // namespace pmtu
