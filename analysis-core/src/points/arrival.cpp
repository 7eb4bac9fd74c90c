// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/arrival.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "rules/thresholds.h"

namespace pmtu {
namespace {

constexpr std::size_t kRows = 12;
constexpr std::uint32_t kEnough = 3;
/// Of smaller datagrams after the first loss, one in so many may be lost.
constexpr std::uint32_t kTolerated = 4;

bool all_alike(const ArrivalBySize& row) {
  return row.arrived == 0 || row.arrived == row.passed;
}
bool same_fate(const ArrivalBySize& a, const ArrivalBySize& b) {
  return all_alike(a) && all_alike(b) && (a.arrived == 0) == (b.arrived == 0);
}

void join_rows(std::vector<ArrivalBySize>& rows, std::size_t first) {
  ArrivalBySize& into = rows[first];
  const ArrivalBySize& next = rows[first + 1];
  into.to = next.to;
  into.passed += next.passed;
  into.arrived += next.arrived;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(first) + 1);
}

/// The smallest size that was lost twice, above everything that arrived; where each size went once, the
/// smallest.
std::uint32_t smallest_lost(std::span<const Sent> sent, std::uint32_t largest_arrived) {
  std::map<std::uint32_t, std::uint32_t> lost;
  for (const Sent& one : sent) {
    if (one.dont_fragment && !one.arrived && one.length > largest_arrived) ++lost[one.length];
  }
  const auto twice = std::find_if(lost.begin(), lost.end(), [](const auto& size) { return size.second > 1; });
  if (twice != lost.end()) return twice->first;
  return lost.empty() ? 0 : lost.begin()->first;
}

}  // namespace

std::vector<ArrivalBySize> arrival_by_size(std::span<const Sent> sent) {
  std::map<std::uint32_t, ArrivalBySize> sizes;
  for (const Sent& one : sent) {
    if (!one.dont_fragment) continue;
    ArrivalBySize& row = sizes[one.length];
    row.from = row.to = DatagramLength(one.length);
    ++row.passed;
    row.arrived += one.arrived ? 1U : 0U;
  }
  std::vector<ArrivalBySize> rows;
  for (const auto& [length, row] : sizes) {
    rows.push_back(row);
    if (rows.size() > 1 && same_fate(rows[rows.size() - 2], row)) join_rows(rows, rows.size() - 2);
  }
  // What is left differs in fate all the same: the smallest sizes say least.
  while (rows.size() > kRows) join_rows(rows, 0);
  return rows;
}

std::optional<VanishingSizes> vanishing_sizes(std::span<const Sent> sent) {
  std::uint32_t largest_arrived = 0;
  for (const Sent& one : sent) {
    if (one.arrived && one.dont_fragment) largest_arrived = std::max(largest_arrived, one.length);
  }
  const std::uint32_t size = smallest_lost(sent, largest_arrived);
  if (size == 0) return std::nullopt;
  VanishingSizes result;
  result.bracket = {DatagramLength(largest_arrived), DatagramLength(size)};
  std::uint32_t after = 0;
  std::uint32_t lost_after = 0;
  for (const Sent& one : sent) {
    if (one.length >= size) {
      result.lost += one.dont_fragment ? 1U : 0U;
      continue;
    }
    // Between the largest that arrived and the smallest that was lost repeatedly: lost by its size, too, or
    // by chance.
    if (one.dont_fragment && one.length > largest_arrived) continue;
    result.smaller_arrived += one.arrived ? 1U : 0U;
    if (result.lost == 0) continue;
    ++(one.arrived ? after : lost_after);
  }
  const bool enough = result.lost >= kEnough && result.smaller_arrived >= kEnough && after > 0;
  if (!enough || lost_after * kTolerated > after + lost_after) return std::nullopt;
  return result;
}

std::optional<InsistentLosses> insistent_losses(std::span<const Lost> lost, std::uint32_t size) {
  InsistentLosses result;
  std::unordered_set<std::uint32_t> sequences;
  std::unordered_map<std::uint32_t, std::uint32_t> tries;  // by size
  bool repeated = false;
  bool no_search = false;
  bool in_a_row = false;
  for (const Lost& one : lost) {
    if (one.length < size) continue;
    if (result.count++ == 0) result.first = one.frame;
    result.last = one.frame;
    if (result.datagrams.size() < kListedFrames)
      result.datagrams.push_back({one.frame, DatagramLength(one.length)});
    if (one.has_sequence) {
      repeated = !sequences.insert(one.sequence.value()).second || repeated;
    } else {
      in_a_row = one.after_another || in_a_row;
      no_search = ++tries[one.length] > threshold::probes_of_one_size || no_search;
    }
  }
  if (!repeated && !no_search && !(in_a_row && result.count >= kEnough)) return std::nullopt;
  return result;
}

}  // namespace pmtu
