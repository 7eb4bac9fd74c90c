// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scan/capture_file.h"
#include "scan/record_splitter.h"

namespace pmtu::scan {

/// A capture that comes through a pipe, frame by frame as it comes.
///
/// Wireshark's file library reads ahead: of a pipe it would give a frame only when more have come. So whole
/// records go to a file in memory, which the library reads as one that grows, and what it has read is taken
/// out of that file again.
class LiveInput {
 public:
  /// Throws std::system_error where there is no such file to be had.
  LiveInput();
  ~LiveInput();
  LiveInput(const LiveInput&) = delete;
  LiveInput& operator=(const LiveInput&) = delete;

  /// Takes what the descriptor has. False at its end.
  [[nodiscard]] bool take(int descriptor);

  /// The next frame of what was taken.
  [[nodiscard]] std::optional<Frame> next();

  /// To be called at the end: why not all of the input could be read; empty when it could.
  [[nodiscard]] std::string error_at_end() const;

 private:
  void keep(std::size_t bytes);
  void drop_what_was_read();

  int file_ = -1;
  std::string path_;
  std::vector<std::uint8_t> pending_;  ///< bytes that are no whole record yet
  RecordSplitter splitter_;
  CaptureFile capture_;
  std::uint64_t kept_ = 0;     ///< bytes put into the file so far
  std::uint64_t dropped_ = 0;  ///< of these, taken out again
  bool open_ = false;
};

}  // namespace pmtu::scan
