// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/source_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

namespace pmtu::scan {
namespace {

namespace fs = std::filesystem;

/// What capture programs call their files. Wireshark reads more, but in a folder "log" and "xml" are
/// something else.
constexpr std::array<std::string_view, 10> kExtensions{"pcap",  "pcapng", "cap", "dmp", "ntar",
                                                       "snoop", "erf",    "trc", "enc", "5vw"};

/// "a.pcap", "a.pcap.gz", and "a.pcap12" as tcpdump names a file of a ring.
bool is_named_as_capture(std::string_view name) {
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    std::string_view extension = name.substr(dot + 1);
    extension = extension.substr(0, extension.find('.'));
    while (!extension.empty() && std::isdigit(static_cast<unsigned char>(extension.back())))
      extension.remove_suffix(1);
    if (std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end()) return true;
  }
  return false;
}

/// Whether the file begins as pcap does, in either byte order, with microseconds or nanoseconds, or as
/// pcapng.
bool begins_as_capture(const fs::path& path) {
  using namespace std::string_view_literals;
  constexpr std::array kBegins{"\xa1\xb2\xc3\xd4"sv, "\xd4\xc3\xb2\xa1"sv, "\xa1\xb2\x3c\x4d"sv,
                               "\x4d\x3c\xb2\xa1"sv, "\x0a\x0d\x0d\x0a"sv};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  std::array<char, 4> begin{};
  if (!file || std::fread(begin.data(), 1, begin.size(), file.get()) != begin.size()) return false;
  return std::find(kBegins.begin(), kBegins.end(), std::string_view(begin.data(), begin.size())) !=
         kBegins.end();
}

/// Only a regular file: to open a pipe or a device may wait for ever.
bool is_capture(const fs::directory_entry& entry) {
  std::error_code ignored;
  if (!entry.is_regular_file(ignored)) return false;
  return is_named_as_capture(entry.path().filename().native()) || begins_as_capture(entry.path());
}

/// By name; `error` says why a folder, or the rest of it, could not be read.
std::vector<fs::directory_entry> entries_of(const fs::path& folder, std::error_code& error) {
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error))
    entries.push_back(*entry);
  std::sort(entries.begin(), entries.end());
  return entries;
}

void add_folder(SourceList& list, const fs::path& folder) {
  std::error_code error;
  std::error_code ignored;
  for (const fs::directory_entry& entry : entries_of(folder, error)) {
    if (entry.is_directory(ignored)) {
      if (!entry.is_symlink(ignored)) add_folder(list, entry.path());  // a link may lead in a circle
    } else if (is_capture(entry)) {
      list.sources.push_back({entry.path().native(), {}});
    } else {
      ++list.passed_over;
    }
  }
  if (error) list.sources.push_back({folder.native(), error.message()});
}

}  // namespace

SourceList list_sources(const std::vector<std::string>& arguments) {
  SourceList list;
  std::error_code ignored;
  for (const std::string& argument : arguments) {
    if (argument != "-" && fs::is_directory(argument, ignored)) {
      add_folder(list, argument);
    } else {
      list.sources.push_back({argument, {}});
    }
  }
  return list;
}

std::vector<std::string> captures_in(const std::string& folder) {
  std::vector<std::string> captures;
  std::error_code ignored;
  for (const fs::directory_entry& entry : entries_of(folder, ignored)) {
    if (is_capture(entry)) captures.push_back(entry.path().native());
  }
  return captures;
}

}  // namespace pmtu::scan
