// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/funnel.h>
#include <epan/packet.h>
#include <epan/plugin_if.h>
#include <epan/tap.h>
#include <glib.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "pmtu/report.h"
#include "report/capture_file.h"
#include "report/packet_pass.h"
#include "report/sha256.h"
#include "report/size_log.h"
#include "session.h"
#include "statistics/row_selection.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

/// What a report is about: everything, one conversation, or what a display filter leaves.
struct Scope {
  ConversationId conversation = kNoConversation;
  std::string filter;
};

/// What a report is made of.
struct Material {
  Summary summary;
  Provenance provenance;
};

// --- another look at the packets
// ------------------------------------------------------------------------

tap_packet_status take_frame(void* data, packet_info* pinfo, epan_dissect_t* dissection, const void*,
                             tap_flags_t) noexcept {
  return static_cast<PacketPass*>(data)->take(pinfo, dissection);
}

/// False when the filter is wrong.
bool look_again(const funnel_ops_t& window, const std::string& filter, PacketPass& pass) {
  GString* const error = register_tap_listener(kTapName, &pass, filter.empty() ? nullptr : filter.c_str(),
                                               TL_REQUIRES_NOTHING, nullptr, take_frame, nullptr, nullptr);
  if (error != nullptr) {
    g_string_free(error, TRUE);
    return false;
  }
  window.retap_packets(window.ops_id);
  remove_tap_listener(&pass);
  return true;
}

Material material_of(const funnel_ops_t& window, Session& session, const Scope& scope) {
  session.conclude();
  Material material{session.summary(), provenance_of(session, scope.filter)};
  material.provenance.sha256 = sha256_of(material.provenance.file);
  if (scope.conversation != kNoConversation) {
    std::erase_if(material.summary.conversations,
                  [&](const ConversationRow& row) { return row.id != scope.conversation; });
    std::erase_if(material.summary.paths, [&](const PathRow& path) {
      const auto& rows = material.summary.conversations;
      return std::none_of(rows.begin(), rows.end(),
                          [&](const ConversationRow& row) { return row.flow.path == path.path; });
    });
  } else if (PacketPass pass; !scope.filter.empty() && look_again(window, scope.filter, pass)) {
    material.summary = select_rows(std::move(material.summary), session.findings(), pass.selection);
  }
  return material;
}

// --- buttons
// --------------------------------------------------------------------------------------------------

using ButtonResult = compat::Signature<funnel_bt_cb_t>::result;

void add_button(const funnel_ops_t& window, funnel_text_window_t* text_window, const char* label,
                funnel_bt_cb_t pressed, void* data, void (*free_data)(void*)) {
  funnel_bt_t* const button = g_new0(funnel_bt_t, 1);
  button->tw = text_window;
  button->func = pressed;
  button->data = data;
  button->free_fcn = g_free;
  button->free_data_fcn = free_data;
  window.add_button(text_window, button, label);
}

ButtonResult go_to_frame(funnel_text_window_t*, void* frame) {
  plugin_if_goto_frame(*static_cast<std::uint32_t*>(frame));
  return true;
}

ButtonResult apply_filter(funnel_text_window_t*, void* filter) {
  plugin_if_apply_filter(static_cast<const char*>(filter), TRUE);
  return true;
}

ButtonResult copy(funnel_text_window_t* text_window, void*) {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  GString* const text = g_string_new(window->get_text(text_window));
  window->copy_to_clipboard(text);
  g_string_free(text, TRUE);
  return true;
}

void save_as(char** input, void* text) {
  GError* error = nullptr;
  if (input[0] == nullptr || input[0][0] == '\0') return;
  if (g_file_set_contents(input[0], static_cast<const char*>(text), -1, &error) != 0) return;
  funnel_text_window_t* const complaint =
      funnel_get_funnel_ops()->new_text_window(funnel_get_funnel_ops()->ops_id, "Path MTU: not saved");
  funnel_get_funnel_ops()->set_text(complaint, error->message);
  g_error_free(error);
}

ButtonResult save(funnel_text_window_t* text_window, void*) {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  static const char* names[] = {"File", nullptr};
  static const char* values[] = {"path-mtu-report.md", nullptr};
  window->new_dialog(window->ops_id, "Save the Path MTU report as", names, values, save_as,
                     g_strdup(window->get_text(text_window)), g_free);
  return true;
}

/// Writes the page where temporary files go, and opens it in the browser of the user.
ButtonResult open_page(funnel_text_window_t*, void* data) noexcept {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  Session* const session = current_session();
  if (session == nullptr) return true;
  try {
    const Material material = material_of(*window, *session, *static_cast<const Scope*>(data));
    PacketPass pass;
    pass.with_sizes = true;
    look_again(*window, "", pass);
    const std::string page = write_html_report(material.summary, session->findings(), material.provenance,
                                               [&](const FlowKey& flow) { return pass.sizes.of(flow); });
    char* const folder = g_dir_make_tmp("path-mtu-XXXXXX", nullptr);
    if (folder == nullptr) return true;
    char* const path = g_build_filename(folder, "report.html", nullptr);
    char* const url = g_filename_to_uri(path, nullptr, nullptr);
    if (g_file_set_contents(path, page.c_str(), static_cast<gssize>(page.size()), nullptr) && url != nullptr)
      window->browser_open_url(url);
    g_free(url);
    g_free(path);
    g_free(folder);
  } catch (const std::bad_alloc&) {
    // Without memory for the page there is none.
  }
  return true;
}

void open_window(const Scope& scope);

/// A report of what the display filter leaves.
ButtonResult report_displayed(funnel_text_window_t*, void*) noexcept {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  try {
    const char* const filter = window->get_filter(window->ops_id);
    open_window({kNoConversation, filter != nullptr ? filter : ""});
  } catch (const std::bad_alloc&) {
    // Without memory for the text there is no window to tell it in.
  }
  return true;
}

void add_frame_button(const funnel_ops_t& window, funnel_text_window_t* text_window, const char* label,
                      FrameNumber frame) {
  auto* const number = g_new(std::uint32_t, 1);
  *number = frame.value();
  add_button(window, text_window, label, go_to_frame, number, g_free);
}

/// Buttons about the worst conversation.
void add_row_buttons(const funnel_ops_t& window, funnel_text_window_t* text_window,
                     const ConversationRow& row) {
  add_frame_button(window, text_window, "Go to First Frame", row.first_frame);
  if (!row.hint_frames.empty()) add_frame_button(window, text_window, "Go to Hint", row.hint_frames.front());
  if (!row.ignored_frames.empty())
    add_frame_button(window, text_window, "Go to First Ignored", row.ignored_frames.front());
  add_button(window, text_window, "Apply Evidence Filter", apply_filter,
             g_strdup(evidence_filter(row).c_str()), g_free);
}

void free_scope(void* scope) {
  delete static_cast<Scope*>(scope);
}

// --- windows
// --------------------------------------------------------------------------------------------------

void show_text(const funnel_ops_t& window, const char* text) {
  window.set_text(window.new_text_window(window.ops_id, "Path MTU: Evidence Report"), text);
}

void open_window(const Scope& scope) {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  Session* const session = current_session();
  if (window == nullptr || window->new_text_window == nullptr) return;
  if (session == nullptr) return show_text(*window, "No capture file is open.\n");
  const Material material = material_of(*window, *session, scope);
  const std::string text = write_report(material.summary, session->findings(), material.provenance);
  auto page = std::make_unique<Scope>(scope);
  funnel_text_window_t* const text_window =
      window->new_text_window(window->ops_id, "Path MTU: Evidence Report");
  window->set_text(text_window, text.c_str());
  if (window->add_button == nullptr) return;
  if (!material.summary.conversations.empty())
    add_row_buttons(*window, text_window, material.summary.conversations.front());
  add_button(*window, text_window, "Displayed Packets Only", report_displayed, nullptr, nullptr);
  add_button(*window, text_window, "Open as Page", open_page, page.release(), free_scope);
  add_button(*window, text_window, "Copy", copy, nullptr, nullptr);
  add_button(*window, text_window, "Save As", save, nullptr, nullptr);
}

void open_report(void*) noexcept {
  try {
    open_window({});
  } catch (const std::bad_alloc&) {
    // Without memory for the text there is no window to tell it in.
  }
}

/// The conversation that the selected packet belongs to.
ConversationId selected_conversation() {
  ws_info_t* info = nullptr;
  plugin_if_get_ws_info(&info);
  const Session* const session = current_session();
  if (info == nullptr || session == nullptr) return kNoConversation;
  for (const Finding& finding : session->findings(FrameNumber(info->cf_framenr))) {
    if (finding.conversation != kNoConversation) return finding.conversation;
  }
  return kNoConversation;
}

void open_report_of_selected(void*) noexcept {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  if (window == nullptr || window->new_text_window == nullptr) return;
  try {
    const ConversationId conversation = selected_conversation();
    if (conversation != kNoConversation) return open_window({conversation, ""});
    show_text(
        *window,
        "Nothing is said of the selected packet. Select one with a tree \"Path MTU Discovery\": the display "
        "filter pmtu leaves those.\n");
  } catch (const std::bad_alloc&) {
    // Without memory for the text there is no window to tell it in.
  }
}

}  // namespace

void register_report_window() noexcept {
  funnel_register_menu("Path MTU Evidence Report", REGISTER_PACKET_STAT_GROUP_UNSORTED, open_report, nullptr,
                       nullptr, FALSE);
  funnel_register_menu("Path MTU Report of the Selected Conversation", REGISTER_PACKET_STAT_GROUP_UNSORTED,
                       open_report_of_selected, nullptr, nullptr, FALSE);
}

}  // namespace pmtu::plugin
