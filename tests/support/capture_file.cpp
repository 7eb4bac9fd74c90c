// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/capture_file.h"

#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

#include "support/link_builder.h"

// Blocks of draft-ietf-opsawg-pcapng: section header, interface description, enhanced packet.
namespace pmtu::test {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;

/// Little-endian fields, since the byte order magic below says so.
class Block {
 public:
  explicit Block(std::uint32_t type) : type_(type) {}
  Block& u16(std::uint32_t value) {
    body_.push_back(static_cast<char>(value & 0xffU));
    body_.push_back(static_cast<char>(value >> 8U & 0xffU));
    return *this;
  }
  Block& u32(std::uint32_t value) { return u16(value & 0xffffU).u16(value >> 16U); }
  Block& padded(const Bytes& bytes) {
    body_.insert(body_.end(), bytes.begin(), bytes.end());
    body_.resize((body_.size() + 3) / 4 * 4);
    return *this;
  }
  void write(std::ostream& out) {
    const auto total = static_cast<std::uint32_t>(body_.size() + 12);
    std::vector<char> body;
    body.swap(body_);
    u32(type_).u32(total);
    body_.insert(body_.end(), body.begin(), body.end());
    u32(total);
    out.write(body_.data(), static_cast<std::streamsize>(body_.size()));
  }

 private:
  std::uint32_t type_;
  std::vector<char> body_;
};

void write_section_header(std::ostream& out) {
  Block(kSectionHeader).u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff).write(out);
}

void write_interface(std::ostream& out, LinkType link_type) {
  Block block(kInterfaceDescription);
  block.u16(capture_file_link_type(link_type)).u16(0).u32(0);
  block.u16(9).u16(1).padded({9});  // if_tsresol: nanoseconds
  block.u32(0).write(out);          // opt_endofopt
}

void write_packet(std::ostream& out, const TraceFrame& frame, std::uint32_t interface) {
  const auto time = static_cast<std::uint64_t>(frame.time.nanoseconds());
  Block block(kEnhancedPacket);
  block.u32(interface).u32(static_cast<std::uint32_t>(time >> 32U)).u32(static_cast<std::uint32_t>(time));
  block.u32(static_cast<std::uint32_t>(frame.bytes.size()))
      .u32(static_cast<std::uint32_t>(frame.original_length));
  block.padded(frame.bytes).write(out);
}

}  // namespace

void write_capture_file(const Trace& trace, std::ostream& out) {
  // The file numbers interfaces from 0 in the order of their blocks; a trace may use any numbers.
  std::vector<std::pair<std::uint32_t, LinkType>> interfaces;
  for (const TraceFrame& frame : trace.frames) interfaces.emplace_back(frame.interface_id, frame.link_type);
  std::sort(interfaces.begin(), interfaces.end());
  interfaces.erase(std::unique(interfaces.begin(), interfaces.end()), interfaces.end());

  write_section_header(out);
  for (const auto& [id, link_type] : interfaces) write_interface(out, link_type);
  for (const TraceFrame& frame : trace.frames) {
    const auto at =
        std::find(interfaces.begin(), interfaces.end(), std::pair(frame.interface_id, frame.link_type));
    write_packet(out, frame, static_cast<std::uint32_t>(at - interfaces.begin()));
  }
}

}  // namespace pmtu::test
