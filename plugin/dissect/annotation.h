// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

#include "session.h"

namespace pmtu::plugin {

/// Writes what there is to say of a frame: the tree of protocol `protocol` (where `tree` is built), the
/// expert items (always) and the note in the Info column. May leave by longjmp; nothing is lost then but the
/// rest of the annotation.
void annotate(int protocol, tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, Session& session,
              const Frame& frame);

/// Length and DF of the innermost datagram of a frame that there is nothing to say of, unseen: columns and
/// graphs show the sizes of all datagrams alike.
void write_size(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, Session& session, const Frame& frame);

void register_annotation() noexcept;

}  // namespace pmtu::plugin
