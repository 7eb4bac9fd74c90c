// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pmtu::scan {

/// Tells where the records of pcap and the blocks of pcapng end in a stream, so that a reader of files is
/// shown whole ones only. Knows the lengths and nothing else of either format.
class RecordSplitter {
 public:
  /// How many of the bytes, which follow those that were split off before, are whole records.
  [[nodiscard]] std::size_t whole_records(std::span<const std::uint8_t> bytes);

  /// Whether a packet was among the whole records so far.
  [[nodiscard]] bool any_packet() const { return any_packet_; }

  /// Whether the stream is neither pcap nor pcapng, or does not keep to it.
  [[nodiscard]] bool is_lost() const { return format_ == Format::unknown; }

 private:
  enum class Format : std::uint8_t { undecided, pcap, pcapng, unknown };

  [[nodiscard]] std::uint32_t number(std::span<const std::uint8_t> bytes, std::size_t offset) const;
  [[nodiscard]] std::size_t file_header(std::span<const std::uint8_t> bytes);
  [[nodiscard]] std::size_t pcap_record(std::span<const std::uint8_t> bytes) const;
  [[nodiscard]] std::size_t pcapng_block(std::span<const std::uint8_t> bytes);

  Format format_ = Format::undecided;
  bool big_endian_ = false;
  bool any_packet_ = false;
};

}  // namespace pmtu::scan
