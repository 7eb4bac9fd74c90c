// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/report.h"

#include <algorithm>
#include <map>

#include "report/advice.h"
#include "report/compose.h"
#include "report/document.h"
#include "report/drawings.h"

namespace pmtu {

std::string write_report(const Summary& summary, std::span<const Finding> findings,
                         const Provenance& provenance) {
  return report::to_markdown(report::compose(summary, findings, provenance, {}));
}

void complete_recommendations(Summary& summary, std::span<const Finding> findings) {
  const auto lacks_one = [](const ConversationRow& row) {
    return report::is_black_hole(row.verdict) && !row.recommended.mtu;
  };
  if (std::none_of(summary.conversations.begin(), summary.conversations.end(), lacks_one)) return;
  std::map<ConversationId, Mtu> advised;
  const report::FindingsByConversation sorted(findings);  // groups refer to it
  for (const report::Group& group : report::group(summary, sorted)) {
    const auto size = report::advised_size(group);
    if (!size || report::destinations(group).size() != 1) continue;
    for (const report::Case& one : group.cases) advised.emplace(one.row->id, size->mtu);
  }
  for (ConversationRow& row : summary.conversations) {
    const auto found = advised.find(row.id);
    if (found != advised.end() && lacks_one(row)) row.recommended = recommend(found->second);
  }
}

std::string write_html_report(const Summary& summary, std::span<const Finding> findings,
                              const Provenance& provenance, const SizesOf& sizes) {
  const report::Illustrate illustrate = [&](const report::Group& group) {
    const report::Case& one = group.worst();
    std::vector<report::Drawing> drawings{report::draw_path(group)};
    if (sizes) drawings.push_back(report::draw_sizes(one, sizes(one.row->flow)));
    drawings.push_back(report::draw_ladder(group, one));
    std::vector<report::Block> blocks;
    for (report::Drawing& drawing : drawings) {
      if (!drawing.svg.empty()) blocks.emplace_back(std::move(drawing));
    }
    return blocks;
  };
  return report::to_html(report::compose(summary, findings, provenance, illustrate));
}

}  // namespace pmtu
