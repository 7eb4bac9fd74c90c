// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

/// Numbers with their meaning. None converts into another by accident; each says its unit.
namespace pmtu {

/// A number that carries its meaning in its type. `Tag` only tells one kind from another.
template <class Tag, class Rep>
class Quantity {
 public:
  using rep = Rep;
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  Rep value_{};
};

/// Largest IP datagram, header included, in bytes, that a link or a path takes (RFC 1191 §3, RFC 8201 §2).
using Mtu = Quantity<struct MtuTag, std::uint32_t>;

/// Length of an IP datagram in bytes: IPv4 Total Length, IPv6 40 + Payload Length. Never a frame length.
using DatagramLength = Quantity<struct DatagramLengthTag, std::uint32_t>;

/// Number of a frame in the capture, from 1. Zero says "no frame".
using FrameNumber = Quantity<struct FrameNumberTag, std::uint32_t>;

/// Row of the conversation table, from 0.
using ConversationId = Quantity<struct ConversationIdTag, std::uint32_t>;
inline constexpr ConversationId kNoConversation{0xffffffff};

/// Capture point, from 1: one place where datagrams were captured. Zero says "no point".
using PointId = Quantity<struct PointIdTag, std::uint32_t>;

/// Difference of two numbers, or the end of the range where it lies beyond: captures may claim any time.
[[nodiscard]] constexpr std::int64_t saturating_difference(std::int64_t a, std::int64_t b) {
  const auto difference =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  const bool overflows = ((a ^ b) & (a ^ difference)) < 0;
  if (!overflows) return difference;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

/// Sum of two numbers, or the end of the range where it lies beyond.
[[nodiscard]] constexpr std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  const auto sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  const bool overflows = ((a ^ sum) & (b ^ sum)) < 0;
  if (!overflows) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

/// A span of time in nanoseconds; may be negative.
class Duration {
 public:
  constexpr Duration() = default;
  [[nodiscard]] static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
  [[nodiscard]] static constexpr Duration microseconds(std::int64_t n) { return Duration(n * 1'000); }
  [[nodiscard]] static constexpr Duration milliseconds(std::int64_t n) { return Duration(n * 1'000'000); }
  [[nodiscard]] static constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }
  [[nodiscard]] constexpr std::int64_t nanoseconds() const { return nanoseconds_; }
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(nanoseconds_) * 1e-9; }
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) {
    return Duration(saturating_sum(a.nanoseconds_, b.nanoseconds_));
  }
  friend constexpr Duration operator-(Duration a, Duration b) {
    return Duration(saturating_difference(a.nanoseconds_, b.nanoseconds_));
  }

 private:
  constexpr explicit Duration(std::int64_t n) : nanoseconds_(n) {}
  std::int64_t nanoseconds_ = 0;
};

/// A moment of the capture in nanoseconds since an epoch that the core neither knows nor needs.
class Timestamp {
 public:
  constexpr Timestamp() = default;
  constexpr explicit Timestamp(std::int64_t nanoseconds) : nanoseconds_(nanoseconds) {}
  [[nodiscard]] constexpr std::int64_t nanoseconds() const { return nanoseconds_; }
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Duration operator-(Timestamp a, Timestamp b) {
    return Duration::nanoseconds(saturating_difference(a.nanoseconds_, b.nanoseconds_));
  }
  /// How far apart, whichever came first.
  friend constexpr Duration apart(Timestamp a, Timestamp b) { return a < b ? b - a : a - b; }
  friend constexpr Timestamp operator+(Timestamp t, Duration d) {
    return Timestamp(saturating_sum(t.nanoseconds_, d.nanoseconds()));
  }

 private:
  std::int64_t nanoseconds_ = 0;
};

/// A 32-bit number on a circle: TCP sequence numbers (RFC 9293 §3.4) and TSval (RFC 7323 §5.2). "Before" and
/// "after" hold for numbers less than 2^31 apart; there is no total order, hence no `operator<`.
class SequenceNumber {
 public:
  constexpr SequenceNumber() = default;
  constexpr explicit SequenceNumber(std::uint32_t value) : value_(value) {}
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  [[nodiscard]] constexpr bool before(SequenceNumber other) const { return distance(other, *this) < 0; }
  [[nodiscard]] constexpr bool after(SequenceNumber other) const { return distance(other, *this) > 0; }
  friend constexpr bool operator==(SequenceNumber, SequenceNumber) = default;
  friend constexpr SequenceNumber operator+(SequenceNumber s, std::uint32_t bytes) {
    return SequenceNumber(s.value_ + bytes);
  }
  /// Bytes from `from` to `to`; negative when `to` lies before.
  [[nodiscard]] static constexpr std::int32_t distance(SequenceNumber from, SequenceNumber to) {
    return static_cast<std::int32_t>(to.value_ - from.value_);
  }

 private:
  std::uint32_t value_ = 0;
};

}  // namespace pmtu
