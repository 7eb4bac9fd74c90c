// SPDX-License-Identifier: GPL-2.0-or-later
// capture_rows FILE...: what the core alone says of captures, one JSON document a line, for the lab's judge.
// Members are named as in the plugin's document; only those that labels speak of are there.
#include <cstdio>
#include <map>
#include <string>

#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "support/capture_reader.h"

namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string member(std::string_view name, const std::string& value) {
  return quoted(name) + ':' + value + ',';
}

template <class Number>
std::string number_or_null(const std::optional<Number>& number) {
  return number ? std::to_string(number->value()) : "null";
}

std::string protocol(std::uint8_t number) {
  switch (number) {
    case pmtu::ip_protocol::tcp:
      return "tcp";
    case pmtu::ip_protocol::udp:
      return "udp";
    case pmtu::ip_protocol::sctp:
      return "sctp";
    case pmtu::ip_protocol::icmp:
      return "icmp";
    case pmtu::ip_protocol::icmpv6:
      return "icmpv6";
    default:
      return std::to_string(number);
  }
}

std::string row_text(const pmtu::ConversationRow& row) {
  std::string frames;
  for (const pmtu::FrameNumber frame : row.ignored_frames)
    frames += (frames.empty() ? "" : ",") + std::to_string(frame.value());
  return "{" + member("protocol", quoted(protocol(row.flow.protocol))) +
         member("source", quoted(to_string(row.flow.path.source))) +
         member("source_port", std::to_string(row.flow.source_port)) +
         member("destination", quoted(to_string(row.flow.path.destination))) +
         member("destination_port", std::to_string(row.flow.destination_port)) +
         member("verdict", quoted(name(row.verdict))) + member("reason", quoted(row.reason)) +
         member("path_mtu", number_or_null(row.path_mtu)) +
         member("bracket", "{" + member("passed", number_or_null(row.bracket.passed)) + quoted("lost") + ':' +
                               number_or_null(row.bracket.lost) + "}") +
         member("ignored_packets", std::to_string(row.ignored_packets)) + quoted("ignored_frames") + ":[" +
         frames + "]}";
}

bool tell(const char* path) {
  pmtu::test::CaptureReader reader;
  if (!reader.open(path)) return false;
  pmtu::Analyzer analyzer;
  pmtu::test::CapturedFrame captured;
  std::uint32_t number = 0;
  while (reader.next(captured)) {
    analyzer.observe(captured.as_frame(pmtu::FrameNumber(++number)));
  }
  analyzer.conclude();

  std::map<std::string_view, int> findings;
  for (const pmtu::Finding& finding : analyzer.findings()) ++findings[name(finding.kind)];
  std::string counts;
  for (const auto& [kind, count] : findings)
    counts += (counts.empty() ? "" : ",") + quoted(kind) + ':' + std::to_string(count);
  std::string rows;
  for (const pmtu::ConversationRow& row : analyzer.summary().conversations)
    rows += (rows.empty() ? "" : ",") + row_text(row);
  std::printf("{%s\"findings\":{%s},\"conversations\":[%s]}\n", member("file", quoted(path)).c_str(),
              counts.c_str(), rows.c_str());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bool all_read = argc > 1;
  for (int i = 1; i < argc; ++i) all_read = tell(argv[i]) && all_read;
  return all_read ? 0 : 1;
}
