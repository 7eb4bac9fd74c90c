// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/answer.h"

#include <ws_version.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "pmtu/report.h"
#include "report/json_document.h"
#include "report/sha256.h"
#include "report/size_log.h"
#include "scan/capture_file.h"
#include "scan/merged_captures.h"
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

/// What is known of one capture, or of several together.
class Reading {
 public:
  Reading(const Preferences& preferences, Format format)
      : format_(format), with_sizes_(format == Format::html), analyzer_(preferences) {
    provenance.pmtu_version = PMTU_VERSION;
    provenance.wireshark_version = wireshark_version();
  }
  void observe(const Frame& frame) {
    if (!provenance.begin) provenance.begin = frame.time;
    provenance.end = frame.time;
    analyzer_.observe(frame);
    if (!with_sizes_) return;
    decode(frame, observation_);
    sizes_.take(frame.number, frame.time, observation_.layers());
  }
  /// All of `captures` has been read.
  template <class Captures>
  [[nodiscard]] Answer answer(const Captures& captures, std::span<const ReadError> errors);

  Provenance provenance;

 private:
  void write(std::FILE* file, const Summary& summary);

  Format format_;
  bool with_sizes_;
  Analyzer analyzer_;
  plugin::SizeLog sizes_;
  Observation observation_;
};

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
    answer.complaint += (answer.complaint.empty() ? "" : "\npmtu-scan: ") + path + ": " + error;
  }
}

void Reading::write(std::FILE* file, const Summary& summary) {
  switch (format_) {
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
      std::fputs(write_report(summary, analyzer_.findings(), provenance).c_str(), file);
      break;
    case Format::html:
      provenance.sha256 = plugin::sha256_of(provenance.file);
      std::fputs(write_html_report(summary, analyzer_.findings(), provenance,
                                   [&](const FlowKey& flow) { return sizes_.of(flow); })
                     .c_str(),
                 file);
      break;
  }
}

template <class Captures>
Answer Reading::answer(const Captures& captures, std::span<const ReadError> errors) {
  analyzer_.conclude();
  const Summary summary = analyzer_.summary();
  for (const CapturePoint& point : summary.points) {
    const std::string name = captures.interface_name(point.section, point.capture_interface);
    if (!name.empty()) provenance.interfaces[{point.section, point.capture_interface}] = name;
  }
  Answer answer;
  answer.tallies = tallies_of(summary);
  for (const Tally& tally : answer.tallies) answer.verdicts.set(static_cast<std::size_t>(tally.verdict));
  const TextFile output;
  write(output.get(), summary);
  for (const ReadError& error : errors) add_error(answer, output.get(), error.path, format_, error.text);
  answer.output = output.text();
  return answer;
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
  Reading reading(preferences, format);
  reading.provenance.file = source.path;
  while (const auto frame = capture.next()) reading.observe(*frame);
  std::vector<ReadError> errors;
  if (!capture.error().empty()) errors.push_back({source.path, capture.error()});
  Answer answer = reading.answer(capture, errors);
  answer.frames = capture.records();
  return answer;
}

std::string name_of_all(const std::vector<Source>& sources) {
  constexpr std::size_t kMostNamed = 8;
  std::string name;
  for (std::size_t i = 0; i < std::min(sources.size(), kMostNamed); ++i)
    name += (name.empty() ? "" : " + ") + sources[i].path;
  if (sources.size() > kMostNamed) name += " + " + std::to_string(sources.size() - kMostNamed) + " more";
  return name;
}

Answer scan_together(const std::vector<Source>& sources, Format format, Preferences preferences) {
  MergedCaptures captures(sources);
  preferences.several_points = true;
  Reading reading(preferences, format);
  reading.provenance.file = name_of_all(sources);
  while (const auto frame = captures.next()) reading.observe(*frame);
  reading.provenance.section_files = captures.files();
  Answer answer = reading.answer(captures, captures.errors());
  answer.frames = captures.frames();
  return answer;
}

}  // namespace pmtu::scan
