// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/address.h"

#include <gtest/gtest.h>

#include <array>

namespace pmtu {
namespace {

IpAddress v6(std::array<std::uint8_t, 16> bytes) {
  return IpAddress::from_v6(bytes.data());
}

TEST(Address, WritesDottedQuad) {
  const std::array<std::uint8_t, 4> bytes{10, 1, 0, 255};
  EXPECT_EQ(to_string(IpAddress::from_v4(bytes.data())), "10.1.0.255");
}

// RFC 5952 §4.2: the longest run of zero groups, the first of equals, never a single group.
TEST(Address, ShortensZerosAsRfc5952Says) {
  EXPECT_EQ(to_string(v6({})), "::");
  EXPECT_EQ(to_string(v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})), "::1");
  EXPECT_EQ(to_string(v6({0x20, 1, 0xd, 0xb8})), "2001:db8::");
  EXPECT_EQ(to_string(v6({0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1})), "2001:0:0:1::1");
  EXPECT_EQ(to_string(v6({0x20, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1})), "2001::1:1:0:0:1");
  EXPECT_EQ(to_string(v6({0x20, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1})), "2001:1:0:1:1:1:1:1");
}

TEST(Address, OnlyUnicastAddressesCanBeJudged) {
  const std::array<std::uint8_t, 4> multicast{224, 0, 0, 1};
  const std::array<std::uint8_t, 4> host{10, 0, 0, 1};
  EXPECT_FALSE(IpAddress::from_v4(multicast.data()).is_unicast());
  EXPECT_TRUE(IpAddress::from_v4(host.data()).is_unicast());
  EXPECT_FALSE(v6({0xff, 2}).is_unicast());
  EXPECT_FALSE(v6({}).is_unicast());
  EXPECT_TRUE(v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}).is_unicast());
}

}  // namespace
}  // namespace pmtu
