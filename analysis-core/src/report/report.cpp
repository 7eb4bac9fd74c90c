// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/report.h"

#include "report/compose.h"
#include "report/document.h"
#include "report/drawings.h"

namespace pmtu {

std::string write_report(const Summary& summary, std::span<const Finding> findings,
                         const Provenance& provenance) {
  return report::to_markdown(report::compose(summary, findings, provenance, {}));
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
