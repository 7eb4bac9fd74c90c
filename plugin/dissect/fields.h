// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

#include <optional>

#include "pmtu/conversations.h"
#include "pmtu/finding.h"
#include "pmtu/observation.h"
#include "pmtu/points.h"

/// The display-filter fields `pmtu.*`, written group by group into the tree. All of them are generated: none
/// has bytes of its own. Any call may leave by longjmp.
namespace pmtu::plugin::fields {

/// Where a group of fields goes.
struct Place {
  proto_tree* tree;
  tvbuff_t* tvb;
  packet_info* pinfo;
};

void register_fields(int protocol) noexcept;

/// Whether anything (a printed tree, a filter, a column) asks for the fields of ordinary datagrams.
[[nodiscard]] bool path_is_wanted(proto_tree* tree);

/// Whether anything asks for the sizes of datagrams that there is nothing to say of.
[[nodiscard]] bool sizes_are_wanted(proto_tree* tree);

/// Length and DF of a datagram that there is nothing to say of: for columns, graphs and filters, not shown.
void add_size(const Place& place, DatagramLength length, bool dont_fragment);

/// The line of a finding and the place below it.
struct FindingLine {
  proto_item* item;
  Place below;
};

/// The line of one finding: `sentence` is what it reads.
[[nodiscard]] FindingLine add_finding(const Place& place, FindingKind kind, const char* sentence);

/// A hint: who sent it, MTU, status, what it quoted. Empty texts are left out.
void add_hint(const Place& place, const Finding& hint, const char* reporter, const char* remark);

/// An encapsulation that would leave the MTU of the hint.
void add_explanation(const Place& place, const char* candidate);

/// What came of a hint.
void add_reaction(const Place& place, FindingKind kind, FrameNumber frame);

/// Length and DF of a datagram and, where one is in force, the path MTU it is measured against.
void add_datagram(const Place& place, DatagramLength length, bool dont_fragment, std::optional<Mtu> path_mtu,
                  FrameNumber hint_frame);

/// What a black hole lets vanish. None of it is about the datagram of the frame that shows the black hole.
void add_black_hole(const Place& place, const Finding& finding);
/// Why a datagram that is too big is not held against its sender.
void add_excuse(const Place& place, const char* excuse);

/// Sender and receiver of the datagram that is judged.
void add_ends(const Place& place, const char* source, const char* destination);

/// Time since the hint and the proof that the sender could have known it.
void add_knowledge(const Place& place, const Finding& finding);

/// Frame with further evidence.
void add_related_frame(const Place& place, FrameNumber frame);

/// Row and verdict of the conversation.
void add_conversation(const Place& place, ConversationId conversation, Verdict verdict);

/// Where the frame was captured, and what other capture points tell of its datagram.
void add_capture_point(const Place& place, PointId point, const FrameAcrossPoints& across);

}  // namespace pmtu::plugin::fields
