// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/funnel.h>
#include <epan/packet.h>
#include <epan/plugin_if.h>

#include <new>
#include <string>

#include "pmtu/report.h"
#include "session.h"
#include "statistics/statistics.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

void add_button(const funnel_ops_t* window, funnel_text_window_t* text_window, const char* label,
                funnel_bt_cb_t pressed, void* data) {
  funnel_bt_t* const button = g_new0(funnel_bt_t, 1);
  button->tw = text_window;
  button->func = pressed;
  button->data = data;
  button->free_fcn = g_free;
  button->free_data_fcn = g_free;
  window->add_button(text_window, button, label);
}

using ButtonResult = compat::Signature<funnel_bt_cb_t>::result;

ButtonResult go_to_frame(funnel_text_window_t*, void* frame) {
  plugin_if_goto_frame(*static_cast<std::uint32_t*>(frame));
  return true;
}

ButtonResult apply_filter(funnel_text_window_t*, void* filter) {
  plugin_if_apply_filter(static_cast<const char*>(filter), TRUE);
  return true;
}

void add_frame_button(const funnel_ops_t* window, funnel_text_window_t* text_window, const char* label,
                      FrameNumber frame) {
  auto* const number = g_new(std::uint32_t, 1);
  *number = frame.value();
  add_button(window, text_window, label, go_to_frame, number);
}

/// Opens the window; its buttons are about the worst conversation.
void open_window(void*) noexcept {
  const funnel_ops_t* const window = funnel_get_funnel_ops();
  Session* const session = current_session();
  if (window == nullptr || window->new_text_window == nullptr) return;
  try {
    std::string text = "No capture file is open.\n";
    Summary summary;
    if (session != nullptr) {
      session->conclude();
      summary = session->summary();
      text = write_report(summary, session->findings());
    }
    funnel_text_window_t* const text_window =
        window->new_text_window(window->ops_id, "Path MTU: Evidence Report");
    window->set_text(text_window, text.c_str());
    if (summary.conversations.empty() || window->add_button == nullptr) return;
    const ConversationRow& row = summary.conversations.front();
    add_frame_button(window, text_window, "Go to First Frame", row.first_frame);
    if (!row.hint_frames.empty())
      add_frame_button(window, text_window, "Go to Hint", row.hint_frames.front());
    if (!row.ignored_frames.empty()) {
      add_frame_button(window, text_window, "Go to First Ignored", row.ignored_frames.front());
    }
    add_button(window, text_window, "Apply Evidence Filter", apply_filter,
               g_strdup(evidence_filter(row).c_str()));
  } catch (const std::bad_alloc&) {
    // Without memory for the text there is no window to tell it in.
  }
}

}  // namespace

void register_report_window() noexcept {
  funnel_register_menu("Path MTU Evidence Report", REGISTER_PACKET_STAT_GROUP_UNSORTED, open_window, nullptr,
                       nullptr, FALSE);
}

}  // namespace pmtu::plugin
