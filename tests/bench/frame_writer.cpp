// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame_writer.h"

#include <algorithm>

namespace pmtu::bench {
namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint32_t kRouter = 0xffff01;
constexpr std::uint32_t kTimestampOption = 12;  // with the two NOPs of RFC 7323 appendix A
constexpr std::uint32_t kSynOptions = 20;

template <class Bytes>
void put16(Bytes& bytes, std::uint32_t at, std::uint32_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8U);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

template <class Bytes>
void put32(Bytes& bytes, std::uint32_t at, std::uint32_t value) {
  put16(bytes, at, value >> 16U);
  put16(bytes, at + 2, value & 0xffffU);
}

std::uint32_t ip_header_length(bool v6) {
  return v6 ? 40 : 20;
}

std::uint32_t transport_header_length(const DatagramPlan& plan) {
  if (plan.protocol == kTcp) return 20 + (plan.syn_options ? kSynOptions : kTimestampOption);
  return plan.protocol == kUdp ? 8 : 0;
}

}  // namespace

std::uint32_t header_length(const DatagramPlan& plan) {
  return ip_header_length(plan.v6) + transport_header_length(plan);
}

std::uint32_t FrameWriter::sum(std::uint32_t begin, std::uint32_t end) const {
  std::uint32_t total = 0;
  for (std::uint32_t at = begin; at + 1 < end; at += 2)
    total += static_cast<std::uint32_t>(buffer_[at] << 8U | buffer_[at + 1]);
  if ((end - begin) % 2 != 0) total += static_cast<std::uint32_t>(buffer_[end - 1] << 8U);
  return total;
}

void FrameWriter::set_checksum(std::uint32_t at, std::uint32_t begin, std::uint32_t end,
                               std::uint32_t pseudo_header) {
  put16(buffer_, at, 0);
  std::uint32_t total = sum(begin, end) + pseudo_header;
  while (total > 0xffff) total = (total & 0xffffU) + (total >> 16U);
  put16(buffer_, at, ~total & 0xffffU);
}

std::uint32_t FrameWriter::write_ip_header(const DatagramPlan& plan, std::uint32_t length, std::uint32_t at) {
  const auto address = [&](std::uint32_t where, std::uint32_t host, bool client) {
    if (!plan.v6) return put32(buffer_, where, (client ? 0x0a000000U : 0xc6000000U) | host);
    put32(buffer_, where, 0x20010db8);  // RFC 3849
    put32(buffer_, where + 4, client ? 1 : 2);
    put32(buffer_, where + 8, 0);
    put32(buffer_, where + 12, host + 1);
  };
  const std::uint8_t ttl = plan.from_client ? 64 : 57;
  if (plan.v6) {
    put32(buffer_, at, 0x60000000);
    put16(buffer_, at + 4, length - 40);
    buffer_[at + 6] = plan.protocol;
    buffer_[at + 7] = ttl;
    address(at + 8, plan.source.host, plan.from_client);
    address(at + 24, plan.destination.host, !plan.from_client);
  } else {
    put16(buffer_, at, 0x4500);
    put16(buffer_, at + 2, length);
    put16(buffer_, at + 4, plan.identification);
    put16(buffer_, at + 6, 0x4000);  // DF
    buffer_[at + 8] = ttl;
    buffer_[at + 9] = plan.protocol;
    address(at + 12, plan.source.host, plan.from_client);
    address(at + 16, plan.destination.host, !plan.from_client);
    set_checksum(at + 10, at, at + 20, 0);
  }
  return at + ip_header_length(plan.v6);
}

void FrameWriter::write_transport_header(const DatagramPlan& plan, std::uint32_t payload_length,
                                         std::uint32_t at) {
  if (plan.protocol != kTcp && plan.protocol != kUdp) return;
  put16(buffer_, at, plan.source.port);
  put16(buffer_, at + 2, plan.destination.port);
  if (plan.protocol == kUdp) {
    put16(buffer_, at + 4, 8 + payload_length);
    put16(buffer_, at + 6, 0);
    return;
  }
  put32(buffer_, at + 4, plan.sequence);
  put32(buffer_, at + 8, plan.acknowledgment);
  buffer_[at + 12] = static_cast<std::uint8_t>(transport_header_length(plan) << 2U);
  buffer_[at + 13] = plan.flags;
  put16(buffer_, at + 14, 65000);
  put32(buffer_, at + 16, 0);
  std::uint32_t option = at + 20;
  if (plan.syn_options) {
    put32(buffer_, option, 0x02040000U | (plan.v6 ? 1440U : 1460U));
    put32(buffer_, option + 4, 0x0402080a);  // SACK permitted, then the timestamps
    put32(buffer_, option + 16, 0x01030307);
    option += 8;
  } else {
    put32(buffer_, option, 0x0101080a);
    option += 4;
  }
  put32(buffer_, option, plan.timestamp);
  put32(buffer_, option + 4, plan.timestamp_echo);
}

std::uint32_t FrameWriter::write(const DatagramPlan& plan, std::span<const std::uint8_t> payload_start,
                                 std::uint32_t payload_length) {
  const std::uint32_t length = header_length(plan) + payload_length;
  const std::uint32_t whole = kEthernetHeader + length;
  put32(buffer_, 0, 0x02000000);
  put16(buffer_, 4, plan.from_client ? 1 : 2);
  put32(buffer_, 6, 0x02000000);
  put16(buffer_, 10, plan.from_client ? 2 : 1);
  put16(buffer_, 12, plan.v6 ? 0x86dd : 0x0800);
  const std::uint32_t transport = write_ip_header(plan, length, kEthernetHeader);
  write_transport_header(plan, payload_length, transport);

  const std::uint32_t payload = transport + transport_header_length(plan);
  captured_ = std::min(whole, limit_);
  if (captured_ > payload) {
    const auto room = captured_ - payload;
    const auto given = std::min<std::uint32_t>(room, static_cast<std::uint32_t>(payload_start.size()));
    std::copy_n(payload_start.begin(), given, buffer_.begin() + payload);
    std::fill_n(buffer_.begin() + payload + given, room - given, std::uint8_t{0x5a});
  }
  if (captured_ > transport) {
    const std::uint32_t addresses = plan.v6 ? 32 : 8;
    const std::uint32_t pseudo_header =
        sum(transport - addresses, transport) + plan.protocol + length - ip_header_length(plan.v6);
    if (plan.protocol == kTcp) set_checksum(transport + 16, transport, captured_, pseudo_header);
    if (plan.protocol == kUdp) set_checksum(transport + 6, transport, captured_, pseudo_header);
  }
  return whole;
}

std::uint32_t FrameWriter::write_hint(const DatagramPlan& plan, std::uint32_t payload_length,
                                      std::uint32_t mtu) {
  const std::uint32_t quoted = header_length(plan);
  DatagramPlan outer;
  outer.v6 = plan.v6;
  outer.protocol = plan.v6 ? kIcmpv6 : kIcmp;
  outer.source.host = kRouter;
  outer.destination = plan.source;
  outer.from_client = !plan.from_client;
  outer.identification = static_cast<std::uint16_t>(plan.identification ^ 0x8000U);
  const std::uint32_t length = ip_header_length(plan.v6) + 8 + quoted;
  const std::uint32_t icmp = FrameWriter::kEthernetHeader + ip_header_length(plan.v6);
  const std::uint32_t whole = write(outer, {}, 8 + quoted);
  const std::uint32_t quote = write_ip_header(plan, quoted + payload_length, icmp + 8);
  write_transport_header(plan, payload_length, quote);
  put16(buffer_, icmp, plan.v6 ? 0x0200 : 0x0304);
  put32(buffer_, icmp + 4, mtu);
  const std::uint32_t pseudo_header =
      plan.v6 ? sum(icmp - 32, icmp) + kIcmpv6 + length - ip_header_length(true) : 0;
  captured_ = std::min(whole, limit_);
  set_checksum(icmp + 2, icmp, captured_, pseudo_header);
  return whole;
}

}  // namespace pmtu::bench
