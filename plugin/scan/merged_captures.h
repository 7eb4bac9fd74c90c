// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "scan/capture_file.h"
#include "scan/source_list.h"

namespace pmtu::scan {

/// Several captures as one, frame by frame in order of time: what mergecap makes of them when it keeps
/// interfaces apart. Each file has a section of its own, so that each is a capture point of its own.
class MergedCaptures {
 public:
  /// Opens all of them.
  explicit MergedCaptures(const std::vector<Source>& sources);

  /// The next frame, numbered from 1 on over all files. It holds until the next call. Of two frames of one
  /// time that of the file named first comes first.
  [[nodiscard]] std::optional<Frame> next();

  /// What could not be read, or not to its end.
  [[nodiscard]] const std::vector<ReadError>& errors() const { return errors_; }

  /// What an interface of one of these sections is called; empty: nobody knows.
  [[nodiscard]] std::string interface_name(std::uint32_t section, std::uint32_t number) const;

  /// The file of each section so far.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

  [[nodiscard]] std::uint32_t frames() const { return frames_; }

 private:
  struct Input {
    std::string path;
    CaptureFile capture;
    Frame frame;  ///< the next one
  };
  /// The time of an input's next frame, and the input's index.
  using Turn = std::pair<std::int64_t, std::size_t>;

  void advance(std::size_t input);
  [[nodiscard]] std::uint32_t section_of(std::size_t input, std::uint32_t section);

  std::deque<Input> inputs_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  std::optional<std::size_t> given_;  ///< the input whose frame was given last
  /// An input and a section of it.
  using Origin = std::pair<std::size_t, std::uint32_t>;
  std::vector<Origin> origins_;  ///< of each section so far
  std::map<Origin, std::uint32_t> further_sections_;
  std::vector<std::string> files_;
  std::vector<ReadError> errors_;
  std::uint32_t frames_ = 0;
};

}  // namespace pmtu::scan
