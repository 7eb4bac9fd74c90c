// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode/walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint16_t kEncapsulatedSnap = 0xaaaa;

/// Radiotap fields before and at the flags (radiotap.org, "defined fields").
constexpr std::uint32_t kPresentTsft = 1U << 0U;
constexpr std::uint32_t kPresentFlags = 1U << 1U;
constexpr std::uint32_t kPresentMore = 1U << 31U;
constexpr std::uint8_t kRadiotapPadded = 0x20;  // the 802.11 header is padded to 32 bits

/// Flags of a radiotap header; 0 where they are absent or cut.
std::uint8_t radiotap_flags(ByteView header) {
  ByteView words = header.after(4);
  const auto first = words.header<4>();
  if (!first) return 0;
  std::uint32_t word = first->little_u32<0>();
  const std::uint32_t present = word;
  std::uint32_t offset = 8;
  while ((word & kPresentMore) != 0) {
    words = words.after(4);
    const auto next = words.header<4>();
    if (!next) return 0;
    word = next->little_u32<0>();
    offset += 4;
  }
  if ((present & kPresentFlags) == 0) return 0;
  if ((present & kPresentTsft) != 0) offset = ((offset + 7U) & ~7U) + 8U;  // aligned to its size
  return header.byte(offset).value_or(0);
}

}  // namespace

void FrameWalk::ieee80211_radiotap(ByteView bytes) {
  const auto header = bytes.header<4>();
  if (!header) return end_short_of_header(bytes);
  const std::uint16_t length = header->little_u16<2>();
  const bool padded = (radiotap_flags(bytes.at_most(length)) & kRadiotapPadded) != 0;
  ieee80211(bytes.after(length), padded);
}

void FrameWalk::ieee80211_ppi(ByteView bytes) {
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  const ByteView payload = bytes.after(header->little_u16<2>());
  switch (header->little_u32<4>()) {  // a LINKTYPE_ value of the pcap formats
    case 0:
      return null_loopback(payload);
    case 1:
      return ethernet(payload);
    case 9:
      return ppp_hdlc(payload);
    case 101:
      return raw_ip(payload);
    case 105:
      return ieee80211(payload, false);
    default:
      return end(WalkEnd::unknown_link_type);
  }
}

void FrameWalk::ieee80211_prism(ByteView bytes) {
  constexpr std::uint32_t kType1 = 0x00000044;
  constexpr std::uint32_t kType2 = 0x00000041;
  constexpr std::uint32_t kAvsMagic = 0x80211000;
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  const std::uint32_t big = header->u32<0>();
  const std::uint32_t little = header->little_u32<0>();
  if ((big & 0xfffff000U) == kAvsMagic) return ieee80211_avs(bytes);
  if (big == kType1 || big == kType2) return ieee80211(bytes.after(header->u32<4>()), false);
  if (little == kType1 || little == kType2) return ieee80211(bytes.after(header->little_u32<4>()), false);
  ieee80211(bytes, false);  // some drivers give sent frames no header
}

void FrameWalk::ieee80211_avs(ByteView bytes) {
  const auto header = bytes.header<8>();
  if (!header) return end_short_of_header(bytes);
  ieee80211(bytes.after(header->u32<4>()), false);
}

void FrameWalk::ieee80211(ByteView bytes, bool padded_header) {
  // IEEE 802.11 §9.2.4.1: frame control.
  constexpr std::uint8_t kData = 2;
  constexpr std::uint8_t kToDs = 0x01;
  constexpr std::uint8_t kFromDs = 0x02;
  constexpr std::uint8_t kProtected = 0x40;
  constexpr std::uint8_t kOrder = 0x80;
  constexpr std::uint8_t kSubtypeNoData = 0x40;
  constexpr std::uint8_t kSubtypeQos = 0x80;
  constexpr std::uint8_t kAggregated = 0x80;  // §9.2.4.5: "A-MSDU present" of the QoS control field
  const auto header = bytes.header<24>();
  if (!header) {
    const auto control = bytes.byte(0);
    if (control && (*control >> 2U & 3U) != kData) return end(WalkEnd::not_ip);
    return end_short_of_header(bytes);
  }
  if (!step()) return;
  const std::uint8_t control = header->u8<0>();
  const std::uint8_t flags = header->u8<1>();
  if ((control & 3U) != 0 || (control >> 2U & 3U) != kData || (control & kSubtypeNoData) != 0) {
    return end(WalkEnd::not_ip);
  }
  const bool to_ds = (flags & kToDs) != 0;
  const bool from_ds = (flags & kFromDs) != 0;
  const bool qos = (control & kSubtypeQos) != 0;
  const std::uint16_t sequence_control = header->little_u16<22>();
  std::uint32_t length = 24;
  // §9.3.2.1: where the addresses of the two ends stand.
  const std::uint64_t destination = to_ds ? header->u48<16>() : header->u48<4>();
  std::uint64_t source = from_ds ? header->u48<16>() : header->u48<10>();
  if (to_ds && from_ds) {
    const auto fourth = bytes.after(length).header<6>();
    if (!fourth) return end_short_of_header(bytes);
    source = fourth->u48<0>();
    length += 6;
  }
  bool aggregated = false;
  if (qos) {
    const auto qos_control = bytes.byte(length);
    if (!qos_control) return end_short_of_header(bytes);
    aggregated = (*qos_control & kAggregated) != 0;
    length += 2;
    if ((flags & kOrder) != 0) length += 4;  // §9.2.4.6: HT control
  }
  if (padded_header) length = (length + 3U) & ~3U;
  LinkInfo& link = observation_.link;
  if (observation_.datagram_count == 0 && !link.has_addresses) {
    link.destination_mac = destination;
    link.source_mac = source;
    link.has_addresses = true;
  }
  if ((flags & kProtected) != 0) return end(WalkEnd::not_ip);
  if ((sequence_control & 0x0fU) != 0) return end(WalkEnd::not_ip);  // a later fragment of an MSDU
  const ByteView body = bytes.after(length);
  if (aggregated) return aggregated_msdus(body);
  msdu(body, source, destination, sequence_control);
}

void FrameWalk::aggregated_msdus(ByteView bytes) {
  constexpr std::uint32_t kSubframeHeader = 14;  // §9.3.2.2.2: DA, SA, length in network order
  ByteView rest = bytes;
  for (;;) {
    const auto header = rest.header<kSubframeHeader>();
    if (!header) return;
    const std::uint32_t length = header->u16<12>();
    if (!step()) return;
    llc(rest.after(kSubframeHeader).at_most(length));
    rest = rest.after((kSubframeHeader + length + 3U) & ~3U);
  }
}

void FrameWalk::msdu(ByteView bytes, std::uint64_t source, std::uint64_t destination,
                     std::uint16_t sequence_control) {
  const auto start = bytes.header<2>();
  if (!start) return end_short_of_header(bytes);
  if (start->u16<0>() == kEncapsulatedSnap) return llc(bytes);
  // Some hardware puts a whole Ethernet frame where the LLC header belongs, some two bytes before that
  // header.
  const auto ethernet_header = bytes.header<14>();
  if (ethernet_header && (ethernet_header->u48<0>() == destination || ethernet_header->u48<6>() == source)) {
    return ethernet(bytes);
  }
  if (start->u16<0>() == 0 || start->little_u16<0>() == sequence_control) return llc(bytes.after(2));
  // §5.1.4: outside a BSS the body may begin with an EtherType.
  const std::uint16_t type = start->u16<0>();
  if (type == ether_type::ipv4 || type == ether_type::ipv6) return ether_payload(type, bytes.after(2));
  llc(bytes);
}

}  // namespace pmtu::detail
