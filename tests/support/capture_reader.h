// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pmtu/decode.h"

namespace pmtu::test {

/// One record of a capture file. `bytes` points into the reader.
struct CapturedFrame {
  Timestamp time;
  LinkType link_type = LinkType::unknown;
  std::uint32_t interface_id = 0;
  std::span<const std::uint8_t> bytes;

  /// As the core takes it. Sections are not told apart.
  [[nodiscard]] Frame as_frame(FrameNumber number) const {
    Frame frame;
    frame.number = number;
    frame.time = time;
    frame.link_type = link_type;
    frame.interface_id = interface_id;
    frame.bytes = bytes;
    return frame;
  }
};

/// Reads pcap and pcapng files, with as many interfaces and link types as they have. A file that ends in the
/// middle of a record gives the records before it.
class CaptureReader {
 public:
  /// False when the file cannot be read or has neither format.
  [[nodiscard]] bool open(const std::string& path);
  /// False at the end of the file.
  [[nodiscard]] bool next(CapturedFrame& frame);

 private:
  enum class Format : std::uint8_t { pcap, pcapng };
  struct Interface {
    std::uint32_t link_type;
    std::uint32_t snapshot_length;
    std::uint64_t ticks_per_second;
  };

  [[nodiscard]] std::uint32_t number(std::size_t offset, std::size_t size) const;
  [[nodiscard]] bool next_pcap(CapturedFrame& frame);
  [[nodiscard]] bool next_pcapng(CapturedFrame& frame);
  void describe_section(std::size_t offset);
  void describe_interface(std::size_t block, std::uint32_t length);
  [[nodiscard]] Timestamp time(std::uint32_t interface, std::size_t offset) const;
  [[nodiscard]] bool packet(CapturedFrame& frame, std::uint32_t interface, std::size_t offset,
                            std::uint32_t length);

  std::vector<std::uint8_t> file_;
  std::vector<Interface> interfaces_;
  std::size_t offset_ = 0;
  std::size_t record_header_ = 16;
  std::uint32_t minor_version_ = 4;
  Format format_ = Format::pcap;
  bool big_endian_ = false;
};

/// A frame on its own, free to be changed. Frames are numbered by their place in the capture.
struct LooseFrame {
  Timestamp time;
  LinkType link_type = LinkType::unknown;
  std::uint32_t interface_id = 0;
  std::vector<std::uint8_t> bytes;

  /// As the core takes it, as long as this object lives.
  [[nodiscard]] Frame as_frame(FrameNumber number) const {
    return CapturedFrame{time, link_type, interface_id, bytes}.as_frame(number);
  }
};
using LooseCapture = std::vector<LooseFrame>;

/// All frames of a file; none when it cannot be read.
[[nodiscard]] LooseCapture read_capture(const std::string& path);

}  // namespace pmtu::test
