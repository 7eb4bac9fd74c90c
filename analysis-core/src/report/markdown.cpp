// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstddef>

#include "report/document.h"

namespace pmtu::report {
namespace {

/// Characters, not bytes: those that continue one do not count.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

class Writer {
 public:
  void operator()(const Heading& heading) {
    out_ += std::string(static_cast<std::size_t>(heading.level), '#') + " " + heading.text + "\n\n";
  }
  void operator()(const Paragraph& paragraph) { out_ += paragraph.text + "\n\n"; }
  void operator()(const Conclusion& conclusion) {
    for (const std::string& line : conclusion.lines) out_ += "> " + line + "\n>\n";
    if (!conclusion.lines.empty()) out_.resize(out_.size() - 2);
    out_ += "\n";
  }
  void operator()(const List& list) { items(list.items); }
  void operator()(const Code& code) {
    for (const std::string& line : code.lines) out_ += line.empty() ? "\n" : "    " + line + "\n";
    out_ += "\n";
  }
  void operator()(const Table& table) {
    std::vector<std::size_t> widths;
    for (const std::string& column : table.columns) widths.push_back(width(column));
    for (const auto& row : table.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    if (!table.caption.empty()) out_ += table.caption + ":\n\n";
    cells(table.columns, widths);
    for (const std::size_t size : widths) out_ += "|" + std::string(size + 2, '-');
    out_ += "|\n";
    for (const auto& row : table.rows) cells(row, widths);
    out_ += "\n";
  }
  void operator()(const Drawing&) {}
  void operator()(const Folded& folded) {
    out_ += folded.title + ":\n\n";
    items(folded.items);
  }
  [[nodiscard]] std::string text() && { return std::move(out_); }

 private:
  void items(const std::vector<std::string>& items) {
    for (const std::string& item : items) out_ += "- " + item + "\n";
    out_ += "\n";
  }
  void cells(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
    for (std::size_t i = 0; i < row.size(); ++i)
      out_ += "| " + row[i] + std::string(widths[i] - width(row[i]) + 1, ' ');
    out_ += "|\n";
  }
  std::string out_;
};

}  // namespace

std::string to_markdown(const Document& document) {
  Writer writer;
  writer(Heading{1, document.title});
  for (const Block& block : document.blocks) std::visit(writer, block);
  return std::move(writer).text();
}

}  // namespace pmtu::report
