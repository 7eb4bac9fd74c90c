// SPDX-License-Identifier: GPL-2.0-or-later
#include <string_view>
#include <utility>

#include "report/document.h"
#include "report/svg.h"

namespace pmtu::report {
namespace {

/// Nothing is loaded, nothing runs, nothing can be sent, whatever a capture puts into a text.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark;
  --page: #fff; --ink: #1b2a30; --soft: #5a6b73; --rule: #d5dde1; --panel: #f4f7f8; --edge: #b9c5cb;
  --bad: #b3261e; --good: #2e7d32; --hint: #a86100; --odd: #6a3d9a; --calm: #1f6f9f; --stall: #b3261e22; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14191c; --ink: #e3e9ec; --soft: #9fb0b8; --rule: #323d43; --panel: #1d2529; --edge: #4a5960;
  --bad: #ff8a80; --good: #81c784; --hint: #ffc266; --odd: #c9a3f0; --calm: #7cc4ef; --stall: #ff8a8026; } }
@media print { :root { color-scheme: light;
  --page: #fff; --ink: #000; --soft: #444; --rule: #bbb; --panel: #fff; --edge: #888;
  --bad: #b3261e; --good: #2e7d32; --hint: #a86100; --odd: #6a3d9a; --calm: #1f6f9f; --stall: #b3261e22; }
  h2, h3, svg, table { break-inside: avoid; break-after: avoid; } pre { white-space: pre-wrap; }
  details::details-content { content-visibility: visible; block-size: auto; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid var(--rule); padding-top: 1rem; }
h3 { font-size: 1rem; margin-bottom: .25rem; }
.conclusion { border-left: .35rem solid var(--hint); background: var(--panel); padding: .5rem 1rem; margin: 1rem 0; }
.conclusion p { margin: .4rem 0; } .conclusion p:first-child { font-weight: 600; }
pre { background: var(--panel); padding: .7rem 1rem; overflow-x: auto; font-size: .85rem; line-height: 1.45; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { overflow-wrap: normal; }
details { margin: .5rem 0; } summary { cursor: pointer; } li { margin: .15rem 0; }
figure { margin: 1.2rem 0; } svg { width: 100%; height: auto; font: 13px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .soft { fill: var(--soft); } svg .small { font-size: 11px; } svg .strong { font-weight: 600; }
svg .middle { text-anchor: middle; } svg .end { text-anchor: end; }
svg line, svg polyline { fill: none; stroke: var(--edge); stroke-width: 1.5; } svg rect { fill: var(--panel); stroke: var(--edge); } svg rect.captured { stroke-dasharray: 4 3; }
svg .grid { stroke: var(--rule); stroke-width: 1; } svg .dashed { stroke-dasharray: 5 4; } svg .thick { stroke-width: 2.5; }
svg line.bad, svg polyline.bad { stroke: var(--bad); } svg line.good, svg polyline.good { stroke: var(--good); }
svg line.hint, svg polyline.hint { stroke: var(--hint); } svg line.odd { stroke: var(--odd); } svg line.calm { stroke: var(--calm); }
svg .head, svg circle { stroke: none; fill: var(--soft); } svg rect.stall { fill: var(--stall); stroke: none; }
svg .head.bad, svg circle.bad, svg text.bad { fill: var(--bad); } svg .head.good, svg circle.good, svg text.good { fill: var(--good); }
svg .head.hint, svg circle.hint, svg polygon.hint, svg text.hint { fill: var(--hint); }
svg .head.odd, svg circle.odd, svg text.odd { fill: var(--odd); } svg .head.calm, svg circle.calm, svg text.calm { fill: var(--calm); }
)css";

/// Text between back-ticks is code.
std::string with_code(std::string_view text) {
  std::string out;
  bool code = false;
  for (;;) {
    const std::size_t tick = text.find('`');
    out += escaped(text.substr(0, tick));
    if (tick == std::string_view::npos) break;
    out += code ? "</code>" : "<code>";
    code = !code;
    text.remove_prefix(tick + 1);
  }
  if (code) out += "</code>";
  return out;
}

class Writer {
 public:
  void operator()(const Heading& heading) {
    const std::string tag = "h" + std::to_string(heading.level);
    out_ += "<" + tag + ">" + with_code(heading.text) + "</" + tag + ">\n";
  }
  void operator()(const Paragraph& paragraph) { out_ += "<p>" + with_code(paragraph.text) + "</p>\n"; }
  void operator()(const Conclusion& conclusion) {
    out_ += "<section class=\"conclusion\" aria-label=\"Conclusion\">\n";
    for (const std::string& line : conclusion.lines) (*this)(Paragraph{line});
    out_ += "</section>\n";
  }
  void operator()(const List& list) { items(list.items); }
  void operator()(const Code& code) {
    out_ += "<pre><code>";
    for (const std::string& line : code.lines) out_ += escaped(line) + "\n";
    out_ += "</code></pre>\n";
  }
  void operator()(const Table& table) {
    out_ += "<div class=\"scroll\"><table>\n";
    if (!table.caption.empty()) out_ += "<caption>" + with_code(table.caption) + "</caption>\n";
    cells(table.columns, "th scope=\"col\"", "th");
    for (const auto& row : table.rows) cells(row, "td", "td");
    out_ += "</table></div>\n";
  }
  void operator()(const Drawing& drawing) { out_ += "<figure>\n" + drawing.svg + "</figure>\n"; }
  void operator()(const Folded& folded) {
    out_ += "<details><summary>" + with_code(folded.title) + "</summary>\n";
    items(folded.items);
    out_ += "</details>\n";
  }
  [[nodiscard]] std::string text() && { return std::move(out_); }

 private:
  void items(const std::vector<std::string>& items) {
    out_ += "<ul>\n";
    for (const std::string& item : items) out_ += "<li>" + with_code(item) + "</li>\n";
    out_ += "</ul>\n";
  }
  void cells(const std::vector<std::string>& row, std::string_view open, std::string_view close) {
    out_ += "<tr>";
    for (const std::string& cell : row)
      out_ += "<" + std::string(open) + ">" + with_code(cell) + "</" + std::string(close) + ">";
    out_ += "</tr>\n";
  }
  std::string out_;
};

}  // namespace

std::string to_html(const Document& document) {
  Writer writer;
  writer(Heading{1, document.title});
  for (const Block& block : document.blocks) std::visit(writer, block);
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(kPolicy) + "\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page +=
      "<title>" + escaped(document.title) + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n";
  return page + "<body>\n<main>\n" + std::move(writer).text() + "</main>\n</body>\n</html>\n";
}

}  // namespace pmtu::report
