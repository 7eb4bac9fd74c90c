// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/way.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "points/passage_matching.h"

namespace pmtu {
namespace {

/// Datagrams of each station in which one that both have is looked for.
constexpr std::size_t kLookedAt = 256;
/// So many datagrams that only one of two points has are no accident of its capture.
constexpr std::size_t kMissing = 3;

/// By how many routers `a` lies before `b`, from the TTL of a datagram that both have; hosts may send with
/// more than one initial TTL. Without one, from the first of each; 0: nothing is known.
int routers_between(const Station* a, const Station* b) {
  if (a == nullptr || b == nullptr || a->passages.empty() || b->passages.empty()) return 0;
  const Passage& first_of_a = a->passages.front();
  const Passage& first_of_b = b->passages.front();
  if (first_of_a.content == first_of_b.content) return first_of_a.ttl - first_of_b.ttl;  // as a rule
  std::unordered_map<std::uint64_t, std::uint8_t> ttls;
  for (std::size_t i = 0; i < std::min(kLookedAt, a->passages.size()); ++i)
    ttls.try_emplace(a->passages[i].content, a->passages[i].ttl);
  for (std::size_t i = 0; i < std::min(kLookedAt, b->passages.size()); ++i) {
    const auto same = ttls.find(b->passages[i].content);
    if (same != ttls.end()) return same->second - b->passages[i].ttl;
  }
  return first_of_a.ttl - first_of_b.ttl;
}

const Station* station_at(const Way& way, PointNumber point) {
  const auto found = std::find_if(way.stations.begin(), way.stations.end(),
                                  [&](const Station& s) { return s.point == point; });
  return found == way.stations.end() ? nullptr : &*found;
}

int routers_between(const Station& a, const Station& b, const Way& back) {
  const int forth = routers_between(&a, &b);
  if (forth != 0) return forth;
  return routers_between(station_at(back, b.point), station_at(back, a.point));
}

std::size_t missing_at(const Station& here, const Station& there) {
  const std::vector<Match> matches = match_passages(here.passages, there.passages);
  std::size_t missing = 0;
  for (std::size_t i = 0; i < matches.size(); ++i)
    missing += matches[i].fate == Fate::missing && here.passages[i].dont_fragment ? 1U : 0U;
  return missing;
}

/// Swaps two stations that no TTL tells apart if need be; false: nothing tells their order.
bool order_by_losses(Station& first, Station& second) {
  const std::size_t behind = missing_at(first, second);
  const std::size_t before = missing_at(second, first);
  if (before >= kMissing && behind == 0) std::swap(first, second);
  return (before == 0) != (behind == 0) && std::max(before, behind) >= kMissing;
}

}  // namespace

void line_up(Way& way, const Way& back) {
  std::vector<Station>& stations = way.stations;
  for (std::size_t i = 1; i < stations.size(); ++i) {
    for (std::size_t at = i; at > 0 && routers_between(stations[at - 1], stations[at], back) < 0; --at)
      std::swap(stations[at - 1], stations[at]);
  }
  way.ordered.assign(stations.empty() ? 0 : stations.size() - 1, true);
  for (std::size_t i = 1; i < stations.size(); ++i) {
    if (routers_between(stations[i - 1], stations[i], back) == 0)
      way.ordered[i - 1] = order_by_losses(stations[i - 1], stations[i]);
  }
}

}  // namespace pmtu
