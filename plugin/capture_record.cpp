// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture_record.h"

#include <algorithm>

namespace pmtu::plugin::detail {

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

Timestamp clamped_timestamp(const nstime_t& time) noexcept {
  const std::int64_t seconds = std::clamp<std::int64_t>(time.secs, -kMostSeconds, kMostSeconds);
  const std::int64_t nanoseconds = std::clamp<std::int64_t>(time.nsecs, 0, kNanosecondsPerSecond - 1);
  return Timestamp(seconds * kNanosecondsPerSecond + nanoseconds);
}

}  // namespace pmtu::plugin::detail
