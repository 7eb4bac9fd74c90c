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

void register_annotation() noexcept;

}  // namespace pmtu::plugin
