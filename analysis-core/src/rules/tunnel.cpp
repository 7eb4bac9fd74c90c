// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/tunnel.h"

#include "rules/make_finding.h"
#include "rules/thresholds.h"

namespace pmtu {

const PathMtuHint* TunnelRelay::ignored_hint(const Datagram& outer, Timestamp now) const {
  if (!outer.dont_fragment || outer.is_fragment() || outer.carries == Encapsulation::none) return nullptr;
  const HintHistory* const history = paths_.find({outer.source, outer.destination});
  const PathMtuHint* const hint =
      history != nullptr ? history->binding(now, preferences_.hint_max_age) : nullptr;
  if (hint == nullptr || !hint->mtu || outer.length.value() <= hint->mtu->value()) return nullptr;
  return now - hint->time >= threshold::relay_within ? hint : nullptr;
}

bool TunnelRelay::was_relayed(const Datagram& inner, const PathMtuHint& hint) const {
  const HintHistory* const history = paths_.find({inner.source, inner.destination});
  return history != nullptr && history->in_force && history->refreshed >= hint.time;
}

bool TunnelRelay::is_stuck(DirectionId id, const Datagram& inner) const {
  // The same inner bytes again: nobody told the inner sender, and nothing arrives.
  const Direction& sender = facts_[id];
  const bool sent_again = sender.retransmitting && sender.ack_seen &&
                          !inner.tcp.sequence.after(sender.acknowledged) &&
                          inner.tcp.end().after(sender.acknowledged);
  // A relayed hint leaves on the inner link: where only the outer one was captured it cannot be seen.
  return sent_again && sender.seen_outermost;
}

bool TunnelRelay::knows_size(const Datagram& outer, const Datagram& inner, const PathMtuHint& hint) const {
  if (!facts_.segments_late(inner.source)) return true;
  // Captured sizes tell nothing of such a sender; hints that still come tell that the wire saw them so large.
  const HintHistory* const history = paths_.find({outer.source, outer.destination});
  return history != nullptr && history->refreshed - hint.time >= preferences_.reaction_time;
}

void TunnelRelay::judge(const Observation& observation, Events& events) {
  // rule: tunnel-relay
  if (observation.datagram_count < 2 || paths_.empty()) return;
  const auto layers = observation.layers();
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    const Datagram& inner = layers[i + 1];
    const bool judged = inner.dont_fragment && !inner.is_fragment() &&
                        inner.transport == TransportKind::tcp && inner.tcp.payload_length != 0;
    if (!judged) continue;
    const PathMtuHint* const hint = ignored_hint(layers[i], observation.time);
    if (hint == nullptr || was_relayed(inner, *hint)) continue;
    const DirectionId sender = facts_.find(
        {{inner.source, inner.destination}, inner.source_port, inner.destination_port, inner.protocol});
    if (!sender.known() || !is_stuck(sender, inner) || told_.contains(sender)) continue;
    if (!knows_size(layers[i], inner, *hint)) continue;
    told_.open(sender);
    Finding finding =
        finding_about(FindingKind::tunnel_hint_not_relayed, Severity::warn, observation.frame, inner);
    measure_against(finding, *hint, observation.time);
    finding.reporter = layers[i].source;
    events.add(sender, event::Remark{finding});
  }
}

}  // namespace pmtu
