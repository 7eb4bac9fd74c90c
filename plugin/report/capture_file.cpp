// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/capture_file.h"

#include <epan/epan.h>
#include <epan/packet.h>
#include <epan/plugin_if.h>

#include <fstream>
#include <vector>

#include "session.h"

namespace pmtu::plugin {
namespace {

/// The command line of the running program, where the system tells it.
std::vector<std::string> command_line() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

/// The file that tshark was told to read. Unlike Wireshark's windows it tells plugins no name, so it is taken
/// from where its user wrote it: `-r FILE`, `-rFILE`, or at the end of a cluster (`-qr FILE`).
std::string file_of_tshark() {
  const std::vector<std::string> words = command_line();
  constexpr std::string_view kWithoutArgument = "2hlnpqQPSvVx";
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string next = i + 1 < words.size() ? words[i + 1] : "";
    if (word.size() < 2 || word[0] != '-' || word[1] == '-') continue;
    const std::size_t letter = word.find_first_not_of(kWithoutArgument, 1);
    if (letter == std::string::npos || word[letter] != 'r') continue;
    return letter + 1 < word.size() ? word.substr(letter + 1) : next;
  }
  return {};
}

/// The file that is open in Wireshark's window; empty elsewhere.
std::string file_of_window() {
  ws_info_t* info = nullptr;
  plugin_if_get_ws_info(&info);
  return info != nullptr && info->cf_filename != nullptr ? info->cf_filename : "";
}

}  // namespace

Provenance provenance_of(const Session& session, std::string_view filter) {
  Provenance provenance;
  provenance.file = file_of_window();
  if (provenance.file.empty()) provenance.file = file_of_tshark();
  if (provenance.file == "-") provenance.file.clear();  // standard input
  provenance.begin = session.begin();
  provenance.end = session.end();
  provenance.pmtu_version = PMTU_VERSION;
  provenance.wireshark_version = epan_get_version();
  provenance.filter = filter;
  provenance.interfaces = session.interfaces();
  return provenance;
}

}  // namespace pmtu::plugin
