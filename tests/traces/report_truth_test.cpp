// SPDX-License-Identifier: GPL-2.0-or-later
// Every number in a report is one that the analysis found, or follows from one by a sum that this test does
// on its own; and no advice is for another protocol, address family, or below what IPv6 needs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "pmtu/report.h"
#include "support/capture_reader.h"
#include "support/file_list.h"
#include "support/trace_check.h"

namespace pmtu::test {
namespace {

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).filename().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::vector<std::string> captures() {
  return files_in(PMTU_CAPTURE_FOLDER, {".pcapng"});
}

/// The files as `mergecap -I none` joins them: in order of time, each with interfaces of its own.
void analyse(const std::vector<std::string>& files, Analyzer& analyzer) {
  std::vector<CaptureReader> readers(files.size());
  std::vector<Frame> frames;
  for (std::uint32_t file = 0; file < files.size(); ++file) {
    ASSERT_TRUE(readers[file].open(files[file]));
    CapturedFrame captured;
    while (readers[file].next(captured)) {
      frames.push_back(captured.as_frame({}));
      frames.back().section = file;
    }
  }
  std::stable_sort(frames.begin(), frames.end(),
                   [](const Frame& a, const Frame& b) { return a.time < b.time; });
  std::uint32_t number = 0;
  for (Frame& frame : frames) {
    frame.number = FrameNumber{++number};
    analyzer.observe(frame);
  }
  analyzer.conclude();
}

/// Captures of one event at several places: "seed-appliance.pcapng" and "seed-client.pcapng" belong to
/// "seed".
std::map<std::string, std::vector<std::string>> events() {
  std::map<std::string, std::vector<std::string>> events;
  for (const std::string& file : captures()) {
    const std::string name = std::filesystem::path(file).stem().string();
    events[name.substr(0, name.rfind('-'))].push_back(file);
  }
  std::erase_if(events, [](const auto& event) { return event.second.size() < 2; });
  return events;
}

std::vector<std::string> names_of_events() {
  std::vector<std::string> names;
  for (const auto& event : events()) names.push_back(event.first);
  return names;
}

/// Numbers that may stand in a report, as text.
class Facts {
 public:
  Facts(const Summary& summary, std::span<const Finding> findings) {
    add(summary.coverage.frames);
    add(summary.coverage.datagrams);
    add(summary.coverage.opaque_frames);
    add(summary.coverage.truncated_frames);
    for (std::uint64_t i = 0; i <= std::max(summary.conversations.size(), findings.size()); ++i)
      add(i);  // counts
    add(summary.looked_at.directions);
    add(summary.looked_at.hints);
    add_size(summary.looked_at.largest_acknowledged);
    for (const std::uint64_t unseen : {summary.looked_at.one_sided, summary.looked_at.gaps,
                                       summary.looked_at.rejected, summary.looked_at.unanswered})
      add(unseen);
    add_size(summary.looked_at.largest_unanswered);
    for (const ChangeInSum& sum : summary.changed) {
      add(sum.change.frame);
      for (const std::uint32_t fact : {sum.change.count, sum.change.before, sum.change.after, sum.directions})
        add(fact);
      add(sum.first.source_port);
      add(sum.first.destination_port);
    }
    for (const auto mss : {summary.looked_at.smallest_mss, summary.looked_at.largest_mss})
      add(mss.value_or(0));
    for (const UnseenHint& hint : summary.unseen_hints) {
      add(hint.frame);
      add_size(hint.mtu);
    }
    for (const ConversationRow& row : summary.conversations) add(row);
    for (const PathRow& path : summary.paths) {
      add(path.hints);
      std::uint64_t hints = 0;  // of any status
      for (const ConversationRow& row : summary.conversations)
        hints += row.flow.path == path.path ? row.hints : 0;
      add(hints);
      add_size(path.path_mtu);
      add_size(path.bracket.passed);
      add_size(path.bracket.lost);
      add_text(path.explanation);
    }
    for (const Finding& finding : findings) add(finding);
    for (const CapturePoint& point : summary.points) add(point);
  }

  [[nodiscard]] bool hold(const std::string& number) const { return numbers_.count(number) != 0; }

 private:
  void add(std::uint64_t number) { numbers_.insert(std::to_string(number)); }
  void add(FrameNumber frame) { add(frame.value()); }
  void add_text(const std::string& text) {
    static const std::regex digits("\\d+");
    for (auto it = std::sregex_iterator(text.begin(), text.end(), digits); it != std::sregex_iterator(); ++it)
      numbers_.insert(it->str());
  }

  /// A size, the MSS and the echo payload that fill it, and the next larger payload.
  template <class Size>
  void add_size(const std::optional<Size>& size) {
    if (!size) return;
    add(size->value());
    for (const std::uint32_t headers : {40U, 60U, 28U, 48U, 27U, 47U, 29U, 49U}) {
      if (size->value() > headers) add(size->value() - headers);
    }
    if constexpr (std::is_same_v<Size, Mtu>) add_text(explain_mtu(*size));
  }

  /// As people say a time: seconds with a decimal, milliseconds, microseconds.
  void add(Duration time) {
    const double seconds = time.seconds();
    for (const auto& [scale, format] :
         {std::pair(1.0, "%.1f"), {1.0, "%.0f"}, {1e3, "%.0f"}, {1e3, "%.1f"}, {1e6, "%.0f"}}) {
      char text[64];
      std::snprintf(text, sizeof text, format, seconds * scale);
      add_text(text);
    }
  }

  void add_exactly(Duration time) {
    char text[64];
    std::snprintf(text, sizeof text, "%.6f", std::abs(time.seconds()));
    add_text(text);
  }

  void add(const CapturePoint& point) {
    add(point.id.value());
    add(point.section);
    add(point.capture_interface);
    add(point.interface_index);
    add(point.frames);
    if (point.clock_offset) add_exactly(*point.clock_offset);
    add_exactly(point.clock_uncertainty);
    add_exactly(point.clock_drift);
  }

  void add(const JoinedDirection& joined) {
    for (const FlowKey& name : joined.other_names) {
      add(name.source_port);
      add(name.destination_port);
    }
    for (const Position& position : joined.positions) {
      add(position.sender_hops.value_or(0));
      add(position.receiver_hops.value_or(0));
    }
    for (const Stretch& stretch : joined.stretches) {
      for (const ArrivalBySize& size : stretch.arrival) {
        for (const std::uint32_t fact : {size.from.value(), size.to.value(), size.passed, size.arrived})
          add(fact);
      }
    }
    if (joined.vanish) {
      add(joined.vanish->lost);
      add(joined.vanish->smaller_arrived);
      add_size(joined.vanish->bracket.lost);
    }
    if (joined.filtered) {
      add(joined.filtered->hints);
      add(joined.filtered->frame);
    }
    for (const ChangeOnTheWay& change : joined.changes) {
      add(change.frame);
      for (const std::uint32_t fact : {change.count, change.before, change.after}) add(fact);
    }
  }

  /// What a tunnel leaves of its outer datagrams for those inside.
  void add_room_inside(const ConversationRow& row, std::uint32_t outer) {
    const FlowKey& flow = row.flow;
    // RFC 4302, RFC 2404: an Authentication Header of 24 bytes, unless it is ESP that refuses hints.
    const bool authenticated = row.may_refuse_hints && flow.protocol != 50 && flow.protocol != 17;
    const std::uint32_t ip =
        (flow.path.source.version == IpVersion::v4 ? 20U : 40U) + (authenticated ? 24U : 0U);
    if (authenticated) add_text("24");
    const auto add_less = [&](std::uint32_t headers) {
      if (outer > headers) add_size(std::optional(DatagramLength{outer - headers}));
    };
    const auto add_esp = [&](std::uint32_t headers) {  // RFC 4303, RFC 4106
      if (outer > headers + 32) add_size(std::optional(DatagramLength{(outer - headers - 32) / 4 * 4 - 2}));
    };
    const std::set<std::uint16_t> ports{flow.source_port, flow.destination_port};
    if (flow.protocol == 4 || flow.protocol == 41) add_less(ip);
    if (flow.protocol == 47) add_less(ip + 4);
    if (flow.protocol == 97) add_less(ip + 2 + 14);
    if (flow.protocol == 50) add_esp(ip);
    if (flow.protocol == 115) add_less(ip + 4 + 14);
    if (flow.protocol != 17) return;
    if (ports.contains(4789) || ports.contains(8472) || ports.contains(6081)) add_less(ip + 8 + 8 + 14);
    if (ports.contains(2152)) add_less(ip + 8 + 8);
    if (ports.contains(51820)) add_less(ip + 8 + 32);
    if (ports.contains(1194)) {
      add_less(ip + 8 + 24);
      for (const std::uint32_t header : {ip, 8U, 4U, 16U, 14U}) add(header);  // 14: Ethernet inside, with tap
    }
    if (ports.contains(1701)) add_less(ip + 8 + 8 + 4);
    if (ports.contains(3544)) add_less(ip + 8);
    if (ports.contains(6635)) add_less(ip + 8 + 4);
    if (ports.contains(4500)) add_esp(ip + 8);
  }

  void add(const ConversationRow& row) {
    if (row.joined) add(*row.joined);
    if (row.path_mtu) add_room_inside(row, row.path_mtu->value());
    if (row.bracket.passed) add_room_inside(row, row.bracket.passed->value());
    add(row.flow.source_port);
    add(row.flow.destination_port);
    add(row.flow.protocol);
    add_text(row.reason);
    add_size(row.path_mtu);
    add_size(row.bracket.passed);
    add_size(row.bracket.lost);
    // Jumbo frames on one link: Ethernet's own bytes; and what Ethernet takes without them.
    if (row.bracket.lost && row.bracket.lost->value() > 1500) {
      add(row.bracket.lost->value() + 22);
      add_size(std::optional(DatagramLength{1500}));
    }
    add(row.hints);
    add(row.ignored_packets);
    add(row.ignored_bytes);
    add(row.in_flight_packets);
    add(row.resent_bytes);
    add(row.largest_datagram.value());
    add(row.smallest_ignored.value());
    add(row.largest_ignored.value());
    add(row.hint_frame);
    if (row.stall) add(*row.stall);
    if (row.sender_hops) add(*row.sender_hops);
    for (const FrameNumber frame : row.hint_frames) add(frame);
    for (const FrameNumber frame : row.ignored_frames) add(frame);
    add(row.first_frame);
    add(row.last_frame);
  }

  void add(const Finding& finding) {
    add(finding.frame);
    add(finding.hint_frame);
    add(finding.quoted_frame);
    add(finding.related_frame);
    add(finding.length.value());
    add(finding.quoted_length.value());
    add(finding.excess());
    add(finding.count);
    add(finding.transmission);
    add(finding.since_hint);
    add(finding.since_first);
    add_size(finding.path_mtu);
    add_size(finding.hint_mtu);
  }

  std::set<std::string> numbers_;
};

/// The report without what is no number: addresses, names, RFCs and their sections, fixed words of commands.
std::string without_names(std::string text) {
  static const std::vector<std::regex> names{
      std::regex("[0-9a-f]*:[0-9a-f:]*:[0-9a-f.:]*"), std::regex("\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b(/32)?"),
      std::regex("RFC \\d+( section \\d+(\\.\\d+)*)?|sections? \\d+(\\.\\d+)*"),
      std::regex(
          "type 3 code 4|type 2|IPv[46]|ipv[46]|ICMPv6|ICMP6|Icmp6|icmp6|icmpv6|ip6tables|inet6|unit 0|/128|"
          "-c 3|ping -6|ip -6|route -6|SHA-256|AES-GCM-16|ChaCha20|Poly1305|3DES|HMAC-96|UTF-8|"
          "with HMAC-SHA1-96; 4 less with HMAC-SHA256-128, 8 in IPv6|SHA1"),
      // Fixed sums: headers of an echo, of TCP; what IPv6 and QUIC need at least; the estimate of a Linux
      // router.
      std::regex(
          "\\+ (28|48) =|less 40 .(IPv4| ). or\\s+60|a link that carries IPv6 has to take 1280|needs 1200 "
          "bytes|"
          "an MTU of 552 is what|5 minutes|minimum of 1200 bytes|its 1200-byte minimum|.68 for IPv4, 1280 "
          "for IPv6.",
          std::regex::icase),
      std::regex("(that takes|has to take|less than) 1200 bytes( of UDP payload)?"),
      // What headers of tunnels may take beside those that are subtracted; openvpn(8).
      std::regex("14 less with Ethernet inside|3GPP TS 24\\.008|\\(version 3\\) 10 less, 4 to 12 less again|"
                 "8 less with an origin indication, 13 or more|before 2\\.6"),
      // Settings of protocols whose fragments are lost.
      std::regex("EDNS size to 1232|(max-udp|edns-udp|edns-buffer)-size:? 1232|port 53|fragment_size = 1024|"
                 "1344 or less|mtu 1280|within 200 bytes|above 1300 bytes|wsize of 1024|(limit|Size) = 1|"
                 "1232 bytes of UDP|-s 3000|ikev2"),
      std::regex("## \\d+\\.|\\| \\d+ +\\| |same as for \\d+\\."),  // numbers of groups
  };
  for (const std::regex& name : names) text = std::regex_replace(text, name, " ");
  return text;
}

/// Each number of the report that the analysis did not find.
std::vector<std::string> unfounded(const std::string& report, const Facts& facts) {
  std::vector<std::string> found;
  const std::string text = without_names(report);
  static const std::regex digits("\\d+");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), digits); it != std::sregex_iterator(); ++it) {
    if (facts.hold(it->str())) continue;
    const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, it->position() - 60));
    found.push_back(it->str() + " in: " + text.substr(from, 120));
  }
  return found;
}

bool says(const std::string& report, const std::string& pattern) {
  return std::regex_search(report, std::regex(pattern));
}

void expect_advice_of_its_kind(const Summary& summary, const std::string& report) {
  bool tcp = false;
  bool v4 = false;
  bool v6 = false;
  for (const ConversationRow& row : summary.conversations) {
    tcp = tcp || row.flow.protocol == ip_protocol::tcp;
    (row.flow.path.source.version == IpVersion::v4 ? v4 : v6) = true;
  }
  if (!tcp) {
    EXPECT_FALSE(says(report, "--set-mss|adjust-mss|tcp-mss|TcpExt|tcp_mtu_probing|maxseg"));
  }
  if (!v4) {
    EXPECT_FALSE(
        says(report, "    iptables -t|ip tcp adjust|nfproto ipv4|/32 via|type 3 code 4|interface ipv4"));
  }
  if (!v6) {
    EXPECT_FALSE(says(report, "ip6tables|ipv6 tcp|nfproto ipv6|/128 via|ICMPv6|interface ipv6|ping -6"));
  }
  const auto below_1280 = [&](const std::string& pattern) {
    const std::regex advice(pattern);
    for (auto it = std::sregex_iterator(report.begin(), report.end(), advice); it != std::sregex_iterator();
         ++it)
      EXPECT_GE(std::stoul((*it)[1]), 1280U) << it->str();
  };
  below_1280("/128 via GATEWAY mtu (\\d+)");
  below_1280("dev INTERFACE mtu (\\d+)");
  below_1280("interface ipv6 set subinterface \"INTERFACE\" mtu=(\\d+)");
}

void expect_truth(const Analyzer& analyzer) {
  const Summary summary = analyzer.summary();
  const std::string report = write_report(summary, analyzer.findings());
  for (const std::string& number : unfounded(report, Facts(summary, analyzer.findings())))
    ADD_FAILURE() << number;
  expect_advice_of_its_kind(summary, report);
}

class ReportOfTrace : public testing::TestWithParam<std::string> {};

TEST_P(ReportOfTrace, IsTrue) {
  const Trace trace = read_trace(GetParam());
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  expect_truth(analyzer);
}

class ReportOfCapture : public testing::TestWithParam<std::string> {};

TEST_P(ReportOfCapture, IsTrue) {
  Analyzer analyzer;
  analyse({GetParam()}, analyzer);
  expect_truth(analyzer);
}

class ReportOfMergedCaptures : public testing::TestWithParam<std::string> {};

TEST_P(ReportOfMergedCaptures, IsTrue) {
  Analyzer analyzer;
  analyse(events().at(GetParam()), analyzer);
  expect_truth(analyzer);
}

TEST(ReportTruth, FindsANumberThatNobodyFound) {
  const Trace trace = read_trace(trace_files(PMTU_TRACE_FOLDER).front());
  Analyzer analyzer(trace.preferences);
  run_trace(trace, analyzer);
  const Facts facts(analyzer.summary(), analyzer.findings());
  EXPECT_EQ(unfounded("10.0.0.1 was sent 77777 bytes (RFC 1191 section 3)", facts).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Core, ReportOfTrace, testing::ValuesIn(trace_files(PMTU_TRACE_FOLDER)), test_name);
INSTANTIATE_TEST_SUITE_P(Core, ReportOfCapture, testing::ValuesIn(captures()), test_name);
INSTANTIATE_TEST_SUITE_P(Core, ReportOfMergedCaptures, testing::ValuesIn(names_of_events()), test_name);

}  // namespace
}  // namespace pmtu::test
