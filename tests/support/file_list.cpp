// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/file_list.h"

#include <algorithm>
#include <filesystem>

namespace pmtu::test {

std::vector<std::string> files_in(const std::string& folder,
                                  std::initializer_list<std::string_view> extensions) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (std::find(extensions.begin(), extensions.end(), extension) != extensions.end())
      files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace pmtu::test
