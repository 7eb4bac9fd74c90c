// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <epan/packet.h>
#include <wsutil/wslog.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>

#include "preference_table.h"

namespace pmtu::plugin {
namespace {

using detail::open_session;
const protocol_t* our_protocol = nullptr;

/// A file was opened, or is about to be dissected anew because a preference changed.
void begin_session() noexcept {
  try {
    open_session =
        std::make_unique<Session>(core_preferences(), proto_is_protocol_enabled(our_protocol) != 0);
  } catch (const std::bad_alloc&) {
    open_session.reset();
    ws_warning("pmtu: out of memory, no path-MTU analysis of this file");
  }
}

void end_session() noexcept {
  open_session.reset();
}

void end_sequential_pass() noexcept {
  if (open_session) open_session->end_of_pass();
}

bool is_reaction(FindingKind kind) {
  return kind == FindingKind::ignored_hint || kind == FindingKind::ignored_sibling_hint ||
         kind == FindingKind::honoured;
}

}  // namespace

bool Session::observe(const Frame& frame) noexcept {
  ++observed_;
  pass_ended_ = false;
  if (!begin_) begin_ = frame.time;
  end_ = frame.time;
  try {
    return analyzer_.observe(frame);
  } catch (const std::bad_alloc&) {
    if (lost_frames_++ == 0) ws_warning("pmtu: out of memory, frames are missing from the path-MTU analysis");
    return !findings(frame.number).empty();
  }
}

void Session::name_interface(std::pair<std::uint32_t, std::uint32_t> key, const char* name) noexcept {
  constexpr std::string_view kNoName = "unknown";  // what Wireshark says then
  if (name == kNoName) return;
  try {
    interfaces_.emplace(key, name);
  } catch (const std::bad_alloc&) {
    // The report gives the number.
  }
}

void Session::revisit() noexcept {
  if (concluded_ == observed_) return;
  // While frames still come in (loading, live capture) the frames on screen are revisited all the time.
  // Waiting for the capture to grow by an eighth keeps the total cost of conclusions in proportion to its
  // length.
  if (pass_ended_ || observed_ - concluded_ > concluded_ / 8) conclude();
}

void Session::conclude() noexcept {
  if (concluded_ == observed_) return;
  concluded_ = observed_;
  try {
    analyzer_.conclude();
    index_reactions();
    index_offload();
  } catch (const std::bad_alloc&) {
    ws_warning("pmtu: out of memory, conclusions are missing from the path-MTU analysis");
  }
}

void Session::index_reactions() {
  reactions_.clear();
  quoted_.clear();
  for (const Finding& finding : analyzer_.findings()) {
    if (finding.hint_status && finding.quoted_frame != FrameNumber{})
      quoted_.push_back({finding.quoted_frame, finding.frame});
    if (is_reaction(finding.kind))
      reactions_.push_back({finding.conversation, {finding.frame, finding.kind}});
  }
  std::stable_sort(reactions_.begin(), reactions_.end(), [](const ReactionEntry& a, const ReactionEntry& b) {
    return std::tie(a.conversation, a.reaction.frame) < std::tie(b.conversation, b.reaction.frame);
  });
  std::stable_sort(quoted_.begin(), quoted_.end(),
                   [](const QuotedEntry& a, const QuotedEntry& b) { return a.quoted < b.quoted; });
}

FrameNumber Session::hint_for(FrameNumber quoted) const noexcept {
  const auto found =
      std::lower_bound(quoted_.begin(), quoted_.end(), quoted,
                       [](const QuotedEntry& entry, FrameNumber wanted) { return entry.quoted < wanted; });
  return found != quoted_.end() && found->quoted == quoted ? found->hint : FrameNumber{};
}

void Session::index_offload() {
  offload_hosts_.clear();
  for (const Finding& finding : analyzer_.findings()) {
    if (finding.kind != FindingKind::offload) continue;
    if (const auto flow = analyzer_.flow(finding.conversation)) offload_hosts_.push_back(flow->path.source);
  }
  std::sort(offload_hosts_.begin(), offload_hosts_.end());
}

std::span<const Datagram> Session::datagrams(const Frame& frame) noexcept {
  if (observation_.frame != frame.number) decode(frame, observation_);
  return observation_.layers();
}

std::optional<PathKey> Session::path_of_conversation(ConversationId conversation) const noexcept {
  const auto flow = analyzer_.flow(conversation);
  return flow ? std::optional(flow->path) : std::nullopt;
}

std::optional<PathKey> Session::path_of(const Finding& finding, const Frame& frame) noexcept {
  if (const auto path = path_of_conversation(finding.conversation)) return path;
  for (const Datagram& datagram : datagrams(frame)) {
    if (datagram.level != finding.level) continue;
    const bool is_icmp =
        datagram.transport == TransportKind::icmp || datagram.transport == TransportKind::icmpv6;
    if (!is_icmp || !datagram.icmp.has_quote) return PathKey{datagram.source, datagram.destination};
    const QuotedDatagram& quote = observation_.quotes[datagram.icmp.quote];
    return PathKey{quote.source, quote.destination};
  }
  return std::nullopt;
}

std::optional<Reaction> Session::reaction_to(const Finding& hint) const noexcept {
  const auto first = std::upper_bound(reactions_.begin(), reactions_.end(), hint,
                                      [](const Finding& wanted, const ReactionEntry& entry) {
                                        return std::tie(wanted.conversation, wanted.frame) <
                                               std::tie(entry.conversation, entry.reaction.frame);
                                      });
  if (first == reactions_.end() || first->conversation != hint.conversation) return std::nullopt;
  return first->reaction;
}

void register_session_lifetime(int protocol) noexcept {
  our_protocol = find_protocol_by_id(protocol);
  register_init_routine(begin_session);
  register_cleanup_routine(end_session);
  register_postseq_cleanup_routine(end_sequential_pass);
}

}  // namespace pmtu::plugin
