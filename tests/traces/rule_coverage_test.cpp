// SPDX-License-Identifier: GPL-2.0-or-later
// Every rule against the traces that show it and the traps that must stay silent.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/trace.h"

namespace pmtu::test {
namespace {

struct Rule {
  std::string source;
  std::vector<std::string> shown_by;
  std::vector<std::string> trapped_by;
};

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> found;
  std::size_t begin = 1;
  for (std::size_t end = row.find('|', begin); end != std::string::npos; end = row.find('|', begin)) {
    const std::string cell = row.substr(begin, end - begin);
    const std::size_t first = cell.find_first_not_of(' ');
    found.push_back(first == std::string::npos ? ""
                                               : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
    begin = end + 1;
  }
  return found;
}

std::map<std::string, Rule> read_rules() {
  std::map<std::string, Rule> rules;
  std::ifstream file(std::string(PMTU_TRACE_FOLDER) + "/rules.md");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] != '|') continue;
    const std::vector<std::string> row = cells(line);
    if (row.size() < 3 || row[0] == "rule" || row[0].rfind("---", 0) == 0) continue;
    rules[row[0]].source = row[1];
  }
  return rules;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "**none**" : list;
}

TEST(RuleCoverage, EveryRuleIsShownAndTrapped) {
  std::map<std::string, Rule> rules = read_rules();
  ASSERT_FALSE(rules.empty());
  for (const std::string& file : trace_files(PMTU_TRACE_FOLDER)) {
    const Trace trace = read_trace(file);
    for (const std::string& name : trace.rules) {
      ASSERT_TRUE(rules.count(name) != 0)
          << trace.name << " cites '" << name << "', which rules.md does not list";
      (trace.shows ? rules[name].shown_by : rules[name].trapped_by).push_back(trace.name);
    }
  }
  std::ofstream page(PMTU_COVERAGE_PAGE);
  page << "| rule | source | shown by | traps |\n|---|---|---|---|\n";
  for (const auto& [name, rule] : rules) {
    page << "| " << name << " | " << rule.source << " | " << listed(rule.shown_by) << " | "
         << listed(rule.trapped_by) << " |\n";
    EXPECT_FALSE(rule.source.empty()) << name;
    EXPECT_FALSE(rule.shown_by.empty()) << "no trace shows " << name;
    EXPECT_FALSE(rule.trapped_by.empty()) << "no trap for " << name;
  }
}

}  // namespace
}  // namespace pmtu::test
