// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "decode/view.h"
#include "pmtu/decode.h"
#include "pmtu/observation.h"

namespace pmtu::detail {

/// EtherType values (IANA "IEEE 802 Numbers") behind which IP may lie.
namespace ether_type {
inline constexpr std::uint16_t ipv4 = 0x0800;
inline constexpr std::uint16_t frame_relay = 0x6559;
inline constexpr std::uint16_t transparent_bridging = 0x6558;
inline constexpr std::uint16_t vlan = 0x8100;
inline constexpr std::uint16_t ipv6 = 0x86dd;
inline constexpr std::uint16_t ppp = 0x880b;
inline constexpr std::uint16_t mpls = 0x8847;
inline constexpr std::uint16_t mpls_upstream = 0x8848;
inline constexpr std::uint16_t pppoe_session = 0x8864;
inline constexpr std::uint16_t jumbo_llc = 0x8870;
inline constexpr std::uint16_t service_vlan = 0x88a8;
inline constexpr std::uint16_t macsec = 0x88e5;
inline constexpr std::uint16_t provider_backbone = 0x88e7;
inline constexpr std::uint16_t fabric_path = 0x8903;
inline constexpr std::uint16_t cisco_metadata = 0x8909;
inline constexpr std::uint16_t vn_tag = 0x8926;
inline constexpr std::uint16_t hsr = 0x892f;
inline constexpr std::uint16_t e_tag = 0x893f;
inline constexpr std::uint16_t nsh = 0x894f;
inline constexpr std::uint16_t old_service_vlan = 0x9100;
inline constexpr std::uint16_t arista = 0xd28b;
/// Smaller values are no types; up to `largest_length` they are the length of an IEEE 802.3 frame.
inline constexpr std::uint16_t first = 0x0600;
inline constexpr std::uint16_t largest_length = 1500;
}  // namespace ether_type

/// IP protocol numbers that only the walk cares about.
namespace ip_protocol {
using namespace pmtu::ip_protocol;
inline constexpr std::uint8_t hop_by_hop = 0;
inline constexpr std::uint8_t ip_in_ip = 4;
inline constexpr std::uint8_t dccp = 33;
inline constexpr std::uint8_t ipv6 = 41;
inline constexpr std::uint8_t routing = 43;
inline constexpr std::uint8_t fragment = 44;
inline constexpr std::uint8_t gre = 47;
inline constexpr std::uint8_t esp = 50;
inline constexpr std::uint8_t ah = 51;
inline constexpr std::uint8_t no_next_header = 59;
inline constexpr std::uint8_t destination_options = 60;
inline constexpr std::uint8_t ether_ip = 97;
inline constexpr std::uint8_t pim = 103;
inline constexpr std::uint8_t l2tp = 115;
inline constexpr std::uint8_t mobility = 135;
inline constexpr std::uint8_t udp_lite = 136;
inline constexpr std::uint8_t mpls = 137;
inline constexpr std::uint8_t shim6 = 140;
inline constexpr std::uint8_t ethernet = 143;
}  // namespace ip_protocol

/// Walks one frame from header to header and writes down the datagrams it meets. One walk serves one frame.
///
/// The members are split over files by layer: link layers, IP, transport, ICMP quotations, tunnels. Each
/// takes the bytes from its own header on and hands the rest to the next. Headers nest as deep as a frame's
/// bytes allow, hence the bound on steps.
class FrameWalk {
 public:
  FrameWalk(const Frame& frame, Observation& observation) : frame_(frame), observation_(observation) {}

  void run();

 private:
  /// Headers of link layers and tunnels that a frame may nest. Real frames have under twenty.
  static constexpr unsigned kMaxSteps = 64;

  // decode.cpp
  /// Counts one more header of a kind that nests; false, and the end of the walk, past the bound.
  [[nodiscard]] bool step() {
    if (++steps_ <= kMaxSteps) return true;
    end(WalkEnd::too_deep);
    return false;
  }
  void end(WalkEnd reason) { observation_.end = reason; }
  /// Ends the walk at a header that is not there: cut by the snapshot length, or never on the wire.
  void end_short_of_header(ByteView bytes);
  [[nodiscard]] std::uint32_t offset_of(ByteView bytes) const {
    return static_cast<std::uint32_t>(bytes.data() - frame_.bytes.data());
  }
  void set_payload(Datagram& datagram, ByteView payload) {
    datagram.payload_offset = offset_of(payload);
    datagram.payload_captured = payload.captured();
  }

  // decode_link.cpp
  void link_layer(LinkType type, ByteView bytes);
  void ethernet(ByteView bytes);
  void linux_cooked_v1(ByteView bytes);
  void linux_cooked_v2(ByteView bytes);
  void cooked_payload(std::uint16_t hardware_type, std::uint16_t protocol, ByteView payload);
  void raw_ip(ByteView bytes);
  void null_loopback(ByteView bytes);
  void address_family(std::uint32_t family, ByteView payload);
  void pflog(ByteView bytes);
  void ip_over_infiniband(ByteView bytes);

  // decode_ether_payload.cpp
  void ether_payload(std::uint16_t type, ByteView payload);
  /// An EtherType that follows a tag of `tag_length` bytes.
  void tagged(ByteView bytes, std::uint32_t tag_length);
  void vlan(ByteView bytes);
  void macsec(ByteView bytes);
  void arista(ByteView bytes);
  void llc(ByteView bytes);
  /// OUI and protocol identifier, with the padding that bridged frames have on this medium.
  void snap(ByteView bytes, std::uint32_t bridge_padding);
  void mpls(ByteView bytes);
  void pseudowire(ByteView bytes);
  void nsh(ByteView bytes);

  // decode_serial.cpp
  void pppoe(ByteView bytes);
  /// PPP behind an address and a control byte, which may be left out; some links have Cisco HDLC instead.
  void ppp_hdlc(ByteView bytes);
  void ppp(ByteView bytes);
  void cisco_hdlc(ByteView bytes);
  void frame_relay(ByteView bytes);

  // decode_ieee80211.cpp
  void ieee80211(ByteView bytes, bool padded_header);
  void ieee80211_radiotap(ByteView bytes);
  void ieee80211_ppi(ByteView bytes);
  void ieee80211_prism(ByteView bytes);
  void ieee80211_avs(ByteView bytes);
  void aggregated_msdus(ByteView bytes);
  void msdu(ByteView bytes, std::uint64_t source, std::uint64_t destination, std::uint16_t sequence_control);

  // decode_ip.cpp
  void ip(ByteView bytes);
  void ipv4(ByteView bytes);
  void ipv6(ByteView bytes);
  /// The next datagram of the observation; none, and the end of the walk, when it is full.
  [[nodiscard]] Datagram* add_datagram() {
    const std::uint8_t level = observation_.datagram_count;
    if (level == Observation::kMaxDatagrams) {
      end(WalkEnd::too_deep);
      return nullptr;
    }
    observation_.datagram_count = static_cast<std::uint8_t>(level + 1);
    Datagram& datagram = observation_.datagrams[level];
    datagram.level = level;
    datagram.transport = TransportKind::none;
    datagram.carries = Encapsulation::none;
    datagram.truncated = false;
    datagram.source_port = 0;
    datagram.destination_port = 0;
    return &datagram;
  }
  /// What an IP header, or the last extension header, says comes next.
  void ip_payload(Datagram& datagram, std::uint8_t protocol, ByteView payload);

  // decode_transport.cpp
  void tcp(Datagram& datagram, ByteView segment);
  void udp(Datagram& datagram, ByteView bytes);
  void ports_only(Datagram& datagram, ByteView bytes);

  // sctp.cpp
  void sctp(Datagram& datagram, ByteView bytes);

  // decode_tunnel.cpp
  void gre(ByteView bytes);
  void erspan(ByteView bytes);
  void pim_register(Datagram& datagram, ByteView bytes);
  void l2tp_v3_over_ip(ByteView bytes);
  void l2tp_v3_session(ByteView bytes);
  [[nodiscard]] bool l2tp_v3_ethernet(ByteView bytes);

  // decode_udp_tunnel.cpp
  void udp_payload(Datagram& datagram, ByteView payload);
  void vxlan(ByteView bytes);
  void vxlan_gpe(ByteView bytes);
  void geneve(ByteView bytes);
  void gtp_u(ByteView bytes);
  void l2tp_over_udp(ByteView bytes);
  void teredo(ByteView bytes);

  // decode_icmp.cpp
  void icmpv4(Datagram& datagram, ByteView message);
  void icmpv6(Datagram& datagram, ByteView message);
  /// What the two differ in.
  struct IcmpVersion {
    TransportKind transport;
    IpVersion quoted;
    std::uint8_t echo_request;
    std::uint8_t echo_reply;
    bool (*quotes_datagram)(std::uint8_t type);
    std::uint32_t (*stated_length)(std::uint8_t type, std::uint32_t rest);
  };
  void icmp(Datagram& datagram, ByteView message, const IcmpVersion& version);
  void quotation(IcmpMessage& icmp, IpVersion version, ByteView quote);

  const Frame& frame_;
  Observation& observation_;
  unsigned steps_ = 0;
  unsigned udp_headers_ = 0;
};

/// What a UDP payload is by its ports, its first bytes or, last, by whoever dissected the frame. `ordinal`
/// counts the UDP headers of the frame from 0.
[[nodiscard]] Encapsulation udp_encapsulation(std::uint16_t source_port, std::uint16_t destination_port,
                                              ByteView payload, const LayerOracle& oracle, unsigned ordinal);

/// What was learnt from the extension headers of an IPv6 datagram (RFC 8200 §4).
struct ExtensionHeaders {
  std::uint8_t protocol = 0;  ///< the first that is no extension header, or the one that was cut
  std::uint32_t length = 0;
  std::uint32_t identification = 0;
  std::uint16_t fragment_offset = 0;  ///< in bytes
  bool more_fragments = false;
  bool has_fragment_header = false;
  bool authenticated = false;  ///< an Authentication Header is among them
  bool complete = true;        ///< false: captured or quoted only in part
};

/// What a quotation that begins with an SCTP header says beside its ports.
void set_quoted_sctp(QuotedDatagram& quoted, ByteView bytes);

/// Follows the chain from `first`; `bytes` starts after the fixed header.
[[nodiscard]] ExtensionHeaders walk_extension_headers(std::uint8_t first, ByteView bytes);

}  // namespace pmtu::detail
