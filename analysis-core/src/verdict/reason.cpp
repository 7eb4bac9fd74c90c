// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>

#include "track/hops.h"
#include "verdict/row.h"

namespace pmtu {
namespace {

std::string in_frame(FrameNumber frame) {
  return "frame " + std::to_string(frame.value());
}

std::string count_of(std::uint32_t n, const char* thing) {
  return std::to_string(n) + ' ' + thing + (n == 1 ? "" : "s");
}

std::string mtu_of(const event::HintCited& hint) {
  return hint.mtu ? std::to_string(hint.mtu->value()) : std::string("unknown");
}

/// A black hole stands beside hints that were right to be ignored, and mentions them.
std::string beside_refused_hints(const Tally& tally, const RowFacts& facts) {
  if (facts.untranslated_mtu) {
    return "; a hint for this path whose quotation was left untranslated names MTU " +
           std::to_string(facts.untranslated_mtu->value());
  }
  if (tally.accepted_hints != 0) {
    return "; the hint in " + in_frame(tally.cited().frame) + " (MTU " + mtu_of(tally.cited()) +
           ") does not explain it: what is lost is no larger";
  }
  if (tally.refused_hints == 0) return "; no usable hint was captured";
  return "; " + count_of(tally.refused_hints, "hint") + " captured, none of them valid for this flow";
}

/// "; then sent the same 1280 bytes 6 times in 9.3 s, beside 6 hints that it was right to ignore"
std::string stuck_all_the_same(const Tally& tally) {
  if (!tally.stuck) return {};
  const std::int64_t tenths =
      ((tally.stuck->at - tally.stuck->begin).nanoseconds() + 50'000'000) / 100'000'000;
  std::string text = "; then a datagram of " + std::to_string(tally.stuck->length.value()) +
                     " bytes went out " + std::to_string(tally.stuck->transmissions) + " times in " +
                     std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) +
                     " s without an acknowledgment";
  if (tally.refused_hints != 0) {
    text += ", beside " + count_of(tally.refused_hints, "hint") + " that it was right to ignore (" +
            std::string(sentence(tally.refusal)) + ")";
  }
  return text;
}

std::string why_not_exercised(const Tally& tally) {
  if (tally.quic_minimum) {
    return std::string("the hint asks for less than QUIC's minimum of 1200 bytes; QUIC must ignore it") +
           (tally.quic_seen ? "" : ", and this may be QUIC whose beginning was not captured") +
           "; if the hint is right, the path is too small for QUIC (RFC 9000 section 14.1)";
  }
  if (tally.refuted) {
    return "larger datagrams sent after the hint in " + in_frame(tally.cited().frame) +
           " were acknowledged: the hint does not bind this flow";
  }
  const std::string hint = "hint in " + in_frame(tally.cited().frame);
  if (!tally.epoch || tally.epoch->quoted_frame == FrameNumber{})
    return hint + ", but no datagram larger than it allows was captured";
  return hint + " for the " + std::to_string(tally.epoch->quoted_length.value()) + "-byte datagram of " +
         in_frame(tally.epoch->quoted_frame) +
         ", but nothing was captured afterwards that would show what the " + "sender made of it";
}

std::string why_undeliverable(const Tally& tally, const RowFacts& facts) {
  if (tally.untranslated_hints != 0 && facts.untranslated_mtu) {
    return count_of(tally.untranslated_hints, "hint") + " named MTU " +
           std::to_string(facts.untranslated_mtu->value()) +
           ", but an address translator left the quotation untranslated: the sender cannot know its own "
           "datagram";
  }
  const std::string_view why = sentence(tally.refusal);
  return count_of(tally.refused_hints, "hint") +
         " invalid or not matching what was sent: right to be ignored" +
         (why.empty() ? std::string() : "; " + std::string(why));
}

std::string why_unverifiable(const Tally& tally) {
  if (tally.sibling) return "oversize datagrams are sent again, but the hint quotes another flow of the path";
  if (tally.accepted_hints == 0 && tally.hint_cut)
    return "cannot tell: the capture is truncated, and what is left of a hint fits more than one flow";
  if (tally.accepted_hints == 0 && tally.one_sided) {
    return "cannot tell: the capture is one-sided, large bytes are sent again but acknowledgments are not in "
           "it";
  }
  return "cannot tell: what was captured is, or may be, cut on its way out (segmentation offload); sizes on "
         "the wire are unknown";
}

/// What else is known of the path of a QUIC handshake that does not get on.
std::string known_of(const event::SmallPath& small_path) {
  const std::string size = std::to_string(small_path.size);
  switch (small_path.evidence) {
    case event::SmallPath::Evidence::hint:
      return "the hint in " + in_frame(small_path.frame) + " says that the path takes " + size +
             ": it is too small for QUIC (RFC 9000 section 14.1)";
    case event::SmallPath::Evidence::echo:
      return "echo requests of " + size + " bytes or more are lost on this path, smaller ones are not (" +
             in_frame(small_path.frame) + "): it is too small for QUIC (RFC 9000 section 14.1)";
    case event::SmallPath::Evidence::retry:
      return "the Retry of " + size + " bytes in " + in_frame(small_path.frame) +
             " arrived: the path may be too small for QUIC (RFC 9000 section 14.1)";
    case event::SmallPath::Evidence::none:
      break;
  }
  return "nothing tells why";
}

/// "5 flights of QUIC's handshake in datagrams of 1228 bytes or more drew no answer from frame 1 on, and …"
std::string unheard(const event::Loss& loss) {
  return count_of(loss.transmissions, "flight") + " of QUIC's handshake in datagrams of " +
         std::to_string(loss.length.value()) + " bytes or more drew nothing new, from " +
         in_frame(loss.first_frame) + " on, and " + known_of(loss.small_path);
}

/// "size 1500 was lost 3 times from frame 7 on"
std::string lost_by_size(const Tally& tally) {
  if (!tally.loss) return "a size was lost";
  const std::string length = std::to_string(tally.loss->length.value());
  if (tally.loss->kind == event::Loss::Kind::echo) {
    return "none of " + count_of(tally.loss->transmissions, "echo request") + " of " + length +
           " bytes or more with DF was answered, from " + in_frame(tally.loss->first_frame) + " on";
  }
  if (tally.loss->kind == event::Loss::Kind::sctp) {
    return count_of(tally.loss->transmissions, "SCTP packet") + " of " + length +
           " bytes or more had to be sent again and none arrived, from " + in_frame(tally.loss->first_frame) +
           " on";
  }
  return "size " + std::to_string(tally.loss->length.value()) + " was lost " +
         std::to_string(tally.loss->transmissions) + " times from " + in_frame(tally.loss->first_frame) +
         " on";
}

std::string why_recovered(const Tally& tally, const RowFacts& facts) {
  if (tally.hole == Tally::Hole::recovered && tally.hole_found) {
    return "bytes missing since " + in_frame(tally.hole_found->first_beyond) +
           " came only in smaller datagrams or without DF";
  }
  return lost_by_size(tally) +
         "; the same bytes got through in smaller datagrams or without DF, and the transfer goes on" +
         beside_refused_hints(tally, facts);
}

std::string why_fragments(const Tally& tally) {
  const event::FragmentsLost lost = tally.fragments_lost.value_or(event::FragmentsLost{});
  const std::string since = " from " + in_frame(lost.first_frame) + " on";
  if (lost.reported) {
    return "the receiver reports " + count_of(lost.datagrams, "datagram") +
           " that it could not put together: fragments of them never arrived," + since;
  }
  return count_of(lost.datagrams, "datagram") + (lost.several_flows ? " of several conversations" : "") +
         " lacked " + (lost.first_missing ? "their first fragments" : "their later fragments") + since +
         ", while whole datagrams of the same sender arrive";
}

std::string why_receiver(const Tally& tally, const RowFacts& facts) {
  const event::HoleFound hole = tally.hole_found.value_or(event::HoleFound{});
  if (hole.quic_initials != 0) {
    return count_of(hole.quic_initials, "QUIC Initial") + " of the client, and from " +
           in_frame(hole.first_beyond) +
           " on nothing but small Handshake packets in answer: the datagram of 1200 bytes that an answer "
           "begins with (RFC 9000 section 14.1) never arrived; the path is too small for QUIC";
  }
  return count_of(hole.missing_bytes, "byte") + " before " + in_frame(hole.first_beyond) +
         " never arrived, in datagrams larger than any that did" +
         (hole.weak ? "; weak evidence: only an empty segment lies beyond" : "") +
         (tally.refused_hints != 0 || facts.untranslated_mtu ? beside_refused_hints(tally, facts)
                                                             : std::string());
}

/// "6 oversize DF datagrams after the hint in frame 7 (path MTU 1446)"
std::string marked(const Tally& tally) {
  const MarkTally marks = tally.marks();
  const std::string others = marks.packets == marks.packets_of_latest
                                 ? ""
                                 : ", " + std::to_string(marks.packets_of_latest) + " of them";
  return count_of(marks.packets, "oversize DF datagram") + others + " after the hint in " +
         in_frame(marks.latest.frame) + " (path MTU " + mtu_of(marks.latest) + ")";
}

/// rule: delivered
std::string why_not_delivered(const Tally& tally, const RowFacts& facts) {
  std::string text = "; the capture does not show that the hint reached the sender";
  // rule: ipsec
  if (tally.may_refuse_hints)
    text =
        "; the capture does not show that the sender took the hint: an IPsec end may be configured to refuse "
        "unauthenticated ICMP (RFC 4301 section 6.1.1)";
  const unsigned hops = facts.ttl ? hops_from_ttl(*facts.ttl) : 0U;
  if (hops != 0)
    text +=
        ": captured " + count_of(hops, "hop") + " from the sender, and the hint may be filtered in between";
  if (tally.marks().latest.remark == HintRemark::private_reporter)
    text += "; " + std::string(sentence(HintRemark::private_reporter));
  return text;
}

}  // namespace

std::string reason_for(Verdict verdict, const Tally& tally, const RowFacts& facts) {
  switch (verdict) {
    case Verdict::none:
      return {};
    case Verdict::not_exercised:
      return why_not_exercised(tally);
    case Verdict::compliant:
      return "went down to path MTU " + mtu_of(tally.cited()) + " after the hint in " +
             in_frame(tally.cited().frame) + stuck_all_the_same(tally);
    case Verdict::compliant_by_fragmentation:
      return "cleared DF or fragmented after the hint in " + in_frame(tally.cited().frame);
    case Verdict::probing:
      return count_of(tally.probes, "isolated larger datagram") + " above path MTU " + mtu_of(tally.cited()) +
             ": path-MTU probing";
    case Verdict::unverifiable:
      return why_unverifiable(tally);
    case Verdict::hint_undeliverable:
      return why_undeliverable(tally, facts);
    case Verdict::black_hole_recovered:
      return why_recovered(tally, facts);
    case Verdict::black_hole_confirmed:
      return lost_by_size(tally) + "; the same bytes got through in smaller datagrams or without DF" +
             beside_refused_hints(tally, facts);
    case Verdict::black_hole_suspected:
      if (tally.loss && tally.loss->kind == event::Loss::Kind::quic) return unheard(*tally.loss);
      return lost_by_size(tally) + " while smaller datagrams get through" +
             beside_refused_hints(tally, facts);
    case Verdict::black_hole_receiver:
      return why_receiver(tally, facts);
    case Verdict::fragments_lost:
      return why_fragments(tally);
    case Verdict::probably_ignoring:
      return marked(tally) + why_not_delivered(tally, facts);
    case Verdict::ignoring:
      return marked(tally) + " had reached the sender";
  }
  return {};
}

}  // namespace pmtu
