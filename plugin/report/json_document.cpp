// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json_document.h"

#include <glib.h>
#include <wsutil/json_dumper.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "candidates.h"
#include "statistics/row_text.h"

namespace pmtu::plugin {
namespace {

/// Wireshark's JSON writer with values for what a summary holds.
class Writer {
 public:
  explicit Writer(std::FILE* file) { dumper_.output_file = file; }

  Writer& key(const char* name) {
    json_dumper_set_member_name(&dumper_, name);
    return *this;
  }
  /// Names of files may be in any encoding; JSON is UTF-8.
  void string(std::string_view text) {
    char* const valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
    json_dumper_value_string(&dumper_, valid);
    g_free(valid);
  }
  void number(std::uint64_t value) {
    json_dumper_value_anyf(&dumper_, "%llu", static_cast<unsigned long long>(value));
  }
  void literal(const char* text) { json_dumper_value_anyf(&dumper_, "%s", text); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }

  /// A string, null when empty.
  void string_or_null(std::string_view text) { text.empty() ? null() : string(text); }
  /// A number of the core's types, null when absent.
  template <class Number>
  void number_or_null(const std::optional<Number>& number_) {
    if (!number_) return null();
    if constexpr (requires { number_->value(); }) {
      number(number_->value());
    } else {
      number(*number_);
    }
  }
  template <class Body>
  void object(Body body) {
    json_dumper_begin_object(&dumper_);
    body();
    json_dumper_end_object(&dumper_);
  }
  template <class Range, class Body>
  void array(const Range& range, Body body) {
    json_dumper_begin_array(&dumper_);
    for (const auto& element : range) body(element);
    json_dumper_end_array(&dumper_);
  }
  void finish() { json_dumper_finish(&dumper_); }

 private:
  json_dumper dumper_{};
};

void write_bracket(Writer& json, const Bracket& bracket) {
  json.key("bracket").object([&] {
    json.key("passed").number_or_null(bracket.passed);
    json.key("lost").number_or_null(bracket.lost);
  });
}

void write_frame_or_null(Writer& json, const char* key, FrameNumber frame) {
  json.key(key);
  frame.value() != 0 ? json.number(frame.value()) : json.null();
}

void write_frames(Writer& json, const char* key, const std::vector<FrameNumber>& frames) {
  json.key(key).array(frames, [&](FrameNumber frame) { json.number(frame.value()); });
}

void write_path(Writer& json, const PathRow& row) {
  json.object([&] {
    json.key("source").string(to_string(row.path.source));
    json.key("destination").string(to_string(row.path.destination));
    json.key("path_mtu").number_or_null(row.path_mtu);
    write_bracket(json, row.bracket);
    json.key("reporters").array(row.reporters, [&](const IpAddress& address) {
      json.string(to_string(address));
    });
    json.key("hints").number(row.hints);
    std::vector<std::string_view> candidates;
    for_each_candidate(row.explanation, [&](std::string_view candidate) { candidates.push_back(candidate); });
    json.key("explanation").array(candidates, [&](std::string_view candidate) { json.string(candidate); });
  });
}

void write_arrival(Writer& json, const Stretch& stretch) {
  for (const ArrivalBySize& row : stretch.arrival) {
    json.object([&] {
      json.key("from").number(stretch.from.value());
      json.key("to").number(stretch.to.value());
      json.key("size_from").number(row.from.value());
      json.key("size_to").number(row.to.value());
      json.key("passed").number(row.passed);
      json.key("arrived").number(row.arrived);
    });
  }
}

void write_ends(Writer& json, const FlowKey& flow) {
  json.key("source").string(to_string(flow.path.source));
  json.key("source_port").number(flow.source_port);
  json.key("destination").string(to_string(flow.path.destination));
  json.key("destination_port").number(flow.destination_port);
}

void write_vanished(Writer& json, const VanishBetween& vanish) {
  json.object([&] {
    json.key("from").number(vanish.from.value());
    json.key("to").number(vanish.to.value());
    write_bracket(json, vanish.bracket);
    json.key("lost").number(vanish.lost);
    json.key("smaller_arrived").number(vanish.smaller_arrived);
    json.key("first_frame").number(vanish.first_frame.value());
    json.key("last_frame").number(vanish.last_frame.value());
  });
}

void write_filtered(Writer& json, const FilteredHint& filtered) {
  json.object([&] {
    json.key("seen_at").number(filtered.seen_at.value());
    json.key("missing_at").number(filtered.missing_at.value());
    json.key("hints").number(filtered.hints);
    json.key("first_frame").number(filtered.frame.value());
    json.key("other_icmp_seen").boolean(filtered.icmp_seen);
  });
}

void write_change_members(Writer& json, const ChangeOnTheWay& change) {
  const bool has_values = change.kind == ChangeKind::mss_rewritten;
  json.key("kind").string(name(change.kind));
  json.key("from").number(change.from.value());
  json.key("to").number(change.to.value());
  json.key("first_frame").number(change.frame.value());
  json.key("count").number(change.count);
  json.key("before").number_or_null(has_values ? std::optional(change.before) : std::nullopt);
  json.key("after").number_or_null(has_values ? std::optional(change.after) : std::nullopt);
}

/// What several capture points tell together; without them: nothing.
void write_joined(Writer& json, const ConversationRow& row) {
  const JoinedDirection joined = row.joined.value_or(JoinedDirection{});
  json.key("points").array(row.points, [&](PointId point) { json.number(point.value()); });
  json.key("lost_between");
  if (joined.vanish) {
    json.array(std::array{joined.vanish->from, joined.vanish->to},
               [&](PointId point) { json.number(point.value()); });
  } else {
    json.null();
  }
  json.key("vanished");
  joined.vanish ? write_vanished(json, *joined.vanish) : json.null();
  json.key("hint_way").string(name(joined.hint_way));
  json.key("hint_filtered");
  joined.filtered ? write_filtered(json, *joined.filtered) : json.null();
  json.key("changed").array(joined.changes, [&](const ChangeOnTheWay& change) {
    json.object([&] { write_change_members(json, change); });
  });
  json.key("arrival").array(joined.stretches, [&](const Stretch& stretch) { write_arrival(json, stretch); });
  json.key("addresses").array(joined.other_names, [&](const FlowKey& flow) {
    json.object([&] { write_ends(json, flow); });
  });
}

std::string signed_seconds(Duration duration) {
  const std::string seconds = seconds_text(duration < Duration() ? Duration() - duration : duration);
  const bool zero = seconds.find_first_not_of("0.") == std::string::npos;
  return duration < Duration() && !zero ? "-" + seconds : seconds;
}

/// How far hosts are from each point, by the conversations that it saw.
using HopsByPoint = std::map<PointId, std::map<std::string, std::uint8_t>>;

HopsByPoint hops_by_point(const Summary& summary) {
  constexpr std::size_t kHosts = 100;
  HopsByPoint hops;
  for (const ConversationRow& row : summary.conversations) {
    if (!row.joined) continue;
    for (const Position& position : row.joined->positions) {
      auto& at_point = hops[position.point];
      if (at_point.size() >= kHosts) continue;
      const PathKey& path = row.flow.path;
      if (position.sender_hops) at_point.emplace(to_string(path.source), *position.sender_hops);
      if (position.receiver_hops) at_point.emplace(to_string(path.destination), *position.receiver_hops);
    }
  }
  return hops;
}

void write_point(Writer& json, const CapturePoint& point, const Provenance& provenance,
                 const std::map<std::string, std::uint8_t>& hops) {
  json.object([&] {
    json.key("id").number(point.id.value());
    const std::vector<std::string>& files = provenance.section_files;
    if (point.section < files.size()) json.key("file").string(files[point.section]);
    const auto named = provenance.interfaces.find({point.section, point.capture_interface});
    json.key("interface").string_or_null(named == provenance.interfaces.end() ? "" : named->second);
    json.key("interface_number").number(point.capture_interface);
    json.key("interface_index").number(point.interface_index);
    json.key("section").number(point.section);
    json.key("frames").number(point.frames);
    json.key("hops_from").object([&] {
      for (const auto& [host, count] : hops) json.key(host.c_str()).number(count);
    });
    json.key("clock_offset_seconds");
    point.clock_offset ? json.literal(signed_seconds(*point.clock_offset).c_str()) : json.null();
    json.key("clock_uncertainty_seconds");
    point.clock_offset ? json.literal(seconds_text(point.clock_uncertainty).c_str()) : json.null();
    json.key("clock_drift_seconds");
    point.clock_offset ? json.literal(signed_seconds(point.clock_drift).c_str()) : json.null();
  });
}

void write_provenance(Writer& json, const Provenance& provenance) {
  json.key("file").string_or_null(provenance.file);
  json.key("begin").string_or_null(provenance.begin ? utc_text(*provenance.begin) : "");
  json.key("end").string_or_null(provenance.end ? utc_text(*provenance.end) : "");
  json.key("versions").object([&] {
    json.key("pmtu").string_or_null(provenance.pmtu_version);
    json.key("wireshark").string_or_null(provenance.wireshark_version);
  });
  json.key("filter").string_or_null(provenance.filter);
}

void write_looked_at(Writer& json, const LookedAt& looked_at) {
  json.key("looked_at").object([&] {
    json.key("directions").number(looked_at.directions);
    json.key("largest_acknowledged").number_or_null(looked_at.largest_acknowledged);
    json.key("smallest_mss").number_or_null(looked_at.smallest_mss);
    json.key("largest_mss").number_or_null(looked_at.largest_mss);
    json.key("hints").number(looked_at.hints);
  });
}

/// A quotation may have been cut before it.
void write_quoted(Writer& json, const char* key, const IpAddress& address) {
  json.key(key).string_or_null(address.bytes == IpAddress{}.bytes ? "" : to_string(address));
}

void write_unseen_hint(Writer& json, const UnseenHint& hint) {
  json.object([&] {
    json.key("frame").number(hint.frame.value());
    json.key("reporter").string(to_string(hint.reporter));
    json.key("addressee").string(to_string(hint.addressee));
    json.key("mtu").number_or_null(hint.mtu);
    write_quoted(json, "quoted_source", hint.quoted.path.source);
    write_quoted(json, "quoted_destination", hint.quoted.path.destination);
  });
}

void write_flow(Writer& json, const FlowKey& flow) {
  json.key("protocol").string(protocol_name(flow.protocol));
  write_ends(json, flow);
}

/// In all directions, those without a row of their own, too.
void write_change_in_sum(Writer& json, const ChangeInSum& sum) {
  json.object([&] {
    write_change_members(json, sum.change);
    json.key("directions").number(sum.directions);
    write_flow(json, sum.first);
  });
}

void write_conversation_members(Writer& json, const ConversationRow& row) {
  json.key("id").number(row.id.value());
  write_flow(json, row.flow);
  json.key("verdict").string(name(row.verdict));
  json.key("reason").string_or_null(row.reason);
  json.key("stage").string_or_null(text(row.stage));
  json.key("path_mtu").number_or_null(row.path_mtu);
  write_bracket(json, row.bracket);
  json.key("hints").number(row.hints);
  json.key("ignored_packets").number(row.ignored_packets);
  json.key("ignored_bytes").number(row.ignored_bytes);
  json.key("in_flight_packets").number(row.in_flight_packets);
  json.key("largest_datagram");
  row.largest_datagram.value() != 0 ? json.number(row.largest_datagram.value()) : json.null();
  json.key("resent_bytes").number(row.resent_bytes);
  json.key("stall_seconds");
  row.stall ? json.literal(seconds_text(*row.stall).c_str()) : json.null();
  json.key("reporter").string_or_null(row.reporter ? to_string(*row.reporter) : "");
  json.key("tunnel_entrance").string_or_null(row.tunnel_entrance ? to_string(*row.tunnel_entrance) : "");
  json.key("sender_hops").number_or_null(row.sender_hops);
  json.key("hint_delivered").string(name(row.delivered));
  json.key("recommended").object([&] {
    json.key("mss_v4").number_or_null(row.recommended.mss_v4);
    json.key("mss_v6").number_or_null(row.recommended.mss_v6);
    json.key("mtu").number_or_null(row.recommended.mtu);
  });
  write_frames(json, "hint_frames", row.hint_frames);
  write_frames(json, "ignored_frames", row.ignored_frames);
  json.key("first_frame").number(row.first_frame.value());
  json.key("last_frame").number(row.last_frame.value());
  write_joined(json, row);
}

}  // namespace

void write_json(std::FILE* file, const Summary& summary, const Provenance& provenance) {
  Writer json(file);
  json.object([&] {
    json.key("schema").number(1);
    write_provenance(json, provenance);
    json.key("frames").number(summary.coverage.frames);
    json.key("offload").boolean(summary.coverage.offload);
    HopsByPoint hops = hops_by_point(summary);
    json.key("points").array(summary.points, [&](const CapturePoint& point) {
      write_point(json, point, provenance, hops[point.id]);
    });
    write_looked_at(json, summary.looked_at);
    json.key("unseen_hints").array(summary.unseen_hints, [&](const UnseenHint& hint) {
      write_unseen_hint(json, hint);
    });
    json.key("changed").array(summary.changed,
                              [&](const ChangeInSum& sum) { write_change_in_sum(json, sum); });
    json.key("paths").array(summary.paths, [&](const PathRow& row) { write_path(json, row); });
    json.key("conversations").array(summary.conversations, [&](const ConversationRow& row) {
      json.object([&] { write_conversation_members(json, row); });
    });
  });
  json.finish();
}

void write_row_line(std::FILE* file, std::string_view capture, const ConversationRow& row) {
  Writer json(file);
  json.object([&] {
    json.key("file").string(capture);
    write_conversation_members(json, row);
  });
  json.finish();
}

void write_finding_line(std::FILE* file, const FindingLine& line) {
  const Finding& finding = line.finding;
  Writer json(file);
  json.object([&] {
    json.key("file").string(line.capture);
    json.key("time").string(line.time);
    write_frame_or_null(json, "frame", finding.frame);
    json.key("finding").string(name(finding.kind));
    json.key("severity").string(name(finding.severity));
    json.key("text").string(describe(finding));
    if (line.flow) write_flow(json, *line.flow);
    json.key("verdict").string(name(line.verdict));
    json.key("path_mtu").number_or_null(finding.path_mtu);
    json.key("datagram_length");
    finding.length.value() != 0 ? json.number(finding.length.value()) : json.null();
    json.key("reporter").string_or_null(line.reporter ? to_string(*line.reporter) : "");
    write_frame_or_null(json, "hint_frame", finding.hint_frame);
  });
  json.finish();
}

void write_error_line(std::FILE* file, std::string_view capture, std::string_view error) {
  Writer json(file);
  json.object([&] {
    json.key("file").string(capture);
    json.key("error").string(error);
  });
  json.finish();
}

}  // namespace pmtu::plugin
