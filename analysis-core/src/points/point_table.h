// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pmtu/observation.h"
#include "pmtu/points.h"
#include "pmtu/units.h"
#include "points/datagram_identity.h"

namespace pmtu {

/// Tells which capture point a frame was captured at.
///
/// An interface of a section is a point. Two exceptions. *Several points share an interface* where a merge
/// folded equal interfaces into one, or one device hears a datagram twice: the same datagram comes with
/// another TTL, MAC address, VLAN, way or tunnel depth, or the same connection request on another link under
/// another name, as a translator sends it on. From then on points are told apart by what stays constant at
/// each. A copy that differs in nothing (a mirror port) makes no point. *Several interfaces are
/// one point* where one shows only the direction that the other lacks (a tap), or only the ICMP errors about
/// the other's flows.
///
/// Memory is bounded: the first datagrams of each interface are remembered, the first connection requests,
/// and one datagram in 64 after that, chosen by its content so that both points choose the same. What is
/// forgotten costs the split of an interface, never a wrong one.
class PointTable {
 public:
  explicit PointTable(std::size_t max_remembered = kMaxRemembered) : max_remembered_(max_remembered) {
    interfaces_.reserve(kMaxPoints);
  }

  [[nodiscard]] PointId point_of(const Observation& observation);

  /// In order of their numbers.
  [[nodiscard]] const std::vector<CapturePoint>& points() const { return points_; }
  [[nodiscard]] bool several() const { return points_.size() > 1; }
  /// There are more than `kMaxPoints`: those beyond count as the last one.
  [[nodiscard]] bool crowded() const { return crowded_; }

  static constexpr std::size_t kMaxPoints = 32;

 private:
  static constexpr std::size_t kMaxRemembered = 65'536;
  static constexpr std::uint32_t kWatchedFrames = 2'048;  ///< of an interface, all of which are remembered

  /// How a frame came: what is constant for a direction of a pair of hosts at a point.
  struct Trait {
    std::uint64_t link = 0;      ///< MACs, VLAN, way, tunnel depth, mixed
    std::uint64_t opposite = 0;  ///< the same as a frame of the other direction would have it
    std::uint8_t ttl = 0;
    [[nodiscard]] bool same_place(const Trait& other) const { return link == other.link && ttl == other.ttl; }
  };
  struct InterfaceKey {
    std::uint32_t section = 0;
    std::uint32_t number = 0;
    std::uint32_t index = 0;
    friend bool operator==(const InterfaceKey&, const InterfaceKey&) = default;
  };
  struct Interface {
    InterfaceKey key;
    std::uint32_t watched = 0;
    std::uint8_t first_point = 0;  ///< place in `points_`
    bool split = false;            ///< several points share it
    bool adopted = false;          ///< counts as part of another interface's point so far
  };
  /// How the first datagram of a path came.
  struct Elder {
    Trait trait;
    std::uint64_t source_mac = 0;
    std::uint64_t destination_mac = 0;
  };
  /// A datagram that was seen: where, and how it came.
  struct Seen {
    Trait trait;
    std::uint32_t interface = 0;
    std::uint8_t point = 0;
  };
  /// A connection request, or the answer to one, that may come again under another name.
  struct Request {
    FlowKey flow;
    Seen seen;
  };
  static constexpr std::uint8_t kSeveral = 0xff;  ///< in `places_`: no single point
  static constexpr std::size_t kSharers = 8;      ///< points that may share an interface
  using TtlByPoint = std::array<std::uint8_t, kMaxPoints>;

  using Memory = std::unordered_map<std::uint64_t, Seen>;

  /// Most frames come from the interface of the frame before.
  [[nodiscard]] std::uint32_t interface_of(const LinkInfo& link) {
    const InterfaceKey key{link.section, link.capture_interface, link.interface_index};
    if (key == last_key_ && !interfaces_.empty()) [[likely]]
      return last_interface_;
    last_interface_ = find_or_add(key);
    last_key_ = key;
    return last_interface_;
  }
  [[nodiscard]] std::uint32_t find_or_add(const InterfaceKey& key);
  [[nodiscard]] std::uint8_t add_point(const Interface& interface, bool shares);
  void begin_interface(std::uint32_t at, const Observation& observation);
  [[nodiscard]] bool complements(std::uint32_t at, const Observation& observation, std::uint8_t& point) const;
  /// Kept for good, to be found however far apart the clocks of two points are.
  [[nodiscard]] bool is_kept(const Interface& interface, const Datagram& datagram) const;
  [[nodiscard]] static bool is_sample(const Observation& observation, const Datagram& datagram);
  [[nodiscard]] bool is_telling(const Interface& interface, const Observation& observation) const;
  [[nodiscard]] const Seen* find(std::uint64_t key) const;
  void remember(bool for_good, std::uint64_t key, const Seen& seen);
  [[nodiscard]] std::uint8_t point_count() const { return static_cast<std::uint8_t>(points_.size()); }
  [[nodiscard]] bool shares(std::size_t point, const Interface& interface) const;
  [[nodiscard]] static Trait trait_of(const Observation& observation, const Datagram& datagram);

  [[nodiscard]] std::uint8_t classify(std::uint32_t interface, const Observation& observation,
                                      const Datagram& datagram, bool telling);
  [[nodiscard]] std::uint8_t split(std::uint32_t interface, const Datagram& datagram, const Trait& trait,
                                   const Seen& copy);
  [[nodiscard]] std::uint8_t split(std::uint32_t interface, const PathKey& path, const Trait& trait,
                                   const PathKey& other_path, const Seen& other);
  [[nodiscard]] const Request* translated(const FlowKey& flow, std::uint64_t content,
                                          const Trait& trait) const;
  [[nodiscard]] std::uint8_t split_late(std::uint32_t interface, const Datagram& datagram, const Trait& trait,
                                        const Seen& copy);
  [[nodiscard]] std::uint8_t other_point(std::uint32_t at, const PathKey& path, const PathKey& other_path,
                                         std::uint8_t taken);
  [[nodiscard]] std::optional<std::uint8_t> known_place(std::uint32_t interface, const PathKey& path,
                                                        const Trait& trait) const;
  [[nodiscard]] std::optional<std::uint8_t> by_line_up(std::uint32_t interface,
                                                       const Datagram& datagram) const;
  [[nodiscard]] static std::uint64_t manner(std::uint32_t interface, const PathKey& path, const Trait& trait);
  [[nodiscard]] static std::uint64_t path_at(std::uint32_t interface, const Datagram& datagram);
  [[nodiscard]] bool is_stranger(std::uint32_t interface, const LinkInfo& link, const Datagram& datagram,
                                 const Trait& trait);
  [[nodiscard]] std::uint8_t split_by_stranger(std::uint32_t interface, const Datagram& datagram,
                                               const Trait& trait);
  [[nodiscard]] bool came_first(std::uint32_t interface, const Datagram& datagram, const Trait& first,
                                const Trait& second) const;
  void learn(std::uint32_t interface, const PathKey& path, const Trait& trait, std::uint8_t point);
  void learn_place(std::uint64_t key, std::uint8_t point);
  void note_direction(std::uint32_t interface, const Datagram& datagram);

  std::size_t max_remembered_;
  InterfaceKey last_key_;
  std::uint32_t last_interface_ = 0;
  bool crowded_ = false;
  std::vector<Interface> interfaces_;
  std::vector<CapturePoint> points_;
  Memory lasting_;  ///< connection requests and the first frames: kept however far apart the clocks are
  Memory latest_;
  Memory earlier_;                                          ///< what `latest_` held before it was full
  std::unordered_map<std::uint64_t, Request> requests_;     ///< by what a translator leaves alone
  std::unordered_map<std::uint64_t, std::uint8_t> places_;  ///< trait, with and without hosts → point
  std::unordered_map<std::uint64_t, Elder> elders_;         ///< path at an interface → how it was met first
  std::unordered_map<std::uint64_t, TtlByPoint> ttls_;      ///< path → TTL at each point
  std::unordered_set<std::uint64_t> directions_;            ///< pair of hosts, one way, at an interface
};

}  // namespace pmtu
