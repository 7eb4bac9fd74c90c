// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/mss.h"

#include "pmtu/protocol_sizes.h"

namespace pmtu {
namespace {

Finding about_mss(FindingKind kind, Severity severity, FrameNumber frame, std::uint16_t mss) {
  Finding finding;
  finding.frame = frame;
  finding.kind = kind;
  finding.severity = severity;
  finding.count = mss;
  return finding;
}

}  // namespace

void MssRules::compare_syn(const Sighting& syn, Events& events) const {
  // rule: mss-exceeds
  const Direction& me = facts_[syn.direction];
  if (paths_.empty() || me.mss == 0) return;
  const HintHistory* const history = paths_.find(facts_.key(syn.direction.opposite()).path);
  if (history == nullptr) return;
  const PathMtuHint* const hint = history->binding(syn.now(), preferences_.hint_max_age);
  if (hint == nullptr || !hint->mtu) return;
  if (me.mss + tcp_headers(facts_.version(syn.direction)) <= hint->mtu->value()) return;
  Finding finding = about_mss(FindingKind::mss_exceeds_path_mtu, Severity::note, syn.frame(), me.mss);
  finding.path_mtu = hint->mtu;
  finding.hint_frame = hint->frame;
  finding.related_frame = syn.frame();
  events.add(DirectionId{}, event::Remark{finding});
}

void MssRules::compare_hint(DirectionId direction, const PacketTooBig& message, Events& events) {
  // rule: mss-exceeds
  const Direction& receiver = facts_[direction.opposite()];
  if (!message.next_hop_mtu || receiver.mss == 0) return;
  if (receiver.mss + tcp_headers(facts_.version(direction)) <= message.next_hop_mtu->value()) return;
  Told& told = told_.open(direction);
  if (told.exceeds) return;
  told.exceeds = true;
  Finding finding = about_mss(FindingKind::mss_exceeds_path_mtu, Severity::note, message.frame, receiver.mss);
  finding.path_mtu = message.next_hop_mtu;
  finding.hint_frame = message.frame;
  finding.related_frame = facts_.flow(direction).first_frame;
  events.add(direction, event::Remark{finding});
}

void MssRules::tell_one_way_clamp(DirectionId direction, std::uint32_t limit, FrameNumber frame,
                                  Events& events) {
  // rule: mss-one-way. The failing direction is the one whose receiver's SYN is not clamped; the other one's
  // SYN was.
  const Direction& sender = facts_[direction];
  const Direction& receiver = facts_[direction.opposite()];
  const std::uint32_t headers = tcp_headers(facts_.version(direction));
  if (limit == 0 || sender.mss == 0 || receiver.mss == 0) return;
  if (receiver.mss + headers <= limit || sender.mss + headers > limit) return;
  Told& told = told_.open(direction);
  if (told.one_way) return;
  told.one_way = true;
  Finding finding = about_mss(FindingKind::mss_clamped_one_way, Severity::warn, frame, receiver.mss);
  finding.path_mtu = Mtu(limit);
  finding.related_frame = facts_.flow(direction).syn_frame(direction.side());
  events.add(direction, event::Remark{finding});
}

}  // namespace pmtu
