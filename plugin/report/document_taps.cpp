// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "pmtu/report.h"
#include "report/json_document.h"
#include "session.h"
#include "statistics/row_selection.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

/// A document about the whole capture: what `-z` calls it and how it is written.
struct Document {
  const char* option;
  const char* title;
  void (*write)(const Summary& summary, std::span<const Finding> findings);
};

void print_json(const Summary& summary, std::span<const Finding>) {
  write_json(stdout, summary);
}

void print_report(const Summary& summary, std::span<const Finding> findings) {
  std::fputs(write_report(summary, findings).c_str(), stdout);
}

constexpr Document kJson{"pmtu,json", "Path MTU as JSON", print_json};
constexpr Document kReport{"pmtu,report", "Path MTU Report", print_report};

/// One document that was asked for, with the frames that passed its filter.
struct Request {
  const Document* document;
  bool filtered;
  FrameSelection selection;
};

void reset(void* request) {
  static_cast<Request*>(request)->selection.clear();
}

tap_packet_status take_frame(void* request, packet_info* pinfo, epan_dissect_t*, const void*,
                             tap_flags_t) noexcept {
  try {
    static_cast<Request*>(request)->selection.add(FrameNumber(pinfo->num));
  } catch (const std::bad_alloc&) {
    return TAP_PACKET_FAILED;
  }
  return TAP_PACKET_DONT_REDRAW;
}

/// Runs once the last frame has been dissected.
void draw(void* data) noexcept {
  const auto& request = *static_cast<const Request*>(data);
  Session* const session = current_session();
  if (session == nullptr) return;
  try {
    session->conclude();
    Summary summary = session->summary();
    if (request.filtered) summary = select_rows(std::move(summary), session->findings(), request.selection);
    request.document->write(summary, session->findings());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "tshark: -z %s: out of memory\n", request.document->option);
  }
}

template <const Document& kDocument, class Result = compat::TapInitResult>
Result begin(const char* argument, void*) noexcept {
  const char* const rest = argument + std::strlen(kDocument.option);
  if (*rest != '\0' && *rest != ',') {
    std::fprintf(stderr,
                 "tshark: Invalid -z argument \"%s\"; it must be \"%s\" or \"%s,<display filter>\".\n",
                 argument, kDocument.option, kDocument.option);
    return compat::refuse_tap<Result>();
  }
  const char* const filter = *rest == ',' ? rest + 1 : nullptr;
  // Lives until tshark ends, as its listener does.
  auto* const request = new (std::nothrow) Request{&kDocument, filter != nullptr, {}};
  if (request == nullptr) return compat::refuse_tap<Result>();
  // The frames themselves are of interest only where a filter chooses among them.
  GString* const error = register_tap_listener(kTapName, request, filter, TL_REQUIRES_NOTHING, reset,
                                               filter != nullptr ? take_frame : nullptr, draw, nullptr);
  if (error != nullptr) {
    std::fprintf(stderr, "tshark: -z %s: %s\n", kDocument.option, error->str);
    g_string_free(error, TRUE);
    delete request;
    return compat::refuse_tap<Result>();
  }
  return compat::accept_tap<Result>();
}

template <const Document& kDocument>
void register_document() {
  static tap_param filter{PARAM_FILTER, "filter", "Filter", nullptr, TRUE};
  static stat_tap_ui ui{
      REGISTER_STAT_GROUP_GENERIC, kDocument.title, kDocument.option, begin<kDocument>, 1, &filter};
  register_stat_tap_ui(&ui, nullptr);
}

}  // namespace

void register_documents() noexcept {
  register_document<kJson>();
  register_document<kReport>();
}

}  // namespace pmtu::plugin
