// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pmtu/decode.h"
#include "wireshark_compat.h"

namespace pmtu::scan {

/// Makes Wireshark's file library ready: once, before the first file is opened.
void start_file_library(const char* program);

/// Why a capture, or the rest of it, could not be read.
struct ReadError {
  std::string path;
  std::string text;
};

/// A capture of any format that Wireshark reads, from its first frame to its last.
class CaptureFile {
 public:
  /// "-" is standard input. Whether it could be opened; if not, `error` says why.
  [[nodiscard]] bool open(const std::string& path);

  /// The next frame, which points into this object and holds until the next call; empty at the end, or where
  /// the rest cannot be read: then `error` says why.
  [[nodiscard]] std::optional<Frame> next();

  /// Goes on behind the end that `next` met, for a file that has grown since.
  void expect_more();

  /// What an interface is called; empty: nobody knows.
  [[nodiscard]] std::string interface_name(std::uint32_t section, std::uint32_t number) const;

  /// What went wrong; empty when nothing did.
  [[nodiscard]] const std::string& error() const { return error_; }

  /// Records read so far. Wireshark numbers all of them, also those that hold no packet.
  [[nodiscard]] std::uint32_t records() const { return records_; }

 private:
  struct Close {
    void operator()(wtap* file) const { wtap_close(file); }
  };
  std::unique_ptr<wtap, Close> file_;
  plugin::compat::RecordBuffer<> record_;
  std::string error_;
  std::uint32_t records_ = 0;
};

}  // namespace pmtu::scan
