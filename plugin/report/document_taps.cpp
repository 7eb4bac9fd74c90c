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
#include "report/capture_file.h"
#include "report/json_document.h"
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

/// A document about the whole capture: what `-z` calls it and how it is written.
struct Document {
  const char* option;
  const char* title;
  bool with_sizes;  ///< it draws the sizes of all datagrams
  std::string (*write)(const Summary& summary, std::span<const Finding> findings,
                       const Provenance& provenance, const SizeLog& sizes);
};

Provenance hashed(Provenance provenance) {
  provenance.sha256 = sha256_of(provenance.file);
  return provenance;
}

std::string json(const Summary& summary, std::span<const Finding>, const Provenance& provenance,
                 const SizeLog&) {
  write_json(stdout, summary, provenance);
  return {};
}

std::string report(const Summary& summary, std::span<const Finding> findings, const Provenance& provenance,
                   const SizeLog&) {
  return write_report(summary, findings, hashed(provenance));
}

std::string html(const Summary& summary, std::span<const Finding> findings, const Provenance& provenance,
                 const SizeLog& sizes) {
  return write_html_report(summary, findings, hashed(provenance),
                           [&](const FlowKey& flow) { return sizes.of(flow); });
}

constexpr Document kJson{"pmtu,json", "Path MTU as JSON", false, json};
constexpr Document kReport{"pmtu,report", "Path MTU Report", false, report};
constexpr Document kHtml{"pmtu,html", "Path MTU Report as HTML", true, html};

/// One document that was asked for, with the frames that passed its filter.
struct Request {
  const Document* document;
  std::string filter;  ///< empty: all frames
  PacketPass pass;
};

void reset(void* data) {
  static_cast<Request*>(data)->pass.clear();
}

tap_packet_status take_frame(void* data, packet_info* pinfo, epan_dissect_t* dissection, const void*,
                             tap_flags_t) noexcept {
  return static_cast<Request*>(data)->pass.take(pinfo, dissection);
}

/// Runs once the last frame has been dissected.
void draw(void* data) noexcept {
  const auto& request = *static_cast<const Request*>(data);
  Session* const session = current_session();
  if (session == nullptr) return;
  try {
    session->conclude();
    Summary summary = session->summary();
    if (!request.filter.empty())
      summary = select_rows(std::move(summary), session->findings(), request.pass.selection);
    const std::string text = request.document->write(
        summary, session->findings(), provenance_of(*session, request.filter), request.pass.sizes);
    std::fputs(text.c_str(), stdout);
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
  auto* const request =
      new (std::nothrow) Request{&kDocument, filter != nullptr ? filter : "", {{}, {}, kDocument.with_sizes}};
  if (request == nullptr) return compat::refuse_tap<Result>();
  // The frames themselves are of interest only where a filter chooses among them, or sizes are drawn.
  const bool each = filter != nullptr || kDocument.with_sizes;
  GString* const error = register_tap_listener(kTapName, request, filter, TL_REQUIRES_NOTHING, reset,
                                               each ? take_frame : nullptr, draw, nullptr);
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
  register_document<kHtml>();
}

}  // namespace pmtu::plugin
