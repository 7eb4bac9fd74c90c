// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/fragment_advice.h"

#include "pmtu/protocol_sizes.h"
#include "report/tunnel_overhead.h"

namespace pmtu {

namespace {

/// What goes into a tunnel is to be small enough; who sends it can be told so (RFC 4459 §3.2).
std::string advice_for_tunnel(const report::TunnelRoom& room) {
  return "The datagrams carry a tunnel (" + room.tunnel +
         "): lower the MTU of its interface, so that what goes into it fits one datagram. For outer "
         "datagrams of 1500 "
         "bytes that is " +
         std::to_string(room.mtu) + " = " + room.arithmetic +
         (room.proviso.empty() ? std::string() : "; " + room.proviso) + "." +
         (room.tunnel == "VXLAN"
              ? " Ends of VXLAN must not send fragments, and may drop those that come (RFC 7348 section 4.3)."
              : "") +
         "\n";
}

}  // namespace

std::string fragment_advice_for_sender(const ConversationRow& row) {
  switch (row.stage) {
    case Stage::dns_query:
    case Stage::dns_response:
      // DNS Flag Day 2020; RFC 9715 §3.
      return "Send no DNS answer in fragments: limit the EDNS size to 1232 on both sides; what is longer "
             "then "
             "goes over TCP.\n\n"
             "    BIND:    max-udp-size 1232; edns-udp-size 1232;\n"
             "    Unbound: max-udp-size: 1232  edns-buffer-size: 1232\n\n"
             "See to it that DNS over TCP (port 53) is allowed.\n";
    case Stage::radius:
      // RFC 2865 §5.12, RFC 3579 §2.4.
      return "Keep EAP-TLS in datagrams that need no fragments: set the fragment size of EAP below the path "
             "MTU "
             "(FreeRADIUS: fragment_size = 1024) and have the access device send Framed-MTU 1344 or less.\n";
    case Stage::ike:
      return "Turn on IKE fragmentation (RFC 7383; strongSwan: fragmentation = yes, IOS: crypto ikev2 "
             "fragmentation "
             "mtu 1280): IKE then cuts its messages itself, and no fragment of IP is needed.\n";
    case Stage::sip:
      return "Send SIP over TCP: RFC 3261 section 18.1.1 demands it for requests within 200 bytes of the "
             "path MTU, or "
             "above 1300 bytes where that is unknown.\n";
    case Stage::nfs:
      return "Mount NFS over TCP (proto=tcp), or with rsize and wsize of 1024.\n";
    case Stage::kerberos:
      return "Use Kerberos over TCP (krb5.conf: udp_preference_limit = 1; Windows: MaxPacketSize = 1).\n";
    default:
      if (const auto room = report::tunnel_room(row.flow, Mtu{kEthernetMtu})) return advice_for_tunnel(*room);
      return "Send datagrams that need no fragments: 1232 bytes of UDP payload pass nearly everywhere (RFC "
             "8900 "
             "section 6.1, RFC 8085 section 3.2).\n";
  }
}

std::string fragment_advice_for_network(const ConversationRow& row) {
  std::string text = "Find what drops fragments on the way to " + to_string(row.flow.path.destination) +
                     ": firewalls and access lists that match ports see none in later fragments, address "
                     "translators and load "
                     "balancers must put datagrams together or spread them alike (RFC 8900 section 3, RFC "
                     "4787 section 11).\n\n";
  const bool v6 = row.flow.path.source.version == IpVersion::v6;
  const std::string size = v6 ? "ping -6 -M dont -s 3000 " : "ping -M dont -s 3000 ";
  return text + "To verify, send fragments on purpose:\n\n    " + size +
         to_string(row.flow.path.destination) + "\n";
}

}  // namespace pmtu
