// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/arguments.h"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "preference_table.h"

namespace pmtu::scan {
namespace {

constexpr char kHelp[] =
    "usage: pmtu-scan [OPTION]... FILE|FOLDER...\n"
    "Says what captures show of path-MTU discovery: who ignores hints, which paths lose\n"
    "large datagrams. Reads every format that Wireshark reads; - is standard input.\n"
    "\n"
    "  -f, --format FORMAT       ndjson (default; one line per direction with a verdict),\n"
    "                            json, table, report (Markdown) or html (one page)\n"
    "  -j, --jobs N              read N files at a time (default 1, 0: one per processor)\n"
    "  -e, --fail-on VERDICT,... exit with 1 if a direction has one of these verdicts\n"
    "  -p, --preference NAME=N   set a preference of the plugin, as in Wireshark\n"
    "      --together            the captures are points of one network: as if merged\n"
    "      --follow              go on: a line per finding at once, from - (pcap or pcapng)\n"
    "                            or from the files of a ring buffer in a folder\n"
    "      --metrics FILE        keep counters in FILE, for Prometheus\n"
    "  -h, --help                this help\n"
    "  -V, --version             the version\n"
    "\n"
    "Exit status: 0; 1 when --fail-on matched; 2 when something could not be read or\n"
    "written.\n";

/// Options without a letter of their own.
enum LongOption : int { kFollow = 256, kMetrics, kTogether };

constexpr std::array kOptions{
    option{"format", required_argument, nullptr, 'f'},
    option{"jobs", required_argument, nullptr, 'j'},
    option{"fail-on", required_argument, nullptr, 'e'},
    option{"preference", required_argument, nullptr, 'p'},
    option{"together", no_argument, nullptr, kTogether},
    option{"follow", no_argument, nullptr, kFollow},
    option{"metrics", required_argument, nullptr, kMetrics},
    option{"help", no_argument, nullptr, 'h'},
    option{"version", no_argument, nullptr, 'V'},
    option{nullptr, 0, nullptr, 0},
};
constexpr char kLetters[] = "f:j:e:p:hV";

constexpr unsigned kMostJobs = 1024;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Format> format_named(std::string_view name) {
  if (name == "ndjson") return Format::ndjson;
  if (name == "json") return Format::json;
  if (name == "table") return Format::table;
  if (name == "report") return Format::report;
  if (name == "html") return Format::html;
  return std::nullopt;
}

/// Every function below returns what is wrong with a value; empty when nothing is.
using Complaint = std::string;

Complaint add_verdicts(VerdictSet& set, std::string_view list) {
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view wanted = list.substr(0, comma);
    std::size_t verdict = 0;
    while (verdict < kVerdicts && name(static_cast<Verdict>(verdict)) != wanted) ++verdict;
    if (verdict == kVerdicts) return "no such verdict: " + std::string(wanted);
    set.set(verdict);
    if (comma == list.size()) return {};
    list.remove_prefix(comma + 1);
  }
}

Complaint set_preference(std::string_view text) {
  const std::size_t equals = text.find('=');
  std::string_view wanted = text.substr(0, equals);
  if (constexpr std::string_view kPrefix = "pmtu."; wanted.starts_with(kPrefix))
    wanted.remove_prefix(kPrefix.size());
  const auto preferences = plugin::uint_preferences();
  const auto found = std::find_if(preferences.begin(), preferences.end(),
                                  [&](const auto* preference) { return preference->name == wanted; });
  if (found == preferences.end()) return "no such preference: " + std::string(wanted);
  const auto value = equals == text.npos ? std::nullopt : number(text.substr(equals + 1));
  if (!value || *value < (*found)->least || *value > (*found)->most) {
    return "the preference " + std::string(wanted) + " takes a number from " +
           std::to_string((*found)->least) + " to " + std::to_string((*found)->most);
  }
  (*found)->value = *value;
  return {};
}

Complaint take_option(Arguments& arguments, int letter, const char* value) {
  switch (letter) {
    case 'f': {
      const auto format = format_named(value);
      if (!format) return "no such format: " + std::string(value);
      arguments.format = *format;
      return {};
    }
    case 'j': {
      const auto jobs = number(value);
      if (!jobs || *jobs > kMostJobs) return "not a number of jobs: " + std::string(value);
      arguments.jobs = *jobs;
      return {};
    }
    case kFollow:
      arguments.follow = true;
      return {};
    case kTogether:
      arguments.together = true;
      return {};
    case kMetrics:
      arguments.metrics = value;
      return {};
    case 'e':
      return add_verdicts(arguments.fail_on, value);
    default:
      return set_preference(value);
  }
}

/// What no option can tell by itself.
Complaint check(const Arguments& arguments) {
  if (arguments.sources.empty()) return "which captures? Name files or folders, or - for standard input";
  if (!arguments.follow) return {};
  if (arguments.together) return "--together reads captures to their end, --follow goes on";
  if (arguments.sources.size() != 1) return "--follow takes one pipe or one folder";
  std::error_code ignored;
  if (arguments.sources[0] != "-" && !std::filesystem::is_directory(arguments.sources[0], ignored))
    return "--follow takes - or a folder, which " + arguments.sources[0] + " is not";
  if (arguments.format != Format::ndjson) return "--follow has one format, ndjson";
  return {};
}

Notice wrong(const std::string& complaint) {
  return {"pmtu-scan: " + complaint + "\nTry: pmtu-scan --help\n", true};
}

}  // namespace

std::variant<Arguments, Notice> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  // Messages are ours; the first colon tells an option that lacks its value from an unknown one.
  const std::string letters = std::string(":") + kLetters;
  while (true) {
    const int index = optind;
    const int letter = getopt_long(argc, argv, letters.c_str(), kOptions.data(), nullptr);
    if (letter == -1) break;
    if (letter == 'h') return Notice{kHelp, false};
    if (letter == 'V') return Notice{"pmtu-scan " PMTU_VERSION "\n", false};
    if (letter == ':') return wrong(std::string("a value is missing after ") + argv[optind - 1]);
    if (letter == '?') return wrong(std::string("no such option: ") + argv[std::min(index, argc - 1)]);
    const Complaint complaint = take_option(arguments, letter, optarg);
    if (!complaint.empty()) return wrong(complaint);
  }
  arguments.sources.assign(argv + optind, argv + argc);
  if (const Complaint complaint = check(arguments); !complaint.empty()) return wrong(complaint);
  plugin::bring_into_range([](const char* text) { std::fprintf(stderr, "pmtu-scan: %s\n", text); });
  return arguments;
}

}  // namespace pmtu::scan
