// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "decode/bytes.h"

namespace pmtu::testing {
namespace {

const Bytes kBody = join({hex("aaaa03 000000 0800"), ipv4(6, tcp())});

void expect_one_datagram(const Observation& seen) {
  ASSERT_EQ(seen.datagram_count, 1);
  EXPECT_EQ(seen.end, WalkEnd::complete);
  EXPECT_EQ(seen.datagrams[0].length, DatagramLength(40));
}

/// A data frame (IEEE 802.11 §9.3.2.1) with three addresses; `control` is the frame control field.
Bytes data_frame(std::string_view control, const Bytes& body, std::string_view sequence = "1000") {
  return join({hex(control), hex("0000 0200000000a1 0200000000a2 0200000000a3"), hex(sequence), body});
}

Observation from_80211(const Bytes& bytes) {
  return decoded(LinkType::ieee80211, bytes);
}

TEST(DecodeIeee80211, AddressesDependOnTheDirection) {
  const Observation up = from_80211(data_frame("0801", kBody));
  expect_one_datagram(up);
  EXPECT_EQ(up.link.source_mac, 0x0200000000a2U);
  EXPECT_EQ(up.link.destination_mac, 0x0200000000a3U);
  const Observation down = from_80211(data_frame("0802", kBody));
  EXPECT_EQ(down.link.source_mac, 0x0200000000a3U);
  EXPECT_EQ(down.link.destination_mac, 0x0200000000a1U);
}

TEST(DecodeIeee80211, FourthAddressQosAndHtControlLengthenTheHeader) {
  expect_one_datagram(from_80211(data_frame("0803", join({hex("0200000000a4"), kBody}))));
  expect_one_datagram(from_80211(data_frame("8802", join({hex("0000"), kBody}))));
  expect_one_datagram(from_80211(data_frame("8882", join({hex("0000 00000000"), kBody}))));
}

TEST(DecodeIeee80211, OnlyReadableDataCounts) {
  EXPECT_EQ(from_80211(data_frame("0842", kBody)).end, WalkEnd::not_ip);          // protected
  EXPECT_EQ(from_80211(data_frame("8000", kBody)).end, WalkEnd::not_ip);          // a beacon
  EXPECT_EQ(from_80211(data_frame("4801", kBody)).end, WalkEnd::not_ip);          // null data
  EXPECT_EQ(from_80211(data_frame("0801", kBody, "1100")).end, WalkEnd::not_ip);  // a later fragment
}

// IEEE 802.11 §9.3.2.2.2: subframes are padded to four bytes.
TEST(DecodeIeee80211, AggregatedMsdus) {
  const Bytes body = join({hex("aaaa03 000000 0800"), ipv4(6, tcp(zeros(1)))});
  const Bytes subframe = join({hex("0200000000b1 0200000000b2"), number16(body.size()), body});
  const Bytes padding = zeros((4 - subframe.size() % 4) % 4);
  ASSERT_FALSE(padding.empty());
  const Observation seen = from_80211(data_frame("8802", join({hex("8000"), subframe, padding, subframe})));
  ASSERT_EQ(seen.datagram_count, 2);
  EXPECT_EQ(seen.datagrams[1].length, DatagramLength(41));
}

TEST(DecodeIeee80211, RadiotapFlagsTellPadding) {
  const Bytes qos = data_frame("8802", join({hex("0000"), kBody}));
  const Bytes padded = data_frame("8802", join({hex("0000 0000"), kBody}));
  expect_one_datagram(decoded(LinkType::ieee80211_radiotap, join({hex("0000 0800 00000000"), qos})));
  expect_one_datagram(decoded(LinkType::ieee80211_radiotap, join({hex("0000 0900 02000000 20"), padded})));
  // With a second word of presence bits and the 8-byte time before the flags.
  expect_one_datagram(decoded(LinkType::ieee80211_radiotap, join({hex("0000 1900 03000080 00000000 00000000"),
                                                                  zeros(8), hex("20"), padded})));
}

TEST(DecodeIeee80211, OtherRadioHeaders) {
  const Bytes frame = data_frame("0801", kBody);
  expect_one_datagram(decoded(LinkType::ieee80211_ppi, join({hex("00 00 0800 69000000"), frame})));
  expect_one_datagram(
      decoded(LinkType::ieee80211_prism, join({hex("44000000 90000000"), zeros(136), frame})));
  expect_one_datagram(decoded(LinkType::ieee80211_prism, frame));
  expect_one_datagram(decoded(LinkType::ieee80211_avs, join({hex("80211001 00000040"), zeros(56), frame})));
}

TEST(DecodeIeee80211, EthernetFrameInPlaceOfTheLlc) {
  const Bytes inner = join({hex("0200000000a3 0200000000a2 0800"), ipv4(6, tcp())});
  expect_one_datagram(from_80211(data_frame("0801", inner)));
}

}  // namespace
}  // namespace pmtu::testing
