// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/reporter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace pmtu {
namespace {

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  const std::array<std::uint8_t, 4> bytes{a, b, c, d};
  return IpAddress::from_v4(bytes.data());
}

IpAddress v6(std::initializer_list<std::uint8_t> first) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy(first.begin(), first.end(), bytes.begin());
  bytes[15] = 1;
  return IpAddress::from_v6(bytes.data());
}

const IpAddress kSender = v4(203, 0, 113, 10);
const IpAddress kDestination = v4(198, 51, 100, 20);

struct Message : PacketTooBig {
  explicit Message(const IpAddress& from, const IpAddress& to = kSender) {
    quoted.source = to;
    quoted.destination = kDestination;
    quoted.ttl = 64;
    reporter = from;
    recipient = to;
    next_hop_mtu = Mtu(1446);
    identification = 4711;
    ttl = 255;
    quote = &quoted;
  }
  QuotedDatagram quoted{};
};

HintRemark doubt(const IpAddress& reporter, const IpAddress& recipient = kSender) {
  return doubt_about_reporter(Message(reporter, recipient));
}

// RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291.
TEST(Reporter, PrivateAddressesDoNotCrossBorders) {
  for (const IpAddress& address :
       {v4(10, 0, 0, 1), v4(172, 16, 0, 1), v4(172, 31, 255, 1), v4(192, 168, 1, 1), v4(100, 64, 0, 1),
        v4(100, 127, 0, 1), v4(169, 254, 1, 1)}) {
    EXPECT_EQ(doubt(address), HintRemark::private_reporter) << to_string(address);
  }
  for (const IpAddress& address : {v4(11, 0, 0, 1), v4(172, 15, 0, 1), v4(172, 32, 0, 1), v4(192, 169, 1, 1),
                                   v4(100, 63, 0, 1), v4(100, 128, 0, 1), v4(169, 253, 1, 1)}) {
    EXPECT_EQ(doubt(address), HintRemark::none) << to_string(address);
  }
  const IpAddress global = v6({0x20, 0x01, 0x0d, 0xb8});
  EXPECT_EQ(doubt(v6({0xfd, 0x41}), global), HintRemark::private_reporter);
  EXPECT_EQ(doubt(v6({0xfe, 0x80}), global), HintRemark::private_reporter);
  EXPECT_EQ(doubt(v6({0xfe, 0xc0}), global), HintRemark::none);
}

TEST(Reporter, PrivateAmongPrivateIsNothingOdd) {
  EXPECT_EQ(doubt(v4(10, 0, 0, 1), v4(10, 1, 0, 10)), HintRemark::none);
}

// What Linux assumes for a path whose router named no MTU (RFC 1191 §5).
TEST(Reporter, TheFloorOfLinuxIsAnEstimate) {
  Message message(v4(203, 0, 113, 1));
  message.next_hop_mtu = Mtu(552);
  EXPECT_EQ(doubt_about_reporter(message), HintRemark::reporter_estimate);
  message.next_hop_mtu = Mtu(553);
  EXPECT_EQ(doubt_about_reporter(message), HintRemark::none);
}

TEST(Reporter, ATunnelWritesInTheNameOfTheDestination) {
  Message message(kDestination);
  message.ttl = 64;
  message.identification = 0;
  EXPECT_EQ(doubt_about_reporter(message), HintRemark::written_by_tunnel);
  message.identification = 1;  // numbered: the destination itself
  EXPECT_EQ(doubt_about_reporter(message), HintRemark::none);
  message.identification = 0;
  message.ttl = 57;  // counted from the other end
  EXPECT_EQ(doubt_about_reporter(message), HintRemark::none);
}

TEST(Reporter, NoRouterIsTheRecipientItself) {
  EXPECT_TRUE(claims_to_be_recipient(Message(kSender)));
  EXPECT_FALSE(claims_to_be_recipient(Message(kDestination)));
}

}  // namespace
}  // namespace pmtu
