// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/answer.h"

#include <ws_version.h>

#include <array>
#include <cstdio>
#include <map>
#include <tuple>

#include "pmtu/report.h"
#include "report/json_document.h"
#include "report/sha256.h"
#include "report/size_log.h"
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

std::string wireshark_version() {
  return std::to_string(WIRESHARK_VERSION_MAJOR) + "." + std::to_string(WIRESHARK_VERSION_MINOR) + "." +
         std::to_string(WIRESHARK_VERSION_MICRO);
}

/// One capture, read to its end.
struct Reading {
  explicit Reading(const Preferences& preferences) : analyzer(preferences) {}

  CaptureFile capture;
  Analyzer analyzer;
  Provenance provenance;
  plugin::SizeLog sizes;
};

void read_all(Reading& reading, bool with_sizes) {
  Observation observation;
  while (const auto frame = reading.capture.next()) {
    if (!reading.provenance.begin) reading.provenance.begin = frame->time;
    reading.provenance.end = frame->time;
    reading.analyzer.observe(*frame);
    if (!with_sizes) continue;
    decode(*frame, observation);
    reading.sizes.take(frame->number, frame->time, observation.layers());
  }
  reading.analyzer.conclude();
}

void write_answer(std::FILE* file, Format format, Reading& reading, const Summary& summary) {
  Provenance& provenance = reading.provenance;
  switch (format) {
    case Format::ndjson:
      for (const ConversationRow& row : summary.conversations)
        plugin::write_row_line(file, provenance.file, row);
      break;
    case Format::table:
      for (const ConversationRow& row : summary.conversations) write_table_row(file, provenance.file, row);
      break;
    case Format::json:
      plugin::write_json(file, summary, provenance);
      break;
    case Format::report:
      provenance.sha256 = plugin::sha256_of(provenance.file);
      std::fputs(write_report(summary, reading.analyzer.findings(), provenance).c_str(), file);
      break;
    case Format::html:
      provenance.sha256 = plugin::sha256_of(provenance.file);
      std::fputs(write_html_report(summary, reading.analyzer.findings(), provenance,
                                   [&](const FlowKey& flow) { return reading.sizes.of(flow); })
                     .c_str(),
                 file);
      break;
  }
}

/// What the metrics count of the rows.
std::vector<Tally> tallies_of(const Summary& summary) {
  std::map<std::tuple<Verdict, std::string, std::string>, std::uint64_t> counts;
  for (const ConversationRow& row : summary.conversations) {
    ++counts[{row.verdict, to_string(row.flow.path.source), row.reporter ? to_string(*row.reporter) : ""}];
  }
  std::vector<Tally> tallies;
  for (const auto& [key, count] : counts) {
    const auto& [verdict, sender, reporter] = key;
    tallies.push_back({verdict, sender, reporter, count});
  }
  return tallies;
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
  Reading reading(preferences);
  if (!reading.capture.open(source.path))
    return answer_of_error(source.path, format, reading.capture.error());
  reading.provenance.file = source.path;
  reading.provenance.pmtu_version = PMTU_VERSION;
  reading.provenance.wireshark_version = wireshark_version();
  read_all(reading, format == Format::html);
  const Summary summary = reading.analyzer.summary();

  Answer answer;
  answer.frames = reading.capture.records();
  answer.tallies = tallies_of(summary);
  for (const Tally& tally : answer.tallies) answer.verdicts.set(static_cast<std::size_t>(tally.verdict));
  const TextFile output;
  write_answer(output.get(), format, reading, summary);
  if (!reading.capture.error().empty())
    add_error(answer, output.get(), source.path, format, reading.capture.error());
  answer.output = output.text();
  return answer;
}

}  // namespace pmtu::scan
