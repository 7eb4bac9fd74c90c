// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/tunnel.h"

#include <algorithm>

#include "rules/make_finding.h"
#include "rules/thresholds.h"
#include "track/quotation.h"

namespace pmtu {
namespace {

/// The same inner bytes again: nobody told the inner sender, and nothing arrives.
bool is_stuck(const Datagram& inner, const Tracker& facts) {
  const DirectionId id = facts.find(key_of(inner));
  if (!id.known()) return false;
  const Direction& sender = facts[id];
  const bool sent_again = sender.retransmitting && sender.ack_seen &&
                          !inner.tcp.sequence.after(sender.acknowledged) &&
                          inner.tcp.end().after(sender.acknowledged);
  // A relayed hint leaves on the inner link: where only the outer one was captured it cannot be seen.
  return sent_again && sender.seen_outermost;
}

}  // namespace

const PathMtuHint* TunnelRelay::ignored_hint(const Datagram& outer, Timestamp now) const {
  if (!outer.dont_fragment || outer.is_fragment() || outer.carries == Encapsulation::none) return nullptr;
  if (outer.authenticated) return nullptr;  // rule: ipsec. What it refuses it cannot relay.
  const HintHistory* const history = paths_.find({outer.source, outer.destination});
  const PathMtuHint* const hint =
      history != nullptr ? history->binding(now, preferences_.hint_max_age) : nullptr;
  if (hint == nullptr || !hint->mtu || outer.length.value() <= hint->mtu->value()) return nullptr;
  return now - hint->time >= threshold::relay_within ? hint : nullptr;
}

bool TunnelRelay::was_relayed(const Datagram& inner, const PathMtuHint& hint,
                              std::span<const PointFacts> points) const {
  return std::any_of(points.begin(), points.end(), [&](const PointFacts& point) {
    const HintHistory* const history = point.hints->find({inner.source, inner.destination});
    if (history == nullptr || !history->in_force) return false;
    // The clocks of two points cannot be compared: any hint elsewhere may have been the relayed one.
    return point.hints != &paths_ || history->refreshed >= hint.time;
  });
}

bool TunnelRelay::knows_size(const Datagram& outer, const Datagram& inner, const PathMtuHint& hint,
                             std::span<const PointFacts> points) const {
  const bool late = std::any_of(points.begin(), points.end(), [&](const PointFacts& point) {
    return point.facts->segments_late(inner.source);
  });
  if (!late) return true;
  // Captured sizes tell nothing of such a sender; hints that still come tell that the wire saw them so large.
  const HintHistory* const history = paths_.find({outer.source, outer.destination});
  return history != nullptr && history->refreshed - hint.time >= preferences_.reaction_time;
}

void TunnelRelay::judge(const Observation& observation, std::span<const PointFacts> points, Events& events) {
  // rule: tunnel-relay
  if (observation.datagram_count < 2 || paths_.empty()) return;
  const auto layers = observation.layers();
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    const Datagram& inner = layers[i + 1];
    const bool judged = inner.dont_fragment && !inner.is_fragment() &&
                        inner.transport == TransportKind::tcp && inner.tcp.payload_length != 0;
    if (!judged) continue;
    const PathMtuHint* const hint = ignored_hint(layers[i], observation.time);
    if (hint == nullptr || was_relayed(inner, *hint, points)) continue;
    const bool stuck = std::any_of(points.begin(), points.end(),
                                   [&](const PointFacts& point) { return is_stuck(inner, *point.facts); });
    const DirectionId sender = facts_.find(key_of(inner));
    if (!sender.known() || !stuck || told_.contains(sender)) continue;
    if (knows_size(layers[i], inner, *hint, points)) tell(sender, observation, i, *hint, events);
  }
}

void TunnelRelay::tell(DirectionId sender, const Observation& observation, std::size_t outer,
                       const PathMtuHint& hint, Events& events) {
  const auto layers = observation.layers();
  told_.open(sender);
  Finding finding = finding_about(FindingKind::tunnel_hint_not_relayed, Severity::warn, observation.frame,
                                  layers[outer + 1]);
  measure_against(finding, hint, observation.time);
  finding.reporter = layers[outer].source;
  events.add(sender, event::Remark{finding});
}

}  // namespace pmtu
