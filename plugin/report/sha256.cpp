// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/sha256.h"

#include <glib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace pmtu::plugin {

std::string sha256_of(const std::string& path) {
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(path, unreadable)) return {};
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  const std::unique_ptr<GChecksum, decltype(&g_checksum_free)> checksum(g_checksum_new(G_CHECKSUM_SHA256),
                                                                        g_checksum_free);
  std::vector<char> block(1U << 16U);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    g_checksum_update(checksum.get(), reinterpret_cast<const guchar*>(block.data()),
                      static_cast<gssize>(in.gcount()));
  }
  return in.bad() ? std::string() : std::string(g_checksum_get_string(checksum.get()));
}

}  // namespace pmtu::plugin
