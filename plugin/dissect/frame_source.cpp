// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/frame_source.h"

#include <wsutil/wmem/wmem.h>

#include <algorithm>
#include <vector>

#include "dissect/udp_payload_protocols.h"

namespace pmtu::plugin {
namespace {

std::vector<Encapsulation> encapsulations;  ///< by Wireshark's number of the protocol
int udp_protocol = -1;

Encapsulation encapsulation_of(int protocol) noexcept {
  const auto number = static_cast<std::size_t>(protocol);  // a negative one is out of range, too
  return number < encapsulations.size() ? encapsulations[number] : Encapsulation::none;
}

}  // namespace

void register_layer_oracle() {
  udp_protocol = proto_get_id_by_filter_name("udp");
  for (const UdpPayloadProtocol& known : udp_payload_protocols) {
    const int protocol = proto_get_id_by_filter_name(known.filter_name);
    if (protocol < 0) continue;  // not in this Wireshark
    const auto number = static_cast<std::size_t>(protocol);
    if (number >= encapsulations.size()) encapsulations.resize(number + 1, Encapsulation::none);
    encapsulations[number] = known.encapsulation;
  }
}

namespace detail {

/// Encapsulations whose frames differ only in what Wireshark keeps beside the bytes are one link type.
LinkType rarer_link_type(int encapsulation) noexcept {
  switch (encapsulation) {
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

Timestamp clamped_timestamp(const nstime_t& time) noexcept {
  const std::int64_t seconds = std::clamp<std::int64_t>(time.secs, -kMostSeconds, kMostSeconds);
  const std::int64_t nanoseconds = std::clamp<std::int64_t>(time.nsecs, 0, kNanosecondsPerSecond - 1);
  return Timestamp(seconds * kNanosecondsPerSecond + nanoseconds);
}

}  // namespace detail
}  // namespace pmtu::plugin
