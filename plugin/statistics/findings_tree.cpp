// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/epan_dissect.h>
#include <epan/packet.h>
#include <epan/stats_tree.h>

#include <new>
#include <string>

#include "dissect/frame_source.h"
#include "session.h"
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

void begin(stats_tree* tree) {
  branches.kinds = stats_tree_create_node(tree, kKinds, 0, STAT_DT_INT, TRUE);
  branches.reporters = stats_tree_create_node(tree, kReporters, 0, STAT_DT_INT, TRUE);
  branches.paths = stats_tree_create_node(tree, kPaths, 0, STAT_DT_INT, TRUE);
}

void tick(stats_tree* tree, const char* branch, int branch_id, const char* leaf) {
  tick_stat_node(tree, branch, 0, TRUE);
  tick_stat_node(tree, leaf, branch_id, FALSE);
}

/// In words; those that blame somebody stand above the others, however many there are of these.
void tick_kind(stats_tree* tree, FindingKind kind) {
  tick(tree, kKinds, branches.kinds, summary(kind).data());
  if (default_severity(kind) >= Severity::warn)
    stat_node_set_flags(tree, summary(kind).data(), branches.kinds, FALSE, ST_FLG_SORT_TOP);
}

tap_packet_status take(stats_tree* tree, packet_info* pinfo, epan_dissect_t* dissection, const void* data,
                       tap_flags_t) noexcept {
  Session* const session = current_session();
  if (session == nullptr) return TAP_PACKET_FAILED;
  try {
    for (const Finding& finding : static_cast<const TapFrame*>(data)->findings) {
      tick_kind(tree, finding.kind);
      if (finding.hint_status)
        tick(tree, kReporters, branches.reporters, to_string(finding.reporter).c_str());
      if (const auto path = session->path_of(finding, frame_of(dissection->tvb, pinfo))) {
        const std::string text = to_string(path->source) + " \u2192 " + to_string(path->destination);
        tick(tree, kPaths, branches.paths, text.c_str());
      }
    }
  } catch (const std::bad_alloc&) {
    return TAP_PACKET_FAILED;
  }
  return TAP_PACKET_REDRAW;
}

}  // namespace

void register_findings_tree() noexcept {
  stats_tree_register_plugin(kTapName, "pmtu", "Path MTU Findings", 0, take, begin, nullptr);
}

}  // namespace pmtu::plugin
