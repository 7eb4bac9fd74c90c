// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/headlines.h"

#include "report/capture_points.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

/// "the path MTU 1446 that 10.1.0.1 reported"
std::string what_was_told(const Group& group) {
  if (!group.mtus.empty())
    return "the path MTUs " + mtu_list(group.mtus) +
           (group.reporter ? " that " + to_string(*group.reporter) + " reported" : std::string());
  std::string text =
      group.mtu ? "the path MTU " + number(group.mtu->value()) : std::string("hints without an MTU");
  if (group.reporter)
    text += (group.mtu ? " that " : " from ") + to_string(*group.reporter) + (group.mtu ? " reported" : "");
  return text;
}

std::string lost_size(const Group& group) {
  return group.lost ? "of " + number(group.lost->value()) + " bytes" : std::string("of full size");
}

/// "Datagrams of 1500 bytes from 10.1.0.10 to 10.2.0.20"
std::string what_is_lost(const Group& group) {
  std::string text = "Datagrams " + lost_size(group) + " from " + to_string(group.sender) + " to ";
  const std::vector<IpAddress> receivers = destinations(group);
  return text +
         (receivers.size() == 1 ? to_string(receivers.front()) : count_of(receivers.size(), "receiver"));
}

std::string stalled(const ConversationRow& row) {
  std::string words;
  if (row.stage == Stage::icmp_echo) return row.stall ? "unanswered for " + spoken(*row.stall) : words;
  if (row.stall) words += "stalled for " + spoken(*row.stall);
  if (row.stage != Stage::unknown)
    words += (words.empty() ? "passing " : " while passing ") + std::string(text(row.stage));
  return words;
}

std::string frames_of_hints(const Case& one) {
  std::vector<FrameNumber> frames;
  for (const IgnoredHint& hint : one.hints) frames.push_back(hint.frame);
  return frame_list(frames, frames.size());
}

std::string ignored_story(const Case& one) {
  std::string text = count_of(one.packets, "DF datagram");
  if (one.largest != 0) text += " of " + sizes(one.smallest, one.largest);
  if (!one.hints.empty()) {
    text += " after the hints in frames " + frames_of_hints(one);
  } else if (one.hint_frame != FrameNumber{}) {
    text += " after the hint in frame " + number(one.hint_frame);
  }
  if (one.obeyed_later != FrameNumber{})
    text += "; from frame " + number(one.obeyed_later) + " on it kept to the path MTU";
  return text;
}

std::string certainty_of_filter(const FilteredHint& filtered) {
  const std::string nearer = "capture point " + number(filtered.missing_at.value());
  if (filtered.icmp_seen)
    return "Proved by two capture points: " + nearer +
           ", nearer to the sender, captured other ICMP and none of these hints. The sender did nothing "
           "wrong.";
  return "Probable: " + nearer +
         ", nearer to the sender, saw none of these hints, but no other ICMP error either: a capture filter "
         "there could hide them. Nothing can be held against the sender.";
}

}  // namespace

std::string headline(const Group& group) {
  const std::string sender = to_string(group.sender);
  switch (group.verdict) {
    case Verdict::ignoring:
      return sender + " ignores " + what_was_told(group);
    case Verdict::probably_ignoring:
      return sender + " probably ignores " + what_was_told(group);
    case Verdict::black_hole_confirmed:
      return what_is_lost(group) + " are lost without a usable hint" +
             (group.between ? " between " + both(*group.between) : std::string()) + " (black hole confirmed)";
    case Verdict::black_hole_suspected:
      return what_is_lost(group) + " are lost without a usable hint (black hole suspected)";
    case Verdict::black_hole_receiver:
      return what_is_lost(group) + " never arrive (black hole seen from the receiver)";
    case Verdict::black_hole_recovered:
      return what_is_lost(group) +
             " were lost without a usable hint, until smaller ones, or the same without DF, went out (black "
             "hole recovered)";
    case Verdict::fragments_lost:
      return "Fragments of datagrams from " + sender + " never arrive";
    case Verdict::hint_undeliverable:
      if (is_filtered(group))
        return "The hints" + (group.reporter ? " of " + to_string(*group.reporter) : std::string()) +
               " never reach " + sender + ", filtered between " + both(*group.between);
      return sender + " is right to ignore the hints" +
             (group.reporter ? " of " + to_string(*group.reporter) : std::string());
    case Verdict::unverifiable:
      if (group.row().hints == 0 && !group.mtu)
        return "Cannot tell what becomes of large datagrams from " + sender;
      return "Cannot tell whether " + sender + " follows " + what_was_told(group);
    case Verdict::probing:
      return sender + " probes for a larger path MTU";
    case Verdict::compliant:
      return sender + " follows " + what_was_told(group) + (group.stalls ? ", and stalls all the same" : "");
    case Verdict::compliant_by_fragmentation:
      return sender + " follows " + what_was_told(group) + ", by fragmentation";
    case Verdict::not_exercised:
      if (group.row().hint_remark == HintRemark::below_quic_minimum)
        return sender + " is right to ignore hints" +
               (group.reporter ? " of " + to_string(*group.reporter) : std::string()) +
               " that ask for less than QUIC can do";
      if (group.mtu && group.row().largest_datagram.value() > group.mtu->value())
        return sender + " is not held to " + what_was_told(group);
      return sender + " sent nothing that " + what_was_told(group) + " would forbid";
    case Verdict::none:
      return {};
  }
  return {};
}

std::string story(const Group& group, const Case& one) {
  const ConversationRow& row = *one.row;
  std::string text = is_ignoring(group.verdict) ? ignored_story(one) : row.reason;
  if (asks_for_action(group)) {
    const std::string stall = stalled(row);
    if (!stall.empty()) text += (text.empty() ? "" : "; ") + stall;
  }
  return text;
}

std::string certainty(const Group& group) {
  const ConversationRow& row = group.row();
  switch (group.verdict) {
    case Verdict::ignoring:
      return "Proved: the capture shows that the hint reached the sender, that it matched what the sender "
             "had sent, and "
             "that the sender could have known when it sent datagrams of the old size.";
    case Verdict::probably_ignoring:
      return "Probable: the hint matched what the sender had sent and passed here, but the capture does not "
             "show that it "
             "reached the sender.";
    case Verdict::black_hole_confirmed:
      if (group.between)
        return "Proved by two capture points: what passed the first in large datagrams never arrived at the "
               "second, while smaller ones did.";
      return "Proved: what was lost in large datagrams got through in smaller ones, or without DF.";
    case Verdict::black_hole_suspected:
      if (is_quic_handshake(group))
        return "Suspected: datagrams as large as QUIC needs draw nothing, again and again, and what else was "
               "captured of the path speaks of their size.";
      return "Suspected: only that size is lost, again and again, while smaller datagrams get through.";
    case Verdict::fragments_lost:
      return "Suspected: some fragments come and others never, while whole datagrams get through.";
    case Verdict::black_hole_receiver:
      return "Suspected: nothing of that size ever arrived, while what was sent after it did.";
    case Verdict::black_hole_recovered:
      return "The transfer went on in smaller datagrams, or without DF," +
             (row.stall ? " after " + spoken(*row.stall) : std::string(" later")) + ".";
    case Verdict::hint_undeliverable: {
      if (is_filtered(group)) return certainty_of_filter(*row.joined->filtered);
      const std::string reason(sentence(group.remark));
      return reason.empty() ? std::string("The hints do not fit what the sender sent.")
                            : "The reason: " + reason + ".";
    }
    case Verdict::unverifiable:
      return row.reason + ".";
    case Verdict::compliant:
      return group.stalls ? "Proved: the sender did what it was told and may do, and its datagrams draw no "
                            "acknowledgment. Whether the hints that it may not go by are true, the capture "
                            "does not show."
                          : "";
    case Verdict::probing:
    case Verdict::compliant_by_fragmentation:
    case Verdict::not_exercised:
    case Verdict::none:
      return {};
  }
  return {};
}

}  // namespace pmtu::report
