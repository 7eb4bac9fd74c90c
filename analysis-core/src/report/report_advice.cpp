// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report_advice.h"

#include <cstdio>
#include <optional>

#include "pmtu/observation.h"
#include "report/fragment_advice.h"

namespace pmtu {
namespace {

bool is_v4(const ConversationRow& row) {
  return row.flow.path.source.version == IpVersion::v4;
}
bool is_tcp(const ConversationRow& row) {
  return row.flow.protocol == ip_protocol::tcp;
}
std::string source(const ConversationRow& row) {
  return to_string(row.flow.path.source);
}
std::string destination(const ConversationRow& row) {
  return to_string(row.flow.path.destination);
}

std::string hint_message(const ConversationRow& row) {
  return is_v4(row) ? "ICMP Destination Unreachable, Fragmentation Needed (type 3 code 4)"
                    : "ICMPv6 Packet Too Big (type 2)";
}

std::string rule_for_senders(const ConversationRow& row) {
  const std::string rfc = is_v4(row) ? "RFC 1191 section 3: a host" : "RFC 8201 section 4: a node";
  return rfc +
         " that receives this message MUST reduce its estimate of the path MTU and MUST attempt to avoid "
         "eliciting more "
         "of them.";
}

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", duration.seconds());
  return text;
}

/// A size that is known to fit: the path MTU, or what got through.
std::optional<Mtu> size_that_fits(const ConversationRow& row) {
  if (row.recommended.mtu) return row.recommended.mtu;
  if (row.path_mtu) return row.path_mtu;
  return std::nullopt;
}

std::string told_by(const ConversationRow& row) {
  std::string text =
      row.hint_frames.empty() ? "A hint" : "Frame " + std::to_string(row.hint_frames.front().value());
  text += " (" + hint_message(row);
  if (row.reporter) text += " from " + to_string(*row.reporter);
  text += ") told " + source(row) + " that ";
  return text + (row.path_mtu ? "the next hop takes " + std::to_string(row.path_mtu->value()) + " bytes."
                              : std::string("its datagram was too big, without naming an MTU."));
}

std::string checks_on_sender(const ConversationRow& row) {
  const std::string to = destination(row);
  std::string text = "Checks on a Linux based sender:\n\n";
  if (is_v4(row)) {
    text +=
        "    nstat -az TcpExtOutOfWindowIcmps IcmpInDestUnreachs IcmpInErrors\n"
        "                                   # first one counts hints that TCP refused; all zero: none "
        "reached ICMP\n"
        "    ip route get " +
        to +
        "       # shows 'mtu N expires' where a hint was taken, 'mtu lock' where none may be\n"
        "    sysctl net.ipv4.ip_no_pmtu_disc net.ipv4.tcp_mtu_probing\n"
        "    iptables -S INPUT; nft list ruleset    # does a rule drop ICMP type 3 code 4?\n";
  } else {
    text +=
        "    nstat -az TcpExtOutOfWindowIcmps Icmp6InPktTooBigs Icmp6InErrors\n"
        "                                   # first one counts hints that TCP refused; all zero: none "
        "reached ICMPv6\n"
        "    ip -6 route get " +
        to +
        "    # shows 'mtu N expires' where a hint was taken, 'mtu lock' where none may be\n"
        "    sysctl net.ipv4.tcp_mtu_probing\n"
        "    ip6tables -S INPUT; nft list ruleset   # does a rule drop ICMPv6 type 2? RFC 4890 section 4.3.1 "
        "says it must not\n";
  }
  return text;
}

std::string marks(const ConversationRow& row) {
  std::string text = "After that it sent " + std::to_string(row.ignored_packets) + " DF datagram" +
                     (row.ignored_packets == 1 ? "" : "s") + " of up to " +
                     std::to_string(row.largest_datagram.value()) + " bytes (" +
                     std::to_string(row.ignored_bytes) + " bytes in all)";
  if (row.stall) text += " while the transfer stood still for " + seconds(*row.stall);
  return text + ". The quotation of the hint matched what it had sent.";
}

std::string sender_ignoring(const ConversationRow& row) {
  std::string text = told_by(row) + " " + marks(row) + "\n" + rule_for_senders(row) + "\n";
  if (row.verdict == Verdict::ignoring) {
    text += "The capture shows that the hint reached the sender.\n";
  } else {
    text +=
        "The capture does not show that the hint reached the sender. Before blaming it, capture on its own "
        "interface "
        "and look for the hint there.\n";
  }
  return text + "\n" + checks_on_sender(row);
}

std::string sender_black_hole() {
  std::string text =
      "The sender was told nothing it could use: no hint explains the loss. It is at fault only where it "
      "does not recover: RFC 4821 (packetization layer path MTU discovery) finds the size without ICMP.\n\n";
  text += "    sysctl -w net.ipv4.tcp_mtu_probing=1    # Linux: probe once a black hole is detected\n";
  return text;
}

std::string sender_undeliverable() {
  return "The hints that came do not fit what the sender sent: another address, other ports, bytes it never "
         "sent, or an MTU "
         "that tells nothing. RFC 5927 section 4.1 wants such messages ignored. The sender is right.\n";
}

std::string sender_receiver_side(const ConversationRow& row) {
  return "This capture was taken at the receiver, where hints to the sender do not pass. Capture at " +
         source(row) + " as well: if " + hint_message(row) +
         " arrives there and the same bytes go out again at the same size, the sender ignores it; if none "
         "arrives, a "
         "router drops large datagrams silently.\n\n" +
         checks_on_sender(row);
}

std::string iptables_rule(const char* program, std::uint16_t mss) {
  return std::string(program) + " -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss " +
         std::to_string(mss) + "\n";
}

std::string mss_commands(const Recommendation& recommended) {
  const auto v4 = recommended.mss_v4;
  const auto v6 = recommended.mss_v6;
  const std::string mss4 = v4 ? std::to_string(*v4) : "";
  const std::string mss6 = v6 ? std::to_string(*v6) : "";
  std::string text = "Clamp the MSS in both directions, on a router that all of this traffic passes:\n\n";
  text += "    # Linux, iptables\n";
  if (v4) text += "    " + iptables_rule("iptables", *v4);
  if (v6) text += "    " + iptables_rule("ip6tables", *v6);
  text +=
      "    # Linux, nftables\n"
      "    nft add table inet pmtu\n"
      "    nft 'add chain inet pmtu forward { type filter hook forward priority mangle; }'\n";
  if (v4)
    text += "    nft add rule inet pmtu forward meta nfproto ipv4 tcp flags syn tcp option maxseg size set " +
            mss4 + "\n";
  if (v6)
    text += "    nft add rule inet pmtu forward meta nfproto ipv6 tcp flags syn tcp option maxseg size set " +
            mss6 + "\n";
  text += "    # Cisco IOS, on the interface toward the tunnel\n";
  if (v4) text += "    ip tcp adjust-mss " + mss4 + "\n";
  if (v6) text += "    ipv6 tcp adjust-mss " + mss6 + "\n";
  text += "    # Junos, SRX\n";
  if (v4) text += "    set security flow tcp-mss all-tcp mss " + mss4 + "\n";
  text += "    # Junos, MX, on the interface toward the tunnel\n";
  if (v4) text += "    set interfaces INTERFACE unit 0 family inet tcp-mss " + mss4 + "\n";
  if (v6) text += "    set interfaces INTERFACE unit 0 family inet6 tcp-mss " + mss6 + "\n";
  text +=
      "\n`--clamp-mss-to-pmtu` (iptables) and `rt mtu` (nftables) help only on the tunnel gateway itself; "
      "anywhere else give "
      "the value. A clamp does nothing for UDP and QUIC.\n\n";
  return text;
}

std::string mtu_commands(const ConversationRow& row, Mtu mtu) {
  const std::string size = std::to_string(mtu.value());
  const bool v4 = is_v4(row);
  const std::string to = destination(row);
  std::string text = "Or tell the hosts, on one of them first, as proof:\n\n";
  text += "    # Linux, one destination\n";
  text += v4 ? "    ip route add " + to + "/32 via GATEWAY mtu " + size + "\n"
             : "    ip -6 route add " + to + "/128 via GATEWAY mtu " + size + "\n";
  text += "    # Linux, the whole interface\n    ip link set dev INTERFACE mtu " + size + "\n";
  text += "    # Windows\n    netsh interface " + std::string(v4 ? "ipv4" : "ipv6") +
          " set subinterface \"INTERFACE\" mtu=" + size + " store=persistent\n\n";
  return text;
}

std::string verify_commands(const ConversationRow& row, Mtu mtu) {
  const std::uint32_t headers = is_v4(row) ? 28 : 48;  // IP and ICMP echo
  const std::string to = destination(row);
  const std::string fits = std::to_string(mtu.value() - headers);
  const std::string too_big = std::to_string(mtu.value() - headers + 1);
  const std::string family = is_v4(row) ? "" : "-6 ";
  std::string text = "Verify from " + source(row) +
                     ": the first passes, the second is answered by a hint or by silence.\n\n";
  text += "    ping " + family + "-M do -c 3 -s " + fits + " " + to + "    # " + fits + " + " +
          std::to_string(headers) + " = " + std::to_string(mtu.value()) + "\n";
  text += "    ping " + family + "-M do -c 3 -s " + too_big + " " + to + "\n";
  text += is_v4(row) ? "    ping -f -l " + fits + " " + to + "    # Windows\n"
                     : "    ping -6 -l " + fits + " " + to + "    # Windows\n";
  return text;
}

std::string configuration(const ConversationRow& row) {
  const std::optional<Mtu> mtu = size_that_fits(row);
  if (!mtu || mtu->value() <= 48) {
    return "No value can be recommended: the capture does not tell the path MTU. Find it from the sender:\n\n"
           "    tracepath -n " +
           destination(row) + "\n";
  }
  std::string text;
  if (!row.path_mtu) {
    text += "The value is the largest datagram that is known to get through; the path may take more.\n\n";
  }
  const Recommendation recommended = row.recommended.mtu ? row.recommended : recommend(*mtu);
  if (is_tcp(row) && (recommended.mss_v4 || recommended.mss_v6)) text += mss_commands(recommended);
  return text + mtu_commands(row, *mtu) + verify_commands(row, *mtu);
}

std::string network_ignoring(const ConversationRow& row) {
  std::string text = row.reporter ? to_string(*row.reporter) : std::string("The router that reported");
  text += " acted correctly: it refused a datagram that does not fit and said so.";
  if (row.path_mtu) {
    text += " The path takes " + std::to_string(row.path_mtu->value()) + " bytes.";
    const std::string candidates = explain_mtu(*row.path_mtu);
    if (!candidates.empty())
      text += "\nWhat may cost the difference (candidates, no certainty): " + candidates + ".";
  }
  if (row.verdict == Verdict::probably_ignoring) {
    text += "\nMake sure that nothing between " + std::string(row.reporter ? "it" : "the router") + " and " +
            source(row) + " filters " + hint_message(row) + ".";
  }
  return text + "\nUntil the sender is mended:\n\n" + configuration(row);
}

std::string network_black_hole(const ConversationRow& row) {
  std::string text = "Datagrams of ";
  text += row.bracket.lost ? std::to_string(row.bracket.lost->value()) + " bytes" : std::string("full size");
  text += " vanish between " + source(row) + " and " + destination(row);
  if (row.bracket.passed) text += ", " + std::to_string(row.bracket.passed->value()) + " bytes get through";
  text += ". Some hop drops what does not fit and says nothing, or a filter drops what it says. Let " +
          hint_message(row) + " pass everywhere";
  text += is_v4(row) ? " (RFC 2923 section 2.1)." : " (RFC 4890 section 4.3.1).";
  return text + " Until then:\n\n" + configuration(row);
}

std::string network_undeliverable(const ConversationRow& row) {
  return "The hints quote addresses, ports or bytes that the sender does not know. Usually a NAT or load "
         "balancer passes "
         "them on without translating the quotation back (RFC 5508 section 4.2 requires it), or they are "
         "forged. Compare the "
         "quotation with the datagrams on both sides of that device. Until then:\n\n" +
         configuration(row);
}

void add_limit(std::string& list, const std::string& limit) {
  list += "- " + limit + "\n";
}

}  // namespace

std::string advice_for_sender(const ConversationRow& row) {
  switch (row.verdict) {
    case Verdict::ignoring:
    case Verdict::probably_ignoring:
      return sender_ignoring(row);
    case Verdict::black_hole_suspected:
    case Verdict::black_hole_confirmed:
    case Verdict::black_hole_recovered:
      return sender_black_hole();
    case Verdict::black_hole_receiver:
      return sender_receiver_side(row);
    case Verdict::fragments_lost:
      return fragment_advice_for_sender(row);
    case Verdict::hint_undeliverable:
      return sender_undeliverable();
    case Verdict::unverifiable:
      return "Nothing can be held against the sender. Capture again: both directions, frames in full length, "
             "and for "
             "wire sizes without offload:\n\n"
             "    ethtool -K INTERFACE tso off gso off gro off lro off\n";
    case Verdict::none:
    case Verdict::not_exercised:
    case Verdict::compliant:
    case Verdict::compliant_by_fragmentation:
    case Verdict::probing:
      return "The sender did nothing wrong.\n";
  }
  return {};
}

std::string advice_for_network(const ConversationRow& row) {
  switch (row.verdict) {
    case Verdict::ignoring:
    case Verdict::probably_ignoring:
      return network_ignoring(row);
    case Verdict::black_hole_suspected:
    case Verdict::black_hole_confirmed:
    case Verdict::black_hole_recovered:
    case Verdict::black_hole_receiver:
      return network_black_hole(row);
    case Verdict::fragments_lost:
      return fragment_advice_for_network(row);
    case Verdict::hint_undeliverable:
      return network_undeliverable(row);
    case Verdict::none:
    case Verdict::not_exercised:
    case Verdict::compliant:
    case Verdict::compliant_by_fragmentation:
    case Verdict::probing:
    case Verdict::unverifiable:
      return "Nothing to do on behalf of this conversation.\n";
  }
  return {};
}

std::string limits_of(const ConversationRow& row, const Coverage& coverage) {
  std::string list;
  const bool judged_by_hint = row.verdict == Verdict::ignoring || row.verdict == Verdict::probably_ignoring;
  if (judged_by_hint && row.delivered == Delivery::unknown) {
    std::string limit = "Whether the hint reached the sender: seen is not delivered. ";
    limit += row.sender_hops
                 ? "The capture was taken " + std::to_string(*row.sender_hops) + " hops from the sender; "
                 : std::string("How far the sender is from the capture point is unknown; ");
    add_limit(list, limit + "the hint may be filtered in between.");
  }
  if (judged_by_hint && !row.path_mtu) {
    add_limit(list,
              "The path MTU: the router named none. Only datagrams as long as the refused one were judged.");
  }
  if (row.verdict == Verdict::black_hole_receiver) {
    add_limit(list,
              "Why the datagrams vanish: hints to the sender do not pass the receiver, so none can be in "
              "this capture.");
  }
  if (row.bracket.lost && !row.path_mtu) {
    std::string limit = "The exact path MTU: it is below " + std::to_string(row.bracket.lost->value());
    if (row.bracket.passed) limit += " and at least " + std::to_string(row.bracket.passed->value());
    add_limit(list, limit + ".");
  }
  const bool silent = row.verdict == Verdict::black_hole_suspected ||
                      row.verdict == Verdict::black_hole_confirmed ||
                      row.verdict == Verdict::black_hole_recovered;
  if (silent && !coverage.any_icmp) {
    add_limit(list,
              "Whether hints were sent: the capture holds no ICMP of any kind, so a capture filter may have "
              "left it out.");
  }
  if (coverage.offload) {
    add_limit(list,
              "Wire sizes of hosts with segmentation offload: their captured datagrams were cut up later and "
              "are not judged.");
  }
  return list;
}

}  // namespace pmtu
