// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/observation.h"
#include "report/advice.h"
#include "report/fragment_advice.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

std::string rule(const Group& group) {
  return group.version() == IpVersion::v4 ? "RFC 1191 section 3: a host that receives this message MUST "
                                            "reduce its estimate of the path MTU and "
                                            "MUST attempt to avoid eliciting more of them."
                                          : "RFC 8201 section 4: a node that receives this message MUST "
                                            "reduce its estimate of the path MTU and "
                                            "MUST attempt to avoid eliciting more of them.";
}

/// What to look at on a Linux based sender, by protocol and address family.
Code checks(const Group& group) {
  const bool v4 = group.version() == IpVersion::v4;
  const std::string to = to_string(group.row().flow.path.destination);
  Code code;
  if (any_tcp(group)) code.lines.push_back("nstat -az TcpExtOutOfWindowIcmps    # hints that TCP refused");
  code.lines.push_back(
      v4 ? "nstat -az IcmpInDestUnreachs IcmpInErrors    # all zero: no hint reached ICMP"
         : "nstat -az Icmp6InPktTooBigs Icmp6InErrors    # all zero: no hint reached ICMPv6");
  code.lines.push_back((v4 ? "ip route get " : "ip -6 route get ") + to +
                       "    # 'mtu N expires': a hint was accepted; 'mtu lock': none can be");
  if (v4) code.lines.push_back("sysctl net.ipv4.ip_no_pmtu_disc");
  code.lines.push_back(
      v4 ? "iptables -S INPUT; nft list ruleset    # is ICMP type 3 code 4 dropped?"
         : "ip6tables -S INPUT; nft list ruleset    # is ICMPv6 type 2 dropped? RFC 4890 section "
           "4.3.1: it must not be");
  return code;
}

/// Of a black hole.
std::string what_it_was_told(const Group& group) {
  const ConversationRow& row = group.row();
  if (untranslated_hint(group) != nullptr)
    return "The hints that came quote addresses that are not the sender's: it has to ignore them.";
  if (row.path_mtu && group.lost && group.lost->value() <= row.path_mtu->value())
    return "The sender keeps to the path MTU " + number(row.path_mtu->value()) +
           " that it was told, and nothing tells it of a smaller one.";
  return "The sender was told nothing that it could use.";
}

/// Who else than the stack decides on the size of datagrams.
void add_note_on_protocol(std::vector<Block>& blocks, const Group& group) {
  if (carries_tunnel(group)) {
    std::string text =
        "The sender is a tunnel end. It has to lower the MTU of the tunnel and to tell the senders inside "
        "(RFC 4459 "
        "section 3.2).";
    if (group.row().may_refuse_hints) {
      text +=
          " An IPsec end may be configured to ignore hints that are not authenticated (RFC 4301 section "
          "6.1.1): then "
          "its MTU has to be set by hand.";
    }
    blocks.emplace_back(Paragraph{text});
  } else if (group.row().flow.protocol == ip_protocol::udp) {
    blocks.emplace_back(
        Paragraph{"Over UDP the application decides on sizes: a socket that sets DF gets EMSGSIZE after a "
                  "hint, and has "
                  "to send less."});
  }
}

std::vector<Block> of_ignoring(const Group& group) {
  std::vector<Block> blocks;
  blocks.emplace_back(Paragraph{rule(group)});
  if (group.verdict == Verdict::probably_ignoring) {
    blocks.emplace_back(
        Paragraph{"The capture does not show that the hint reached the sender. Before anybody blames it: "
                  "capture on its "
                  "own interface and look for the hint there."});
  }
  add_note_on_protocol(blocks, group);
  blocks.emplace_back(Paragraph{"To check on a Linux based sender:"});
  blocks.emplace_back(checks(group));
  return blocks;
}

std::vector<Block> of_black_hole(const Group& group) {
  std::vector<Block> blocks;
  if (group.verdict == Verdict::black_hole_receiver && !loses_giants(group)) {
    const std::string message(hint_message(group.version()));
    blocks.emplace_back(Paragraph{
        "What was captured lies behind the loss, where hints to the sender do not pass. Capture at " +
        to_string(group.sender) + " as well. If " + message +
        " arrives there and the same bytes go out again at the same size, the sender ignores it; if none "
        "arrives, a hop "
        "drops large datagrams silently."});
    blocks.emplace_back(checks(group));
    return blocks;
  }
  if (is_quic_handshake(group)) {
    blocks.emplace_back(Paragraph{
        "The sender cannot help it: in less than 1200 bytes there is no handshake of QUIC (RFC 9000 "
        "section 14.1). Clients that turn to TCP can send less."});
    return blocks;
  }
  if (group.row().stage == Stage::icmp_echo) {
    blocks.emplace_back(Paragraph{
        what_it_was_told(group) +
        " Echo requests have the size that was asked for: nothing is to be mended on the sender for "
        "their sake. Other protocols find the size without ICMP by packetization layer path MTU "
        "discovery (RFC 4821, RFC 8899)."});
    return blocks;
  }
  std::string text = what_it_was_told(group) +
                     " It can recover by itself: packetization layer path MTU "
                     "discovery "
                     "(RFC 4821, RFC 8899) finds the size without ICMP.";
  if (group.verdict == Verdict::black_hole_recovered) text += " Here it, or the application, did.";
  blocks.emplace_back(Paragraph{text});
  if (any_tcp(group)) {
    blocks.emplace_back(
        Code{{"sysctl -w net.ipv4.tcp_mtu_probing=1    # Linux, both IP versions: probe once a black hole is "
              "detected"}});
  }
  return blocks;
}

std::string why_refused(const Group& group) {
  const std::string reason(sentence(group.remark));
  return "The hints cannot be believed" + (reason.empty() ? std::string() : ": " + reason) +
         ". A sender has to ignore such messages (RFC 5927 section 4.1, RFC 8899 section 4.6). It did "
         "nothing wrong.";
}

std::string of_stalled(const Group& group) {
  const StuckObeying& stuck = *group.row().stuck_obeying;
  return "The sender did nothing wrong: it keeps to the path MTU" +
         (group.mtu ? " " + number(group.mtu->value()) : std::string()) +
         " that it was told, and has to ignore " +
         (stuck.refused_hints == 1 ? "the hint" : "the " + number(stuck.refused_hints) + " hints") +
         " besides: " + std::string(sentence(stuck.refusal)) + ".";
}

}  // namespace

std::vector<Block> advice_for_sender(const Group& group) {
  if (is_ignoring(group.verdict)) return of_ignoring(group);
  if (is_black_hole(group.verdict)) return of_black_hole(group);
  if (group.verdict == Verdict::fragments_lost) return {Paragraph{fragment_advice_for_sender(group.row())}};
  if (is_filtered(group))
    return {
        Paragraph{"The hints were right, but never reached the sender. It could not know, and did nothing "
                  "wrong."}};
  if (group.verdict == Verdict::hint_undeliverable) return {Paragraph{why_refused(group)}};
  if (group.verdict == Verdict::unverifiable) {
    return {Paragraph{"Nothing can be held against the sender. Capture again: both directions, whole frames, "
                      "and without "
                      "segmentation offload for the sizes on the wire:"},
            Code{{"ethtool -K INTERFACE tso off gso off gro off lro off"}}};
  }
  if (group.stalls) return {Paragraph{of_stalled(group)}};
  return {Paragraph{"The sender did nothing wrong."}};
}

}  // namespace pmtu::report
