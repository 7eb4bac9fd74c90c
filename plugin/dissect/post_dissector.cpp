// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/post_dissector.h"

#include <epan/packet.h>
#include <wiretap/wtap.h>
#include <wsutil/wslog.h>

#include <algorithm>
#include <utility>

#include "dissect/annotation.h"
#include "dissect/expert_items.h"
#include "dissect/fields.h"
#include "dissect/frame_source.h"
#include "dissect/layer_check.h"
#include "preferences.h"
#include "session.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

constexpr char kShortName[] = "PMTU";
constexpr char kFilterName[] = "pmtu";
constexpr int kNoProtocol = -1;
int protocol = kNoProtocol;

/// Whether a datagram of the frame runs on a hinted path and somebody asks for that.
bool shows_hinted_path(Session& session, const Frame& frame, proto_tree* tree) {
  if (tree == nullptr || !session.any_hinted_path() || !fields::path_is_wanted(tree)) return false;
  const auto datagrams = session.datagrams(frame);
  return std::any_of(datagrams.begin(), datagrams.end(), [&](const Datagram& datagram) {
    return session.path_mtu(datagram, frame.number).has_value();
  });
}

/// What is rare: a frame seen before, with something to say of it, or that a listener wants to hear of.
[[gnu::noinline]] void tell(Session& session, const Frame& frame, bool first_visit, tvbuff_t* tvb,
                            packet_info* pinfo, proto_tree* tree) {
  if (!first_visit) session.revisit();
  session.learn_interface(frame.section, frame.interface_id,
                          [&] { return compat::interface_name(pinfo, frame.interface_id, frame.section); });
  if (tap_is_heard()) tap_frame(pinfo, {first_visit});
  const bool placed = tree != nullptr && session.point(frame.number).has_value();
  if (!session.findings(frame.number).empty() || placed || shows_hinted_path(session, frame, tree)) {
    // Expert items, and the message about a dissector that failed, go under this name.
    const char* const before = std::exchange(pinfo->current_proto, kShortName);
    annotate(protocol, tvb, pinfo, tree, session, frame);
    pinfo->current_proto = before;
  } else if (tree != nullptr && fields::sizes_are_wanted(tree)) {
    write_size(tvb, pinfo, tree, session, frame);
  }
}

[[gnu::noinline]] int analyse(Session& session, bool first_visit, tvbuff_t* tvb, packet_info* pinfo,
                              proto_tree* tree) {
  const Frame frame = frame_of(tvb, pinfo);
  const bool something = !first_visit || session.observe(frame);
  if constexpr (checks_layers) {
    if (first_visit) check_innermost_ipv4(pinfo, frame, session.datagrams(frame));
  }
  if (something || tree != nullptr || tap_is_heard()) tell(session, frame, first_visit, tvb, pinfo, tree);
  return 0;
}

/// Runs for every frame of every capture that anybody opens: each instruction counts, and most runs come no
/// further than this.
int dissect(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, void*) {
  Session* const session = current_session();
  if (session == nullptr || !session->enabled() || pinfo->rec->rec_type != REC_TYPE_PACKET) return 0;
  const bool first_visit = !PINFO_FD_VISITED(pinfo);
  return analyse(*session, first_visit, tvb, pinfo, tree);
}

}  // namespace

void register_protocol() noexcept {
  // Wireshark ends where a name is registered twice, and does not say by which files.
  if (proto_get_id_by_filter_name(kFilterName) != kNoProtocol) {
    ws_warning("The Path MTU plugin is installed twice, under different file names. This copy is not used.");
    return;
  }
  protocol = proto_register_protocol("Path MTU Discovery", kShortName, kFilterName);
  fields::register_fields(protocol);
  register_annotation();
  register_expert_items(protocol);
  register_preferences(protocol);
  register_pmtu_tap();
  register_session_lifetime(protocol);
  // A handle that belongs to a protocol makes Wireshark enter it into the packet's list of layers, and take
  // it out again, for every frame: 350 instructions for nothing. Whether the protocol is enabled the session
  // knows.
  register_postdissector(create_dissector_handle(dissect, kNoProtocol));
}

void register_handoff() noexcept {
  if (protocol == kNoProtocol) return;
  register_layer_oracle();
  register_statistics(protocol);
}

}  // namespace pmtu::plugin
