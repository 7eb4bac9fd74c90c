// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/address.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace pmtu {
namespace {

constexpr std::size_t kGroups = 8;

/// Half-open range of groups that RFC 5952 §4.2 shortens to "::"; empty when there is none.
struct ZeroRun {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::uint16_t group_at(const IpAddress& address, std::size_t group) {
  return static_cast<std::uint16_t>(address.bytes[2 * group] << 8U | address.bytes[2 * group + 1]);
}

/// The longest run of at least two zero groups, the first of equals (RFC 5952 §4.2.2, §4.2.3).
ZeroRun longest_zero_run(const IpAddress& address) {
  ZeroRun best;
  for (std::size_t begin = 0; begin < kGroups; ++begin) {
    std::size_t end = begin;
    while (end < kGroups && group_at(address, end) == 0) ++end;
    if (end - begin >= 2 && end - begin > best.end - best.begin) best = {begin, end};
    begin = std::max(begin, end);
  }
  return best;
}

std::string v6_to_string(const IpAddress& address) {
  const ZeroRun zeros = longest_zero_run(address);
  std::string text;
  for (std::size_t group = 0; group < kGroups; ++group) {
    if (zeros.end != 0 && group == zeros.begin) {
      text += "::";
      group = zeros.end - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 5> digits{};
    std::snprintf(digits.data(), digits.size(), "%x", static_cast<unsigned>(group_at(address, group)));
    text += digits.data();
  }
  return text;
}

}  // namespace

IpAddress IpAddress::from_v4(const std::uint8_t* four_bytes) noexcept {
  IpAddress address;
  std::copy_n(four_bytes, 4, address.bytes.begin());
  return address;
}

IpAddress IpAddress::from_v6(const std::uint8_t* sixteen_bytes) noexcept {
  IpAddress address;
  std::copy_n(sixteen_bytes, 16, address.bytes.begin());
  address.version = IpVersion::v6;
  return address;
}

bool IpAddress::is_unicast_v6() const noexcept {
  if (bytes[0] == 0xff) return false;  // RFC 4291 §2.7
  const bool all_zero_but_last =
      std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; });
  return !(all_zero_but_last && bytes[15] <= 1);  // RFC 4291 §2.5.2, §2.5.3
}

std::string to_string(const IpAddress& address) {
  if (address.version == IpVersion::v6) return v6_to_string(address);
  std::array<char, 16> text{};
  const auto& b = address.bytes;
  std::snprintf(text.data(), text.size(), "%u.%u.%u.%u", static_cast<unsigned>(b[0]),
                static_cast<unsigned>(b[1]), static_cast<unsigned>(b[2]), static_cast<unsigned>(b[3]));
  return text.data();
}

}  // namespace pmtu
