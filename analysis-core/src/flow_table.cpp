// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pmtu {
namespace {

bool swapped(const FlowKey& key) {
  const int order = std::memcmp(key.path.source.bytes.data(), key.path.destination.bytes.data(), 16);
  return order > 0 || (order == 0 && key.source_port > key.destination_port);
}

FlowKey reversed(const FlowKey& key) {
  return {{key.path.destination, key.path.source}, key.destination_port, key.source_port, key.protocol};
}

/// The ports, the protocol and the bytes, cheapest and most telling first.
bool same(const FlowKey& a, const FlowKey& b) {
  return a.source_port == b.source_port && a.destination_port == b.destination_port &&
         a.protocol == b.protocol && a.path.source.version == b.path.source.version &&
         std::memcmp(a.path.source.bytes.data(), b.path.source.bytes.data(), 16) == 0 &&
         std::memcmp(a.path.destination.bytes.data(), b.path.destination.bytes.data(), 16) == 0;
}

}  // namespace

FlowTable::Entry FlowTable::find(const FlowKey& directed) const {
  const bool swap = swapped(directed);
  const FlowKey& canonical = swap ? reversed(directed) : directed;
  const std::uint32_t place =
      index_.find(hash_(canonical), [&](std::uint32_t at) { return same(flows_[at].key, canonical); });
  return {place, swap ? 1U : 0U};
}

FlowTable::Entry FlowTable::find_or_add(const FlowKey& directed, Timestamp now) {
  const bool swap = swapped(directed);
  const FlowKey canonical = swap ? reversed(directed) : directed;
  const std::uint64_t hash = hash_(canonical);
  std::uint32_t place = index_.find(hash, [&](std::uint32_t at) { return same(flows_[at].key, canonical); });
  if (place == kNone) {
    if (index_.size() >= max_flows_) evict_one();
    place = flows_.take();
    flows_[place].key = canonical;
    flows_[place].last = now;
    index_.insert(hash, place, [this](std::uint32_t at) { return hash_(flows_[at].key); });
  }
  return {place, swap ? 1U : 0U};
}

void FlowTable::evict_one() {
  // The longest idle of the next few places: constant work, and near enough to the oldest. A flow with a row
  // is spared while there are others.
  constexpr int kCandidates = 16;
  std::uint32_t victim = kNone;
  std::pair<bool, Timestamp> rank;
  for (int i = 0; i < kCandidates; ++i) {
    clock_hand_ = clock_hand_ + 1 < flows_.used() ? clock_hand_ + 1 : 0;
    const Flow& flow = flows_[clock_hand_];
    if (flow.key.protocol == 0 && flow.first_frame == FrameNumber{}) continue;  // given back
    const bool has_row =
        flow.side[0].conversation != kNoConversation || flow.side[1].conversation != kNoConversation;
    const std::pair<bool, Timestamp> candidate{has_row, flow.last};
    if (victim == kNone || candidate < rank) {
      victim = clock_hand_;
      rank = candidate;
    }
  }
  if (victim == kNone) return;
  index_.erase(hash_(flows_[victim].key), victim, [this](std::uint32_t at) { return hash_(flows_[at].key); });
  flows_.give_back(victim);
  ++evicted_;
}

}  // namespace pmtu
