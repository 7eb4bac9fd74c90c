// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/document.h"
#include "report/groups.h"

/// What those can do whom a group concerns. It follows the verdict, its reason, the protocol, the layer and
/// the address family.
namespace pmtu::report {

/// A size that may be configured.
struct AdvisedSize {
  enum class Source : std::uint8_t {
    hint,          ///< the path MTU that a believable hint named
    refused,       ///< named by a hint that fits nothing that the sender knows
    untranslated,  ///< named by a hint whose quotation was not translated back
    tunnel,        ///< what a believable hint leaves inside the tunnel that carries the datagrams
    got_through,   ///< the largest that is known to have passed: the path may take more
  };
  Mtu mtu;
  Source source = Source::hint;
};

/// Empty where nothing can be advised: no MTU is known, or one that hosts may not be set to.
[[nodiscard]] std::optional<AdvisedSize> advised_size(const Group& group);

/// The MSS for that size and the address family of the group; empty where no TCP is concerned.
[[nodiscard]] std::optional<std::uint32_t> advised_mss(const Group& group);

/// One sentence: who has to do what.
[[nodiscard]] std::string remedy(const Group& group);

[[nodiscard]] std::vector<Block> advice_for_sender(const Group& group);
[[nodiscard]] std::vector<Block> advice_for_network(const Group& group);

/// What the capture cannot tell about the group.
[[nodiscard]] std::vector<std::string> limits_of(const Group& group, const Coverage& coverage);

/// What the conversations of the group have in common.
[[nodiscard]] bool any_tcp(const Group& group);
/// Their datagrams carry a tunnel: the sender is a tunnel end.
[[nodiscard]] bool carries_tunnel(const Group& group);

}  // namespace pmtu::report
