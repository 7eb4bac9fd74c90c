// SPDX-License-Identifier: GPL-2.0-or-later
#if defined(_WIN32)
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "pmtu/observation.h"
#include "support/file_list.h"
#include "support/link_builder.h"
#include "support/payload_builder.h"
#include "support/trace.h"

namespace pmtu::test {
namespace {

/// Moment of time 0 in a trace: some day, so that capture files look like captures.
constexpr std::int64_t kEpoch = 1'700'000'000'000'000'000;
constexpr std::size_t kV4Quote = 548;   // what Linux quotes: 576 less two headers (RFC 1812 §4.3.2.3)
constexpr std::size_t kV6Quote = 1232;  // 1280 less two headers (RFC 4443 §2.4 c)

/// The words of one line, read from left to right.
class Words {
 public:
  explicit Words(std::string_view line) {
    std::string spaced;
    for (const char c : line) {
      if (c == '[' || c == ']') {
        spaced += {' ', c, ' '};
      } else {
        spaced += c;
      }
    }
    std::istringstream stream(spaced);
    for (std::string word; stream >> word;) words_.push_back(word);
  }

  [[nodiscard]] bool done() const { return at_ == words_.size(); }
  [[nodiscard]] std::string peek() const { return done() ? "" : words_[at_]; }
  std::string next() {
    if (done()) throw std::runtime_error("the line ends too early");
    return words_[at_++];
  }
  bool accept(std::string_view word) {
    if (peek() != word) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) throw std::runtime_error("expected '" + std::string(word) + "' at '" + peek() + "'");
  }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

std::uint64_t parse_number(std::string_view text, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::runtime_error("'" + std::string(text) + "' is not a number");
  }
  return value;
}

template <class Integer>
Integer number(std::string_view text) {
  const std::uint64_t value = parse_number(text);
  if (value > std::numeric_limits<Integer>::max())
    throw std::runtime_error("'" + std::string(text) + "' is too large");
  return static_cast<Integer>(value);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "0.010" as nanoseconds, exactly.
std::int64_t parse_seconds(std::string_view text) {
  const std::size_t point = text.find('.');
  std::int64_t nanoseconds = static_cast<std::int64_t>(parse_number(text.substr(0, point))) * 1'000'000'000;
  if (point == std::string_view::npos) return nanoseconds;
  std::string fraction(text.substr(point + 1));
  if (fraction.size() > 9) throw std::runtime_error("finer than a nanosecond");
  fraction.resize(9, '0');
  return nanoseconds + static_cast<std::int64_t>(parse_number(fraction));
}

std::pair<std::string, std::string> split(const std::string& text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string::npos)
    throw std::runtime_error("expected '" + std::string(1, separator) + "' in '" + text + "'");
  return {text.substr(0, at), text.substr(at + 1)};
}

std::vector<std::string> split_all(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

IpAddress parse_address(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return IpAddress::from_v4(bytes.data());
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return IpAddress::from_v6(bytes.data());
  throw std::runtime_error("'" + text + "' is not an address");
}

std::uint64_t parse_mac(const std::string& text) {
  std::uint64_t mac = 0;
  for (const std::string& part : split_all(text, ':')) mac = mac << 8U | parse_number(part, 16);
  return mac;
}

LinkType parse_link_type(const std::string& text) {
  if (text == "ethernet") return LinkType::ethernet;
  if (text == "cooked") return LinkType::linux_cooked_v1;
  if (text == "cooked2") return LinkType::linux_cooked_v2;
  if (text == "raw") return LinkType::raw_ip;
  if (text == "null") return LinkType::null_loopback;
  throw std::runtime_error("'" + text + "' is no link type of traces");
}

Tunnel parse_tunnel(const std::string& text) {
  if (text == "ipip") return Tunnel::ip_in_ip;
  if (text == "gre") return Tunnel::gre;
  if (text == "vxlan") return Tunnel::vxlan;
  if (text == "geneve") return Tunnel::geneve;
  if (text == "gtp") return Tunnel::gtp_u;
  if (text == "l2tp") return Tunnel::l2tp;
  if (text == "teredo") return Tunnel::teredo;
  if (text == "openvpn") return Tunnel::openvpn;
  if (text == "wireguard") return Tunnel::wireguard;
  if (text == "esp") return Tunnel::esp;
  if (text == "ah") return Tunnel::ah;
  throw std::runtime_error("'" + text + "' is no tunnel of traces");
}

FindingKind parse_kind(std::string_view text) {
  for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
    if (pmtu::name(static_cast<FindingKind>(kind)) == text) return static_cast<FindingKind>(kind);
  }
  throw std::runtime_error("'" + std::string(text) + "' is no finding");
}

void check_verdict(std::string_view text) {
  for (std::size_t verdict = 0; verdict < kVerdicts; ++verdict) {
    if (pmtu::name(static_cast<Verdict>(verdict)) == text) return;
  }
  throw std::runtime_error("'" + std::string(text) + "' is no verdict");
}

std::optional<std::uint8_t> tcp_flag_named(std::string_view text) {
  if (text == "FIN") return tcp_flag::fin;
  if (text == "SYN") return tcp_flag::syn;
  if (text == "RST") return tcp_flag::rst;
  if (text == "PSH") return tcp_flag::psh;
  return std::nullopt;
}

struct Host {
  IpAddress address;
  std::uint16_t port = 0;
  std::uint8_t ttl = 64;
  std::uint64_t mac = 0;
  std::uint32_t isn = 0;
  std::string gateway;  ///< the host whose MAC address its frames carry here
  std::uint32_t next_id = 0;
};

/// A host as named in a packet: "A" or "A:444".
struct End {
  std::string name;
  Host* host = nullptr;
  std::uint16_t port = 0;
};

/// What a packet line says, on its way to bytes.
struct PacketLine {
  End source;
  End destination;
  DatagramFields fields;
  LinkFields link;
  std::uint32_t interface_id = 0;
  std::optional<std::uint32_t> length;  ///< total length asked for
  std::optional<std::size_t> cut;
  bool unnumbered = false;  ///< "id 0": identification 0 was asked for
};

/// Identity of a datagram, by which a quotation finds the one it quotes.
using DatagramIdentity = std::tuple<FlowKey, std::uint32_t, std::size_t>;

class TraceParser {
 public:
  explicit TraceParser(std::string_view name) { trace_.name = name; }

  Trace parse(std::string_view text) {
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) {
      ++line_;
      try {
        parse_line(line);
      } catch (const std::exception& error) {
        throw std::runtime_error(trace_.name + ", line " + std::to_string(line_) + ": " + error.what());
      }
    }
    if (trace_.rules.empty() || trace_.purpose.empty()) {
      throw std::runtime_error(trace_.name + ": needs '# rule:' and '# shows:' or '# trap:'");
    }
    return std::move(trace_);
  }

 private:
  void parse_line(const std::string& line) {
    if (line.rfind("# rule:", 0) == 0) {
      Words words(std::string_view(line).substr(7));
      while (!words.done()) trace_.rules.push_back(words.next());
      return;
    }
    if (line.rfind("# shows:", 0) == 0 || line.rfind("# trap:", 0) == 0) {
      trace_.shows = line[2] == 's';
      const std::size_t text = line.find_first_not_of(' ', line.find(':') + 1);
      if (text != std::string::npos) trace_.purpose = line.substr(text);
      return;
    }
    const std::string code = line.substr(0, line[0] == '#' ? 0 : line.find(" # "));
    Words words(code);
    if (words.done()) return;
    if (std::isdigit(static_cast<unsigned char>(words.peek()[0])) != 0) {
      parse_packet_line(words);
      return;
    }
    parse_directive(words);
    if (!words.done()) throw std::runtime_error("'" + words.peek() + "' is not understood");
  }

  void parse_directive(Words& words) {
    const std::string directive = words.next();
    if (directive == "host") {
      parse_host(words);
    } else if (directive == "link") {
      link_type_ = parse_link_type(words.next());
    } else if (directive == "snaplen") {
      snaplen_ = number<std::size_t>(words.next());
    } else if (directive == "strict") {
      trace_.strict = true;
    } else if (directive == "prefer") {
      parse_preference(words);
    } else if (directive == "stream") {
      parse_stream(words);
    } else if (directive == "verdict") {
      parse_row(words);
    } else if (directive == "somewhere" || directive == "nowhere") {
      trace_.somewhere.push_back({parse_kind(words.next()), directive == "nowhere", line_});
    } else if (directive == "accuse") {
      words.expect("nothing");
      trace_.accuse_nothing = true;
    } else {
      throw std::runtime_error("no directive is called '" + directive + "'");
    }
  }

  void parse_host(Words& words) {
    const std::string name = words.next();
    Host host;
    host.address = parse_address(words.next());
    const auto index = static_cast<std::uint32_t>(hosts_.size() + 1);
    host.mac = 0x020000000000U + index;
    host.isn = 1'000'000'000U * index;
    host.next_id = 1'000U * index;
    while (!words.done()) {
      const std::string word = words.next();
      if (word == "port") {
        host.port = number<std::uint16_t>(words.next());
      } else if (word == "ttl") {
        host.ttl = number<std::uint8_t>(words.next());
      } else if (word == "mac") {
        host.mac = parse_mac(words.next());
      } else if (word == "isn") {
        host.isn = number<std::uint32_t>(words.next());
      } else if (word == "behind") {
        host.gateway = words.next();
      } else {
        throw std::runtime_error("a host has no '" + word + "'");
      }
    }
    hosts_[name] = host;
  }

  void parse_preference(Words& words) {
    const std::string name = words.next();
    const std::string value = words.next();
    Preferences& preferences = trace_.preferences;
    if (name == "reaction_time_ms") {
      preferences.reaction_time = Duration::milliseconds(number<std::int64_t>(value));
    } else if (name == "processing_slack_ms") {
      preferences.processing_slack = Duration::milliseconds(number<std::int64_t>(value));
    } else if (name == "hint_full_age_s") {
      preferences.hint_full_age = Duration::seconds(number<std::int64_t>(value));
    } else if (name == "hint_max_age_s") {
      preferences.hint_max_age = Duration::seconds(number<std::int64_t>(value));
    } else if (name == "black_hole_transmissions") {
      preferences.black_hole_transmissions = number<std::uint32_t>(value);
    } else if (name == "receiver_hole_s") {
      preferences.receiver_hole = Duration::seconds(number<std::int64_t>(value));
    } else {
      throw std::runtime_error("no preference is called '" + name + "'");
    }
  }

  /// stream A > B server_hello certificate=4000: the bytes of a direction from sequence number 1.
  void parse_stream(Words& words) {
    const End source = parse_end(words.next());
    words.expect(">");
    const End destination = parse_end(words.next());
    Bytes& stream = streams_[flow_key(source, destination, ip_protocol::tcp)];
    while (!words.done()) {
      const std::string word = words.next();
      const std::size_t equals = word.find('=');
      const std::size_t size = equals == std::string::npos ? 0 : number<std::size_t>(word.substr(equals + 1));
      const Bytes message = build_message(word.substr(0, equals), size);
      stream.insert(stream.end(), message.begin(), message.end());
    }
  }

  /// verdict A > B ignoring|probably_ignoring mark=3 path_mtu=1446
  void parse_row(Words& words) {
    ExpectedRow row;
    row.line = line_;
    const End source = parse_end(words.next());
    words.expect(">");
    const End destination = parse_end(words.next());
    std::uint8_t protocol = ip_protocol::tcp;
    if (words.accept("udp")) protocol = ip_protocol::udp;
    if (words.accept("icmp")) protocol = ip_protocol::icmp;
    if (words.accept("sctp")) protocol = ip_protocol::sctp;
    if (words.accept("protocol")) protocol = number<std::uint8_t>(words.next());
    row.flow = flow_key(source, destination, protocol);
    row.verdicts = split_all(words.next(), '|');
    for (const std::string& verdict : row.verdicts) check_verdict(verdict);
    while (!words.done()) {
      const auto [key, value] = split(words.next(), '=');
      row.members[key] =
          key == "reporter" || (key == "entrance" && value != "-") ? to_string(host(value).address) : value;
    }
    trace_.rows.push_back(row);
  }

  void parse_packet_line(Words& words) {
    TraceFrame frame;
    frame.line = line_;
    frame.number = FrameNumber{static_cast<std::uint32_t>(trace_.frames.size() + 1)};
    frame.time = Timestamp(kEpoch + parse_seconds(words.next()));

    PacketLine line;
    Bytes datagram;
    if (words.accept("again")) {
      datagram = repeat(words, line);
    } else {
      datagram = parse_datagram(words, line);
    }
    line.link.type = link_type_;
    frame.link_type = link_type_;
    frame.interface_id = line.interface_id;
    frame.bytes = build_frame(line.link, datagram);
    frame.original_length = frame.bytes.size();
    const std::size_t cut = line.cut.value_or(snaplen_);
    if (cut != 0 && cut < frame.bytes.size()) frame.bytes.resize(cut);
    outermost_.push_back(datagram);
    links_.push_back(line.link);
    if (words.accept("=>")) frame.expected = parse_expectations(words);
    if (!words.done()) throw std::runtime_error("'" + words.peek() + "' is not understood");
    trace_.frames.push_back(std::move(frame));
  }

  /// again #3 ttl 63 if 1: the datagram of frame 3 once more.
  Bytes repeat(Words& words, PacketLine& line) {
    const std::size_t index = frame_index(words.next());
    Bytes datagram = outermost_[index];
    line.link = links_[index];
    while (!words.done() && words.peek() != "=>") {
      const std::string word = words.next();
      if (word == "ttl") {
        set_ttl(datagram, number<std::uint8_t>(words.next()));
      } else if (!parse_link_word(word, words, line)) {
        throw std::runtime_error("'" + word + "' does not go with 'again'");
      }
    }
    return datagram;
  }

  std::size_t frame_index(const std::string& reference) const {
    if (reference.size() < 2 || reference[0] != '#') throw std::runtime_error("expected a frame such as #3");
    const std::size_t frame = number<std::size_t>(reference.substr(1));
    if (frame == 0 || frame > outermost_.size()) throw std::runtime_error("no earlier frame " + reference);
    return frame - 1;
  }

  std::vector<ExpectedFinding> parse_expectations(Words& words) {
    std::vector<ExpectedFinding> expected;
    while (!words.done()) {
      const std::string word = words.next();
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) {
        ExpectedFinding finding;
        finding.absent = word[0] == '!';
        for (const std::string& kind : split_all(word.substr(finding.absent ? 1 : 0), '|')) {
          finding.kinds.push_back(parse_kind(kind));
        }
        expected.push_back(finding);
      } else if (expected.empty()) {
        throw std::runtime_error("'" + word + "' belongs to no finding");
      } else {
        expected.back().members[word.substr(0, equals)] = word.substr(equals + 1);
      }
    }
    return expected;
  }

  Host& host(const std::string& name) {
    const auto found = hosts_.find(name);
    if (found == hosts_.end()) throw std::runtime_error("no host is called '" + name + "'");
    return found->second;
  }

  End parse_end(const std::string& text) {
    const std::size_t colon = text.find(':');
    End end;
    end.name = text.substr(0, colon);
    end.host = &host(end.name);
    end.port = colon == std::string::npos ? end.host->port : number<std::uint16_t>(text.substr(colon + 1));
    return end;
  }

  static FlowKey flow_key(const End& source, const End& destination, std::uint8_t protocol) {
    return {{source.host->address, destination.host->address}, source.port, destination.port, protocol};
  }

  std::uint64_t mac_seen_here(const Host& of) { return of.gateway.empty() ? of.mac : host(of.gateway).mac; }

  /// "A > B tcp 1:1449 df 1500 …" up to "=>", "]" or the end; tunnels included.
  Bytes parse_datagram(Words& words, PacketLine& line) {
    line.source = parse_end(words.next());
    words.expect(">");
    line.destination = parse_end(words.next());
    DatagramFields& fields = line.fields;
    fields.source = line.source.host->address;
    fields.destination = line.destination.host->address;
    fields.ttl = line.source.host->ttl;
    fields.source_port = line.source.port;
    fields.destination_port = line.destination.port;
    line.link.source_mac = mac_seen_here(*line.source.host);
    line.link.destination_mac = mac_seen_here(*line.destination.host);

    const std::string kind = words.next();
    if (kind == "tcp") return parse_tcp(words, line);
    if (kind == "udp") return parse_udp(words, line);
    if (kind == "sctp") return parse_sctp(words, line);
    if (kind == "echo_request" || kind == "echo_reply")
      return parse_echo(words, line, kind == "echo_request");
    return parse_icmp_error(words, line, kind);
  }

  /// Words that go with a datagram of any protocol. False when `word` is none of them.
  bool parse_common_word(const std::string& word, Words& words, PacketLine& line) {
    DatagramFields& fields = line.fields;
    if (is_number(word)) {
      line.length = number<std::uint32_t>(word);
    } else if (word == "df" || word == "nodf") {
      fields.dont_fragment = word == "df";
    } else if (word == "id") {
      fields.identification = number<std::uint32_t>(words.next());
      line.unnumbered = fields.identification == 0;
    } else if (word == "ttl") {
      fields.ttl = number<std::uint8_t>(words.next());
    } else if (word == "length0") {
      fields.length_zero = true;
    } else if (word == "frag") {
      fields.fragment_offset = number<std::uint16_t>(words.next());
      fields.dont_fragment = false;
    } else if (word == "more") {
      fields.more_fragments = true;
    } else {
      return parse_link_word(word, words, line);
    }
    return true;
  }

  bool parse_link_word(const std::string& word, Words& words, PacketLine& line) {
    if (word == "vlan") {
      line.link.vlans.clear();
      for (const std::string& tag : split_all(words.next(), '.'))
        line.link.vlans.push_back(number<std::uint16_t>(tag));
    } else if (word == "if") {
      line.interface_id = number<std::uint32_t>(words.next());
    } else if (word == "cut") {
      line.cut = number<std::size_t>(words.next());
    } else if (word == "out") {
      line.link.direction = PacketDirection::outgoing;
    } else if (word == "src_mac") {
      line.link.source_mac = mac_seen_here(host(words.next()));
    } else if (word == "dst_mac") {
      line.link.destination_mac = mac_seen_here(host(words.next()));
    } else {
      return false;
    }
    return true;
  }

  static bool at_end(const Words& words) {
    return words.done() || words.peek() == "=>" || words.peek() == "]" || words.peek() == "via";
  }

  Bytes parse_tcp(Words& words, PacketLine& line) {
    DatagramFields& fields = line.fields;
    fields.protocol = ip_protocol::tcp;
    const FlowKey key = flow_key(line.source, line.destination, fields.protocol);
    const std::uint32_t isn = line.source.host->isn;
    const std::uint32_t peer_isn = line.destination.host->isn;
    std::uint32_t first = next_[key];
    std::uint32_t payload = 0;
    bool without_ack = false;
    std::optional<std::uint32_t> acknowledged;

    const std::size_t colon = words.peek().find(':');
    if (colon != std::string::npos && is_number(words.peek().substr(0, colon))) {
      const auto [begin, end] = split(words.next(), ':');
      first = number<std::uint32_t>(begin);
      if (number<std::uint32_t>(end) < first) throw std::runtime_error("the sequence range runs backwards");
      payload = number<std::uint32_t>(end) - first;
    }
    while (!at_end(words)) {
      const std::string word = words.next();
      if (const auto flag = tcp_flag_named(word)) {
        fields.tcp.flags = static_cast<std::uint8_t>(fields.tcp.flags | *flag);
        if (*flag == tcp_flag::syn) first = 0;
      } else if (word == "ack") {
        acknowledged = number<std::uint32_t>(words.next());
      } else if (word == "noack") {
        without_ack = true;
      } else if (word == "seq") {
        first = number<std::uint32_t>(words.next());
      } else if (word == "win") {
        fields.tcp.window = number<std::uint16_t>(words.next());
      } else if (word == "mss") {
        fields.tcp.mss = number<std::uint16_t>(words.next());
      } else if (word == "wscale") {
        fields.tcp.window_scale = number<std::uint8_t>(words.next());
      } else if (word == "sackok") {
        fields.tcp.sack_permitted = true;
      } else if (word == "ts") {
        const auto [value, echo] = split(words.next(), '/');
        fields.tcp.timestamps = {number<std::uint32_t>(value), number<std::uint32_t>(echo)};
      } else if (word == "sack") {
        for (const std::string& block : split_all(words.next(), ',')) {
          const auto [left, right] = split(block, ':');
          fields.tcp.sacks.emplace_back(peer_isn + number<std::uint32_t>(left),
                                        peer_isn + number<std::uint32_t>(right));
        }
      } else if (!parse_common_word(word, words, line)) {
        throw std::runtime_error("a TCP segment has no '" + word + "'");
      }
    }
    if (acknowledged) acknowledged_[key] = *acknowledged;
    const bool opens = (fields.tcp.flags & tcp_flag::syn) != 0;
    if (acknowledged || (!opens && !without_ack)) {
      fields.tcp.flags = static_cast<std::uint8_t>(fields.tcp.flags | tcp_flag::ack);
      fields.tcp.acknowledgment = peer_isn + acknowledged_.try_emplace(key, 1).first->second;
    }
    fields.tcp.sequence = isn + first;
    fields.payload = stream_bytes(key, first, payload);
    fit_tcp_options(line, payload);

    const bool control = (fields.tcp.flags & (tcp_flag::syn | tcp_flag::fin)) != 0;
    const std::uint32_t end = first + payload + (control ? 1 : 0);
    if (!quoting_) next_[key] = std::max(next_[key], end);
    return finish(words, line, {key, fields.tcp.sequence, payload});
  }

  /// The total length that was asked for decides how many bytes of options there are.
  static void fit_tcp_options(PacketLine& line, std::uint32_t payload) {
    if (!line.length || line.fields.fragment_offset) return;
    const std::size_t header = line.fields.source.version == IpVersion::v4 ? 20 : 40;
    const std::size_t fixed = header + 20 + payload;
    if (*line.length < fixed) throw std::runtime_error("the payload does not fit this length");
    line.fields.tcp.option_length = *line.length - fixed;
  }

  Bytes stream_bytes(const FlowKey& key, std::uint32_t first, std::uint32_t size) const {
    Bytes bytes(size, 0x55);
    const auto stream = streams_.find(key);
    if (stream == streams_.end() || first == 0) return bytes;
    for (std::uint32_t i = 0; i < size && first - 1 + i < stream->second.size(); ++i)
      bytes[i] = stream->second[first - 1 + i];
    return bytes;
  }

  Bytes parse_udp(Words& words, PacketLine& line) {
    DatagramFields& fields = line.fields;
    fields.protocol = ip_protocol::udp;
    std::string message = "rtp";
    std::optional<QuicIds> ids;
    while (!at_end(words)) {
      const std::string word = words.next();
      if (word == "carrying") {
        message = words.next();
      } else if (word == "dcid") {
        ids.emplace(ids.value_or(QuicIds{})).destination = words.next();
      } else if (word == "scid") {
        ids.emplace(ids.value_or(QuicIds{})).source = words.next();
      } else if (!parse_common_word(word, words, line)) {
        throw std::runtime_error("a UDP datagram has no '" + word + "'");
      }
    }
    const std::size_t room = payload_room(line, 8);
    fields.payload = ids ? quic_packet(message, room, *ids) : build_message(message, room);
    // RFC 9001 §5.4.1: the low five bits are masked, those of each packet in their own way.
    if (message == "quic_short" && !fields.payload.empty())
      fields.payload[0] = static_cast<std::uint8_t>(0x40U | (trace_.frames.size() * 11 & 0x1fU));
    return finish(words, line,
                  {flow_key(line.source, line.destination, fields.protocol), 0, fields.payload.size()});
  }

  /// A DATA chunk of `size` bytes, its header included (RFC 9260 §3.3.1).
  static void append_sctp_data(Bytes& packet, std::uint32_t tsn, std::size_t size) {
    Bytes value;
    put32(value, tsn);
    put32(value, 1);
    put32(value, 60);  // S1AP
    value.resize(std::max<std::size_t>(size - 4, value.size()), 0x55);
    append_sctp_chunk(packet, 0, value);
  }

  /// "sctp tag 7 data 5 1500 df", "sctp tag 8 sack 4 gap 2:3", "sctp tag 7 heartbeat 1 pad 1500 df".
  Bytes parse_sctp(Words& words, PacketLine& line) {
    DatagramFields& fields = line.fields;
    fields.protocol = ip_protocol::sctp;
    std::uint32_t tag = 0;
    std::uint32_t number_of_chunk = 0;
    std::string chunk;
    bool padded = false;
    std::uint32_t bundle = 1;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> gaps;
    while (!at_end(words)) {
      const std::string word = words.next();
      if (word == "tag") {
        tag = number<std::uint32_t>(words.next());
      } else if (word == "data" || word == "sack" || word == "heartbeat" || word == "heartbeat_ack") {
        chunk = word;
        number_of_chunk = number<std::uint32_t>(words.next());
      } else if (word == "gap") {
        const auto [first, last] = split(words.next(), ':');
        gaps.emplace_back(number<std::uint32_t>(first), number<std::uint32_t>(last));
      } else if (word == "pad") {
        padded = true;
      } else if (word == "bundle") {
        bundle = number<std::uint32_t>(words.next());
      } else if (!parse_common_word(word, words, line)) {
        throw std::runtime_error("an SCTP packet has no '" + word + "'");
      }
    }
    fields.payload = sctp_header(fields.source_port, fields.destination_port, tag);
    const std::size_t room = payload_room(line, 0);
    Bytes value;
    if (chunk == "data") {
      const std::size_t each = room > 28 ? (room - 12) / bundle : 16;
      for (std::uint32_t tsn = number_of_chunk; tsn < number_of_chunk + bundle; ++tsn)
        append_sctp_data(fields.payload, tsn, each);
    } else if (chunk == "sack") {
      put32(value, number_of_chunk);
      put32(value, 100000);
      put16(value, static_cast<std::uint32_t>(gaps.size()));
      put16(value, 0);
      for (const auto& [first, last] : gaps) {
        put16(value, first);
        put16(value, last);
      }
      append_sctp_chunk(fields.payload, 3, value);
    } else if (!chunk.empty()) {
      put32(value, 0x00010008);
      put32(value, number_of_chunk);
      append_sctp_chunk(fields.payload, chunk == "heartbeat" ? 4 : 5, value);
    }
    if (padded && room > fields.payload.size() + 4)
      append_sctp_chunk(fields.payload, 132, Bytes(room - fields.payload.size() - 4));
    if (fields.more_fragments && fields.payload.size() > room) fields.payload.resize(room);
    return finish(
        words, line,
        {flow_key(line.source, line.destination, fields.protocol), number_of_chunk, fields.payload.size()});
  }

  Bytes parse_echo(Words& words, PacketLine& line, bool request) {
    DatagramFields& fields = line.fields;
    const bool v4 = fields.source.version == IpVersion::v4;
    fields.protocol = v4 ? ip_protocol::icmp : ip_protocol::icmpv6;
    fields.icmp.type = v4 ? (request ? 8 : 0) : (request ? 128 : 129);
    std::uint32_t sequence = 1;
    while (!at_end(words)) {
      const std::string word = words.next();
      if (word == "seq") {
        sequence = number<std::uint16_t>(words.next());
      } else if (!parse_common_word(word, words, line)) {
        throw std::runtime_error("an echo has no '" + word + "'");
      }
    }
    // The identifier is the port of the host that asks.
    const std::uint32_t identifier = request ? line.source.port : line.destination.port;
    fields.icmp.rest = identifier << 16U | sequence;
    fields.payload = build_message("filler", payload_room(line, 8));
    return finish(
        words, line,
        {flow_key(line.source, line.destination, fields.protocol), sequence, fields.payload.size()});
  }

  /// Payload of a datagram whose total length was asked for; a later fragment has no transport header.
  static std::size_t payload_room(const PacketLine& line, std::size_t transport_header) {
    const DatagramFields& fields = line.fields;
    std::size_t headers = fields.source.version == IpVersion::v4 ? 20 : 40;
    if (headers == 40 && (fields.fragment_offset || fields.more_fragments)) headers += 8;
    if (fields.fragment_offset.value_or(0) == 0) headers += transport_header;
    if (!line.length) return 0;
    if (*line.length < headers) throw std::runtime_error("too short for its headers");
    return *line.length - headers;
  }

  /// frag_needed, packet_too_big, unreachable or time_exceeded with the quoted datagram in brackets.
  Bytes parse_icmp_error(Words& words, PacketLine& line, const std::string& kind) {
    DatagramFields& fields = line.fields;
    const bool v4 = fields.source.version == IpVersion::v4;
    fields.protocol = v4 ? ip_protocol::icmp : ip_protocol::icmpv6;
    fields.dont_fragment = false;
    if (kind == "frag_needed" && v4) {
      fields.icmp.type = 3;
      fields.icmp.code = 4;
    } else if (kind == "packet_too_big" && !v4) {
      fields.icmp.type = 2;
    } else if (kind == "unreachable") {
      fields.icmp.type = v4 ? 3 : 1;
      fields.icmp.code = number<std::uint8_t>(words.next());
    } else if (kind == "time_exceeded") {
      fields.icmp.type = v4 ? 11 : 3;
    } else {
      throw std::runtime_error("'" + kind + "' is no kind of packet here");
    }
    std::size_t quote_size = v4 ? kV4Quote : kV6Quote;
    bool extended = false;
    Bytes quotation;
    while (!at_end(words)) {
      const std::string word = words.next();
      if (word == "[") {
        quotation = parse_quotation(words);
      } else if (word == "code") {
        fields.icmp.code = number<std::uint8_t>(words.next());
      } else if (word == "mtu") {
        fields.icmp.rest = number<std::uint32_t>(words.next());
      } else if (word == "quote") {
        quote_size = number<std::size_t>(words.next());
      } else if (word == "quote_length") {
        set_claimed_length(quotation, number<std::uint16_t>(words.next()));
      } else if (word == "quote_nodf") {
        clear_dont_fragment(quotation);
      } else if (word == "badsum") {
        fields.icmp.bad_checksum = true;
      } else if (word == "rfc4884") {
        extended = true;
      } else if (!parse_common_word(word, words, line)) {
        throw std::runtime_error("an ICMP error has no '" + word + "'");
      }
    }
    if (quotation.empty()) throw std::runtime_error("an ICMP error needs its quotation in brackets");
    quotation.resize(std::min(quote_size, quotation.size()));
    if (extended) {
      append_icmp_extension(quotation);
      const std::size_t words_quoted = (quotation.size() - 12) / 4;
      fields.icmp.rest |= static_cast<std::uint32_t>(words_quoted) << 16U;  // octet 6 (RFC 4884 §4.1)
    }
    fields.payload = quotation;
    return finish(words, line, {{}, 0, 0});
  }

  /// "#4 ]" or a description; the bytes are those of the datagram that was sent, where there was one.
  Bytes parse_quotation(Words& words) {
    if (words.peek()[0] == '#') {
      const Bytes quotation = outermost_[frame_index(words.next())];
      words.expect("]");
      return quotation;
    }
    PacketLine quoted;
    quoting_ = true;
    const Bytes quotation = parse_datagram(words, quoted);
    quoting_ = false;
    words.expect("]");
    return quotation;
  }

  /// Builds the datagram, or finds the one that a quotation means, and puts it into the tunnels that follow.
  Bytes finish(Words& words, PacketLine& line, const DatagramIdentity& identity) {
    DatagramFields& fields = line.fields;
    const auto sent = sent_.find(identity);
    Bytes datagram;
    if (quoting_ && sent != sent_.end() && fields.identification == 0) {
      datagram = sent->second;
    } else {
      if (fields.identification == 0 && !line.unnumbered) fields.identification = line.source.host->next_id++;
      datagram = build_datagram(fields);
    }
    if (!quoting_) sent_[identity] = datagram;
    while (words.accept("via")) datagram = parse_via(words, line, datagram);
    return datagram;
  }

  /// via T1 > T2 gre nodf: the datagram travels inside a tunnel between these hosts.
  Bytes parse_via(Words& words, PacketLine& line, const Bytes& inner) {
    const End source = parse_end(words.next());
    words.expect(">");
    const End destination = parse_end(words.next());
    const Tunnel tunnel = parse_tunnel(words.next());
    PacketLine outer;
    outer.fields.source = source.host->address;
    outer.fields.destination = destination.host->address;
    outer.fields.ttl = source.host->ttl;
    const LinkFields inner_link = line.link;
    line.link.source_mac = mac_seen_here(*source.host);
    line.link.destination_mac = mac_seen_here(*destination.host);
    while (!at_end(words)) {
      const std::string word = words.next();
      if (!parse_common_word(word, words, outer)) throw std::runtime_error("a tunnel has no '" + word + "'");
    }
    if (outer.fields.identification == 0) outer.fields.identification = source.host->next_id++;
    line.interface_id = std::max(line.interface_id, outer.interface_id);
    if (outer.cut) line.cut = outer.cut;
    return encapsulate(inner, tunnel, outer.fields, inner_link);
  }

  Trace trace_;
  std::size_t line_ = 0;
  LinkType link_type_ = LinkType::ethernet;
  std::size_t snaplen_ = 0;
  bool quoting_ = false;
  std::map<std::string, Host> hosts_;
  std::map<FlowKey, Bytes> streams_;
  std::map<FlowKey, std::uint32_t> next_;          ///< relative sequence number of the next new byte
  std::map<FlowKey, std::uint32_t> acknowledged_;  ///< relative; repeated until the trace says another
  std::map<DatagramIdentity, Bytes> sent_;
  std::vector<Bytes> outermost_;
  std::vector<LinkFields> links_;
};

}  // namespace

Trace parse_trace(std::string_view name, std::string_view text) {
  return TraceParser(name).parse(text);
}

Trace read_trace(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file);
  std::ostringstream text;
  text << stream.rdbuf();
  const std::size_t slash = file.rfind('/');
  const std::string base = slash == std::string::npos ? file : file.substr(slash + 1);
  return parse_trace(base.substr(0, base.rfind('.')), text.str());
}

std::vector<std::string> trace_files(const std::string& folder) {
  return files_in(folder, {".trace"});
}

}  // namespace pmtu::test
