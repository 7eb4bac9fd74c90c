// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pmtu/decode.h"
#include "points/joiner.h"
#include "points/point_table.h"
#include "support/trace.h"

namespace pmtu::test {

/// What the language of traces wants to be told of each.
inline const std::string kHead = "# rule: capture-points\n# shows: frames of several capture points\n";

/// A conversation of A and B, captured beside A (interface 0) and beside B (interface 1), two routers apart,
/// in words of the trace language. Frames of both stand in order of time, as a merge leaves them.
class TwoPoints {
 public:
  explicit TwoPoints(
      std::string hosts = "host A 10.1.0.10 port 443\nhost R 10.1.0.1\nhost B 10.2.0.20 port 40443\n")
      : text_(std::move(hosts)) {}

  /// A datagram of A, that passes A's point and 20 ms later B's; `changed`: words about the copy.
  TwoPoints& forth(const std::string& datagram, const std::string& changed = "") {
    first("A > B " + datagram + " if 0");
    return copy("ttl 62 if 1 " + changed);
  }
  TwoPoints& back(const std::string& datagram, const std::string& changed = "") {
    first("B > A " + datagram + " if 1");
    return copy("ttl 62 if 0 " + changed);
  }
  TwoPoints& lost(const std::string& datagram) { return first("A > B " + datagram + " if 0"); }
  /// Any line, behind all that has happened.
  TwoPoints& first(const std::string& line) {
    milliseconds_ += 100;
    return at(milliseconds_, line);
  }
  TwoPoints& copy(const std::string& words) {
    return at(milliseconds_ + 20, "again #" + std::to_string(frames_) + " " + words);
  }
  /// Three-way handshake.
  TwoPoints& handshake() {
    return back("tcp SYN mss 1460 sackok ts 50/0")
        .forth("tcp SYN ack 1 mss 1460 sackok ts 1000/50")
        .back("tcp ack 1 ts 80/1000");
  }

  /// The frames, with interface 1's clock ahead by `shift`; `folded`: a merge made one interface of both.
  [[nodiscard]] std::vector<TraceFrame> frames(Duration shift = {}, bool folded = false) const {
    std::vector<TraceFrame> frames = parse_trace("two points", kHead + text_).frames;
    for (TraceFrame& frame : frames) {
      if (frame.interface_id == 1) frame.time = frame.time + shift;
      if (folded) frame.interface_id = 0;
    }
    std::stable_sort(frames.begin(), frames.end(),
                     [](const TraceFrame& a, const TraceFrame& b) { return a.time < b.time; });
    return frames;
  }

 private:
  TwoPoints& at(int milliseconds, const std::string& line) {
    text_ += std::to_string(milliseconds / 1000) + "." +
             std::to_string(1000 + milliseconds % 1000).substr(1) + " " + line + "\n";
    ++frames_;
    return *this;
  }

  std::string text_;
  int milliseconds_ = 0;
  int frames_ = 0;
};

/// What joining makes of frames.
class Joined {
 public:
  explicit Joined(const std::vector<TraceFrame>& frames, std::size_t max_passages = 100'000)
      : log_(max_passages, 1) {
    static Observation seen{};
    std::uint32_t number = 0;
    for (const TraceFrame& traced : frames) {
      Frame frame = traced.as_frame();
      frame.number = FrameNumber(++number);
      decode(frame, seen);
      points_.push_back(table_.point_of(seen));
      log_.observe(points_.back(), seen);
    }
    capture_ = Joiner(log_).join();
  }

  [[nodiscard]] const std::vector<PointId>& points() const { return points_; }  ///< of each frame
  [[nodiscard]] const PointTable& table() const { return table_; }
  [[nodiscard]] std::uint64_t left_out() const { return log_.left_out(); }
  [[nodiscard]] const JoinedCapture& capture() const { return capture_; }
  /// What is told of datagrams from this address; empty if there is no such direction.
  [[nodiscard]] JoinedDirection from(const std::string& address) const {
    for (const JoinedDirection& direction : capture_.directions) {
      if (to_string(direction.flow.path.source) == address) return direction;
    }
    return {};
  }

 private:
  PointTable table_;
  PassageLog log_;
  std::vector<PointId> points_;
  JoinedCapture capture_;
};

}  // namespace pmtu::test
