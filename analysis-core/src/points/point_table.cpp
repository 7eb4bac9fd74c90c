// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/point_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "points/datagram_identity.h"
#include "points/translation.h"
#include "track/hops.h"

namespace pmtu {
namespace {

std::uint64_t mix(std::uint64_t hash, const IpAddress& address) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), address.bytes.data(), sizeof words);
  return pmtu::mix(pmtu::mix(hash, words[0]), words[1]);
}
using pmtu::mix;

std::uint64_t mixed(const PathKey& path, std::uint64_t with) {
  return mix(mix(with, path.source), path.destination);
}

std::uint64_t mixed(const FlowKey& flow, std::uint64_t with) {
  return mix(mixed(flow.path, with), std::uint64_t{flow.source_port} << 32U |
                                         std::uint64_t{flow.destination_port} << 8U | flow.protocol);
}

/// The innermost datagram: what is the same in and out of a tunnel.
const Datagram* carried(const Observation& observation) {
  if (observation.datagram_count == 0) return nullptr;
  const Datagram& datagram = observation.datagrams[observation.datagram_count - 1U];
  return datagram.source.is_unicast() && datagram.destination.is_unicast() ? &datagram : nullptr;
}

PathKey path_of(const Datagram& datagram) {
  return {datagram.source, datagram.destination};
}
PathKey back(const Datagram& datagram) {
  return {datagram.destination, datagram.source};
}

PacketDirection opposite(PacketDirection direction) {
  if (direction == PacketDirection::outgoing) return PacketDirection::to_us;
  if (direction == PacketDirection::to_us) return PacketDirection::outgoing;
  return direction;
}

bool is_icmp_error(const Datagram& datagram) {
  return datagram.is_icmp() && datagram.icmp.is_error;
}

/// A request, or the answer to one, that no other connection's is like: its initial sequence number is random
/// (RFC 9293 §3.4.1), and something else that its sender counts goes with it.
bool names_itself(const Datagram& datagram) {
  return datagram.transport == TransportKind::tcp && !datagram.is_fragment() &&
         datagram.tcp.has(tcp_flag::syn) && (datagram.tcp.has_timestamps || datagram.identification != 0);
}

}  // namespace

PointId PointTable::point_of(const Observation& observation) {
  // rule: capture-points
  const std::uint32_t at = interface_of(observation.link);
  Interface& interface = interfaces_[at];
  if (interface.watched == 0) begin_interface(at, observation);
  std::uint8_t point = interface.first_point;
  const bool telling = is_telling(interface, observation);
  if (interface.split || interface.adopted || telling) {
    if (const Datagram* datagram = carried(observation)) {
      if (interface.adopted && !complements(at, observation, point)) {
        interface.adopted = false;
        interface.first_point = add_point(interface, false);
      }
      point = classify(at, observation, *datagram, telling);
    }
  }
  CapturePoint& found = points_[point];
  if (found.frames++ == 0) found.first_frame = observation.frame;
  found.last_frame = observation.frame;
  return found.id;
}

std::uint32_t PointTable::find_or_add(const InterfaceKey& key) {
  const auto found =
      std::find_if(interfaces_.begin(), interfaces_.end(), [&](const Interface& i) { return i.key == key; });
  const auto place = static_cast<std::uint32_t>(found - interfaces_.begin());
  if (found != interfaces_.end()) return place;
  if (interfaces_.size() >= kMaxPoints) {
    crowded_ = true;
    return kMaxPoints - 1;
  }
  interfaces_.push_back({key, 0, 0, false, false});
  return place;
}

std::uint8_t PointTable::add_point(const Interface& interface, bool shares) {
  if (points_.size() >= kMaxPoints) {
    crowded_ = true;
    return kMaxPoints - 1;
  }
  CapturePoint point;
  point.id = PointId(static_cast<std::uint32_t>(points_.size() + 1));
  point.section = interface.key.section;
  point.capture_interface = interface.key.number;
  point.interface_index = interface.key.index;
  point.shares_interface = shares;
  points_.push_back(point);
  return static_cast<std::uint8_t>(points_.size() - 1);
}

void PointTable::begin_interface(std::uint32_t at, const Observation& observation) {
  Interface& interface = interfaces_[at];
  std::uint8_t point = 0;
  interface.adopted = carried(observation) != nullptr && complements(at, observation, point);
  interface.first_point = interface.adopted ? point : add_point(interface, false);
  interface.watched = 1;
}

/// The frame belongs to what another interface lacks: the way back of what that one shows, or an error about
/// it.
bool PointTable::complements(std::uint32_t at, const Observation& observation, std::uint8_t& point) const {
  const Datagram& datagram = *carried(observation);
  PathKey wanted = back(datagram);
  if (is_icmp_error(datagram)) {
    if (!datagram.icmp.has_quote) return false;
    const QuotedDatagram& quote = observation.quotes[datagram.icmp.quote];
    wanted = {quote.source, quote.destination};
  }
  const auto shows = [&](std::uint32_t interface, const PathKey& path) {
    return interface != at && directions_.contains(mixed(path, interface));
  };
  for (std::uint32_t one = 0; one < interfaces_.size(); ++one) {
    if (!shows(one, wanted)) continue;
    point = interfaces_[one].first_point;
    bool has_this_way = false;
    for (std::uint32_t other = 0; other < interfaces_.size(); ++other) {
      const bool same_point = interfaces_[other].first_point == point;
      has_this_way = has_this_way || (same_point && shows(other, path_of(datagram)));
    }
    if (!has_this_way) return true;
  }
  return false;
}

PointTable::Trait PointTable::trait_of(const Observation& observation, const Datagram& datagram) {
  const LinkInfo& link = observation.link;
  const std::uint64_t common = std::uint64_t{link.vlan} << 8U | datagram.level;
  const auto way = [&](std::uint64_t source, std::uint64_t destination, PacketDirection direction) {
    return mix(mix(mix(common, source), destination), static_cast<std::uint64_t>(direction));
  };
  return {way(link.source_mac, link.destination_mac, link.direction),
          way(link.destination_mac, link.source_mac, opposite(link.direction)), datagram.ttl};
}

std::uint8_t PointTable::classify(std::uint32_t at, const Observation& observation, const Datagram& datagram,
                                  bool telling) {
  Interface& interface = interfaces_[at];
  const bool for_good = is_kept(interface, datagram);
  const DatagramIdentity identity = identity_of(observation, datagram);
  if (interface.watched < kWatchedFrames) ++interface.watched;

  const std::uint64_t content = mix(mix(identity.content, identity.identification), at);
  const FlowKey flow = flow_of(datagram);
  const std::uint64_t key = mixed(flow, content);
  const Trait trait = trait_of(observation, datagram);
  const bool stranger = telling && is_stranger(at, observation.link, datagram, trait);
  const Seen* copy = find(key);
  const bool request = names_itself(datagram);
  const Request* const other = request ? translated(flow, content, trait) : nullptr;
  std::uint8_t point = interface.first_point;
  if (copy != nullptr && copy->interface == at && !copy->trait.same_place(trait)) {
    point = split(at, datagram, trait, *copy);
  } else if (other != nullptr) {
    point = split(at, path_of(datagram), trait, other->flow.path, other->seen);
  } else if (stranger && copy == nullptr && !interface.split) {
    point = split_by_stranger(at, datagram, trait);
  } else if (interface.split) {
    const auto known = known_place(at, path_of(datagram), trait);
    point = known ? *known : by_line_up(at, datagram).value_or(interface.first_point);
    learn(at, path_of(datagram), trait, point);
  }
  note_direction(at, datagram);
  if (telling && copy == nullptr) remember(for_good, key, {trait, at, point});
  if (request && requests_.size() < max_remembered_)
    requests_.try_emplace(content, Request{flow, {trait, at, point}});
  return point;
}

/// rule: capture-points. The same request under another name at one of its ends, nearer to or farther from
/// its sender and on another link: a translator forwarded it, and both sides of that share the interface.
const PointTable::Request* PointTable::translated(const FlowKey& flow, std::uint64_t content,
                                                  const Trait& trait) const {
  const auto found = requests_.find(content);
  if (found == requests_.end()) return nullptr;
  const Request& other = found->second;
  const bool renamed = flow != other.flow && shares_an_end(flow, other.flow) &&
                       flow.path.source.version == other.flow.path.source.version;
  const bool forwarded = trait.ttl != other.seen.trait.ttl && trait.link != other.seen.trait.link;
  return renamed && forwarded ? &other : nullptr;
}

bool PointTable::is_kept(const Interface& interface, const Datagram& datagram) const {
  const bool request = datagram.transport == TransportKind::tcp && datagram.tcp.has(tcp_flag::syn);
  return interface.watched < kWatchedFrames || (request && lasting_.size() < max_remembered_) ||
         is_icmp_error(datagram);
}

/// Chosen by what is the same at every point, and at hand.
bool PointTable::is_sample(const Observation& observation, const Datagram& datagram) {
  std::uint32_t number = datagram.identification;
  if (number == 0 && datagram.transport == TransportKind::tcp)
    number = datagram.tcp.sequence.value() + datagram.tcp.acknowledgment.value();
  else if (number == 0 && datagram.transport == TransportKind::udp)
    number = std::uint32_t{datagram.udp_checksum} << 16U | datagram.udp_length;
  else if (number == 0)
    number = static_cast<std::uint32_t>(identity_of(observation, datagram).content);
  // One in 64, whatever the step from one datagram to the next: Fibonacci hashing.
  return number * 0x9e3779b9U >> 26U == 0;
}

/// The frame may show that a second point shares the interface, or will be what shows it later.
bool PointTable::is_telling(const Interface& interface, const Observation& observation) const {
  if (observation.datagram_count == 0) return false;
  const Datagram& datagram = observation.datagrams[observation.datagram_count - 1U];
  return is_kept(interface, datagram) || is_sample(observation, datagram);
}

const PointTable::Seen* PointTable::find(std::uint64_t key) const {
  for (const Memory* memory : {&lasting_, &latest_, &earlier_}) {
    const auto found = memory->find(key);
    if (found != memory->end()) return &found->second;
  }
  return nullptr;
}

void PointTable::remember(bool for_good, std::uint64_t key, const Seen& seen) {
  if (for_good && lasting_.size() < max_remembered_) {
    lasting_.emplace(key, seen);
    return;
  }
  if (latest_.size() >= max_remembered_ / 4) {
    earlier_ = std::move(latest_);
    latest_ = {};
  }
  latest_.emplace(key, seen);
}

bool PointTable::shares(std::size_t point, const Interface& interface) const {
  const CapturePoint& p = points_[point];
  return p.section == interface.key.section && p.capture_interface == interface.key.number &&
         p.interface_index == interface.key.index;
}

std::uint64_t PointTable::manner(std::uint32_t at, const PathKey& path, const Trait& trait) {
  return mix(mixed(path, mix(trait.link, at)), trait.ttl);
}

std::uint64_t PointTable::path_at(std::uint32_t at, const Datagram& datagram) {
  return mixed(path_of(datagram), at);
}

/// Shares nothing with the manner in which the path was met first: neither address of the link, nor the
/// distance from the sender. Another route changes one end of a link, not both.
bool PointTable::is_stranger(std::uint32_t at, const LinkInfo& link, const Datagram& datagram,
                             const Trait& trait) {
  auto elder = elders_.find(path_at(at, datagram));
  if (elder == elders_.end()) {
    if (elders_.size() < max_remembered_ / 4)
      elders_.emplace(path_at(at, datagram), Elder{trait, link.source_mac, link.destination_mac});
    return false;
  }
  const Elder& first = elder->second;
  return link.has_addresses && first.trait.ttl != trait.ttl && first.source_mac != link.source_mac &&
         first.destination_mac != link.destination_mac && first.source_mac != link.destination_mac &&
         first.destination_mac != link.source_mac;
}

/// Datagrams of the path came in the manner of `first` before any came in that of `second`.
bool PointTable::came_first(std::uint32_t at, const Datagram& datagram, const Trait& first,
                            const Trait& second) const {
  const auto elder = elders_.find(path_at(at, datagram));
  return elder != elders_.end() && elder->second.trait.same_place(first) &&
         !elder->second.trait.same_place(second);
}

std::uint8_t PointTable::split_by_stranger(std::uint32_t at, const Datagram& datagram, const Trait& trait) {
  Interface& interface = interfaces_[at];
  interface.split = true;
  points_[interface.first_point].shares_interface = true;
  learn(at, path_of(datagram), elders_.at(path_at(at, datagram)).trait, interface.first_point);
  const std::uint8_t point = add_point(interface, true);
  learn(at, path_of(datagram), trait, point);
  return point;
}

/// The same datagram came before in another manner: its two places are two points.
std::uint8_t PointTable::split(std::uint32_t at, const Datagram& datagram, const Trait& trait,
                               const Seen& copy) {
  const Interface& interface = interfaces_[at];
  const bool copy_was_new = came_first(at, datagram, trait, copy.trait);
  if (!interface.split && copy_was_new) return split_late(at, datagram, trait, copy);
  return split(at, path_of(datagram), trait, path_of(datagram), copy);
}

/// What came on `path` in the manner of `trait` is of another point than `other` on its path.
std::uint8_t PointTable::split(std::uint32_t at, const PathKey& path, const Trait& trait,
                               const PathKey& other_path, const Seen& other) {
  Interface& interface = interfaces_[at];
  if (!interface.split) {
    interface.split = true;
    points_[interface.first_point].shares_interface = true;
    learn(at, other_path, other.trait, other.point);
  }
  const auto known = known_place(at, path, trait);
  const std::uint8_t point =
      known && *known != other.point ? *known : other_point(at, path, other_path, other.point);
  learn(at, path, trait, point);
  return point;
}

/// A second point was captured later on, and its first datagrams stand before their copies: until now they
/// passed for those of the point that was there before. What is mixed from two clocks stays behind as it is,
/// and both begin anew.
std::uint8_t PointTable::split_late(std::uint32_t at, const Datagram& datagram, const Trait& trait,
                                    const Seen& copy) {
  Interface& interface = interfaces_[at];
  interface.split = true;
  points_[interface.first_point].shares_interface = true;
  learn(at, path_of(datagram), copy.trait, add_point(interface, true));
  interface.first_point = add_point(interface, true);
  learn(at, path_of(datagram), trait, interface.first_point);
  return interface.first_point;
}

/// A point of the interface that is not `taken` and where neither path was seen yet; else a new one.
std::uint8_t PointTable::other_point(std::uint32_t at, const PathKey& path, const PathKey& other_path,
                                     std::uint8_t taken) {
  const Interface& interface = interfaces_[at];
  const auto passes = [&](const PathKey& one, std::uint8_t point) {
    const auto seen_at = ttls_.find(mixed(one, at));
    return seen_at != ttls_.end() && seen_at->second[point] != 0;
  };
  std::size_t sharers = 0;
  for (std::uint8_t i = 0; i < point_count(); ++i) {
    if (!shares(i, interface)) continue;
    ++sharers;
    if (i != taken && !passes(path, i) && !passes(other_path, i)) return i;
  }
  // A datagram that goes round in a loop is no crowd of points.
  return sharers < kSharers ? add_point(interface, true) : taken;
}

std::optional<std::uint8_t> PointTable::known_place(std::uint32_t at, const PathKey& path,
                                                    const Trait& trait) const {
  const auto find = [&](std::uint64_t key) -> std::optional<std::uint8_t> {
    const auto place = places_.find(key);
    if (place == places_.end() || place->second == kSeveral) return std::nullopt;
    return place->second;
  };
  // From the narrowest to the widest: path and TTL, source and TTL, the link, the link's other way.
  const std::uint64_t link = mix(trait.link, at);
  if (const auto point = find(manner(at, path, trait))) return point;
  if (const auto point = find(mix(mix(link, path.source), trait.ttl))) return point;
  if (const auto point = find(link)) return point;
  return find(mix(trait.opposite, at));
}

/// Points line up along the path: the more routers lie behind a datagram, the fewer lie before it.
std::optional<std::uint8_t> PointTable::by_line_up(std::uint32_t at, const Datagram& datagram) const {
  const auto other_way = ttls_.find(mixed(back(datagram), at));
  if (other_way == ttls_.end()) return std::nullopt;
  std::optional<std::uint8_t> nearest;
  std::optional<std::uint8_t> farthest;
  for (std::uint8_t i = 0; i < point_count(); ++i) {
    const std::uint8_t ttl = other_way->second[i];
    if (ttl == 0) continue;
    if (!nearest || ttl < other_way->second[*nearest]) nearest = i;
    if (!farthest || ttl > other_way->second[*farthest]) farthest = i;
  }
  return hops_from_ttl(datagram.ttl) == 0 ? nearest : farthest;
}

void PointTable::learn(std::uint32_t at, const PathKey& path, const Trait& trait, std::uint8_t point) {
  const std::uint64_t link = mix(trait.link, at);
  learn_place(manner(at, path, trait), point);
  learn_place(mix(mix(link, path.source), trait.ttl), point);
  learn_place(link, point);
  if (ttls_.size() >= max_remembered_) return;
  ttls_[mixed(path, at)][point] = trait.ttl;
}

void PointTable::learn_place(std::uint64_t key, std::uint8_t point) {
  const auto place = places_.find(key);
  if (place != places_.end()) {
    if (place->second != point) place->second = kSeveral;
  } else if (places_.size() < 4 * max_remembered_) {
    places_.emplace(key, point);
  }
}

void PointTable::note_direction(std::uint32_t interface, const Datagram& datagram) {
  if (directions_.size() < max_remembered_) directions_.insert(mixed(path_of(datagram), interface));
}

}  // namespace pmtu
