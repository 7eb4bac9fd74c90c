// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/record_splitter.h"

#include <algorithm>

namespace pmtu::scan {
namespace {

// draft-ietf-opsawg-pcap section 4: magic numbers of microseconds and nanoseconds, and the lengths of
// headers.
constexpr std::uint32_t kPcapMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kPcapNanoseconds = 0xa1b23c4d;
constexpr std::size_t kPcapFileHeader = 24;
constexpr std::size_t kPcapRecordHeader = 16;
constexpr std::size_t kCapturedLengthOffset = 8;

// draft-ietf-opsawg-pcapng sections 3.1 and 4: a block has its type and its length in front; a section begins
// with the number that shows its byte order.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kPacketBlocks[] = {2, 3, 6};
constexpr std::size_t kLengthOffset = 4;
constexpr std::size_t kByteOrderOffset = 8;
constexpr std::size_t kShortestBlock = 12;

/// More than any record holds (Wireshark's own limit is 256 KiB, 128 MiB for some link types): not a length.
constexpr std::uint32_t kLongestRecord = 0x0800'0000;

}  // namespace

std::uint32_t RecordSplitter::number(std::span<const std::uint8_t> bytes, std::size_t offset) const {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[offset + (big_endian_ ? i : 3 - i)];
  return value;
}

/// The length of pcap's header; 0 while the format is not known, or where it has none.
std::size_t RecordSplitter::file_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 4) return 0;
  format_ = Format::unknown;
  for (const bool big_endian : {false, true}) {
    big_endian_ = big_endian;
    const std::uint32_t magic = number(bytes, 0);
    if (magic == kSectionHeader) format_ = Format::pcapng;
    if (magic != kPcapMicroseconds && magic != kPcapNanoseconds) continue;
    // The whole header or nothing: until then it may be any file.
    format_ = bytes.size() < kPcapFileHeader ? Format::undecided : Format::pcap;
    return bytes.size() < kPcapFileHeader ? 0 : kPcapFileHeader;
  }
  return 0;
}

/// The length of the first record; 0 when it is not whole.
std::size_t RecordSplitter::pcap_record(std::span<const std::uint8_t> bytes) const {
  if (bytes.size() < kPcapRecordHeader) return 0;
  return kPcapRecordHeader + std::min(number(bytes, kCapturedLengthOffset), kLongestRecord);
}

std::size_t RecordSplitter::pcapng_block(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kShortestBlock) return 0;
  if (number(bytes, 0) == kSectionHeader) {  // reads the same in both orders
    big_endian_ = false;
    big_endian_ = number(bytes, kByteOrderOffset) != kByteOrderMagic;
  }
  const std::size_t length = std::min(number(bytes, kLengthOffset), kLongestRecord);
  if (length < kShortestBlock) format_ = Format::unknown;
  if (length > bytes.size()) return length;
  const std::uint32_t type = number(bytes, 0);
  any_packet_ |=
      std::find(std::begin(kPacketBlocks), std::end(kPacketBlocks), type) != std::end(kPacketBlocks);
  return length;
}

std::size_t RecordSplitter::whole_records(std::span<const std::uint8_t> bytes) {
  std::size_t whole = format_ == Format::undecided ? file_header(bytes) : 0;
  while (format_ == Format::pcap || format_ == Format::pcapng) {
    const auto rest = bytes.subspan(whole);
    const std::size_t length = format_ == Format::pcap ? pcap_record(rest) : pcapng_block(rest);
    if (length == 0 || length > rest.size() || is_lost()) break;
    any_packet_ |= format_ == Format::pcap;
    whole += length;
  }
  return whole;
}

}  // namespace pmtu::scan
