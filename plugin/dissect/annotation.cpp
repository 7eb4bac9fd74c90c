// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/annotation.h"

#include <epan/column-utils.h>
#include <wsutil/wmem/wmem.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>

#include "candidates.h"
#include "dissect/expert_items.h"
#include "dissect/fields.h"
#include "headline.h"
#include "preferences.h"

namespace pmtu::plugin {
namespace {

int protocol_subtree = -1;

/// A finding with its texts, ready for the tree: nothing here has a destructor, because tree calls may leave
/// by longjmp and no destructor would run.
struct Line {
  const Finding* finding;
  const char* sentence;
  const char* excuse;       ///< empty where the finding blames somebody, or is about no oversize datagram
  const char* reporter;     ///< of hints only
  const char* remark;       ///< of hints only, maybe empty
  wmem_list_t* candidates;  ///< of hints only: texts of the encapsulations that would explain the MTU
  Reaction reaction;        ///< of hints only; frame 0 while unknown
};
static_assert(std::is_trivially_destructible_v<Line>);
static_assert(std::is_trivially_destructible_v<Finding>);

const char* keep(wmem_allocator_t* pool, std::string_view text) noexcept {
  return wmem_strndup(pool, text.data(), text.size());
}

/// Makes every text of a finding; they live as long as the packet.
Line make_line(wmem_allocator_t* pool, const Session& session, const Finding& finding) noexcept {
  Line line{&finding, "", excuse(finding).data(), "", "", wmem_list_new(pool), {}};
  try {
    line.sentence = keep(pool, describe(finding));
    if (finding.hint_status) {
      line.reporter = keep(pool, to_string(finding.reporter));
      if (finding.hint_mtu) {
        for_each_candidate(explain_mtu(*finding.hint_mtu), [&](std::string_view candidate) {
          wmem_list_append(line.candidates, wmem_strndup(pool, candidate.data(), candidate.size()));
        });
      }
      if (finding.remark != HintRemark::none) line.remark = keep(pool, sentence(finding.remark));
      if (const auto reaction = session.reaction_to(finding)) line.reaction = *reaction;
    }
  } catch (const std::bad_alloc&) {
    line.sentence = "out of memory";
  }
  return line;
}

void write_line(const fields::Place& place, const Line& line) {
  const Finding& finding = *line.finding;
  const auto [item, inside] = fields::add_finding(place, finding.kind, line.sentence);
  add_expert_item(place.pinfo, item, finding.kind, finding.severity);
  if (finding.hint_status) {
    fields::add_hint(inside, finding, line.reporter, line.remark);
    for (auto* entry = wmem_list_head(line.candidates); entry != nullptr;
         entry = wmem_list_frame_next(entry)) {
      fields::add_explanation(inside, static_cast<const char*>(wmem_list_frame_data(entry)));
    }
    fields::add_reaction(inside, line.reaction.kind, line.reaction.frame);
  }
  if (shows_black_hole(finding.kind)) {
    fields::add_black_hole(inside, finding);
  } else {
    fields::add_datagram(inside, finding.length, finding.dont_fragment, finding.path_mtu, finding.hint_frame);
  }
  if (*line.excuse != '\0') fields::add_excuse(inside, line.excuse);
  fields::add_knowledge(inside, finding);
  fields::add_related_frame(inside, finding.related_frame);
}

/// Why a datagram that is too big has no finding.
const char* excuse_of_unjudged(const Session& session, const Datagram& datagram) {
  if (datagram.is_fragment()) return "fragment";
  if (!datagram.dont_fragment) return "DF clear";
  return session.offloads(datagram.source) ? "offload" : "not judged";
}

/// The datagrams of the frame whose path was hinted, save those that a finding has described already.
/// Whether there was any.
bool write_datagrams(const fields::Place& place, Session& session, const Frame& frame,
                     std::span<const Finding> findings) {
  bool any = false;
  for (const Datagram& datagram : session.datagrams(frame)) {
    const auto in_force = session.path_mtu(datagram, frame.number);
    if (!in_force) continue;
    const bool described = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.length.value() != 0 && finding.level == datagram.level &&
             !shows_black_hole(finding.kind);
    });
    if (described) continue;
    any = true;
    fields::add_datagram(place, datagram.length, datagram.dont_fragment, in_force->mtu, in_force->hint_frame);
    if (in_force->mtu && datagram.length.value() > in_force->mtu->value())
      fields::add_excuse(place, excuse_of_unjudged(session, datagram));
  }
  return any;
}

/// Ends of a path as text that lives as long as the packet.
struct Ends {
  const char* source;
  const char* destination;
};
static_assert(std::is_trivially_destructible_v<Ends>);

Ends make_ends(wmem_allocator_t* pool, const PathKey& path) noexcept {
  try {
    return {keep(pool, to_string(path.source)), keep(pool, to_string(path.destination))};
  } catch (const std::bad_alloc&) {
    return {"", ""};
  }
}

/// Paths of what is judged in the frame, each once: of the findings or, where there is none, of the datagrams
/// whose path was hinted.
class JudgedPaths {
 public:
  JudgedPaths(Session& session, const Frame& frame, std::span<const Finding> findings) {
    for (const Finding& finding : findings) {
      if (const auto path = session.path_of(finding, frame)) add(*path);
    }
    if (count_ != 0) return;
    for (const Datagram& datagram : session.datagrams(frame)) {
      if (session.path_mtu(datagram, frame.number)) add({datagram.source, datagram.destination});
    }
  }
  [[nodiscard]] std::span<const PathKey> all() const { return {paths_.data(), count_}; }

 private:
  void add(const PathKey& path) {
    if (count_ == paths_.size() ||
        std::find(paths_.begin(), paths_.begin() + count_, path) != paths_.begin() + count_) {
      return;
    }
    paths_[count_++] = path;
  }
  std::array<PathKey, Observation::kMaxDatagrams> paths_{};
  std::size_t count_ = 0;
};
static_assert(std::is_trivially_destructible_v<JudgedPaths>);

void write_ends(const fields::Place& place, Session& session, const Frame& frame,
                std::span<const Finding> findings) {
  const JudgedPaths paths(session, frame, findings);
  for (const PathKey& path : paths.all()) {
    const Ends ends = make_ends(place.pinfo->pool, path);
    fields::add_ends(place, ends.source, ends.destination);
  }
}

/// Rows that the findings belong to, each once.
void write_conversations(const fields::Place& place, const Session& session,
                         std::span<const Finding> findings) {
  for (auto finding = findings.begin(); finding != findings.end(); ++finding) {
    if (finding->conversation == kNoConversation) continue;
    const bool written = std::any_of(findings.begin(), finding, [&](const Finding& earlier) {
      return earlier.conversation == finding->conversation;
    });
    if (written) continue;
    fields::add_conversation(place, finding->conversation, session.verdict(finding->conversation));
  }
}

bool is_loss(FindingKind kind) {
  return kind == FindingKind::black_hole_suspected || kind == FindingKind::black_hole_confirmed ||
         kind == FindingKind::black_hole_receiver;
}

/// In front, because the Info column of a long request would hide it; short, because it is a column.
void note_in_info_column(packet_info* pinfo, const Finding& finding) {
  const char* const text = summary(finding.kind).data();
  if (finding.excess() != 0) {
    col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%s: %u > %u] ", text, finding.length.value(),
                           finding.path_mtu->value());
  } else if (finding.kind == FindingKind::black_hole_loss) {
    col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%u bytes lost, transmission %u] ",
                           finding.length.value(), static_cast<unsigned>(finding.transmission));
  } else if (finding.kind == FindingKind::vanished) {
    col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%u bytes lost after point %u] ", finding.length.value(),
                           finding.passed_point.value());
  } else if (is_loss(finding.kind) && finding.length.value() != 0) {
    col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%s: %u bytes] ", text, finding.length.value());
  } else if (finding.hint_mtu) {
    col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%s: %u] ", text, finding.hint_mtu->value());
  } else {
    col_prepend_fence_fstr(pinfo->cinfo, COL_INFO, "[%s] ", text);
  }
}

}  // namespace

void register_annotation() noexcept {
  static int* const subtrees[] = {&protocol_subtree};
  proto_register_subtree_array(subtrees, 1);
}

void annotate(int protocol, tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, Session& session,
              const Frame& frame) {
  const std::span<const Finding> findings = session.findings(frame.number);
  if (!findings.empty() && annotate_info_column()) note_in_info_column(pinfo, headline(findings));

  if (tree == nullptr) {
    // Counted even so. Texts are for trees only, and cost more than all the rest.
    for (const Finding& finding : findings) add_expert_item(pinfo, nullptr, finding.kind, finding.severity);
    return;
  }
  proto_item* const item = proto_tree_add_item(tree, protocol, tvb, 0, 0, ENC_NA);
  proto_item_set_generated(item);
  if (!findings.empty()) proto_item_append_text(item, ": %s", summary(headline(findings).kind).data());
  const fields::Place place{proto_item_add_subtree(item, protocol_subtree), tvb, pinfo};
  for (const Finding& finding : findings) write_line(place, make_line(pinfo->pool, session, finding));
  const bool any_datagram = session.any_hinted_path() && write_datagrams(place, session, frame, findings);
  const bool sized =
      any_datagram || std::any_of(findings.begin(), findings.end(),
                                  [](const Finding& finding) { return finding.length.value() != 0; });
  if (!sized) write_size(tvb, pinfo, place.tree, session, frame);
  write_ends(place, session, frame, findings);
  write_conversations(place, session, findings);
  if (const auto point = session.point(frame.number))
    fields::add_capture_point(place, *point, session.across_points(frame.number));
}

void write_size(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, Session& session, const Frame& frame) {
  const auto datagrams = session.datagrams(frame);
  if (datagrams.empty()) return;
  const Datagram& innermost = datagrams.back();
  if (!innermost.length_unknown) {
    fields::add_size({tree, tvb, pinfo}, innermost.length, innermost.dont_fragment);
  }
}

}  // namespace pmtu::plugin
