// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/metrics.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

namespace pmtu::scan {
namespace {

constexpr char kOther[] = "other";

void describe(std::string& text, std::string_view name, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help);
  text.append("\n# TYPE ").append(name).append(" counter\n");
}

void add_counter(std::string& text, std::string_view name, std::string_view help, std::uint64_t value) {
  describe(text, name, help);
  text.append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

void Metrics::count_verdict(Verdict verdict, const std::string& sender, const std::string& reporter,
                            std::uint64_t directions) {
  std::tuple key(verdict, sender, reporter);
  if (!verdicts_.contains(key) && verdicts_.size() >= kMostSeries) key = {verdict, kOther, kOther};
  verdicts_[key] += directions;
}

std::string Metrics::text() const {
  std::string text;
  add_counter(text, "pmtu_captures_total", "Captures read.", captures);
  add_counter(text, "pmtu_capture_errors_total", "Captures that could not be read, or not to their end.",
              errors);
  add_counter(text, "pmtu_frames_total", "Frames read.", frames);
  constexpr std::string_view kVerdictsName = "pmtu_verdicts_total";
  describe(text, kVerdictsName, "Directions of conversations that got a verdict.");
  for (const auto& [key, count] : verdicts_) {
    const auto& [verdict, sender, reporter] = key;
    text.append(kVerdictsName)
        .append("{verdict=\"")
        .append(name(verdict))
        .append("\",sender=\"")
        .append(sender);
    text.append("\",reporter=\"").append(reporter).append("\"} ").append(std::to_string(count)).append("\n");
  }
  constexpr std::string_view kFindingsName = "pmtu_findings_total";
  describe(text, kFindingsName, "Findings that blame or warn, told by --follow.");
  for (const auto& [key, count] : findings_) {
    const auto& [kind, severity] = key;
    text.append(kFindingsName)
        .append("{finding=\"")
        .append(name(kind))
        .append("\",severity=\"")
        .append(name(severity));
    text.append("\"} ").append(std::to_string(count)).append("\n");
  }
  return text;
}

bool Metrics::write(const std::string& path) const {
  // In the same folder, as a file can be moved at once only within its file system. The collector takes
  // *.prom.
  const std::string draft = path + ".new";
  const std::string content = text();
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(draft.c_str(), "w"), std::fclose);
  const bool written = file && std::fwrite(content.data(), 1, content.size(), file.get()) == content.size() &&
                       std::fclose(file.release()) == 0 && std::rename(draft.c_str(), path.c_str()) == 0;
  if (written) return true;
  std::fprintf(stderr, "pmtu-scan: %s: %s\n", path.c_str(), std::strerror(errno));
  file.reset();
  std::remove(draft.c_str());
  return false;
}

}  // namespace pmtu::scan
