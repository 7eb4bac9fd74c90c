// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/capture_reader.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace pmtu::test {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kPacket = 2;  // obsolete, but in old files
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;

/// Blocks without a packet that Wireshark numbers as frames: journal entries and system calls.
bool is_event(std::uint32_t block) {
  return block == 9 || (block >= 0x201 && block <= 0x225);
}

/// Link types of the capture formats (tcpdump.org, "Link-layer header types").
LinkType link_type(std::uint32_t value) {
  switch (value) {
    case 0:
      return LinkType::null_loopback;
    case 1:
      return LinkType::ethernet;
    case 9:
    case 50:
    case 166:
    case 204:
      return LinkType::ppp;
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return LinkType::raw_ip;
    case 51:
      return LinkType::ppp_ether;
    case 104:
    case 205:
      return LinkType::cisco_hdlc;
    case 105:
      return LinkType::ieee80211;
    case 107:
    case 206:
      return LinkType::frame_relay;
    case 108:
      return LinkType::loop;
    case 113:
      return LinkType::linux_cooked_v1;
    case 117:
      return LinkType::pflog;
    case 119:
      return LinkType::ieee80211_prism;
    case 127:
      return LinkType::ieee80211_radiotap;
    case 163:
      return LinkType::ieee80211_avs;
    case 192:
      return LinkType::ieee80211_ppi;
    case 242:
      return LinkType::ip_over_infiniband;
    case 276:
      return LinkType::linux_cooked_v2;
    default:
      return LinkType::unknown;
  }
}

/// Link types whose first byte tells the direction and belongs to no header.
bool has_direction(std::uint32_t value) {
  return value >= 204 && value <= 206;
}

}  // namespace

std::uint32_t CaptureReader::number(std::size_t offset, std::size_t size) const {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = offset + (big_endian_ ? i : size - 1 - i);
    value = value << 8U | (at < file_.size() ? file_[at] : 0U);
  }
  return value;
}

bool CaptureReader::open(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  file_.assign(std::istreambuf_iterator<char>(in), {});
  for (const bool big_endian : {false, true}) {
    big_endian_ = big_endian;
    const std::uint32_t magic = number(0, 4);
    if (magic == kSectionHeader) {
      format_ = Format::pcapng;
      return true;
    }
    if (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d || magic == 0xa1b2cd34) {
      format_ = Format::pcap;
      record_header_ = magic == 0xa1b2cd34 ? 24 : 16;  // the third has a longer record header
      interfaces_.push_back({number(20, 4) & 0xffffU, 0, magic == 0xa1b23c4d ? 1'000'000'000U : 1'000'000U});
      minor_version_ = number(6, 2);
      offset_ = 24;
      return true;
    }
  }
  return false;
}

bool CaptureReader::next(CapturedFrame& frame) {
  return format_ == Format::pcap ? next_pcap(frame) : next_pcapng(frame);
}

bool CaptureReader::packet(CapturedFrame& frame, std::uint32_t interface, std::size_t offset,
                           std::uint32_t length) {
  if (offset > file_.size() || length > file_.size() - offset) return false;
  const std::uint32_t type = interface < interfaces_.size() ? interfaces_[interface].link_type : 0xffffffff;
  frame.link_type = link_type(type);
  frame.interface_id = interface;
  frame.bytes = std::span(file_).subspan(offset, length);
  if (has_direction(type) && length > 0) frame.bytes = frame.bytes.subspan(1);
  return true;
}

bool CaptureReader::next_pcap(CapturedFrame& frame) {
  if (offset_ + record_header_ > file_.size()) return false;
  std::uint32_t captured = number(offset_ + 8, 4);
  const std::uint32_t original = number(offset_ + 12, 4);
  // Before version 2.3 the two lengths stood the other way round; at 2.3 some writers did not know yet.
  if (minor_version_ < 3 || (minor_version_ == 3 && captured > original)) captured = original;
  const std::size_t start = offset_ + record_header_;
  const std::uint64_t fraction = number(offset_ + 4, 4) * (1'000'000'000U / interfaces_[0].ticks_per_second);
  frame.time =
      Timestamp(std::int64_t{number(offset_, 4)} * 1'000'000'000 + static_cast<std::int64_t>(fraction));
  offset_ = start + captured;
  return packet(frame, 0, start, captured);
}

void CaptureReader::describe_section(std::size_t offset) {
  interfaces_.clear();
  big_endian_ = false;
  if (number(offset + 8, 4) != kByteOrder) big_endian_ = true;
}

/// Interface description: link type, snapshot length, then options, of which `if_tsresol` tells the unit of
/// time.
void CaptureReader::describe_interface(std::size_t block, std::uint32_t length) {
  constexpr std::uint32_t kTimeResolution = 9;
  Interface described{number(block + 8, 2), number(block + 12, 4), 1'000'000};
  const std::size_t end = std::min<std::size_t>(block + length - 4, file_.size());
  for (std::size_t option = block + 16; option + 4 < end;) {
    const std::uint32_t code = number(option, 2);
    const std::uint32_t size = number(option + 2, 2);
    if (code == kTimeResolution && size == 1) {
      const std::uint32_t exponent = number(option + 4, 1);
      const bool binary = (exponent & 0x80U) != 0;
      described.ticks_per_second = 1;
      const std::uint32_t most = binary ? 63 : 19;
      for (std::uint32_t i = 0; i < std::min(exponent & 0x7fU, most); ++i) {
        described.ticks_per_second *= binary ? 2U : 10U;
      }
    }
    option += 4 + (size + 3U) / 4U * 4U;
  }
  interfaces_.push_back(described);
}

/// The time of a block, whose upper half stands first.
Timestamp CaptureReader::time(std::uint32_t interface, std::size_t offset) const {
  if (interface >= interfaces_.size()) return {};
  const std::uint64_t ticks = std::uint64_t{number(offset, 4)} << 32U | number(offset + 4, 4);
  const std::uint64_t unit = interfaces_[interface].ticks_per_second;
  const auto fraction = static_cast<double>(ticks % unit) * 1e9 / static_cast<double>(unit);
  return Timestamp(static_cast<std::int64_t>(ticks / unit % 9'000'000'000U * 1'000'000'000U) +
                   static_cast<std::int64_t>(fraction + 0.5));
}

bool CaptureReader::next_pcapng(CapturedFrame& frame) {
  while (offset_ + 12 <= file_.size()) {
    const std::size_t block = offset_;
    // The type of a section header reads the same either way, and only after it is the byte order known.
    if (number(block, 4) == kSectionHeader) describe_section(block);
    const std::uint32_t type = number(block, 4);
    const std::uint32_t length = number(block + 4, 4);
    if (length < 12) return false;
    offset_ = block + (length + 3U) / 4U * 4U;
    switch (type) {
      case kInterfaceDescription:
        describe_interface(block, length);
        break;
      case kEnhancedPacket:
        frame.time = time(number(block + 8, 4), block + 12);
        return packet(frame, number(block + 8, 4), block + 28, number(block + 20, 4));
      case kPacket:
        frame.time = time(number(block + 8, 2), block + 12);
        return packet(frame, number(block + 8, 2), block + 28, number(block + 20, 4));
      case kSimplePacket: {  // has no time
        std::uint32_t captured = std::min(number(block + 8, 4), length - 16U);
        if (!interfaces_.empty() && interfaces_[0].snapshot_length != 0) {
          captured = std::min(captured, interfaces_[0].snapshot_length);
        }
        return packet(frame, 0, block + 12, captured);
      }
      default:
        if (is_event(type)) return packet(frame, 0xffffffff, block, 0);
        break;
    }
  }
  return false;
}

LooseCapture read_capture(const std::string& path) {
  LooseCapture capture;
  CaptureReader reader;
  CapturedFrame frame;
  if (!reader.open(path)) return capture;
  while (reader.next(frame)) {
    capture.push_back(
        {frame.time, frame.link_type, frame.interface_id, {frame.bytes.begin(), frame.bytes.end()}});
  }
  return capture;
}

}  // namespace pmtu::test
