// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/answer.h"

#include <array>
#include <cstdio>

#include "pmtu/report.h"
#include "report/json_document.h"
#include "scan/capture_file.h"
#include "scan/text_file.h"
#include "statistics/row_text.h"

namespace pmtu::scan {
namespace {

constexpr char kTableLine[] = "%-21s %-6s %-28s %-28s %-17s %7s %12s %9s  %s\n";

void write_table_row(std::FILE* file, const std::string& capture, const ConversationRow& row) {
  using plugin::endpoint;
  const FlowKey& flow = row.flow;
  std::fprintf(
      file, kTableLine, std::string(name(row.verdict)).c_str(), plugin::protocol_name(flow.protocol).c_str(),
      endpoint(flow.path.source, flow.source_port).c_str(),
      endpoint(flow.path.destination, flow.destination_port).c_str(),
      plugin::path_mtu_text(row.path_mtu, row.bracket).c_str(), std::to_string(row.ignored_packets).c_str(),
      row.stall ? plugin::seconds_text(*row.stall).c_str() : "",
      std::to_string(row.first_frame.value()).c_str(), capture.c_str());
}

void write_answer(std::FILE* file, const Provenance& provenance, Format format, const Analyzer& analyzer,
                  const Summary& summary) {
  const std::string& capture = provenance.file;
  switch (format) {
    case Format::ndjson:
      for (const ConversationRow& row : summary.conversations) plugin::write_row_line(file, capture, row);
      break;
    case Format::table:
      for (const ConversationRow& row : summary.conversations) write_table_row(file, capture, row);
      break;
    case Format::json:
      plugin::write_json(file, summary, provenance);
      break;
    case Format::report:
      std::fputs(write_report(summary, analyzer.findings(), provenance).c_str(), file);
      break;
    case Format::html:
      // Sizes over time are drawn where they are kept: by tshark and Wireshark.
      std::fputs(write_html_report(summary, analyzer.findings(), provenance,
                                   [](const FlowKey&) { return std::vector<SizePoint>{}; })
                     .c_str(),
                 file);
      break;
  }
}

void add_error(Answer& answer, std::FILE* file, const std::string& path, Format format,
               const std::string& error) {
  answer.failed = true;
  if (format == Format::ndjson) {
    plugin::write_error_line(file, path, error);
  } else {
    answer.complaint = path + ": " + error;
  }
}

}  // namespace

std::string heading(Format format) {
  if (format != Format::table) return {};
  std::array<char, 200> line{};
  std::snprintf(line.data(), line.size(), kTableLine, "verdict", "", "sender", "receiver", "path MTU",
                "ignored", "stall (s)", "frame", "file");
  return line.data();
}

Answer answer_of_error(const std::string& path, Format format, const std::string& error) {
  const TextFile output;
  Answer answer;
  add_error(answer, output.get(), path, format, error);
  answer.output = output.text();
  return answer;
}

Answer scan_capture(const Source& source, Format format, const Preferences& preferences) {
  if (!source.error.empty()) return answer_of_error(source.path, format, source.error);
  CaptureFile capture;
  if (!capture.open(source.path)) return answer_of_error(source.path, format, capture.error());
  Analyzer analyzer(preferences);
  Provenance provenance;
  provenance.file = source.path;
  provenance.pmtu_version = PMTU_VERSION;
  while (const auto frame = capture.next()) {
    if (!provenance.begin) provenance.begin = frame->time;
    provenance.end = frame->time;
    analyzer.observe(*frame);
  }
  analyzer.conclude();
  const Summary summary = analyzer.summary();

  Answer answer;
  for (const ConversationRow& row : summary.conversations)
    answer.verdicts.set(static_cast<std::size_t>(row.verdict));
  const TextFile output;
  write_answer(output.get(), provenance, format, analyzer, summary);
  if (!capture.error().empty()) add_error(answer, output.get(), source.path, format, capture.error());
  answer.output = output.text();
  return answer;
}

}  // namespace pmtu::scan
