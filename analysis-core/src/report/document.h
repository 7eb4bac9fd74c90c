// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

/// What a report says, before it takes the form of a text or of a page. Texts are plain, never markup; the
/// one exception is `code` between back-ticks.
namespace pmtu::report {

struct Heading {
  int level = 2;  ///< 1 is the title
  std::string text;
};
struct Paragraph {
  std::string text;
};
/// The lines that a hurried reader reads.
struct Conclusion {
  std::vector<std::string> lines;
};
struct List {
  std::vector<std::string> items;
};
/// Lines to be copied: commands, filters.
struct Code {
  std::vector<std::string> lines;
};
struct Table {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
/// For pages; a text goes without.
struct Drawing {
  std::string svg;
};
/// A list that a page folds away under its title. A text says it all.
struct Folded {
  std::string title;
  std::vector<std::string> items;
};

using Block = std::variant<Heading, Paragraph, Conclusion, List, Code, Table, Drawing, Folded>;

struct Document {
  std::string title;
  std::vector<Block> blocks;
};

/// Plain text that is also Markdown.
[[nodiscard]] std::string to_markdown(const Document& document);

/// One page that needs nothing else: no script, nothing loaded from anywhere.
[[nodiscard]] std::string to_html(const Document& document);

}  // namespace pmtu::report
