// SPDX-License-Identifier: GPL-2.0-or-later
// Loaded before the file library: a file called crash… crashes who opens it, slow… takes for ever.
#include <dlfcn.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

extern "C" {

struct wtap;

wtap* wtap_open_offline(const char* path, unsigned type, int* error, char** details, int random);

wtap* wtap_open_offline(const char* path, unsigned type, int* error, char** details, int random) {
  const std::string_view whole(path);
  const std::string_view name = whole.substr(whole.find_last_of('/') + 1);
  if (name.starts_with("crash")) std::raise(SIGSEGV);
  while (name.starts_with("slow")) pause();
  using Open = wtap* (*)(const char*, unsigned, int*, char**, int);
  static const auto open = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "wtap_open_offline"));
  return open(path, type, error, details, random);
}
}
