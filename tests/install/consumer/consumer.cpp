// SPDX-License-Identifier: GPL-2.0-or-later
// A large datagram, a router's answer that the next hop takes 1446 bytes, and the same datagram a second
// later: ends well only when the installed core says of the third frame, and of no other, that it ignored the
// hint.
#include <pmtu/analyzer.h>
#include <pmtu/decode.h>
#include <pmtu/report.h>

#include <array>
#include <cstdint>
#include <iostream>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

/// IPv4 with DF from 10.1.0.10 to 10.2.0.20: 1500 bytes of UDP, ports 5000 and 5001.
Bytes datagram() {
  Bytes bytes{0x45, 0,  0x05, 0xdc, 0x12, 0x34, 0x40, 0,    64,   17,   0,    0,    10, 1,
              0,    10, 10,   2,    0,    20,   0x13, 0x88, 0x13, 0x89, 0x05, 0xc8, 0,  0};
  bytes.resize(1500, 0x5a);
  return bytes;
}

/// Fragmentation Needed (RFC 1191 §4) of 10.1.0.1, quoting header and 8 bytes of that datagram.
Bytes hint() {
  Bytes bytes{0x45, 0, 0,  56, 0, 1,  0, 0, 64, 1, 0, 0, 10,   1,
              0,    1, 10, 1,  0, 10, 3, 4, 0,  0, 0, 0, 0x05, 0xa6};
  const Bytes quoted = datagram();
  bytes.insert(bytes.end(), quoted.begin(), quoted.begin() + 28);
  return bytes;
}

}  // namespace

int main() {
  pmtu::Analyzer analyzer;
  const std::array<Bytes, 3> frames{datagram(), hint(), datagram()};
  for (std::uint32_t i = 0; i < frames.size(); ++i) {
    pmtu::Frame frame;
    frame.number = pmtu::FrameNumber{i + 1};
    frame.time = pmtu::Timestamp{i * std::int64_t{1'000'000'000}};
    frame.link_type = pmtu::LinkType::raw_ip;
    frame.bytes = frames[i];
    analyzer.observe(frame);
  }
  analyzer.conclude();

  std::vector<std::uint32_t> marked;
  for (const pmtu::Finding& finding : analyzer.findings())
    if (finding.kind == pmtu::FindingKind::ignored_hint && finding.excess() == 54)
      marked.push_back(finding.frame.value());
  const bool expected = marked == std::vector<std::uint32_t>{3};
  std::cout << pmtu::write_report(analyzer.summary(), analyzer.findings());
  return expected ? 0 : 1;
}
