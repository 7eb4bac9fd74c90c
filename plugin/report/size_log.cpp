// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/size_log.h"

namespace pmtu::plugin {
namespace {

constexpr std::size_t kMostEntries = 4'000'000;  // 96 MB
constexpr std::uint32_t kDontFragment = 0x8000'0000;

/// 64 bits of FNV-1a over the parts of a directed flow: two flows of one capture hardly ever share them.
class Digest {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) add(byte);
  }
  void add(std::uint16_t number) {
    add(static_cast<std::uint8_t>(number >> 8U));
    add(static_cast<std::uint8_t>(number & 0xffU));
  }
  void add(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x0000'0100'0000'01b3U; }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf2'9ce4'8422'2325U;
};

std::uint64_t digest_of(const FlowKey& flow) {
  Digest digest;
  digest.add(flow.path.source.bytes);
  digest.add(flow.path.destination.bytes);
  digest.add(flow.source_port);
  digest.add(flow.destination_port);
  digest.add(flow.protocol);
  return digest.value();
}

}  // namespace

void SizeLog::take(FrameNumber frame, Timestamp time, std::span<const Datagram> datagrams) {
  for (const Datagram& datagram : datagrams) {
    if (datagram.length_unknown || entries_.size() == kMostEntries) continue;
    const FlowKey flow{{datagram.source, datagram.destination},
                       datagram.source_port,
                       datagram.destination_port,
                       datagram.protocol};
    entries_.push_back({digest_of(flow), time, frame,
                        datagram.length.value() | (datagram.dont_fragment ? kDontFragment : 0)});
  }
}

std::vector<SizePoint> SizeLog::of(const FlowKey& flow) const {
  const std::uint64_t wanted = digest_of(flow);
  std::vector<SizePoint> points;
  for (const Entry& entry : entries_) {
    if (entry.flow != wanted) continue;
    points.push_back({entry.frame, entry.time, DatagramLength(entry.length_and_flag & ~kDontFragment),
                      (entry.length_and_flag & kDontFragment) != 0});
  }
  return points;
}

}  // namespace pmtu::plugin
