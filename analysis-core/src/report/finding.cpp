// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/finding.h"

#include <string>

#include "report/wording.h"

namespace pmtu {
namespace {

/// RFC 1191 §3: no increase is to be tried within 5 minutes of a Datagram Too Big message.
constexpr Duration kEarliestIncrease = Duration::seconds(300);

using report::number;
using report::spoken;

/// "1st", "2nd", "13th"
std::string ordinal(std::uint32_t value) {
  const std::uint32_t tens = value % 100 / 10;
  const std::uint32_t ones = value % 10;
  const char* const ending = tens == 1 || ones == 0 || ones > 3 ? "th"
                             : ones == 1                        ? "st"
                             : ones == 2                        ? "nd"
                                                                : "rd";
  return number(value) + ending;
}

std::string in_frame(FrameNumber frame) {
  return frame.value() != 0 ? " in frame " + number(frame) : "";
}

/// "1500-byte DF datagram"
std::string datagram(const Finding& finding) {
  std::string text = finding.length.value() != 0 ? number(finding.length.value()) + "-byte " : "";
  if (finding.dont_fragment) text += "DF ";
  return text + "datagram";
}

/// What a hint is about: "the 1500-byte datagram of frame 4".
std::string quoted(const Finding& finding) {
  std::string text = finding.quoted_length.value() != 0
                         ? "the " + number(finding.quoted_length.value()) + "-byte datagram"
                         : std::string("a datagram");
  if (finding.quoted_frame.value() != 0) text += " of frame " + number(finding.quoted_frame);
  return text;
}

/// "10.1.0.1 reports next-hop MTU 1446 for the 1500-byte datagram of frame 4"
std::string report_of(const Finding& finding) {
  std::string text = to_string(finding.reporter);
  text += finding.hint_mtu ? " reports next-hop MTU " + number(finding.hint_mtu->value())
                           : std::string(" reports a datagram too big without naming an MTU");
  return text + " for " + quoted(finding);
}

std::string with_remark(std::string text, const Finding& finding, std::string_view joint) {
  if (finding.remark == HintRemark::none) return text;
  text += joint;
  text += sentence(finding.remark);
  return text;
}

/// "1500-byte DF datagram exceeds path MTU 1446 (hint in frame 7) by 54"
std::string excess_over_path(const Finding& finding) {
  // The frame of a re-elicited hint is itself the proof: it quotes the datagram, it does not carry it.
  std::string text = finding.hint_status ? "quoted " + datagram(finding) : datagram(finding);
  const std::string hint = "hint" + in_frame(finding.hint_frame);
  if (finding.path_mtu) {
    return text + " exceeds path MTU " + number(finding.path_mtu->value()) + " (" + hint + ") by " +
           number(finding.excess());
  }
  return text + " is no smaller than the one reported too big (" + hint + ", no MTU named)";
}

std::string describe_ignored(const Finding& finding) {
  std::string text =
      excess_over_path(finding) + "; the sender had the hint " + spoken(finding.since_hint) + " earlier";
  if (finding.transmission > 1) text += "; transmission " + number(finding.transmission) + " of these bytes";
  return text;
}

std::string describe_honoured(const Finding& finding) {
  const std::string after =
      " " + spoken(finding.since_hint) + " after the hint" + in_frame(finding.hint_frame);
  const std::string limit =
      finding.path_mtu ? "path MTU " + number(finding.path_mtu->value()) : "the reported size";
  if (!finding.dont_fragment)
    return datagram(finding) + " without DF" + after + ": " + limit + " honoured by fragmentation";
  return datagram(finding) + after + " keeps to " + limit;
}

std::string describe_reprobe(const Finding& finding) {
  std::string text = excess_over_path(finding) + ", " + spoken(finding.since_hint) +
                     " after the hint: the sender sends the larger size again";
  if (finding.since_hint < kEarliestIncrease) text += ", sooner than the 5 minutes of RFC 1191 section 3";
  return text;
}

std::string transmissions(const Finding& finding) {
  std::string text =
      finding.count != 0 ? number(finding.count) + " transmissions" : std::string("transmissions");
  if (finding.related_frame.value() != 0) text += " since frame " + number(finding.related_frame);
  return text;
}

std::string describe_suspected(const Finding& finding) {
  if (finding.echo)
    return "none of " + number(finding.count) + " echo requests of " + number(finding.length.value()) +
           " bytes or more with DF" +
           (finding.related_frame.value() != 0 ? " since frame " + number(finding.related_frame)
                                               : std::string()) +
           " drew a reply, while smaller ones did";
  const std::string sent = transmissions(finding) + " of a " + datagram(finding);
  if (!finding.path_mtu) return sent + " drew no acknowledgment while smaller ones passed";
  // Only QUIC cannot make use of a hint.
  return sent + " drew no answer; the path takes " + number(finding.path_mtu->value()) + " (hint" +
         in_frame(finding.hint_frame) + "), too little for QUIC";
}

std::string describe_hint(const Finding& finding) {
  const std::string report = report_of(finding);
  switch (finding.kind) {
    case FindingKind::hint_stale:
      return report + ", whose bytes were already acknowledged: it teaches nothing";
    case FindingKind::hint_unseen:
      return with_remark(report + ", of which nothing was captured: no blame either way", finding, "; ");
    case FindingKind::hint_no_mtu:
      return with_remark(report + " (a router older than RFC 1191)", finding, "; ");
    case FindingKind::hint_invalid:
      return with_remark(report + "; the sender is right to ignore it", finding, ": ");
    case FindingKind::hint_unmatched:
      return with_remark(report + "; it fits nothing that was sent", finding, ": ");
    case FindingKind::hint_untranslated:
      return report +
             ", whose addresses a translator did not translate back: the sender cannot use this "
             "hint, but the MTU is what the path takes";
    default:
      return with_remark(report, finding, "; ");
  }
}

std::string describe_recovered(const Finding& finding) {
  if (finding.count != 0)
    return "acknowledgments go on after " + transmissions(finding) + " of a " + datagram(finding) +
           " were lost";
  // Seen from the receiver.
  std::string text = "what was missing";
  if (finding.related_frame.value() != 0) text += " since frame " + number(finding.related_frame);
  text += finding.length.value() != 0
              ? " came in datagrams of less than " + number(finding.length.value()) + " bytes"
              : " came in smaller datagrams";
  return text + " or without DF";
}

/// "1500-byte DF datagram lost again, 5th transmission since frame 9 (13.5 s)"
std::string describe_loss(const Finding& finding) {
  if (finding.transmission <= 1) return datagram(finding) + " lost, the first transmission of these bytes";
  std::string text = datagram(finding) + " lost again, " + ordinal(finding.transmission) + " transmission";
  if (finding.related_frame.value() != 0) text += " since frame " + number(finding.related_frame);
  return text + " (" + spoken(finding.since_first) + ")";
}

/// "5th transmission, 13.5 s after frame 9"
std::string loss_in_order(const Finding& finding) {
  if (finding.transmission <= 1) return "first transmission of these bytes";
  std::string text = ordinal(finding.transmission) + " transmission, " + spoken(finding.since_first);
  if (finding.related_frame.value() != 0) text += " after frame " + number(finding.related_frame);
  return text;
}

std::string describe_receiver(const Finding& finding) {
  std::string text = number(finding.count) + " bytes before this point never arrived";
  if (finding.related_frame.value() != 0)
    text += " although what follows them did (frame " + number(finding.related_frame) + ")";
  if (finding.length.value() != 0)
    text += ": datagrams of " + number(finding.length.value()) + " bytes are lost on the way here";
  return text;
}

std::string describe_fragments_lost(const Finding& finding) {
  std::string since;
  if (finding.related_frame.value() != 0 && finding.related_frame != finding.frame)
    since = " since frame " + number(finding.related_frame);
  if (finding.reporter != IpAddress{}) {
    return to_string(finding.reporter) + " could not put a datagram together: fragments of it never arrived" +
           since;
  }
  return number(finding.count) + " datagrams of this sender lack fragments" + since +
         ", while whole ones arrive";
}

std::string describe_mss_exceeds(const Finding& finding) {
  std::string text = "MSS " + number(finding.count) + " admits ";
  text +=
      finding.length.value() != 0 ? number(finding.length.value()) + "-byte datagrams" : "larger datagrams";
  if (finding.path_mtu) text += "; the path takes " + number(finding.path_mtu->value());
  return text + " (hint" + in_frame(finding.hint_frame) + ")";
}

std::string describe_clamped_one_way(const Finding& finding) {
  std::string text = "MSS " + number(finding.count) + " was not clamped on this way";
  if (finding.related_frame.value() != 0)
    return text + ", that of the other side in frame " + number(finding.related_frame) + " was";
  return text + ", that of the other side was";
}

std::string describe_not_relayed(const Finding& finding) {
  std::string text = "inner " + datagram(finding) + " goes on " + spoken(finding.since_hint) +
                     " after the hint" + in_frame(finding.hint_frame) + " for the tunnel's outer datagram";
  if (finding.path_mtu) text += " (MTU " + number(finding.path_mtu->value()) + ")";
  return text + ": the tunnel endpoint relayed no hint to the inner sender";
}

std::string describe_across_points(const Finding& finding) {
  const auto point = [](PointId id) { return "capture point " + number(id.value()); };
  if (finding.kind == FindingKind::fragmented_despite_df) {
    return datagram(finding) + " passed " + point(finding.passed_point) + " whole and " +
           point(finding.lost_point) + " in fragments" +
           (finding.count != 0
                ? " that still have DF: a router between them broke RFC 791"
                : " without DF: a router between them broke RFC 791, or somebody cleared DF first");
  }
  const std::string never =
      " passed " + point(finding.passed_point) + ", never arrived at " + point(finding.lost_point);
  if (finding.kind == FindingKind::hint_filtered) {
    return "this hint" + never + ", nearer to the sender: it was filtered between them";
  }
  return datagram(finding) + never + " (0 of " + number(finding.count) +
         " datagrams of this direction that were too large did)";
}

}  // namespace

std::string_view name(FindingKind kind) noexcept {
  switch (kind) {
    case FindingKind::hint_received:
      return "hint_received";
    case FindingKind::hint_stale:
      return "hint_stale";
    case FindingKind::hint_unseen:
      return "hint_unseen";
    case FindingKind::hint_no_mtu:
      return "hint_no_mtu";
    case FindingKind::hint_invalid:
      return "hint_invalid";
    case FindingKind::hint_unmatched:
      return "hint_unmatched";
    case FindingKind::in_flight:
      return "in_flight";
    case FindingKind::ignored_hint:
      return "ignored_hint";
    case FindingKind::ignored_sibling_hint:
      return "ignored_sibling_hint";
    case FindingKind::honoured:
      return "honoured";
    case FindingKind::probe:
      return "probe";
    case FindingKind::reprobe:
      return "reprobe";
    case FindingKind::black_hole_suspected:
      return "black_hole_suspected";
    case FindingKind::black_hole_confirmed:
      return "black_hole_confirmed";
    case FindingKind::black_hole_recovered:
      return "black_hole_recovered";
    case FindingKind::black_hole_receiver:
      return "black_hole_receiver";
    case FindingKind::mss_exceeds_path_mtu:
      return "mss_exceeds_path_mtu";
    case FindingKind::mss_clamped_one_way:
      return "mss_clamped_one_way";
    case FindingKind::tunnel_hint_not_relayed:
      return "tunnel_hint_not_relayed";
    case FindingKind::offload:
      return "offload";
    case FindingKind::black_hole_loss:
      return "black_hole_loss";
    case FindingKind::hint_untranslated:
      return "hint_untranslated";
    case FindingKind::vanished:
      return "vanished";
    case FindingKind::hint_filtered:
      return "hint_filtered";
    case FindingKind::fragmented_despite_df:
      return "fragmented_despite_df";
    case FindingKind::fragments_lost:
      return "fragments_lost";
  }
  return "";
}

std::string_view name(Severity severity) noexcept {
  switch (severity) {
    case Severity::chat:
      return "chat";
    case Severity::note:
      return "note";
    case Severity::warn:
      return "warn";
    case Severity::error:
      return "error";
  }
  return "";
}

std::string_view name(HintStatus status) noexcept {
  switch (status) {
    case HintStatus::valid:
      return "valid";
    case HintStatus::no_mtu:
      return "no_mtu";
    case HintStatus::stale:
      return "stale";
    case HintStatus::unseen:
      return "unseen";
    case HintStatus::invalid:
      return "invalid";
    case HintStatus::unmatched:
      return "unmatched";
  }
  return "";
}

std::string_view name(Proof proof) noexcept {
  switch (proof) {
    case Proof::none:
      return "none";
    case Proof::causal:
      return "causal";
    case Proof::rtt:
      return "rtt";
    case Proof::default_time:
      return "default";
  }
  return "";
}

std::string_view summary(FindingKind kind) noexcept {
  switch (kind) {
    case FindingKind::hint_received:
      return "PMTU hint received";
    case FindingKind::hint_stale:
      return "PMTU hint for bytes already acknowledged";
    case FindingKind::hint_unseen:
      return "PMTU hint for a path not captured";
    case FindingKind::hint_no_mtu:
      return "PMTU hint names no MTU";
    case FindingKind::hint_invalid:
      return "PMTU hint is invalid";
    case FindingKind::hint_unmatched:
      return "PMTU hint matches nothing that was sent";
    case FindingKind::in_flight:
      return "Oversize DF packet may have left before the PMTU hint arrived";
    case FindingKind::ignored_hint:
      return "Oversize DF packet ignored PMTU hint";
    case FindingKind::ignored_sibling_hint:
      return "Oversize DF packet on a path hinted to another flow";
    case FindingKind::honoured:
      return "PMTU hint honoured";
    case FindingKind::probe:
      return "PMTU probe";
    case FindingKind::reprobe:
      return "Larger PMTU tried again";
    case FindingKind::black_hole_suspected:
      return "PMTU black hole suspected";
    case FindingKind::black_hole_confirmed:
      return "PMTU black hole confirmed";
    case FindingKind::black_hole_recovered:
      return "Recovered from PMTU black hole";
    case FindingKind::black_hole_receiver:
      return "PMTU black hole seen from the receiver";
    case FindingKind::mss_exceeds_path_mtu:
      return "MSS admits datagrams larger than the path MTU";
    case FindingKind::mss_clamped_one_way:
      return "MSS clamped in one direction only";
    case FindingKind::tunnel_hint_not_relayed:
      return "Tunnel endpoint did not relay PMTU hint";
    case FindingKind::offload:
      return "Captured with segmentation offload";
    case FindingKind::black_hole_loss:
      return "Datagram lost again: black hole by size";
    case FindingKind::hint_untranslated:
      return "PMTU hint with an untranslated quotation";
    case FindingKind::vanished:
      return "Datagram vanished between capture points";
    case FindingKind::hint_filtered:
      return "PMTU hint was filtered between capture points";
    case FindingKind::fragmented_despite_df:
      return "Datagram was fragmented in spite of DF";
    case FindingKind::fragments_lost:
      return "Fragments never arrive";
  }
  return "";
}

std::string_view sentence(HintRemark remark) noexcept {
  switch (remark) {
    case HintRemark::none:
      return "";
    case HintRemark::mtu_below_minimum:
      return "the MTU is below the minimum of the protocol (68 for IPv4, 1280 for IPv6)";
    case HintRemark::mtu_not_below_datagram:
      return "the MTU is not smaller than the quoted datagram";
    case HintRemark::quote_without_df:
      return "the quoted datagram does not have DF set";
    case HintRemark::wrong_recipient:
      return "it is not addressed to the source of the quoted datagram";
    case HintRemark::bytes_never_sent:
      return "the quoted bytes were never sent";
    case HintRemark::flow_never_seen:
      return "the quoted conversation was not captured, others of its path were";
    case HintRemark::quote_too_short:
      return "the quotation is too short to tell what it quotes";
    case HintRemark::quote_ambiguous:
      return "more than one flow fits what is left of the quotation";
    case HintRemark::bytes_already_acknowledged:
      return "the quoted bytes were already acknowledged";
    case HintRemark::raises_path_mtu:
      return "it would raise the path MTU, which no hint may do";
    case HintRemark::below_quic_minimum:
      return "QUIC ignores an MTU below its 1200-byte minimum";
    case HintRemark::path_never_seen:
      return "no datagram of the quoted path was captured";
    case HintRemark::untranslated:
      return "an address translator left the quotation untranslated (RFC 5508 section 4.2)";
    case HintRemark::reporter_is_recipient:
      return "it claims to come from the host it is addressed to: no router sent it";
    case HintRemark::private_reporter:
      return "the reporter's address is private and the sender's is not: filters between them may drop it";
    case HintRemark::reporter_estimate:
      return "552 is what Linux assumes when it was told no MTU: an estimate of the reporter";
    case HintRemark::written_by_tunnel:
      return "the entrance of a bridged tunnel wrote it in the name of the destination";
  }
  return "";
}

std::string_view sentence(Proof proof) noexcept {
  switch (proof) {
    case Proof::none:
      return "nothing shows yet that the sender had the hint";
    case Proof::causal:
      return "the datagram answers something that passed here toward the sender after the hint";
    case Proof::rtt:
      return "more than the measured round trip to the sender has passed since the hint";
    case Proof::default_time:
      return "more than the default reaction time has passed since the hint";
  }
  return "";
}

bool shows_black_hole(FindingKind kind) noexcept {
  return kind == FindingKind::black_hole_suspected || kind == FindingKind::black_hole_confirmed ||
         kind == FindingKind::black_hole_recovered || kind == FindingKind::black_hole_receiver;
}

std::string_view excuse(const Finding& finding) noexcept {
  if (finding.excess() == 0) return "";
  switch (finding.kind) {
    case FindingKind::in_flight:
      return "in flight";
    case FindingKind::ignored_sibling_hint:
      return "sibling";
    case FindingKind::probe:
      return "probe";
    case FindingKind::reprobe:
      return finding.since_hint < kEarliestIncrease ? "tried again" : "too old";
    case FindingKind::offload:
      return "offload";
    case FindingKind::ignored_hint:
    case FindingKind::hint_received:
    case FindingKind::hint_stale:
    case FindingKind::hint_unseen:
    case FindingKind::hint_no_mtu:
    case FindingKind::hint_invalid:
    case FindingKind::hint_unmatched:
    case FindingKind::honoured:
    case FindingKind::black_hole_suspected:
    case FindingKind::black_hole_confirmed:
    case FindingKind::black_hole_recovered:
    case FindingKind::black_hole_receiver:
    case FindingKind::mss_exceeds_path_mtu:
    case FindingKind::mss_clamped_one_way:
    case FindingKind::tunnel_hint_not_relayed:
    case FindingKind::black_hole_loss:
    case FindingKind::hint_untranslated:
    case FindingKind::vanished:
    case FindingKind::hint_filtered:
    case FindingKind::fragmented_despite_df:
    case FindingKind::fragments_lost:
      return "";
  }
  return "";
}

Severity default_severity(FindingKind kind) noexcept {
  switch (kind) {
    case FindingKind::hint_received:
    case FindingKind::hint_stale:
    case FindingKind::hint_unseen:
    case FindingKind::in_flight:
    case FindingKind::honoured:
    case FindingKind::probe:
    case FindingKind::reprobe:
      return Severity::chat;
    case FindingKind::hint_no_mtu:
    case FindingKind::black_hole_recovered:
    case FindingKind::mss_exceeds_path_mtu:
    case FindingKind::offload:
    case FindingKind::black_hole_loss:
      return Severity::note;
    case FindingKind::hint_invalid:
    case FindingKind::hint_unmatched:
    case FindingKind::hint_untranslated:
    case FindingKind::ignored_sibling_hint:
    case FindingKind::black_hole_suspected:
    case FindingKind::black_hole_receiver:
    case FindingKind::mss_clamped_one_way:
    case FindingKind::tunnel_hint_not_relayed:
    case FindingKind::vanished:
    case FindingKind::hint_filtered:
    case FindingKind::fragmented_despite_df:
    case FindingKind::fragments_lost:
      return Severity::warn;
    case FindingKind::ignored_hint:
    case FindingKind::black_hole_confirmed:
      return Severity::error;
  }
  return Severity::chat;
}

std::string brief(const Finding& finding) {
  if (finding.kind == FindingKind::ignored_hint) {
    const std::string again =
        finding.transmission > 1 ? "transmission " + number(finding.transmission) + ", " : "";
    return again + spoken(finding.since_hint) + " after the hint" + in_frame(finding.hint_frame);
  }
  if (finding.kind == FindingKind::in_flight)
    return "only " + spoken(finding.since_hint) + " after the hint" + in_frame(finding.hint_frame);
  if (finding.hint_status) {
    const std::string refused =
        finding.remark != HintRemark::none ? ": " + std::string(sentence(finding.remark)) : "";
    const std::string about = finding.quoted_frame != FrameNumber{}
                                  ? "about frame " + number(finding.quoted_frame.value())
                                  : "about " + quoted(finding);
    return about + ", from " + to_string(finding.reporter) + refused;
  }
  if (finding.kind == FindingKind::vanished)
    return "last seen at point " + number(finding.passed_point.value()) + ", never at point " +
           number(finding.lost_point.value());
  if (finding.kind == FindingKind::black_hole_loss) return loss_in_order(finding);
  return describe(finding);
}

std::string describe(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::hint_received:
    case FindingKind::hint_stale:
    case FindingKind::hint_unseen:
    case FindingKind::hint_no_mtu:
    case FindingKind::hint_invalid:
    case FindingKind::hint_unmatched:
    case FindingKind::hint_untranslated:
      return describe_hint(finding);
    case FindingKind::in_flight:
      return excess_over_path(finding) + "; sent " + spoken(finding.since_hint) +
             " after the hint passed here, it may have left before the hint arrived";
    case FindingKind::ignored_hint:
      return describe_ignored(finding);
    case FindingKind::ignored_sibling_hint:
      return excess_over_path(finding) + "; that hint was for another flow of this path, " +
             spoken(finding.since_hint) + " earlier";
    case FindingKind::honoured:
      return describe_honoured(finding);
    case FindingKind::probe:
      return excess_over_path(finding) + "; a lone probe for a larger path MTU";
    case FindingKind::reprobe:
      return describe_reprobe(finding);
    case FindingKind::black_hole_suspected:
      return describe_suspected(finding);
    case FindingKind::black_hole_confirmed:
      return "what " + transmissions(finding) + " of a " + datagram(finding) +
             " could not deliver got through in smaller datagrams or without DF";
    case FindingKind::black_hole_recovered:
      return describe_recovered(finding);
    case FindingKind::black_hole_receiver:
      return describe_receiver(finding);
    case FindingKind::mss_exceeds_path_mtu:
      return describe_mss_exceeds(finding);
    case FindingKind::mss_clamped_one_way:
      return describe_clamped_one_way(finding);
    case FindingKind::tunnel_hint_not_relayed:
      return describe_not_relayed(finding);
    case FindingKind::fragments_lost:
      return describe_fragments_lost(finding);
    case FindingKind::offload:
      return datagram(finding) +
             " never was on a wire at this size: segmentation offload; for wire sizes capture after "
             "\"ethtool -K INTERFACE tso off gso off gro off lro off\"";
    case FindingKind::black_hole_loss:
      return describe_loss(finding);
    case FindingKind::vanished:
    case FindingKind::hint_filtered:
    case FindingKind::fragmented_despite_df:
      return describe_across_points(finding);
  }
  return "";
}

}  // namespace pmtu
