// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string>
#include <vector>

#include "pmtu/observation.h"
#include "pmtu/report.h"

namespace pmtu {
namespace {

/// More frames than this make a filter that nobody can read or paste.
constexpr std::size_t kListedFrames = 40;

std::string both_ways(std::string_view field, const std::string& one, const std::string& other) {
  const std::string test(field);
  return test + " == " + one + " && " + test + " == " + other;
}

std::string ports(std::string_view field, const FlowKey& flow) {
  return both_ways(field, std::to_string(flow.source_port), std::to_string(flow.destination_port));
}

/// Addresses and ports in either direction. Wireshark gives the quotation of an ICMP error the same fields,
/// so this finds the hints, too, where they quote enough.
std::string conversation(const FlowKey& flow) {
  const bool v4 = flow.path.source.version == IpVersion::v4;
  std::string filter =
      both_ways(v4 ? "ip.addr" : "ipv6.addr", to_string(flow.path.source), to_string(flow.path.destination));
  switch (flow.protocol) {
    case ip_protocol::tcp:
      return filter + " && " + ports("tcp.port", flow);
    case ip_protocol::udp:
      return filter + " && " + ports("udp.port", flow);
    case ip_protocol::sctp:
      return filter + " && " + ports("sctp.port", flow);
    case ip_protocol::icmp:
      return filter + " && icmp.ident == " + std::to_string(flow.source_port);
    case ip_protocol::icmpv6:
      return filter + " && icmpv6.echo.identifier == " + std::to_string(flow.source_port);
    default:
      return filter;
  }
}

}  // namespace

std::string evidence_filter(const ConversationRow& row) {
  std::vector<FlowKey> names{row.flow};
  if (row.joined) names.insert(names.end(), row.joined->other_names.begin(), row.joined->other_names.end());
  // Later fragments have no ports; the requests of a sweep have an identifier for each size.
  const bool echo = row.flow.protocol == ip_protocol::icmp || row.flow.protocol == ip_protocol::icmpv6;
  std::string filter;
  for (FlowKey& name : names) {
    if (row.verdict == Verdict::fragments_lost || (echo && row.verdict == Verdict::black_hole_suspected))
      name.protocol = 0;
    filter += (filter.empty() ? "(" : " || (") + conversation(name) + ")";
  }
  // Hints whose quotation was cut, or lies about ports, are found by their numbers only.
  const std::size_t listed = std::min(row.hint_frames.size(), kListedFrames);
  for (std::size_t i = 0; i < listed; ++i) {
    filter += (i == 0 ? " || frame.number in {" : ", ") + std::to_string(row.hint_frames[i].value());
  }
  if (listed != 0) filter += "}";
  return filter;
}

}  // namespace pmtu
