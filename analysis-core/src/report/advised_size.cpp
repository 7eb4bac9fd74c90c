// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "pmtu/observation.h"
#include "pmtu/protocol_sizes.h"
#include "report/advice.h"
#include "report/tunnel_overhead.h"

namespace pmtu::report {
namespace {

constexpr Mtu kV6MinimumMtu{kIpv6MinimumMtu};  // no link that carries IPv6 takes less
constexpr Mtu kV4MinimumMtu{kIpv4MinimumMtu};
/// What got through is only a lower bound. Below this it says little of the path, and is no advice (IPv4; in
/// IPv6 the minimum of the protocol holds).
constexpr Mtu kLeastWorthSetting{1200};

std::optional<AdvisedSize> named_by_refused_hint(const Case& one, std::optional<DatagramLength> lost) {
  for (const Finding* finding : one.findings) {
    const bool untranslated = finding->kind == FindingKind::hint_untranslated;
    const bool refused = untranslated || finding->kind == FindingKind::hint_unmatched;
    if (!refused || !finding->hint_mtu || (lost && finding->hint_mtu->value() >= lost->value())) continue;
    return AdvisedSize{*finding->hint_mtu,
                       untranslated ? AdvisedSize::Source::untranslated : AdvisedSize::Source::refused};
  }
  return std::nullopt;
}

std::optional<Mtu> largest_that_got_through(const Group& group) {
  std::optional<Mtu> smallest;
  for (const Case& one : group.cases) {
    const auto passed = one.row->bracket.passed;
    if (!passed) return std::nullopt;
    smallest = std::min(smallest.value_or(Mtu{passed->value()}), Mtu{passed->value()});
  }
  return smallest;
}

/// The path has the MTU of its narrowest hop, whichever hint this group is about.
std::optional<Mtu> lowest_heard(const Group& group) {
  std::optional<Mtu> lowest = group.mtu;
  for (const Case& one : group.cases) {
    if (lowest && one.row->path_mtu) lowest = std::min(*lowest, *one.row->path_mtu);
  }
  return lowest;
}

}  // namespace

std::optional<AdvisedSize> advised_size(const Group& group) {
  const bool v6 = group.version() == IpVersion::v6;
  const Mtu minimum = v6 ? kV6MinimumMtu : kV4MinimumMtu;
  using Source = AdvisedSize::Source;
  if (is_ignoring(group.verdict)) {
    const auto heard = lowest_heard(group);
    if (!heard || *heard < minimum) return std::nullopt;
    return AdvisedSize{*heard, Source::hint};
  }
  if (group.verdict == Verdict::hint_undeliverable && group.row().path_mtu &&
      *group.row().path_mtu >= minimum)
    return AdvisedSize{*group.row().path_mtu, is_filtered(group) ? Source::hint : Source::refused};
  if (!is_black_hole(group.verdict)) return std::nullopt;
  if (group.tunnel && group.tunnel->room && group.tunnel->room->mtu >= minimum.value())
    return AdvisedSize{Mtu{group.tunnel->room->mtu}, Source::tunnel};
  if (const auto named = named_by_refused_hint(group.worst(), group.lost); named && named->mtu >= minimum)
    return named;
  const auto passed = largest_that_got_through(group);
  if (!passed || *passed < (v6 ? kV6MinimumMtu : kLeastWorthSetting)) return std::nullopt;
  return AdvisedSize{*passed, Source::got_through};
}

std::optional<std::uint32_t> advised_mss(const Group& group) {
  const auto size = advised_size(group);
  if (!size || !any_tcp(group)) return std::nullopt;
  return size->mtu.value() - tcp_headers(group.version());
}

bool any_tcp(const Group& group) {
  return std::any_of(group.cases.begin(), group.cases.end(),
                     [](const Case& one) { return one.row->flow.protocol == ip_protocol::tcp; });
}

bool carries_tunnel(const Group& group) {
  switch (group.row().flow.protocol) {
    case 4:    // IPv4 in IP, RFC 2003
    case 41:   // IPv6 in IP, RFC 2473, RFC 4213
    case 47:   // GRE
    case 50:   // ESP
    case 51:   // AH
    case 115:  // L2TPv3
      return true;
    default:
      return group.row().stage == Stage::tunnel_payload ||
             tunnel_room(group.row().flow, Mtu{kEthernetMtu}).has_value();
  }
}

}  // namespace pmtu::report
