// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "decode/walk.h"

namespace pmtu::detail {
namespace {

constexpr std::uint32_t kCommonHeader = 12;  // RFC 9260 §3.1
constexpr std::uint32_t kChunkHeader = 4;    // RFC 9260 §3.2

/// Chunk types (IANA "SCTP Parameters").
namespace chunk_type {
constexpr std::uint8_t data = 0;
constexpr std::uint8_t init = 1;
constexpr std::uint8_t init_ack = 2;
constexpr std::uint8_t sack = 3;
constexpr std::uint8_t heartbeat = 4;
constexpr std::uint8_t heartbeat_ack = 5;
constexpr std::uint8_t abort = 6;
constexpr std::uint8_t shutdown = 7;
constexpr std::uint8_t i_data = 64;
constexpr std::uint8_t pad = 132;
}  // namespace chunk_type

std::uint16_t kind_of(std::uint8_t type) {
  switch (type) {
    case chunk_type::data:
    case chunk_type::i_data:
      return sctp_chunk::data;
    case chunk_type::init:
      return sctp_chunk::init;
    case chunk_type::init_ack:
      return sctp_chunk::init_ack;
    case chunk_type::sack:
      return sctp_chunk::sack;
    case chunk_type::heartbeat:
      return sctp_chunk::heartbeat;
    case chunk_type::heartbeat_ack:
      return sctp_chunk::heartbeat_ack;
    case chunk_type::abort:
      return sctp_chunk::abort;
    case chunk_type::shutdown:
      return sctp_chunk::shutdown;
    case chunk_type::pad:
      return sctp_chunk::pad;
    default:
      return sctp_chunk::other;
  }
}

void set_data(SctpPacket& packet, ByteView chunk) {
  const auto header = chunk.header<8>();
  if (!header) return;
  const SequenceNumber tsn(header->u32<4>());
  if (packet.data_chunks == 0 || tsn.before(packet.first_tsn)) packet.first_tsn = tsn;
  if (packet.data_chunks == 0 || tsn.after(packet.last_tsn)) packet.last_tsn = tsn;
  ++packet.data_chunks;
  packet.longest_data = std::max(packet.longest_data, static_cast<std::uint16_t>(chunk.length()));
}

void set_init(SctpPacket& packet, ByteView chunk) {
  const auto header = chunk.header<20>();
  if (!header) return;
  packet.initiate_tag = header->u32<4>();
  packet.initial_tsn = SequenceNumber(header->u32<16>());
}

/// Gap blocks count from the cumulative TSN (RFC 9260 §3.3.4). One that ends before it begins says nothing.
void set_sack(SctpPacket& packet, ByteView chunk) {
  const auto header = chunk.header<16>();
  if (!header) return;
  packet.cumulative_tsn = SequenceNumber(header->u32<4>());
  packet.gap_count = 0;
  ByteView blocks = chunk.after(16);
  for (unsigned left = header->u16<12>(); left > 0 && packet.gap_count < packet.gaps.size(); --left) {
    const auto block = blocks.header<4>();
    if (!block) return;
    blocks = blocks.after(4);
    if (block->u16<0>() == 0 || block->u16<2>() < block->u16<0>()) continue;
    packet.gaps[packet.gap_count++] = {packet.cumulative_tsn + block->u16<0>(),
                                       packet.cumulative_tsn + block->u16<2>()};
  }
}

/// FNV-1a over the start of the information, which no two heartbeats of an association have in common.
std::uint32_t mark_of(ByteView information) {
  constexpr std::uint32_t kEnough = 64;
  std::uint32_t mark = 0x811c9dc5;
  for (std::uint32_t i = 0; i < std::min(information.captured(), kEnough); ++i) {
    mark = (mark ^ information.data()[i]) * 0x01000193U;
  }
  return mark;
}

void set_chunk(SctpPacket& packet, std::uint8_t type, ByteView chunk) {
  packet.chunks |= kind_of(type);
  switch (type) {
    case chunk_type::data:
    case chunk_type::i_data:
      return set_data(packet, chunk);
    case chunk_type::init:
    case chunk_type::init_ack:
      return set_init(packet, chunk);
    case chunk_type::sack:
      return set_sack(packet, chunk);
    case chunk_type::heartbeat:
    case chunk_type::heartbeat_ack:
      packet.heartbeat_mark = mark_of(chunk.after(kChunkHeader));
      return;
    case chunk_type::shutdown:
      if (const auto header = chunk.header<8>()) packet.cumulative_tsn = SequenceNumber(header->u32<4>());
      return;
    default:
      return;
  }
}

/// `goes_on`: the rest of the last chunk is in the next fragment of the datagram.
void set_chunks(SctpPacket& packet, ByteView chunks, bool goes_on) {
  while (chunks.length() >= kChunkHeader) {
    const auto header = chunks.header<kChunkHeader>();
    const std::uint32_t length = header ? header->u16<2>() : 0;
    if (length < kChunkHeader || length > chunks.length()) {
      packet.chunks_truncated = true;
      if (header && goes_on && length > chunks.length()) set_chunk(packet, header->u8<0>(), chunks);
      return;
    }
    set_chunk(packet, header->u8<0>(), chunks.at_most(length));
    chunks = chunks.after((length + 3U) & ~3U);
  }
}

}  // namespace

void FrameWalk::sctp(Datagram& datagram, ByteView bytes) {
  ports_only(datagram, bytes);
  const auto header = bytes.header<kCommonHeader>();
  if (!header) {
    datagram.truncated = true;
    datagram.payload_captured = 0;
    return end_short_of_header(bytes);
  }
  datagram.transport = TransportKind::sctp;
  datagram.sctp = SctpPacket{};
  datagram.sctp.verification_tag = header->u32<4>();
  const ByteView chunks = bytes.after(kCommonHeader);
  set_payload(datagram, chunks);
  set_chunks(datagram.sctp, chunks, datagram.more_fragments);
}

void set_quoted_sctp(QuotedDatagram& quoted, ByteView bytes) {
  if (const auto header = bytes.header<8>()) {
    quoted.has_verification_tag = true;
    quoted.verification_tag = header->u32<4>();
  }
  const auto chunk = bytes.after(kCommonHeader).header<8>();
  if (!chunk) return;
  const std::uint8_t type = chunk->u8<0>();
  quoted.has_tsn = type == chunk_type::data || type == chunk_type::i_data;
  if (quoted.has_tsn) quoted.tsn = SequenceNumber(chunk->u32<4>());
  if (type == chunk_type::init) quoted.verification_tag = chunk->u32<4>();
}

}  // namespace pmtu::detail
