// SPDX-License-Identifier: GPL-2.0-or-later

// Prints what the core sees in each frame of capture files, one frame a line, for `comparison.py`: the index
// of the file, the number of the frame in it, why the walk ended, and the layers from the outermost on, each
// as comma-separated fields behind its name. Numbers are decimal, unknown values empty.
//
// With `-` before the files, standard input has a line for each frame that says what its UDP headers carry
// according to Wireshark, in their order; the core asks for it as it asks the plugin.

#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "dissect/udp_payload_protocols.h"
#include "pmtu/decode.h"
#include "support/capture_reader.h"

namespace {

using namespace pmtu;

const char* name(WalkEnd end) {
  switch (end) {
    case WalkEnd::complete:
      return "complete";
    case WalkEnd::truncated:
      return "truncated";
    case WalkEnd::not_ip:
      return "not_ip";
    case WalkEnd::unknown_link_type:
      return "unknown_link_type";
    case WalkEnd::malformed:
      return "malformed";
    case WalkEnd::too_deep:
      return "too_deep";
  }
  return "";
}

const char* name(Encapsulation encapsulation) {
  switch (encapsulation) {
    case Encapsulation::none:
      return "";
    case Encapsulation::ip_in_ip:
      return "ip_in_ip";
    case Encapsulation::gre:
      return "gre";
    case Encapsulation::vxlan:
      return "vxlan";
    case Encapsulation::geneve:
      return "geneve";
    case Encapsulation::gtp_u:
      return "gtp_u";
    case Encapsulation::l2tp:
      return "l2tp";
    case Encapsulation::teredo:
      return "teredo";
    case Encapsulation::ah:
      return "ah";
    case Encapsulation::nsh:
      return "nsh";
    case Encapsulation::ether_ip:
      return "ether_ip";
    case Encapsulation::mpls:
      return "mpls";
    case Encapsulation::esp:
      return "esp";
    case Encapsulation::udp_esp:
      return "udp_esp";
    case Encapsulation::wireguard:
      return "wireguard";
    case Encapsulation::openvpn:
      return "openvpn";
    case Encapsulation::quic:
      return "quic";
  }
  return "";
}

/// What the UDP headers of one frame carry.
using UdpPayloads = std::vector<Encapsulation>;

/// From Wireshark's names of protocols.
Encapsulation encapsulation(const std::string& protocol) {
  for (const plugin::UdpPayloadProtocol& known : plugin::udp_payload_protocols) {
    if (protocol == known.filter_name) return known.encapsulation;
  }
  return Encapsulation::none;
}

UdpPayloads read_udp_payloads() {
  std::string line;
  std::getline(std::cin, line);
  std::istringstream words(line);
  UdpPayloads payloads;
  for (std::string word; words >> word;) payloads.push_back(encapsulation(word));
  return payloads;
}

Encapsulation udp_payload(const void* context, unsigned ordinal) noexcept {
  const auto& payloads = *static_cast<const UdpPayloads*>(context);
  return ordinal < payloads.size() ? payloads[ordinal] : Encapsulation::none;
}

void field(std::string& line, std::uint64_t value) {
  line += ',' + std::to_string(value);
}
void field(std::string& line, bool known, std::uint64_t value) {
  line += ',';
  if (known) line += std::to_string(value);
}

void add_tcp(std::string& line, const TcpSegment& tcp) {
  field(line, tcp.sequence.value());
  field(line, tcp.acknowledgment.value());
  field(line, tcp.flags);
  field(line, tcp.window);
  field(line, tcp.header_length);
  field(line, tcp.payload_length);
  field(line, tcp.mss != 0, tcp.mss);
  field(line, tcp.has_timestamps, tcp.timestamp_value.value());
  field(line, tcp.has_timestamps, tcp.timestamp_echo.value());
  line += ',';
  for (std::size_t i = 0; i < tcp.sack_count; ++i) {
    line += (i == 0 ? "" : "+") + std::to_string(tcp.sacks[i].left.value()) + '-' +
            std::to_string(tcp.sacks[i].right.value());
  }
}

void add_echo(std::string& line, const IcmpMessage& icmp, bool echo) {
  field(line, echo && icmp.has_rest, icmp.identifier);
  field(line, echo && icmp.has_rest, icmp.sequence);
}

void add_sctp(std::string& line, const SctpPacket& packet) {
  const bool data = packet.data_chunks != 0;
  const bool init = packet.has(sctp_chunk::init) || packet.has(sctp_chunk::init_ack);
  field(line, packet.verification_tag);
  field(line, data, packet.first_tsn.value());
  field(line, data, packet.last_tsn.value());
  field(line, packet.data_chunks);
  field(line, packet.has(sctp_chunk::sack), packet.cumulative_tsn.value());
  field(line, init, packet.initiate_tag);
  field(line, init, packet.initial_tsn.value());
  field(line, packet.chunks_truncated);
  line += ',';
  for (std::size_t i = 0; i < packet.gap_count; ++i) {
    line += (i == 0 ? "" : "+") + std::to_string(packet.gaps[i].first.value()) + '-' +
            std::to_string(packet.gaps[i].last.value());
  }
}

void add_transport(std::string& line, const Datagram& datagram) {
  switch (datagram.transport) {
    case TransportKind::none:
      return;
    case TransportKind::ports:
      line += " ports";
      break;
    case TransportKind::tcp:
      line += " tcp";
      break;
    case TransportKind::udp:
      line += " udp";
      break;
    case TransportKind::sctp:
      line += " sctp";
      break;
    case TransportKind::icmp:
      line += " icmp";
      break;
    case TransportKind::icmpv6:
      line += " icmpv6";
      break;
  }
  const IcmpMessage& icmp = datagram.icmp;
  switch (datagram.transport) {
    case TransportKind::icmp:
      field(line, icmp.type);
      field(line, icmp.code);
      field(line, icmp.type == 3 && icmp.code == 4 && icmp.has_rest, icmp.rest & 0xffffU);
      add_echo(line, icmp, icmp.type == 8 || icmp.type == 0);
      return;
    case TransportKind::icmpv6:
      field(line, icmp.type);
      field(line, icmp.code);
      field(line, icmp.type == 2 && icmp.has_rest, icmp.rest);
      add_echo(line, icmp, icmp.type == 128 || icmp.type == 129);
      return;
    default:
      break;
  }
  field(line, datagram.source_port);
  field(line, datagram.destination_port);
  if (datagram.transport == TransportKind::tcp) add_tcp(line, datagram.tcp);
  if (datagram.transport == TransportKind::udp) field(line, datagram.udp_length);
  if (datagram.transport == TransportKind::sctp) add_sctp(line, datagram.sctp);
}

void add_datagram(std::string& line, const Datagram& datagram) {
  line += datagram.version == IpVersion::v4 ? " ip" : " ipv6";
  line += ',' + to_string(datagram.source) + ',' + to_string(datagram.destination);
  field(line, !datagram.length_unknown, datagram.length.value());
  field(line, datagram.identification);
  field(line, datagram.dont_fragment);
  field(line, datagram.more_fragments);
  field(line, datagram.fragment_offset);
  field(line, datagram.ttl);
  field(line, datagram.protocol);
  field(line, datagram.has_fragment_header);
  field(line, datagram.header_length);
  line += ',';
  line += name(datagram.carries);
  add_transport(line, datagram);
}

void add_quotation(std::string& line, const QuotedDatagram& quoted) {
  const bool v4 = quoted.source.version == IpVersion::v4;
  const std::size_t whole = v4 ? 4 : 16;
  line += v4 ? " quoted_ip," : " quoted_ipv6,";
  if (quoted.source_bytes == whole) line += to_string(quoted.source);
  line += ',';
  if (quoted.destination_bytes == whole) line += to_string(quoted.destination);
  field(line, quoted.quoted_bytes >= (v4 ? 4 : 6), quoted.length.value());
  field(line, quoted.identification);
  field(line, quoted.dont_fragment);
  field(line, quoted.more_fragments);
  field(line, quoted.fragment_offset);
  field(line, quoted.ttl);
  field(line, quoted.protocol);
  field(line, quoted.quoted_bytes);
  field(line, quoted.has_ports, quoted.source_port);
  field(line, quoted.has_ports, quoted.destination_port);
  field(line, quoted.has_sequence, quoted.sequence.value());
  field(line, quoted.has_verification_tag, quoted.verification_tag);
}

/// False when the file is no capture. `asked`: standard input tells of each frame.
bool dump(int index, const char* path, bool asked) {
  test::CaptureReader reader;
  if (!reader.open(path)) return false;
  static Observation observation;
  test::CapturedFrame captured;
  std::string line;
  for (std::uint32_t number = 1; reader.next(captured); ++number) {
    Frame frame = captured.as_frame(FrameNumber(number));
    UdpPayloads payloads;
    if (asked) {
      payloads = read_udp_payloads();
      frame.oracle = {&payloads, udp_payload};
    }
    decode(frame, observation);
    line = std::to_string(index) + ' ' + std::to_string(number) + ' ' + name(observation.end);
    for (const Datagram& datagram : observation.layers()) {
      add_datagram(line, datagram);
      const bool is_icmp =
          datagram.transport == TransportKind::icmp || datagram.transport == TransportKind::icmpv6;
      if (is_icmp && datagram.icmp.has_quote) add_quotation(line, observation.quotes[datagram.icmp.quote]);
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const bool asked = argc > 1 && std::string(argv[1]) == "-";
  const int first = asked ? 2 : 1;
  if (argc <= first) {
    std::fprintf(stderr, "usage: %s [-] CAPTURE...\n", argv[0]);
    return 2;
  }
  std::ios::sync_with_stdio(false);
  for (int index = first; index < argc; ++index) {
    if (dump(index - first, argv[index], asked)) continue;
    std::fprintf(stderr, "%s: neither pcap nor pcapng\n", argv[index]);
    return 3;
  }
  return 0;
}
