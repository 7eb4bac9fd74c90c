// SPDX-License-Identifier: GPL-2.0-or-later
// Conversations of a few hosts, well formed and malformed: a byte of preferences, then stimuli of one byte
// each with their arguments. The low half of a stimulus says what happens, the high half to which flow.
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "input.h"
#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "support/analysis_invariants.h"
#include "support/datagram_builder.h"
#include "support/link_builder.h"

namespace pmtu::fuzz {
namespace {

using test::Bytes;
using test::DatagramFields;
using test::LinkFields;

constexpr std::array<std::uint16_t, 16> kLengths{1500, 1500, 1446, 106,  54,   40,    576,  552,
                                                 1280, 1400, 1492, 8960, 7292, 65535, 1076, 296};
constexpr std::array<std::uint32_t, 16> kMtus{1446, 1400, 1280, 0,    67,    68,   552,  1500,
                                              9000, 576,  1499, 1006, 65535, 1279, 1445, 0xffffffff};
constexpr std::array<std::int64_t, 16> kMicroseconds{10,
                                                     1'000,
                                                     21'000,
                                                     60'000,
                                                     210'000,
                                                     500'000,
                                                     1'100'000,
                                                     3'100'000,
                                                     310'000'000,
                                                     610'000'000,
                                                     -50,
                                                     -1'000'000,
                                                     -900000000,
                                                     86400000000,
                                                     5'000'000'000'000'000,
                                                     -9'000'000'000'000'000};

IpAddress host(unsigned number, bool v6) {
  const std::array<std::uint8_t, 16> six{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,
                                         0,    0, 0,   0,    0, 0, 0, static_cast<std::uint8_t>(number + 1)};
  const std::array<std::uint8_t, 4> four{10, 1, 0, static_cast<std::uint8_t>(number + 1)};
  return v6 ? IpAddress::from_v6(six.data()) : IpAddress::from_v4(four.data());
}

/// One end of a conversation, as far as it needs to be known to continue it.
struct End {
  std::uint32_t next = 0;
  std::uint32_t first = 0;
  std::uint32_t timestamp = 1;
  std::vector<Bytes> sent;  ///< latest datagrams, to be quoted or repeated
};

struct Conversation {
  DatagramFields fields;  ///< as the first end sends
  std::array<End, 2> ends;
};

class Stage {
 public:
  explicit Stage(Input& input)
      : input_(input), preferences_(small_preferences(input.u8())), analyzer_(preferences_) {
    for (unsigned i = 0; i < kConversations; ++i) {
      const bool v6 = (i & 4U) != 0;
      DatagramFields& fields = conversations_[i].fields;
      fields.source = host(i & 1U, v6);
      fields.destination = host(2 + (i >> 1U & 1U), v6);
      fields.protocol = i < 12 ? ip_protocol::tcp : ip_protocol::udp;
      if (i == 15) fields.protocol = v6 ? ip_protocol::icmpv6 : ip_protocol::icmp;
      fields.source_port = static_cast<std::uint16_t>(443 + i % 3);
      fields.destination_port = static_cast<std::uint16_t>(40000 + i);
      for (End& end : conversations_[i].ends) end.first = end.next = i == 3 ? 0xfffffa00U : 1000 * i;
    }
    link_.source_mac = 0x02000000000aULL;
    link_.destination_mac = 0x02000000000bULL;
  }

  void play() {
    while (!input_.empty()) {
      const std::uint8_t stimulus = input_.u8();
      current_ = &conversations_[stimulus >> 4U];
      step(stimulus & 15U);
    }
    report(test::broken_promises(analyzer_, preferences_, FrameNumber(frames_)));
  }

 private:
  static constexpr unsigned kConversations = 16;

  void step(unsigned what) {
    const std::uint8_t how = input_.u8();
    const unsigned side = how & 1U;
    switch (what) {
      case 0:
        return handshake(how);
      case 1:
      case 2:
        return data(side, how);
      case 3:
        return again(side, how >> 1U);
      case 4:
        return acknowledge(side, how);
      case 5:
      case 6:
        return hint(side, how);
      case 7:
        now_ += kMicroseconds[how & 15U];
        return;
      case 8:
        return control(side, how);
      case 9:
        return change_link(how);
      case 10:
        if (!last_frame_.empty()) emit(last_frame_);
        return;
      case 11:
        damage_ = how;
        return;
      case 12:
        analyzer_.conclude();
        return;
      case 13:
        return jump_sequence(side, how);
      case 14:
        ttl_ = how;
        return;
      default: {
        const auto raw = input_.take(how);
        return emit(Bytes(raw.begin(), raw.end()));
      }
    }
  }

  [[nodiscard]] DatagramFields base(unsigned side) {
    DatagramFields fields = current_->fields;
    if (side == 1) {
      std::swap(fields.source, fields.destination);
      std::swap(fields.source_port, fields.destination_port);
    }
    fields.ttl = ttl_;
    fields.dont_fragment = dont_fragment_;
    fields.identification = ++identification_;
    if (fields.protocol == ip_protocol::icmp || fields.protocol == ip_protocol::icmpv6) {
      fields.icmp.type = fields.protocol == ip_protocol::icmp ? 8 : 128;
      fields.icmp.rest = 0x12340001;
    }
    return fields;
  }

  [[nodiscard]] test::TcpFields segment(unsigned side) {
    End& me = current_->ends[side];
    const End& peer = current_->ends[1 - side];
    test::TcpFields tcp;
    tcp.sequence = me.next;
    tcp.acknowledgment = peer.next;
    tcp.flags = tcp_flag::ack;
    if (timestamps_) tcp.timestamps = {me.timestamp, peer.timestamp};
    return tcp;
  }

  /// Sends a datagram that claims to be `length` bytes long; only its start is in the frame.
  void send(unsigned side, DatagramFields fields, std::uint32_t length) {
    constexpr std::size_t kPayload = 24;
    fields.payload.assign(kPayload, 0);
    const std::uint8_t tls = input_.u8();
    if (tls != 0) fields.payload = {0x16, 3, 3, 0, tls, static_cast<std::uint8_t>(tls & 15U), 0, 0, 8};
    Bytes datagram = test::build_datagram(fields);
    if (length > datagram.size()) test::set_claimed_length(datagram, static_cast<std::uint16_t>(length));
    remember(side, datagram);
    emit_datagram(datagram, fields);
  }

  void remember(unsigned side, const Bytes& datagram) {
    std::vector<Bytes>& sent = current_->ends[side].sent;
    constexpr std::size_t kKept = 8;
    if (sent.size() == kKept) sent.erase(sent.begin());
    sent.push_back(datagram);
  }

  void handshake(std::uint8_t how) {
    if (current_->fields.protocol != ip_protocol::tcp) return data(0, how);
    for (unsigned side = 0; side < 2; ++side) {
      DatagramFields fields = base(side);
      fields.tcp = segment(side);
      fields.tcp.flags = side == 0 ? tcp_flag::syn : tcp_flag::syn | tcp_flag::ack;
      if ((how & 2U) != 0) fields.tcp.mss = (how & 4U) != 0 ? 1460 : 1406;
      if ((how & 8U) != 0) fields.tcp.window_scale = how >> 4U;
      fields.tcp.sack_permitted = (how & 16U) != 0;
      const Bytes datagram = test::build_datagram(fields);
      current_->ends[side].first = current_->ends[side].next;
      ++current_->ends[side].next;
      emit_datagram(datagram, fields);
      if ((how & 32U) != 0) return;
    }
  }

  void data(unsigned side, std::uint8_t how) {
    const std::uint32_t length = kLengths[how >> 1U & 15U];
    DatagramFields fields = base(side);
    if (fields.protocol == ip_protocol::tcp) {
      fields.tcp = segment(side);
      const std::uint32_t headers =
          (fields.source.version == IpVersion::v4 ? 40U : 60U) + (timestamps_ ? 12U : 0U);
      current_->ends[side].next += length > headers ? length - headers : 24;
      ++current_->ends[side].timestamp;
    }
    send(side, fields, length);
    if ((how & 64U) != 0) send(side, fields, length);
  }

  void again(unsigned side, std::uint8_t which) {
    const std::vector<Bytes>& sent = current_->ends[side].sent;
    if (sent.empty()) return;
    Bytes datagram = sent[which % sent.size()];
    if ((which & 32U) != 0) test::set_claimed_length(datagram, 600);
    if ((which & 64U) != 0 && datagram[0] >> 4U == 4) test::clear_dont_fragment(datagram);
    emit_datagram(datagram, base(side));
  }

  void acknowledge(unsigned side, std::uint8_t how) {
    if (current_->fields.protocol != ip_protocol::tcp) return data(side, how);
    DatagramFields fields = base(side);
    fields.tcp = segment(side);
    const std::uint32_t peer_next = current_->ends[1 - side].next;
    const std::uint32_t back = (how >> 1U & 7U) * 1460U;
    fields.tcp.acknowledgment = (how & 16U) != 0 ? peer_next + 5000 : peer_next - back;
    for (unsigned i = 0; i < (how >> 5U & 3U); ++i) {
      const std::uint32_t left = peer_next - (i + 1) * 1460U;
      fields.tcp.sacks.emplace_back(left, left + input_.u16());
    }
    if ((how & 128U) != 0) fields.tcp.window = input_.u8();
    emit_datagram(test::build_datagram(fields), fields);
  }

  void hint(unsigned side, std::uint8_t how) {
    const std::vector<Bytes>& sent = current_->ends[side].sent;
    DatagramFields fields = base(1 - side);
    const bool v4 = fields.source.version == IpVersion::v4;
    const std::uint32_t mtu = kMtus[how >> 1U & 15U];
    fields.protocol = v4 ? ip_protocol::icmp : ip_protocol::icmpv6;
    fields.icmp.type = v4 ? 3 : 2;
    fields.icmp.code = v4 ? 4 : 0;
    fields.icmp.rest = v4 ? mtu & 0xffffU : mtu;
    fields.dont_fragment = false;
    fields.source = host((how & 32U) != 0 ? 3 : 9, !v4);
    const std::uint8_t which = input_.u8();
    if (!sent.empty()) fields.payload = sent[which % sent.size()];
    if ((how & 64U) != 0 && fields.payload.size() > 28) fields.payload.resize(28);
    if ((how & 128U) != 0 && !fields.payload.empty()) {
      const std::uint8_t at = input_.u8();  // a forgery, or a router that writes what it likes
      fields.payload[at % fields.payload.size()] = input_.u8();
    }
    emit_datagram(test::build_datagram(fields), fields);
  }

  void control(unsigned side, std::uint8_t how) {
    if (current_->fields.protocol != ip_protocol::tcp) return data(side, how);
    DatagramFields fields = base(side);
    fields.tcp = segment(side);
    fields.tcp.flags = static_cast<std::uint8_t>(how >> 1U);
    emit_datagram(test::build_datagram(fields), fields);
  }

  void change_link(std::uint8_t how) {
    constexpr std::array kTypes{LinkType::ethernet, LinkType::linux_cooked_v1, LinkType::linux_cooked_v2,
                                LinkType::raw_ip, LinkType::null_loopback};
    link_.type = kTypes[how % kTypes.size()];
    interface_ = how >> 4U & 1U;
    link_.vlans.assign((how & 64U) != 0 ? 1U : 0U, 42);
    link_.direction = (how & 128U) != 0 ? PacketDirection::outgoing : PacketDirection::to_us;
    if ((how & 8U) != 0) std::swap(link_.source_mac, link_.destination_mac);
    const std::uint8_t more = input_.u8();
    tunnels_ = more & 15U;
    timestamps_ = (more & 16U) == 0;
    dont_fragment_ = (more & 32U) == 0;
  }

  void jump_sequence(unsigned side, std::uint8_t how) {
    constexpr std::array<std::uint32_t, 4> kJumps{1448, 0x7fffffff, 0x80000000, 0xfffffa58};
    current_->ends[side].next += kJumps[how >> 1U & 3U];
  }

  void emit_datagram(const Bytes& datagram, const DatagramFields& like) {
    Bytes outer = datagram;
    for (unsigned i = 0; i < tunnels_; ++i) {
      DatagramFields tunnel;
      const bool v6 = like.source.version == IpVersion::v6;
      tunnel.source = host(20 + i, v6);
      tunnel.destination = host(40 + i, v6);
      outer = test::encapsulate(outer, static_cast<test::Tunnel>(i % 3), tunnel, link_);
    }
    emit(test::build_frame(link_, outer));
  }

  void emit(Bytes bytes) {
    if (damage_ != 0 && !bytes.empty()) {
      const std::uint8_t damage = std::exchange(damage_, std::uint8_t{0});
      const std::size_t at = input_.u16() % bytes.size();
      if ((damage & 1U) != 0) {
        bytes.resize(at);
      } else {
        bytes[at] = damage;
      }
    }
    last_frame_ = bytes;
    Frame frame;
    frame.number = FrameNumber(++frames_);
    frame.time = Timestamp(now_ > kLatest / 1000      ? kLatest
                           : now_ < -(kLatest / 1000) ? -kLatest
                                                      : now_ * 1000);
    frame.link_type = link_.type;
    frame.interface_id = interface_;
    frame.bytes = bytes;
    analyzer_.observe(frame);
  }

  static constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

  Input& input_;
  Preferences preferences_;
  Analyzer analyzer_;
  std::array<Conversation, kConversations> conversations_;
  Conversation* current_ = conversations_.data();
  LinkFields link_;
  Bytes last_frame_;
  std::int64_t now_ = 1'700'000'000'000'000;  // microseconds
  std::uint32_t frames_ = 0;
  std::uint32_t interface_ = 0;
  std::uint16_t identification_ = 0;
  unsigned tunnels_ = 0;
  std::uint8_t ttl_ = 64;
  std::uint8_t damage_ = 0;
  bool timestamps_ = true;
  bool dont_fragment_ = true;
};

}  // namespace
}  // namespace pmtu::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pmtu::fuzz::Input input({data, size});
  pmtu::fuzz::Stage(input).play();
  return 0;
}
