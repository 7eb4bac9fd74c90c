// SPDX-License-Identifier: GPL-2.0-or-later
#include <new>
#include <string>

#include "headline.h"
#include "session.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"
#include "wireshark_compat.h"

extern "C" {
WS_DLL_PUBLIC pmtu::plugin::compat::FlowGraphItem* sequence_analysis_create_sai_with_addresses(
    packet_info* pinfo, pmtu::plugin::compat::FlowGraph* graph);
WS_DLL_PUBLIC void sequence_analysis_use_color_filter(packet_info* pinfo,
                                                      pmtu::plugin::compat::FlowGraphItem* item);
}

namespace pmtu::plugin {
namespace {

/// What stands on the arrow: sizes, because they are what the argument is about.
std::string label_of(const Finding& finding) {
  if (finding.hint_mtu) return "hint: MTU " + std::to_string(finding.hint_mtu->value());
  if (finding.kind == FindingKind::vanished || finding.kind == FindingKind::black_hole_loss)
    return std::to_string(finding.length.value()) + " DF lost";
  if (shows_black_hole(finding.kind))
    return "black hole: " + std::to_string(finding.length.value()) + " lost";
  std::string label = finding.length.value() != 0 ? std::to_string(finding.length.value()) : "";
  if (finding.dont_fragment && !label.empty()) label += " DF";
  if (finding.excess() != 0) label += " > " + std::to_string(finding.path_mtu->value());
  return label.empty() ? std::string(name(finding.kind)) : label;
}

/// Who gets which texts. Wireshark frees them with the item.
void set_texts(compat::FlowGraphItem& item, const std::string& label, const std::string& comment) {
  item.label = g_strdup(label.c_str());
  item.comment = g_strdup(comment.c_str());
}

tap_packet_status take(void* data, packet_info* pinfo, epan_dissect_t*, const void*, tap_flags_t) noexcept {
  const Session* const session = current_session();
  if (session == nullptr) return TAP_PACKET_DONT_REDRAW;
  const FrameNumber frame(pinfo->num);
  const auto findings = session->findings(frame);
  const FrameNumber hint = session->hint_for(frame);
  if (findings.empty() && hint == FrameNumber{}) return TAP_PACKET_DONT_REDRAW;
  auto* const graph = static_cast<compat::FlowGraph*>(data);
  compat::FlowGraphItem* const item = sequence_analysis_create_sai_with_addresses(pinfo, graph);
  if (item == nullptr) return TAP_PACKET_DONT_REDRAW;
  item->frame_number = pinfo->num;
  sequence_analysis_use_color_filter(pinfo, item);
  const bool is_hint = !findings.empty() && headline(findings).hint_status.has_value();
  if (!is_hint) {  // the ports of an ICMP error are those it quotes
    item->source_port = static_cast<std::uint16_t>(pinfo->srcport);
    item->destination_port = static_cast<std::uint16_t>(pinfo->destport);
  }
  try {
    if (findings.empty()) {
      set_texts(*item, "too big", "drew the hint in frame " + std::to_string(hint.value()));
    } else {
      set_texts(*item, label_of(headline(findings)), brief(headline(findings)));
    }
  } catch (const std::bad_alloc&) {
    if (item->label == nullptr) item->label = g_strdup("");
    if (item->comment == nullptr) item->comment = g_strdup("");
  }
  item->conversation =
      static_cast<std::uint16_t>(findings.empty() ? 0 : headline(findings).conversation.value());
  item->display = true;
  g_queue_push_tail(graph->items, item);
  return TAP_PACKET_REDRAW;
}

}  // namespace

void register_flow_graph(int protocol) noexcept {
  register_seq_analysis("pmtu", "Path MTU", protocol, kTapName, TL_REQUIRES_NOTHING, take);
}

}  // namespace pmtu::plugin
