// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame_source.h"

#include <wiretap/wtap.h>
#include <wsutil/wmem/wmem.h>

#include <algorithm>
#include <array>
#include <limits>

#include "udp_payload_protocols.h"

namespace pmtu::plugin {
namespace {

/// Encapsulations whose frames differ only in what Wireshark keeps beside the bytes are one link type.
constexpr LinkType link_type_of(int encapsulation) noexcept {
  switch (encapsulation) {
    case WTAP_ENCAP_ETHERNET:
    case WTAP_ENCAP_NETTL_ETHERNET:
      return LinkType::ethernet;
    case WTAP_ENCAP_SLL:
      return LinkType::linux_cooked_v1;
    case WTAP_ENCAP_SLL2:
      return LinkType::linux_cooked_v2;
    case WTAP_ENCAP_RAW_IP:
    case WTAP_ENCAP_RAW_IP4:
    case WTAP_ENCAP_RAW_IP6:
    case WTAP_ENCAP_NETTL_RAW_IP:
      return LinkType::raw_ip;
    case WTAP_ENCAP_NULL:
      return LinkType::null_loopback;
    case WTAP_ENCAP_LOOP:
      return LinkType::loop;
    case WTAP_ENCAP_PPP:
    case WTAP_ENCAP_PPP_WITH_PHDR:
      return LinkType::ppp;
    case WTAP_ENCAP_PPP_ETHER:
      return LinkType::ppp_ether;
    case WTAP_ENCAP_CHDLC:
    case WTAP_ENCAP_CHDLC_WITH_PHDR:
      return LinkType::cisco_hdlc;
    case WTAP_ENCAP_FRELAY:
    case WTAP_ENCAP_FRELAY_WITH_PHDR:
      return LinkType::frame_relay;
    case WTAP_ENCAP_IEEE_802_11:
    case WTAP_ENCAP_IEEE_802_11_WITH_RADIO:
      return LinkType::ieee80211;
    case WTAP_ENCAP_IEEE_802_11_RADIOTAP:
      return LinkType::ieee80211_radiotap;
    case WTAP_ENCAP_PPI:
      return LinkType::ieee80211_ppi;
    case WTAP_ENCAP_IEEE_802_11_PRISM:
      return LinkType::ieee80211_prism;
    case WTAP_ENCAP_IEEE_802_11_AVS:
      return LinkType::ieee80211_avs;
    case WTAP_ENCAP_IP_OVER_IB_PCAP:
      return LinkType::ip_over_infiniband;
    case WTAP_ENCAP_PFLOG:
      return LinkType::pflog;
    default:
      return LinkType::unknown;
  }
}

std::array<int, udp_payload_protocols.size()> protocol_ids;  ///< in the order of `udp_payload_protocols`
int udp_protocol = -1;

Encapsulation encapsulation_of(int protocol) noexcept {
  const auto* const found = std::find(protocol_ids.begin(), protocol_ids.end(), protocol);
  if (found == protocol_ids.end()) return Encapsulation::none;
  return udp_payload_protocols[static_cast<std::size_t>(found - protocol_ids.begin())].encapsulation;
}

/// `LayerOracle::udp_payload` on Wireshark's list of the protocols it found, outermost first.
Encapsulation udp_payload(const void* context, unsigned ordinal) noexcept {
  const auto* const pinfo = static_cast<const packet_info*>(context);
  unsigned seen = 0;
  for (wmem_list_frame_t* layer = wmem_list_head(pinfo->layers); layer != nullptr;
       layer = wmem_list_frame_next(layer)) {
    if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) != udp_protocol || seen++ != ordinal) continue;
    wmem_list_frame_t* const payload = wmem_list_frame_next(layer);
    return payload == nullptr ? Encapsulation::none
                              : encapsulation_of(GPOINTER_TO_INT(wmem_list_frame_data(payload)));
  }
  return Encapsulation::none;
}

/// Capture files may claim any number of seconds; what does not fit is brought to the end of the range.
Timestamp timestamp_of(const nstime_t& time) noexcept {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kNanoseconds - 1;
  std::int64_t seconds = time.secs;
  std::int64_t nanoseconds = time.nsecs;
  const bool fits = static_cast<std::uint64_t>(seconds) <= std::uint64_t{kMost} &&
                    static_cast<std::uint64_t>(nanoseconds) < std::uint64_t{kNanoseconds};
  if (!fits) [[unlikely]] {
    seconds = std::clamp(seconds, -kMost, kMost);
    nanoseconds = std::clamp<std::int64_t>(nanoseconds, 0, kNanoseconds - 1);
  }
  return Timestamp(seconds * kNanoseconds + nanoseconds);
}

}  // namespace

void register_layer_oracle() noexcept {
  udp_protocol = proto_get_id_by_filter_name("udp");
  std::transform(
      udp_payload_protocols.begin(), udp_payload_protocols.end(), protocol_ids.begin(),
      [](const UdpPayloadProtocol& known) { return proto_get_id_by_filter_name(known.filter_name); });
}

Frame frame_of(tvbuff_t* tvb, const packet_info* pinfo) {
  Frame frame;
  frame.number = FrameNumber(pinfo->num);
  frame.time = timestamp_of(pinfo->abs_ts);
  frame.link_type = link_type_of(pinfo->rec->rec_header.packet_header.pkt_encap);
  if ((pinfo->rec->presence_flags & WTAP_HAS_INTERFACE_ID) != 0) {
    frame.interface_id = pinfo->rec->rec_header.packet_header.interface_id;
  }
  const std::size_t captured = tvb_captured_length(tvb);
  if (captured != 0) frame.bytes = {tvb_get_ptr(tvb, 0, static_cast<int>(captured)), captured};
  frame.oracle = {pinfo, udp_payload};
  return frame;
}

}  // namespace pmtu::plugin
