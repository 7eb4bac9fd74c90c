// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/layer_check.h"

#include <wsutil/wslog.h>

#include <algorithm>
#include <optional>

namespace pmtu::plugin {
namespace {

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kSourceOffset = 12;

/// The IPv4 header whose source address Wireshark's `net_src` points at, if it lies in the frame.
std::optional<std::span<const std::uint8_t, kIpv4Header>> innermost_ipv4(const packet_info* pinfo,
                                                                         const Frame& frame) noexcept {
  if (pinfo->net_src.type != AT_IPv4 || frame.bytes.size() < kIpv4Header) return std::nullopt;
  // Compared as numbers: the address may point into another buffer.
  const auto start = reinterpret_cast<std::uintptr_t>(frame.bytes.data());
  const auto source = reinterpret_cast<std::uintptr_t>(pinfo->net_src.data);
  if (source < start + kSourceOffset) return std::nullopt;
  const std::uintptr_t offset = source - start - kSourceOffset;
  if (offset > frame.bytes.size() - kIpv4Header) return std::nullopt;
  return frame.bytes.subspan(offset).first<kIpv4Header>();
}

bool has_header(const Datagram& datagram, std::span<const std::uint8_t, kIpv4Header> header) noexcept {
  const auto identification = static_cast<std::uint32_t>(header[4] << 8U | header[5]);
  return datagram.identification == identification && datagram.ttl == header[8] &&
         std::equal(header.begin() + kSourceOffset, header.begin() + kSourceOffset + 4,
                    datagram.source.bytes.begin());
}

}  // namespace

void check_innermost_ipv4(const packet_info* pinfo, const Frame& frame,
                          std::span<const Datagram> datagrams) noexcept {
  if (frame.link_type == LinkType::unknown) return;
  const auto header = innermost_ipv4(pinfo, frame);
  if (!header) return;
  const auto innermost = std::find_if(datagrams.rbegin(), datagrams.rend(), [](const Datagram& datagram) {
    return datagram.version == IpVersion::v4;
  });
  if (innermost != datagrams.rend() && has_header(*innermost, *header)) return;
  ws_warning("pmtu: frame %u: Wireshark's innermost IPv4 header, at byte %u, is not the analysis's",
             pinfo->num, static_cast<unsigned>(header->data() - frame.bytes.data()));
}

}  // namespace pmtu::plugin
