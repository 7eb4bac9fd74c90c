// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "pmtu/conversations.h"

namespace pmtu::scan {

/// Counters for the textfile collector of Prometheus' node exporter. Bounded: beyond `kMostSeries` senders
/// and reporters a verdict is counted under "other".
class Metrics {
 public:
  static constexpr std::size_t kMostSeries = 1000;

  std::uint64_t captures = 0;
  std::uint64_t errors = 0;
  std::uint64_t frames = 0;

  /// A direction of a conversation got a verdict. The reporter is empty where none is known.
  void count_verdict(Verdict verdict, const std::string& sender, const std::string& reporter,
                     std::uint64_t directions = 1);
  void count_finding(FindingKind kind, Severity severity) { ++findings_[{kind, severity}]; }

  /// In the text format of Prometheus.
  [[nodiscard]] std::string text() const;

  /// Replaces the file at once: a reader finds the old text or the new one. Whether it could be; if not, a
  /// message was printed.
  [[nodiscard]] bool write(const std::string& path) const;

 private:
  std::map<std::tuple<Verdict, std::string, std::string>, std::uint64_t> verdicts_;
  std::map<std::tuple<FindingKind, Severity>, std::uint64_t> findings_;
};

}  // namespace pmtu::scan
