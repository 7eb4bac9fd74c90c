// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/hint_copies.h"

#include <algorithm>

#include "rules/thresholds.h"

namespace pmtu {
namespace {

/// Tells links apart when the same hint is captured on several interfaces.
std::uint64_t link_of(const LinkInfo& link) {
  return link.source_mac ^ static_cast<std::uint64_t>(link.vlan) << 16U ^
         static_cast<std::uint64_t>(link.interface_id) << 48U ^
         static_cast<std::uint64_t>(link.direction) << 60U;
}

}  // namespace

bool HintCopies::is_copy(const Seen& earlier, const Seen& hint) {
  // rule: duplicates. The same from the same place is a copy only at once.
  const bool elsewhere = earlier.link != hint.link || earlier.ttl != hint.ttl;
  const Duration within = elsewhere ? threshold::hint_copy_elsewhere : threshold::hint_copy_here;
  return earlier.sequence == hint.sequence && earlier.mtu == hint.mtu &&
         earlier.identification == hint.identification &&
         earlier.quoted_identification == hint.quoted_identification &&
         earlier.quoted_length == hint.quoted_length && apart(hint.time, earlier.time) < within;
}

bool HintCopies::take(DirectionId direction, const PacketTooBig& message) {
  Seen hint;
  hint.time = message.time;
  hint.link = link_of(message.link);
  hint.sequence = message.quote->sequence.value();
  hint.mtu = message.next_hop_mtu ? message.next_hop_mtu->value() : 0;
  hint.identification = message.identification;
  hint.quoted_identification = message.quote->identification;
  hint.quoted_length = static_cast<std::uint16_t>(message.quote->length.value());
  hint.ttl = message.ttl;
  Latest& latest = seen_.open(direction);
  const auto known = std::min<std::size_t>(latest.count, latest.hints.size());
  const auto end = latest.hints.begin() + static_cast<std::ptrdiff_t>(known);
  if (std::any_of(latest.hints.begin(), end, [&](const Seen& s) { return is_copy(s, hint); })) return true;
  latest.hints[latest.count++ % latest.hints.size()] = hint;
  return false;
}

}  // namespace pmtu
