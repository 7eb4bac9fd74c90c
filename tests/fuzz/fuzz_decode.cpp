// SPDX-License-Identifier: GPL-2.0-or-later
// One frame: a byte for the link type, one for what the dissector would say of UDP payloads, then the frame.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "decode/plain.h"
#include "decode/walk.h"
#include "input.h"
#include "pmtu/decode.h"
#include "pmtu/observation.h"

namespace {

using pmtu::Datagram;
using pmtu::Observation;

/// Bounds of everything that a reader of the observation may use as an index or a length.
std::vector<std::string> broken_bounds(const Observation& seen, std::size_t frame_size) {
  std::vector<std::string> broken;
  const auto hold = [&](bool held, const char* promise) {
    if (!held) broken.emplace_back(promise);
  };
  hold(seen.datagram_count <= Observation::kMaxDatagrams, "datagrams are bounded");
  hold(seen.quote_count <= Observation::kMaxQuotes, "quotations are bounded");
  hold(seen.bytes.size() == frame_size, "the frame's bytes are handed on");
  if (!broken.empty()) return broken;
  for (std::size_t level = 0; level < seen.datagram_count; ++level) {
    const Datagram& datagram = seen.datagrams[level];
    hold(datagram.level == level, "levels count from the outermost");
    hold(datagram.captured_length <= frame_size, "a datagram lies in its frame");
    hold(datagram.payload_captured == 0 ||
             std::size_t{datagram.payload_offset} + datagram.payload_captured <= frame_size,
         "a payload lies in its frame");
    hold(datagram.version == datagram.source.version && datagram.version == datagram.destination.version,
         "addresses are of the datagram's version");
    hold(datagram.version == pmtu::IpVersion::v4 || datagram.dont_fragment, "IPv6 counts as DF");
    if (datagram.transport == pmtu::TransportKind::tcp) {
      hold(datagram.tcp.sack_count <= datagram.tcp.sacks.size(), "SACK blocks are bounded");
      hold(datagram.tcp.header_length >= 20, "a TCP header has 20 bytes");
    }
    const bool icmp =
        datagram.transport == pmtu::TransportKind::icmp || datagram.transport == pmtu::TransportKind::icmpv6;
    if (icmp && datagram.icmp.has_quote)
      hold(datagram.icmp.quote < seen.quote_count, "quotations are filled");
  }
  for (std::size_t i = 0; i < seen.quote_count; ++i) {
    const pmtu::QuotedDatagram& quote = seen.quotes[i];
    hold(quote.source_bytes <= 16 && quote.destination_bytes <= 16, "addresses have 16 bytes at most");
    hold(quote.quoted_bytes <= frame_size, "a quotation lies in its frame");
  }
  return broken;
}

/// The fast way for plain frames against the walk: to the last byte of the observation.
void compare_ways(const pmtu::Frame& frame) {
  static Observation plain{};
  static Observation walked{};
  std::memset(static_cast<void*>(&plain), 0, sizeof plain);
  std::memset(static_cast<void*>(&walked), 0, sizeof walked);
  if (!pmtu::detail::decode_plain(frame, plain)) return;
  pmtu::detail::FrameWalk(frame, walked).run();
  if (std::memcmp(&plain, &walked, sizeof plain) != 0) pmtu::fuzz::report({"both ways of decoding agree"});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static Observation seen{};  // reused from frame to frame, as its users do
  const std::uint8_t dissector = data[1];
  // A copy of its own, so that a read past its end is seen.
  const std::vector<std::uint8_t> bytes(data + 2, data + size);
  pmtu::Frame frame;
  frame.number = pmtu::FrameNumber(1);
  frame.link_type = pmtu::fuzz::link_type(data[0]);
  frame.bytes = bytes;
  if ((dissector & 0x80U) != 0) frame.oracle = {&dissector, pmtu::fuzz::any_payload};
  pmtu::decode(frame, seen);
  compare_ways(frame);
  pmtu::fuzz::report(broken_bounds(seen, bytes.size()));
  return 0;
}
