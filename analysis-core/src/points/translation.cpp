// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/translation.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <unordered_map>

namespace pmtu {
namespace {

using Lane = PassageLog::Lane;
using Points = std::bitset<PassageLog::kMaxPoints + 1>;

constexpr std::uint32_t kAgreeing = 8;
/// Of each direction: enough to agree, and little enough for a million conversations.
constexpr std::uint32_t kLookedAt = 64;
/// Equal datagrams of other conversations that are looked at for each: a flood of them proves nothing.
constexpr std::size_t kHoldersOfOne = 4;
constexpr std::size_t kCandidates = 16;

/// RFC 6052 §2.2: an IPv4 address in an IPv6 one, behind a prefix of 32, 40, 48, 56, 64 or 96 bits and, in
/// the first five, around a byte of zeros.
bool embeds(const IpAddress& v6, const IpAddress& v4) {
  constexpr std::size_t kZero = 8;
  constexpr std::array<std::size_t, 6> kPrefixes{4, 5, 6, 7, 8, 12};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::size_t at) {
    const bool spares_a_byte = at <= kZero;
    if (spares_a_byte && v6.bytes[kZero] != 0) return false;
    for (std::size_t i = 0; i < 4; ++i, ++at) {
      if (spares_a_byte && at == kZero) ++at;
      if (v6.bytes[at] != v4.bytes[i]) return false;
    }
    return true;
  });
}

/// The same host, under its own name or as a translator between the versions of IP calls it.
bool same_host(const IpAddress& a, const IpAddress& b) {
  if (a.version == b.version) return a == b;
  return a.version == IpVersion::v6 ? embeds(a, b) : embeds(b, a);
}

/// A datagram of a conversation that its addresses alone do not join with another point.
struct Holder {
  Lane lane = 0;
  std::uint32_t position = 0;  ///< in its lane
  std::uint8_t point = 0;
};

/// A lane at one point, as compared with a lane at another.
struct Candidate {
  Lane lane = 0;
  std::uint8_t there = 0;
  std::uint8_t here = 0;
  std::uint32_t position = 0;  ///< of the last datagram that agreed
  std::uint32_t agreeing = 0;
};

class Translations {
 public:
  Translations(const PassageLog& log, std::span<const std::uint32_t> order,
               std::span<const std::uint32_t> begin)
      : log_(log), order_(order), begin_(begin), partner_(log.conversations().size()) {}

  std::vector<std::vector<ConversationName>> find();

 private:
  struct Partner {
    std::uint32_t conversation = 0;
    bool known = false;
    bool turned = false;
  };

  [[nodiscard]] const Points& points_of(std::uint32_t conversation) const {
    return log_.conversations()[conversation].points;
  }
  void look_for_partner(std::uint32_t conversation);
  void count(Lane lane, std::vector<Candidate>& candidates) const;

  const PassageLog& log_;
  std::span<const std::uint32_t> order_;
  std::span<const std::uint32_t> begin_;
  std::vector<Partner> partner_;  ///< of each conversation
  std::unordered_map<std::uint64_t, std::vector<Holder>> holders_;
};

void Translations::count(Lane lane, std::vector<Candidate>& candidates) const {
  const std::uint32_t end = std::min(begin_[lane + 1], begin_[lane] + kLookedAt);
  for (std::uint32_t i = begin_[lane]; i < end; ++i) {
    const Passage& passage = log_.passages()[order_[i]];
    const auto found = holders_.find(passage.content);
    if (found == holders_.end()) continue;
    for (const Holder& holder : found->second) {
      if (holder.lane / 2 == lane / 2 || holder.point == passage.point) continue;
      // One point with one point: a third one that shows the same again agrees to nothing.
      auto candidate = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
        return c.lane == holder.lane && c.there == holder.point && c.here == passage.point;
      });
      if (candidate == candidates.end()) {
        if (candidates.size() >= kCandidates || !shares_an_end(log_.flow(lane), log_.flow(holder.lane)))
          continue;
        candidates.push_back({holder.lane, holder.point, passage.point, holder.position, 1});
      } else if (holder.position > candidate->position) {
        candidate->position = holder.position;
        ++candidate->agreeing;
      }
    }
  }
}

void Translations::look_for_partner(std::uint32_t conversation) {
  std::vector<Candidate> forth;
  std::vector<Candidate> back;
  count(conversation * 2, forth);
  count(conversation * 2 + 1, back);
  for (const Candidate& one : forth) {
    std::uint32_t agreeing = one.agreeing;
    for (const Candidate& other : back) {
      if (other.lane == (one.lane ^ 1U) && other.there == one.there && other.here == one.here)
        agreeing += other.agreeing;
    }
    if (agreeing < kAgreeing || partner_[one.lane / 2].known) continue;
    if ((points_of(conversation) & points_of(one.lane / 2)).any()) continue;
    partner_[conversation] = {one.lane / 2, true, one.lane % 2 != 0};
    partner_[one.lane / 2] = {conversation, true, one.lane % 2 != 0};
    return;
  }
}

std::vector<std::vector<ConversationName>> Translations::find() {
  const auto conversations = static_cast<std::uint32_t>(log_.conversations().size());
  std::vector<std::uint32_t> alone;  // seen at some of the points only
  Points all;
  for (std::uint32_t i = 0; i < conversations; ++i) all |= points_of(i);
  for (std::uint32_t i = 0; i < conversations; ++i) {
    const Points& points = points_of(i);
    if (points.any() && points != all) alone.push_back(i);
  }
  for (const std::uint32_t conversation : alone) {
    for (const Lane lane : {conversation * 2, conversation * 2 + 1}) {
      const std::uint32_t end = std::min(begin_[lane + 1], begin_[lane] + kLookedAt);
      for (std::uint32_t i = begin_[lane]; i < end; ++i) {
        const Passage& passage = log_.passages()[order_[i]];
        std::vector<Holder>& holders = holders_[passage.content];
        if (holders.size() < kHoldersOfOne) holders.push_back({lane, i, passage.point});
      }
    }
  }
  for (const std::uint32_t conversation : alone) {
    if (!partner_[conversation].known) look_for_partner(conversation);
  }
  std::vector<std::vector<ConversationName>> groups;
  for (std::uint32_t i = 0; i < conversations; ++i) {
    const Partner& partner = partner_[i];
    if (partner.known && partner.conversation < i) continue;
    groups.push_back({{i, false}});
    if (partner.known) groups.back().push_back({partner.conversation, partner.turned});
  }
  return groups;
}

}  // namespace

bool shares_an_end(const FlowKey& a, const FlowKey& b) {
  if (a.protocol != b.protocol) return false;
  const bool echo = a.protocol == ip_protocol::icmp || a.protocol == ip_protocol::icmpv6;
  const auto same = [echo](const IpAddress& x, std::uint16_t x_port, const IpAddress& y,
                           std::uint16_t y_port) { return same_host(x, y) && (echo || x_port == y_port); };
  return same(a.path.source, a.source_port, b.path.source, b.source_port) ||
         same(a.path.destination, a.destination_port, b.path.destination, b.destination_port);
}

std::vector<std::vector<ConversationName>> group_by_translation(const PassageLog& log,
                                                                std::span<const std::uint32_t> order,
                                                                std::span<const std::uint32_t> begin) {
  return Translations(log, order, begin).find();
}

}  // namespace pmtu
