// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/epan_dissect.h>
#include <epan/packet.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>

#include <cstdio>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "dissect/frame_source.h"
#include "session.h"
#include "statistics/row_selection.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"

namespace pmtu::plugin {
namespace {

/// The three ways of counting, each a branch of its own.
struct Branches {
  int kinds;
  int reporters;
  int paths;
};
Branches branches;

constexpr char kKinds[] = "Findings";
constexpr char kReporters[] = "Reporters of hints";
constexpr char kPaths[] = "Paths";

/// What a tree was told, and of which frames. Wireshark counts frame by frame; in the only pass of tshark
/// some findings are known at the end alone, and few turn out wrong: a listener of our own sets the counts
/// right just before trees are printed.
class Counts {
 public:
  explicit Counts(stats_tree* tree) : tree_(tree) {}

  /// The tree begins anew.
  void clear() {
    ticked_.clear();
    seen_.clear();
  }

  void take(Session& session, const Frame& frame, bool first_visit) {
    for (const Finding& finding : session.findings(frame.number)) {
      for (const Leaf& leaf : leaves_of(finding, session)) add(leaf, 1);
      // What belongs to no conversation stands, and only the frame tells its path.
      const bool told_by_frame = !session.path_of_conversation(finding.conversation);
      const std::optional<PathKey> path = told_by_frame ? session.path_of(finding, frame) : std::nullopt;
      if (path) increase(leaf_of(*path), 1);
    }
    if (first_visit) seen_.add(frame.number);
  }

  void set_right() {
    Session* const session = current_session();
    if (session == nullptr) return;
    session->conclude();
    std::map<Leaf, int> right;
    for (const Finding& finding : session->findings()) {
      if (!seen_.contains(finding.frame)) continue;
      for (const Leaf& leaf : leaves_of(finding, *session)) ++right[leaf];
    }
    for (const auto& [leaf, count] : ticked_) right.try_emplace(leaf, 0);
    for (const auto& [leaf, count] : right) {
      const int told = ticked_[leaf];
      if (count != told) add(leaf, count - told);
    }
  }

 private:
  /// A line of the tree below one of its branches.
  struct Leaf {
    const char* branch;
    int branch_id;
    std::string text;
    bool blames = false;
    friend bool operator<(const Leaf& a, const Leaf& b) {
      return std::tie(a.branch_id, a.text) < std::tie(b.branch_id, b.text);
    }
  };

  [[nodiscard]] static Leaf leaf_of(const PathKey& path) {
    return {kPaths, branches.paths, to_string(path.source) + " \u2192 " + to_string(path.destination)};
  }

  [[nodiscard]] static std::vector<Leaf> leaves_of(const Finding& finding, const Session& session) {
    std::vector<Leaf> leaves;
    leaves.push_back({kKinds, branches.kinds, std::string(summary(finding.kind)),
                      default_severity(finding.kind) >= Severity::warn});
    if (finding.hint_status) leaves.push_back({kReporters, branches.reporters, to_string(finding.reporter)});
    if (const auto path = session.path_of_conversation(finding.conversation))
      leaves.push_back(leaf_of(*path));
    return leaves;
  }

  void add(const Leaf& leaf, int count) {
    ticked_[leaf] += count;
    increase(leaf, count);
  }

  void increase(const Leaf& leaf, int count) {
    increase_stat_node(tree_, leaf.branch, 0, TRUE, count);
    increase_stat_node(tree_, leaf.text.c_str(), leaf.branch_id, FALSE, count);
    // Those that blame somebody stand above the others, however many there are of these.
    if (leaf.blames) stat_node_set_flags(tree_, leaf.text.c_str(), leaf.branch_id, FALSE, ST_FLG_SORT_TOP);
  }

  stats_tree* tree_;
  std::map<Leaf, int> ticked_;
  FrameSelection seen_;  ///< frames that passed the filter, in tshark's only pass
};

using CountsOfTree = std::map<stats_tree*, Counts>;

/// Never destroyed: when the program ends, trees may do so later than the plugin.
CountsOfTree& counts_of_tree = *new CountsOfTree;

/// One listener for all trees, which stays. Wireshark ends trees while it clears its list of listeners away:
/// from that list nothing may be removed then.
void set_right_before_printing() {
  static bool waits_for_printing = false;
  if (std::exchange(waits_for_printing, true)) return;
  draw_before_the_others(&counts_of_tree, [](void*) noexcept {
    try {
      for (auto& [tree, counts] : counts_of_tree) counts.set_right();
    } catch (const std::bad_alloc&) {
      std::fputs("tshark: out of memory, the tree of path-MTU findings is incomplete\n", stderr);
    }
  });
}

void begin(stats_tree* tree) noexcept {
  branches.kinds = stats_tree_create_node(tree, kKinds, 0, STAT_DT_INT, TRUE);
  branches.reporters = stats_tree_create_node(tree, kReporters, 0, STAT_DT_INT, TRUE);
  branches.paths = stats_tree_create_node(tree, kPaths, 0, STAT_DT_INT, TRUE);
  const auto counts = counts_of_tree.find(tree);
  if (counts != counts_of_tree.end()) counts->second.clear();
}

void end(stats_tree* tree) noexcept {
  counts_of_tree.erase(tree);
}

tap_packet_status take(stats_tree* tree, packet_info* pinfo, epan_dissect_t* dissection, const void* data,
                       tap_flags_t) noexcept {
  Session* const session = current_session();
  if (session == nullptr) return TAP_PACKET_FAILED;
  try {
    const bool first_visit = static_cast<const TapFrame*>(data)->first_visit;
    Counts& counts = counts_of_tree.try_emplace(tree, tree).first->second;
    counts.take(*session, frame_of(dissection->tvb, pinfo), first_visit);
    if (first_visit) set_right_before_printing();
  } catch (const std::bad_alloc&) {
    return TAP_PACKET_FAILED;
  }
  return TAP_PACKET_REDRAW;
}

}  // namespace

void register_findings_tree() noexcept {
  stats_tree_register_plugin(kTapName, "pmtu", "Path MTU Findings", 0, take, begin, end);
}

}  // namespace pmtu::plugin
