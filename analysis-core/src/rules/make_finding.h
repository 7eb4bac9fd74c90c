// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pmtu/finding.h"
#include "rules/event.h"
#include "rules/path_mtu_hint.h"
#include "track/tracker.h"

namespace pmtu {

[[nodiscard]] inline Finding finding_in(FindingKind kind, Severity severity, FrameNumber frame) {
  Finding finding;
  finding.frame = frame;
  finding.kind = kind;
  finding.severity = severity;
  return finding;
}

/// A finding about a datagram of the frame.
[[nodiscard]] inline Finding finding_about(FindingKind kind, Severity severity, FrameNumber frame,
                                           const Datagram& datagram) {
  Finding finding = finding_in(kind, severity, frame);
  finding.length = datagram.length;
  finding.dont_fragment = datagram.dont_fragment;
  finding.level = datagram.level;
  return finding;
}

[[nodiscard]] inline Finding finding_about(FindingKind kind, Severity severity, const Sighting& seen) {
  return finding_about(kind, severity, seen.frame(), *seen.datagram);
}

[[nodiscard]] inline event::HintCited cited(const PathMtuHint& hint) {
  return {hint.frame, hint.mtu, hint.reporter, hint.remark};
}

/// A finding about a loss by size.
[[nodiscard]] inline Finding about_loss(FindingKind kind, Severity severity, FrameNumber frame,
                                        const event::Loss& loss) {
  Finding finding = finding_in(kind, severity, frame);
  finding.length = loss.length;
  finding.dont_fragment = true;
  finding.echo = loss.kind == event::Loss::Kind::echo;
  finding.related_frame = loss.first_frame;
  finding.count = loss.transmissions;
  return finding;
}

inline void measure_against(Finding& finding, const PathMtuHint& hint, Timestamp now) {
  finding.path_mtu = hint.mtu;
  finding.hint_frame = hint.frame;
  finding.since_hint = now - hint.time;
}

}  // namespace pmtu
