// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace pmtu::scan {

/// A folder into which a capture program writes one file after the other and takes old ones away.
///
/// A file is complete when a newer one exists. The newest is read as far as it goes when it has not grown for
/// a while, and further when it has: the capture may have ended, or the network may be quiet.
class RingFolder {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kQuietTime{5};

  explicit RingFolder(std::string folder) : folder_(std::move(folder)) {}

  /// A file to be read.
  struct Ready {
    std::string path;
    std::uint32_t records_known;  ///< read before
    bool complete;                ///< nothing more will come
  };
  /// The oldest file that is ready now.
  [[nodiscard]] std::optional<Ready> next(Clock::time_point now);

  /// So many records of the file are known now.
  void note_read(const Ready& file, std::uint32_t records);

 private:
  /// What tells that a file has changed.
  struct Stamp {
    std::int64_t seconds = 0;  ///< of the last change
    std::int64_t nanoseconds = 0;
    std::uint64_t bytes = 0;
    std::uint64_t inode = 0;
    friend auto operator<=>(const Stamp&, const Stamp&) = default;
  };
  struct State {
    Stamp stamp;
    Clock::time_point unchanged_since;
    std::optional<Stamp> read;  ///< the stamp when it was read last
    std::uint32_t records = 0;
    bool complete = false;  ///< and read to its end
  };
  void look(Clock::time_point now);
  [[nodiscard]] static std::optional<Stamp> stamp_of(const std::string& path);

  std::string folder_;
  std::map<std::string, State> files_;
};

}  // namespace pmtu::scan
