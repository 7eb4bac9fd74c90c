// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace pmtu::detail {

/// A number in network byte order, whatever the order of this machine. One load and a swap: compilers see
/// through the shifts.
template <class Number>
[[nodiscard]] inline Number big_endian(const std::uint8_t* bytes) {
  Number value = 0;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (std::endian::native == std::endian::big) return value;
  const std::uint32_t wide = value;
  if constexpr (sizeof value == 2) return static_cast<Number>(wide << 8U | wide >> 8U);
  return static_cast<Number>(wide << 24U | (wide << 8U & 0xff0000U) | (wide >> 8U & 0xff00U) | wide >> 24U);
}

/// A header of `N` bytes that are known to be captured. Offsets are checked when this is compiled, so that a
/// field outside the header does not build.
template <std::size_t N>
class Header {
 public:
  explicit Header(const std::uint8_t* bytes) : bytes_(bytes) {}

  template <std::size_t Offset>
  [[nodiscard]] std::uint8_t u8() const {
    static_assert(Offset + 1 <= N);
    return bytes_[Offset];
  }
  template <std::size_t Offset>
  [[nodiscard]] std::uint16_t u16() const {
    static_assert(Offset + 2 <= N);
    return static_cast<std::uint16_t>(big_endian<std::uint16_t>(bytes_ + Offset));
  }
  template <std::size_t Offset>
  [[nodiscard]] std::uint32_t u32() const {
    static_assert(Offset + 4 <= N);
    return big_endian<std::uint32_t>(bytes_ + Offset);
  }
  /// Radio headers and some captures of other hosts are little-endian.
  template <std::size_t Offset>
  [[nodiscard]] std::uint16_t little_u16() const {
    static_assert(Offset + 2 <= N);
    return static_cast<std::uint16_t>(bytes_[Offset + 1] << 8U | bytes_[Offset]);
  }
  template <std::size_t Offset>
  [[nodiscard]] std::uint32_t little_u32() const {
    static_assert(Offset + 4 <= N);
    return static_cast<std::uint32_t>(little_u16<Offset + 2>()) << 16U | little_u16<Offset>();
  }
  /// 48 bits: a MAC address as a number.
  template <std::size_t Offset>
  [[nodiscard]] std::uint64_t u48() const {
    static_assert(Offset + 6 <= N);
    return static_cast<std::uint64_t>(u16<Offset>()) << 32U | u32<Offset + 2>();
  }
  /// `Size` bytes from `Offset`, for addresses.
  template <std::size_t Offset, std::size_t Size>
  [[nodiscard]] const std::uint8_t* bytes() const {
    static_assert(Offset + Size <= N);
    return bytes_ + Offset;
  }

 private:
  const std::uint8_t* bytes_;
};

/// A stretch of a frame: what was captured of it, and how long it was on the wire as far as the enclosing
/// headers tell. No reading past the captured part is possible; a number from the wire never widens it.
/// Sixteen bytes, so that it travels in registers.
class ByteView {
 public:
  ByteView() = default;
  /// Bytes of which nothing more is known than that they were captured.
  ByteView(const std::uint8_t* data, std::uint32_t captured)
      : data_(data), captured_(captured), length_(captured) {}

  [[nodiscard]] const std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::uint32_t captured() const { return captured_; }
  [[nodiscard]] std::uint32_t length() const { return length_; }
  [[nodiscard]] bool cut() const { return captured_ < length_; }

  /// The first `N` bytes; empty when they were not all captured.
  template <std::size_t N>
  [[nodiscard]] std::optional<Header<N>> header() const {
    if (captured_ < N) return std::nullopt;
    return Header<N>(data_);
  }

  /// The byte at `offset`; empty when it was not captured.
  [[nodiscard]] std::optional<std::uint8_t> byte(std::uint32_t offset) const {
    if (offset >= captured_) return std::nullopt;
    return data_[offset];
  }

  /// What follows the first `size` bytes.
  [[nodiscard]] ByteView after(std::uint32_t size) const {
    const std::uint32_t skipped = std::min(size, captured_);
    return {data_ + skipped, captured_ - skipped, length_ - std::min(size, length_)};
  }

  /// The same start, with the length that a header gives it: drops padding, or says how much was cut off.
  [[nodiscard]] ByteView with_length(std::uint32_t length) const {
    return {data_, std::min(captured_, length), length};
  }

  /// The same start, at most `length` long.
  [[nodiscard]] ByteView at_most(std::uint32_t length) const {
    return {data_, std::min(captured_, length), std::min(length_, length)};
  }

 private:
  ByteView(const std::uint8_t* data, std::uint32_t captured, std::uint32_t length)
      : data_(data), captured_(captured), length_(length) {}

  const std::uint8_t* data_ = nullptr;
  std::uint32_t captured_ = 0;
  std::uint32_t length_ = 0;
};

}  // namespace pmtu::detail
