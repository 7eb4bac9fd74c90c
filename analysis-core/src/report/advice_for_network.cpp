// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "pmtu/observation.h"
#include "pmtu/protocol_sizes.h"
#include "report/advice.h"
#include "report/capture_points.h"
#include "report/fragment_advice.h"
#include "report/tunnel_overhead.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

constexpr Mtu kV6MinimumMtu{kIpv6MinimumMtu};
constexpr std::uint32_t kEchoHeader = 8;  // RFC 792, RFC 4443 §4.1

bool is_v4(const Group& group) {
  return group.version() == IpVersion::v4;
}
std::string destination(const Group& group) {
  return to_string(group.row().flow.path.destination);
}

Code clamp_commands(bool v4, std::uint32_t mss) {
  const std::string value = number(mss);
  const std::string family = v4 ? "ipv4" : "ipv6";
  Code code{{
      "# Linux, iptables",
      std::string(v4 ? "iptables" : "ip6tables") +
          " -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss " + value,
      "# Linux, nftables",
      "nft add table inet pmtu",
      "nft 'add chain inet pmtu forward { type filter hook forward priority mangle; }'",
      "nft add rule inet pmtu forward meta nfproto " + family + " tcp flags syn tcp option maxseg size set " +
          value,
      "# Cisco IOS, on the interface toward the tunnel",
      std::string(v4 ? "ip" : "ipv6") + " tcp adjust-mss " + value,
      "# Junos, MX, on the interface toward the tunnel",
      "set interfaces INTERFACE unit 0 family " + std::string(v4 ? "inet" : "inet6") + " tcp-mss " + value,
  }};
  if (v4) {
    code.lines.push_back("# Junos, SRX");
    code.lines.push_back("set security flow tcp-mss all-tcp mss " + value);
  }
  return code;
}

void add_clamp(std::vector<Block>& blocks, const Group& group) {
  const auto mss = advised_mss(group);
  if (!mss) return;
  blocks.emplace_back(Paragraph{"Clamp the TCP MSS to " + number(*mss) +
                                " in both directions, on a router that all of this traffic passes:"});
  blocks.emplace_back(clamp_commands(is_v4(group), *mss));
  blocks.emplace_back(
      Paragraph{"`--clamp-mss-to-pmtu` (iptables) and `rt mtu` (nftables) are right only on the tunnel "
                "gateway itself. A "
                "clamp does nothing for UDP and QUIC."});
}

/// The MTU for hosts. An interface that is to carry IPv6 keeps at least 1280: Linux takes IPv6 off it below.
void add_mtu(std::vector<Block>& blocks, const Group& group, Mtu mtu) {
  const std::string size = number(mtu.value());
  const std::string to = destination(group);
  const bool v4 = is_v4(group);
  Code code;
  code.lines = {"# Linux, one destination", v4 ? "ip route add " + to + "/32 via GATEWAY mtu " + size
                                               : "ip -6 route add " + to + "/128 via GATEWAY mtu " + size};
  if (mtu >= kV6MinimumMtu) {
    code.lines.push_back("# Linux, the whole interface");
    code.lines.push_back("ip link set dev INTERFACE mtu " + size);
  }
  code.lines.push_back("# Windows");
  code.lines.push_back("netsh interface " + std::string(v4 ? "ipv4" : "ipv6") +
                       " set subinterface \"INTERFACE\" mtu=" + size + " store=persistent");
  blocks.emplace_back(Paragraph{any_tcp(group)
                                    ? "Or lower the MTU on the hosts, on one of them first, as proof:"
                                    : "Lower the MTU on the sending hosts, on one of them first, as proof:"});
  blocks.emplace_back(code);
}

std::string ping(const Group& group, std::uint32_t payload) {
  return "ping " + std::string(is_v4(group) ? "" : "-6 ") + "-M do -c 3 -s " + number(payload) + " " +
         destination(group);
}

std::uint32_t headers_of_echo(const Group& group) {
  return ip_header(group.version()) + kEchoHeader;
}

/// With a known path MTU one size passes and the next does not; otherwise the test is where between two sizes
/// the border lies.
void add_test(std::vector<Block>& blocks, const Group& group, const AdvisedSize& size) {
  const std::uint32_t headers = headers_of_echo(group);
  const std::uint32_t fits = size.mtu.value() - headers;
  const std::string from = "Test from " + to_string(group.sender);
  const std::string sum =
      "    # " + number(fits) + " + " + number(headers) + " = " + number(size.mtu.value());
  if (size.source != AdvisedSize::Source::refused && size.source != AdvisedSize::Source::got_through) {
    blocks.emplace_back(Paragraph{from + ": the first passes, the second must not."});
    blocks.emplace_back(Code{{ping(group, fits) + sum, ping(group, fits + 1)}});
    return;
  }
  blocks.emplace_back(Paragraph{from + ": this size should pass; larger ones may, too."});
  blocks.emplace_back(Code{{ping(group, fits) + sum}});
}

/// How to find what the capture does not tell.
void add_measurement(std::vector<Block>& blocks, const Group& group) {
  const Bracket& bracket = group.row().bracket;
  const std::uint32_t headers = headers_of_echo(group);
  std::string text = "The capture does not tell which size to configure";
  if (bracket.passed && bracket.lost) {
    text += ": " + number(bracket.passed->value()) + " bytes passed, " + number(bracket.lost->value()) +
            " did not";
  } else if (bracket.lost) {
    text += ", only that it is below " + number(bracket.lost->value());
  }
  text += ". Measure from " + to_string(group.sender) + ":";
  blocks.emplace_back(Paragraph{text});
  Code code;
  code.lines.push_back("tracepath -n " + destination(group));
  const bool known = bracket.passed && bracket.lost && bracket.passed->value() > headers;
  if (known) {
    code.lines.push_back("ping " + std::string(is_v4(group) ? "" : "-6 ") + "-M do -c 3 -s SIZE " +
                         destination(group) + "    # SIZE from " + number(bracket.passed->value() - headers) +
                         " up to " + number(bracket.lost->value() - headers - 1) +
                         ": the largest that is answered");
  }
  blocks.emplace_back(code);
}

void add_configuration(std::vector<Block>& blocks, const Group& group) {
  const auto size = advised_size(group);
  if (!size) {
    if (group.mtu && !is_v4(group) && *group.mtu < kV6MinimumMtu) {
      blocks.emplace_back(Paragraph{
          "A link that carries IPv6 has to take 1280 bytes, by fragmenting below IP if need be (RFC 8200 "
          "section 5). Nothing smaller can be set on hosts: fix that link."});
      return;
    }
    add_measurement(blocks, group);
    return;
  }
  if (size->source == AdvisedSize::Source::got_through)
    blocks.emplace_back(
        Paragraph{"The values below come from the largest datagram that is known to get through" +
                  std::string(destinations(group).size() > 1 ? " to all of them, " : ", ") +
                  number(size->mtu.value()) + " bytes; the path may take more."});
  if (size->source == AdvisedSize::Source::refused || size->source == AdvisedSize::Source::untranslated)
    blocks.emplace_back(Paragraph{"The values below come from a hint that named " +
                                  number(size->mtu.value()) +
                                  ", but could not be understood by the sender."});
  add_clamp(blocks, group);
  add_mtu(blocks, group, size->mtu);
  add_test(blocks, group, *size);
}

/// For TCP inside a tunnel of this MTU (RFC 9293 §3.7.1). IPv6 needs 1280 (RFC 8200 §5).
std::string inner_mss(const TunnelRoom& room) {
  const std::string for_v4 = number(room.mtu - tcp_headers(IpVersion::v4)) + " (IPv4)";
  const std::string for_v6 = number(room.mtu - tcp_headers(IpVersion::v6)) + " (IPv6)";
  const std::string clamp = "For TCP inside it clamp the MSS to ";
  if (room.inside == IpVersion::v4) return clamp + for_v4 + ".";
  const bool too_small = room.mtu < kIpv6MinimumMtu;
  const std::string needs = "IPv6 does not fit inside, for it needs 1280";
  if (room.inside == IpVersion::v6)
    return too_small ? needs + ": the tunnel has to fragment its outer datagrams." : clamp + for_v6 + ".";
  return clamp + for_v4 + (too_small ? "; " + needs : " and " + for_v6) + ".";
}

/// A tunnel's outer path: the senders inside are to be told a size that leaves room for its headers.
void add_tunnel(std::vector<Block>& blocks, const Group& group) {
  const auto size = advised_size(group);
  if (!size) return add_measurement(blocks, group);
  const auto room = tunnel_room(group.row().flow, size->mtu, group.row().may_refuse_hints);
  if (!room) {
    blocks.emplace_back(Paragraph{
        "The datagrams carry a tunnel. Set the MTU of the tunnel interface on " + to_string(group.sender) +
        " so that its outer datagrams are no longer than " + number(size->mtu.value()) +
        " bytes: that number less the tunnel's headers. For TCP inside it clamp the MSS to that "
        "result less 40 (IPv4) or 60 (IPv6)."});
    return add_test(blocks, group, *size);
  }
  blocks.emplace_back(
      Paragraph{"The datagrams carry a tunnel (" + room->tunnel + "). Set the MTU of its interface on " +
                to_string(group.sender) + " to " + number(room->mtu) + " = " + room->arithmetic +
                (room->proviso.empty() ? "" : "; " + room->proviso) + ". " + inner_mss(*room)});
  blocks.emplace_back(Code{room->settings});
  add_test(blocks, group, *size);
}

/// RFC 1918, RFC 6598, RFC 4193.
bool is_private(const IpAddress& address) {
  const auto& bytes = address.bytes;
  if (address.version == IpVersion::v6) return (bytes[0] & 0xfe) == 0xfc;
  return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) ||
         (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 100 && (bytes[1] & 0xc0) == 64);
}

std::string reporter(const Group& group) {
  if (group.row().hint_remark == HintRemark::written_by_tunnel)
    return "The entrance of a tunnel on the way to " + destination(group);
  return group.reporter ? to_string(*group.reporter) : std::string("The reporter");
}

/// What speaks against believing the reporter; empty where nothing does.
std::string doubt_about_reporter(const Group& group) {
  if (!group.reporter) return {};
  if (group.row().hint_remark == HintRemark::written_by_tunnel) {
    const std::optional<IpAddress>& entrance = group.row().tunnel_entrance;
    return "The hint is written in the name of the destination, by the entrance of a bridged tunnel (VXLAN, "
           "Geneve)" +
           (entrance ? ", the host that has the outer address " + to_string(*entrance) : std::string()) +
           ": that entrance is where the path narrows.";
  }
  const std::string who = to_string(*group.reporter);
  if (*group.reporter == group.sender)
    return "The hint bears the address of " + who + " itself, to which it is addressed: no router sent it.";
  if (is_private(*group.reporter) && !is_private(group.sender))
    return who + " is a private address, " + to_string(group.sender) +
           " is not: borders drop such messages, so the hint may never arrive beyond this capture point.";
  constexpr Mtu kLinuxFloor{552};  // what Linux falls to after a hint without MTU: its own estimate
  if (group.mtu == kLinuxFloor)
    return "An MTU of 552 is what a Linux router estimates when it was itself told no MTU: the path may take "
           "more.";
  return {};
}

std::string candidates_for(const Group& group) {
  if (group.mtus.empty()) return group.mtu ? explain_mtu(*group.mtu) : std::string();
  std::string text;
  for (const Mtu mtu : group.mtus) {
    const std::string candidates = explain_mtu(mtu);
    if (!candidates.empty()) text += (text.empty() ? "" : "; ") + number(mtu.value()) + ": " + candidates;
  }
  return text;
}

/// Whoever clamps the MSS already can do it on the way that fails, too.
std::string clamp_of_one_way(const Group& group, const Finding& clamp) {
  const std::string frame =
      clamp.related_frame != FrameNumber{} ? " (frame " + number(clamp.related_frame) + ")" : std::string();
  return "The MSS is clamped in one direction only: " + destination(group) + " announces " +
         number(clamp.count) + ", unclamped, and " + to_string(group.sender) +
         " sends by it; its own announcement" + frame + " is clamped. Whatever clamps it has to clamp both.";
}

void add_one_way_clamp(std::vector<Block>& blocks, const Group& group) {
  if (const Finding* const clamp = one_way_clamp(group))
    blocks.emplace_back(Paragraph{clamp_of_one_way(group, *clamp)});
}

std::vector<Block> of_ignoring(const Group& group) {
  const std::string doubt = doubt_about_reporter(group);
  std::string text = reporter(group);
  text += doubt.empty() ? " acted correctly: it refused datagrams that do not fit, and said so."
                        : " refused datagrams and said so.";
  if (!group.mtus.empty()) {
    text += " It named " + mtu_list(group.mtus) +
            " bytes, in this order: its next hop changed, or, as the end of a tunnel, it learned of smaller "
            "hops one by one.";
  } else if (group.mtu) {
    text += " The next hop takes " + number(group.mtu->value()) + " bytes.";
  }
  std::vector<Block> blocks;
  blocks.emplace_back(Paragraph{text});
  if (!doubt.empty()) blocks.emplace_back(Paragraph{doubt});
  const std::string candidates = candidates_for(group);
  if (!candidates.empty())
    blocks.emplace_back(
        Paragraph{"What may explain the difference (candidates, not certainty): " + candidates + "."});
  if (group.verdict == Verdict::probably_ignoring) {
    blocks.emplace_back(Paragraph{"Make sure that nothing between it and " + to_string(group.sender) +
                                  " filters " + std::string(hint_message(group.version())) + "."});
  }
  add_one_way_clamp(blocks, group);
  blocks.emplace_back(Paragraph{"Until the sender is fixed:"});
  if (carries_tunnel(group)) {
    add_tunnel(blocks, group);
  } else {
    add_configuration(blocks, group);
  }
  return blocks;
}

bool is_storage(Stage stage) {
  return stage == Stage::iscsi || stage == Stage::ceph || stage == Stage::smb || stage == Stage::nfs ||
         stage == Stage::nfs_over_tcp;
}

/// Jumbo frames: every port on the link takes them, or no host may send them.
void add_jumbo_frames(std::vector<Block>& blocks, const Group& group) {
  if (!loses_giants(group)) return;
  const auto lost = group.row().bracket.lost;
  constexpr std::uint32_t kEthernetAround = 22;  // header, VLAN tag, checksum
  std::string text =
      "These are jumbo frames. Every switch port between the two has to take frames of " +
      number(lost->value() + kEthernetAround) + " bytes (" + number(lost->value()) +
      ", Ethernet header, VLAN tag and checksum), and one port at "
      "the standard of 1500 is enough to lose them. If not all can, set both hosts to an MTU of 1500";
  if (is_storage(group.row().stage))
    text += ": " + std::string(pmtu::text(group.row().stage)) + " works with that, too";
  blocks.emplace_back(Paragraph{text + ". To see which it is, from " + to_string(group.sender) + ":"});
  const std::uint32_t headers = headers_of_echo(group);
  blocks.emplace_back(Code{{ping(group, lost->value() - headers) + "    # jumbo frames",
                            ping(group, kEthernetMtu - headers) + "    # the standard of Ethernet"}});
}

/// Clients use ports above those of services.
std::string port_of_service(const ConversationRow& row) {
  return number(std::min(row.flow.source_port, row.flow.destination_port));
}

std::string name_of(const CarryingTunnel& tunnel) {
  return "the tunnel" + (tunnel.room ? " (" + tunnel.room->tunnel + ")" : std::string()) + " of " +
         to_string(tunnel.entrance);
}

std::string where_in_tunnel(const Group& group, const CarryingTunnel& tunnel) {
  const std::string inside = to_string(group.sender);
  std::string text =
      ". They travel in " + name_of(tunnel) + ", whose own datagrams may have " +
      number(tunnel.outer_mtu.value()) + " bytes by the hint" +
      (tunnel.hint_frame != FrameNumber{} ? " in frame " + number(tunnel.hint_frame) : std::string()) + ". ";
  if (!tunnel.silent)
    return text + "Whether the tunnel end tells " + inside + " cannot be seen in its outer datagrams alone.";
  return text + "The tunnel end " + (tunnel.delivered ? "had that hint and" : "to which it is addressed") +
         " relayed none to " + inside + " (RFC 2003 section 4.1, RFC 4459 section 3.2).";
}

std::string where_untranslated(const Group& group, const Finding& hint) {
  return ". The hop that drops them says so: " + to_string(hint.reporter) + " names an MTU of " +
         number(hint.hint_mtu->value()) + " (frame " + number(hint.frame) +
         "). But a translator on the way to " + to_string(group.sender) +
         " did not translate the quotation in that hint back, so that the sender cannot "
         "know its own datagram in it. The translator has to (RFC 5508 section 4.2).";
}

/// Nothing smaller can be set on hosts, and no host may send less for the sake of a hint.
std::string link_below_ipv6(const IpAddress& reporter) {
  return "Every link that carries IPv6 has to take 1280 bytes, by fragmenting below IP if need be (RFC 8200 "
         "section 5): find out whether the one that " +
         to_string(reporter) + " speaks of does, or who forges messages in its name.";
}

/// Hints pass, and name what no sender may go by: no filter is to blame, but whoever writes them.
std::string where_unusable(const Group& group, const Finding& hint) {
  const std::string text = "Hints do pass: " + to_string(hint.reporter) + " reports MTU " +
                           number(hint.hint_mtu->value()) + " (frame " + number(hint.frame) + "), but " +
                           std::string(sentence(hint.remark)) + ", and no sender may go by that. ";
  if (is_below_ipv6(group, hint.remark)) return text + link_below_ipv6(hint.reporter);
  return text + "If they are " + to_string(hint.reporter) + "'s own, it has to name what its next hop takes" +
         (is_v4(group) ? " (RFC 1191 section 4)." : " (RFC 4443 section 3.2).");
}

/// Some hop drops what does not fit.
std::string where_it_is_lost(const Group& group) {
  if (group.tunnel) return where_in_tunnel(group, *group.tunnel);
  if (const Finding* const hint = untranslated_hint(group)) return where_untranslated(group, *hint);
  if (const Finding* const hint = unusable_hint(group)) return ". " + where_unusable(group, *hint);
  if (loses_giants(group))
    return ". No router lies between them, by the TTL of both: on one link it is a switch or an interface "
           "that "
           "drops by size, and no ICMP is to be had. Compare the MTU of both interfaces with what the "
           "switches "
           "between them take.";
  if (on_one_link(group))
    return ". No router lies between them, by the TTL of both: it is a switch or an interface that drops by "
           "size, or a tunnel that hides its hops. Compare the MTU of both interfaces with what the "
           "switches, "
           "or the tunnel, between them take.";
  // No hint is of use to the handshake of QUIC.
  if (is_quic_handshake(group) && group.row().hint_remark == HintRemark::below_quic_minimum) return ".";
  return ". Some hop drops what does not fit and says nothing, or a filter drops what it says. Let " +
         std::string(hint_message(group.version())) + " pass everywhere" +
         (is_v4(group) ? " (RFC 2923 section 2.1)." : " (RFC 4890 section 4.3.1).");
}

/// The tunnel end has to make room, and to say so.
void add_carrying_tunnel(std::vector<Block>& blocks, const CarryingTunnel& tunnel) {
  if (!tunnel.room) {
    blocks.emplace_back(
        Paragraph{"Lower the MTU of that tunnel, so that its own datagrams are no longer than " +
                  number(tunnel.outer_mtu.value()) + " bytes, and let it tell those inside."});
    return;
  }
  const TunnelRoom& room = *tunnel.room;
  blocks.emplace_back(Paragraph{"Set the MTU of the tunnel's interface on " + to_string(tunnel.entrance) +
                                " to " + number(room.mtu) + " = " + room.arithmetic +
                                (room.proviso.empty() ? "" : "; " + room.proviso) + "."});
  blocks.emplace_back(Code{room.settings});
}

std::vector<Block> of_black_hole(const Group& group) {
  const Bracket& bracket = group.row().bracket;
  std::string text = "Datagrams of ";
  text += bracket.lost ? number(bracket.lost->value()) + " bytes" : std::string("full size");
  const std::size_t receivers = destinations(group).size();
  text += " are lost between " + to_string(group.sender) + " and " +
          (receivers == 1 ? destination(group) : count_of(receivers, "receiver"));
  if (bracket.passed && receivers == 1) text += "; " + number(bracket.passed->value()) + " bytes get through";
  if (group.between) text += ". It happens between " + both(*group.between);
  text += where_it_is_lost(group);
  std::vector<Block> blocks;
  blocks.emplace_back(Paragraph{text});
  if (is_quic_handshake(group))
    blocks.emplace_back(Paragraph{
        "QUIC needs a path that takes 1200 bytes of UDP payload (RFC 9000 section 14.1). Until this "
        "one does, block UDP port " +
        port_of_service(group.row()) + " on it, so that clients turn to TCP at once."});
  if (group.tunnel) add_carrying_tunnel(blocks, *group.tunnel);
  add_one_way_clamp(blocks, group);
  add_jumbo_frames(blocks, group);
  if (group.verdict != Verdict::black_hole_recovered) blocks.emplace_back(Paragraph{"Until then:"});
  if (carries_tunnel(group)) {
    add_tunnel(blocks, group);
  } else {
    add_configuration(blocks, group);
  }
  return blocks;
}

/// What is lost keeps to the path MTU; the hints about it say why, or lie.
std::string of_stalled(const Group& group) {
  const std::string lost = "Datagrams of " + number(group.row().stuck_obeying->length.value()) +
                           " bytes from " + to_string(group.sender) + " to " + destination(group) +
                           " draw no acknowledgment, although they keep to the path MTU. ";
  if (const Finding* const hint = unusable_hint(group)) return lost + where_unusable(group, *hint);
  return lost + "The hints about them are no use to a sender: " +
         std::string(sentence(group.row().stuck_obeying->refusal)) + ". Find out who writes them.";
}

/// Hints that were right, and did not get as far as the sender.
std::string of_filtered(const Group& group) {
  return "Let " + std::string(hint_message(group.version())) + " pass between " + both(*group.between) +
         (is_v4(group) ? " (RFC 2923 section 2.1)." : " (RFC 4890 section 4.3.1).");
}

/// Why hints could not be believed, and what to look at, by the reason.
std::string of_refused(const Group& group) {
  switch (group.remark) {
    case HintRemark::mtu_below_minimum:
      if (group.reporter && is_below_ipv6(group, group.remark)) return link_below_ipv6(*group.reporter);
      return reporter(group) +
             " names an MTU below the minimum of the protocol. Look at its configuration, or at who "
             "forges messages in its name.";
    case HintRemark::mtu_not_below_datagram:
      return reporter(group) +
             " complains of datagrams that fit the MTU that it names. Look at its configuration.";
    case HintRemark::quote_without_df:
      return reporter(group) + " should have fragmented the datagram: it quotes one without DF.";
    case HintRemark::below_quic_minimum:
      return "The path is too small for QUIC, which needs 1200 bytes (RFC 9000 section 14.1). Use TCP on it, "
             "or a path "
             "that takes more.";
    case HintRemark::reporter_is_recipient:
      return "The hints bear the address of " + to_string(group.sender) +
             " itself: no router sent them. Look for who writes them in its name.";
    case HintRemark::wrong_recipient:
    case HintRemark::bytes_never_sent:
    case HintRemark::flow_never_seen:
    case HintRemark::quote_too_short:
    case HintRemark::quote_ambiguous:
    case HintRemark::untranslated:
    case HintRemark::path_never_seen:
      return "The hints quote what the sender does not know. A NAT or load balancer that passes hints on has "
             "to translate "
             "the quotation back (RFC 5508 section 4.2); if there is none, somebody forges them. Compare the "
             "quotation "
             "with the datagrams on both sides of that device.";
    case HintRemark::none:
    case HintRemark::bytes_already_acknowledged:
    case HintRemark::raises_path_mtu:
    case HintRemark::private_reporter:
    case HintRemark::reporter_estimate:
    case HintRemark::written_by_tunnel:
      return "Compare what the hints quote with the datagrams that were sent.";
  }
  return {};
}

std::string mss_or_mtu(const Group& group) {
  const auto size = advised_size(group);
  if (!size) return "measure the path MTU (`tracepath -n " + destination(group) + "`)";
  if (const auto room = tunnel_room(group.row().flow, size->mtu, group.row().may_refuse_hints))
    return "set the MTU of the tunnel (" + room->tunnel + ") to " + number(room->mtu);
  if (carries_tunnel(group))
    return "set the tunnel's MTU so that its outer datagrams take no more than " + number(size->mtu.value()) +
           " bytes";
  if (const auto mss = advised_mss(group)) return "clamp the TCP MSS to " + number(*mss);
  return "set an MTU of " + number(size->mtu.value()) + " for this destination on the sender";
}

}  // namespace

std::vector<Block> advice_for_network(const Group& group) {
  if (is_ignoring(group.verdict)) return of_ignoring(group);
  if (is_black_hole(group.verdict)) return of_black_hole(group);
  if (group.verdict == Verdict::fragments_lost) return {Paragraph{fragment_advice_for_network(group.row())}};
  if (group.stalls) return {Paragraph{of_stalled(group)}};
  if (group.verdict != Verdict::hint_undeliverable) return {};
  std::vector<Block> blocks{Paragraph{is_filtered(group) ? of_filtered(group) : of_refused(group)}};
  if (advised_size(group)) add_configuration(blocks, group);
  return blocks;
}

namespace {

/// Without what every verdict may have besides.
std::string remedy_of_verdict(const Group& group) {
  const std::string sender = to_string(group.sender);
  if (group.verdict == Verdict::ignoring)
    return "The stack or the firewall of " + sender + " has to be fixed. Until then " + mss_or_mtu(group) +
           ".";
  if (group.verdict == Verdict::probably_ignoring)
    return "Look for the hint at " + sender + ": either " + sender +
           " has to be fixed, or what filters the hint on its way. Until then " + mss_or_mtu(group) + ".";
  if (group.tunnel)
    return "The tunnel end " + to_string(group.tunnel->entrance) +
           " has to make room for its headers, and to tell those inside. Until then " + mss_or_mtu(group) +
           ".";
  if (untranslated_hint(group) != nullptr)
    return "Whoever translates addresses on the way to " + sender +
           " has to translate the quotations in hints, too (RFC 5508 section 4.2). Until then " +
           mss_or_mtu(group) + ".";
  if (const Finding* const hint = unusable_hint(group)) {
    const std::string author = is_below_ipv6(group, hint->remark)
                                   ? link_below_ipv6(hint->reporter)
                                   : to_string(hint->reporter) +
                                         " has to report what its next hop takes, not " +
                                         number(hint->hint_mtu->value()) + ".";
    return group.stalls ? author : author + " Until then " + mss_or_mtu(group) + ".";
  }
  if (group.stalls) return of_stalled(group);
  if (group.verdict == Verdict::black_hole_receiver && !loses_giants(group))
    return "Capture at " + sender +
           " as well: only there can be seen whether hints arrive and are ignored, or none come. Until "
           "then " +
           mss_or_mtu(group) + ".";
  if (is_quic_handshake(group))
    return "The path has to take 1200 bytes of UDP payload. Until then block UDP port " +
           port_of_service(group.row()) + " on it, so that clients turn to TCP at once.";
  if (is_black_hole(group.verdict) && on_one_link(group))
    return "Compare the MTU of both interfaces with what the switches" +
           std::string(loses_giants(group) ? "" : ", or a tunnel,") + " between them take. Until then " +
           mss_or_mtu(group) + ".";
  if (is_black_hole(group.verdict))
    return "The network has to report what it drops: let " + std::string(hint_message(group.version())) +
           " pass. Until then " + mss_or_mtu(group) + ".";
  if (group.verdict == Verdict::fragments_lost)
    return "Let fragments pass, or let " + sender + " send datagrams that need none.";
  if (is_filtered(group)) return of_filtered(group) + " Until then " + mss_or_mtu(group) + ".";
  if (group.verdict == Verdict::hint_undeliverable) return of_refused(group);
  if (group.verdict == Verdict::unverifiable)
    return "Capture again, without what hides the sizes or the answers.";
  return "Nothing has to be done.";
}

}  // namespace

std::string remedy(const Group& group) {
  const Finding* const clamp = one_way_clamp(group);
  return remedy_of_verdict(group) +
         (clamp != nullptr ? " " + clamp_of_one_way(group, *clamp) : std::string());
}

std::vector<std::string> limits_of(const Group& group, const Coverage& coverage) {
  std::vector<std::string> limits;
  const ConversationRow& row = group.row();
  if (is_ignoring(group.verdict) && row.delivered == Delivery::unknown) {
    const std::string limit = "Whether the hint reached the sender. ";
    if (row.sender_hops == 0) {
      limits.push_back(
          limit +
          "No router lies in between, by the TTL, but the capture does not show that its frames went to "
          "the sender itself.");
    } else {
      limits.push_back(
          limit +
          (row.sender_hops
               ? std::string(row.joined ? "The nearest capture point is " : "The capture was taken ") +
                     count_of(*row.sender_hops, "hop") + " from the sender; "
               : std::string("How far the sender is from the capture point is unknown; ")) +
          "the hint may be filtered in between.");
    }
  }
  if (is_ignoring(group.verdict) && !group.mtu)
    limits.emplace_back(
        "The path MTU: the hint named none. Only datagrams as long as the refused one were judged.");
  if (group.row().stage == Stage::quic_data || group.row().stage == Stage::quic_handshake)
    limits.emplace_back(
        "Which datagrams of QUIC arrived: its acknowledgments are encrypted (RFC 9001 section 5). Only "
        "hints, and what "
        "comes from the other side or never does, tell of sizes.");
  if (group.verdict == Verdict::black_hole_receiver && !loses_giants(group))
    limits.emplace_back("Why the datagrams are lost: hints to the sender do not pass here.");
  if (is_black_hole(group.verdict) && destinations(group).size() > 1) {
    limits.emplace_back(
        "The exact path MTU: it lies between what got through and what was lost, see the table.");
  } else if (group.tunnel && group.tunnel->room) {
    // The hint for the tunnel names it.
  } else if (is_black_hole(group.verdict) && row.bracket.lost) {
    std::string limit = "The exact path MTU: it is below " + number(row.bracket.lost->value());
    if (row.bracket.passed) limit += " and at least " + number(row.bracket.passed->value());
    if (const Finding* const hint = untranslated_hint(group))
      limit += "; it is " + number(hint->hint_mtu->value()) + " if the untranslated hints are right";
    limits.push_back(limit + ".");
  }
  if (is_black_hole(group.verdict) && group.verdict != Verdict::black_hole_receiver && !coverage.any_icmp) {
    limits.emplace_back(
        "Whether hints were sent: the capture holds no ICMP of any kind, so a capture filter may have left "
        "it out.");
  }
  return limits;
}

}  // namespace pmtu::report
