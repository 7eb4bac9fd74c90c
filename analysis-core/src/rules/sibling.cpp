// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/sibling.h"

#include <algorithm>
#include <limits>

#include "rules/make_finding.h"

namespace pmtu {

bool SiblingWatch::may_exceed(const Sighting& seen, const PathMtuHint& hint) const {
  const Direction& me = facts_[seen.direction];
  const Datagram& datagram = *seen.datagram;
  if (!datagram.dont_fragment || datagram.is_fragment()) return false;
  if (datagram.length <= DatagramLength(std::max(hint.mtu->value(), me.largest_passed))) return false;
  if (facts_.hides_wire_size(*seen.sent)) return false;
  if (!me.ack_seen || facts_[seen.direction.opposite()].rst_seen) return false;
  return seen.now() - hint.time >= preferences_.reaction_time;
}

SiblingWatch::Repetition SiblingWatch::repetition_of(const Sighting& seen) const {
  const Direction& me = facts_[seen.direction];
  Repetition found{1, seen.now()};
  facts_.log().latest_first(me.sent, [&](const Transmission& earlier) {
    if (earlier.frame != seen.frame() && earlier.begin == seen.segment->sequence &&
        earlier.length >= seen.datagram->length.value()) {
      ++found.transmissions;
      found.first_sent = earlier.time;
    }
    return earlier.end.after(me.acknowledged);
  });
  return found;
}

void SiblingWatch::judge(const Sighting& seen, Events& events) {
  // rule: sibling
  if (paths_.empty() || seen.segment == nullptr || seen.sent == nullptr || seen.is_new) return;
  const HintHistory* const history = paths_.find(facts_.key(seen.direction).path);
  const PathMtuHint* const hint =
      history != nullptr ? history->binding(seen.now(), preferences_.hint_max_age) : nullptr;
  if (hint == nullptr || !hint->mtu || !may_exceed(seen, *hint)) return;
  const Repetition found = repetition_of(seen);
  if (found.transmissions < 2 || seen.now() - found.first_sent < preferences_.reaction_time) return;
  const Severity severity = found.transmissions >= 3 ? Severity::warn : Severity::note;
  Finding finding = finding_about(FindingKind::ignored_sibling_hint, severity, seen);
  measure_against(finding, *hint, seen.now());
  finding.transmission = static_cast<std::uint16_t>(
      std::min<std::uint32_t>(found.transmissions, std::numeric_limits<std::uint16_t>::max()));
  told_.open(seen.direction) = *hint->mtu;
  events.add(seen.direction, event::SiblingIgnored{finding, found.first_sent, seen.now()});
}

void SiblingWatch::take_arrivals(const Sighting& seen, Events& events) {
  const DirectionId owner = seen.direction.opposite();
  const Mtu* const mtu = told_.find(owner);
  if (mtu == nullptr) return;
  const bool larger_arrived =
      std::any_of(seen.arrivals.begin(), seen.arrivals.end(), [&](const Arrival& arrival) {
        return arrival.dont_fragment && !arrival.super_segment && arrival.smallest > mtu->value();
      });
  if (!larger_arrived) return;
  told_.close(owner);
  events.add(owner, event::SiblingWithdrawn{});
}

}  // namespace pmtu
