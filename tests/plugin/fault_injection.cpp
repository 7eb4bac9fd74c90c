// SPDX-License-Identifier: GPL-2.0-or-later
// Loaded in front of everything else (LD_PRELOAD) this makes the calls of the plugin into libwireshark leave
// by an exception, as any of them may on a malformed packet, and its allocations fail: which one, the file
// that PMTU_FAULT_CONTROL names tells at run time. Calls of Wireshark itself are left alone: the plugin's own
// table of imported functions is changed when it registers.
#include <epan/column-utils.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/tap.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "fault_injection.h"

namespace {

using pmtu::test::FaultControl;

FaultControl& control() {
  static FaultControl* const mapped = [] {
    static FaultControl nowhere{};
    const char* const path = std::getenv("PMTU_FAULT_CONTROL");
    const int file = path == nullptr ? -1 : open(path, O_RDWR);
    if (file < 0) return &nowhere;
    void* const memory = mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory == MAP_FAILED ? &nowhere : static_cast<FaultControl*>(memory);
  }();
  return *mapped;
}

void may_throw(const char* function) {
  FaultControl& shared = control();
  if (shared.calls_until_exception == 0 || --shared.calls_until_exception != 0) return;
  ++shared.exceptions;
  std::snprintf(shared.thrown_from, sizeof shared.thrown_from, "%s", function);
  THROW(ReportedBoundsError);
}

/// Stands for a function of the plugin's imports: throws or calls it.
template <auto kFunction, const char* kName>
struct Disturbed;
template <class Result, class... Arguments, Result (*kFunction)(Arguments...), const char* kName>
struct Disturbed<kFunction, kName> {
  static Result call(Arguments... arguments) {
    may_throw(kName);
    return kFunction(arguments...);
  }
};

// A list of arguments cannot be handed on: these are handed the text that comes out of it.
constexpr std::size_t kLongestText = 1024;

template <proto_item* (*kFunction)(proto_tree*, int, tvbuff_t*, int, int, std::uint32_t, const char*, ...),
          const char* kName>
proto_item* add_uint_with_text(proto_tree* tree, int field, tvbuff_t* tvb, int start, int length,
                               std::uint32_t value, const char* format, ...) {
  may_throw(kName);
  char text[kLongestText];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return kFunction(tree, field, tvb, start, length, value, "%s", text);
}

void append_text(proto_item* item, const char* format, ...) {
  may_throw("proto_item_append_text");
  char text[kLongestText];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  proto_item_append_text(item, "%s", text);
}

void prepend_to_column(column_info* columns, int column, const char* format, ...) {
  may_throw("col_prepend_fence_fstr");
  char text[kLongestText];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  col_prepend_fence_fstr(columns, column, "%s", text);
}

struct Import {
  std::string_view name;
  void* replacement;
};

#define DISTURBED(function)                                                           \
  [] {                                                                                \
    static constexpr char kName[] = #function;                                        \
    return Import{kName, reinterpret_cast<void*>(Disturbed<&function, kName>::call)}; \
  }()

#define DISTURBED_WITH_TEXT(function)                                                   \
  [] {                                                                                  \
    static constexpr char kName[] = #function;                                          \
    return Import{kName, reinterpret_cast<void*>(add_uint_with_text<function, kName>)}; \
  }()

/// Every function of libwireshark that the plugin calls while a packet is dissected.
const std::array kDuringDissection{
    DISTURBED(expert_add_info),
    DISTURBED(have_tap_listener),
    DISTURBED(mark_frame_as_depended_upon),
    DISTURBED(proto_field_is_referenced),
    DISTURBED(proto_item_add_subtree),
    DISTURBED(proto_tree_add_boolean),
    DISTURBED(proto_tree_add_item),
    DISTURBED(proto_tree_add_string),
    DISTURBED(proto_tree_add_time),
    DISTURBED(proto_tree_add_uint),
    DISTURBED(tap_queue_packet),
    DISTURBED(tvb_captured_length),
    DISTURBED(tvb_get_ptr),
    Import{"col_prepend_fence_fstr", reinterpret_cast<void*>(prepend_to_column)},
    Import{"proto_item_append_text", reinterpret_cast<void*>(append_text)},
    DISTURBED_WITH_TEXT(proto_tree_add_uint_format),
    DISTURBED_WITH_TEXT(proto_tree_add_uint_format_value),
};

#undef DISTURBED
#undef DISTURBED_WITH_TEXT

/// Functions that the plugin calls at other times, by the start of their names: when it registers, and when
/// statistics, menus and windows are drawn. Those that only read what the program or the file is called throw
/// nothing.
constexpr std::array<std::string_view, 16> kAtOtherTimes{
    "create_dissector_handle",
    "epan_get_",
    "expert_register_",
    "find_protocol_by_id",
    "funnel_",
    "plugin_if_",
    "prefs_register_",
    "proto_get_id_by_",
    "proto_is_protocol_",
    "proto_register_",
    "register_",
    "remove_tap_listener",
    "report_",
    "sequence_analysis_",
    "stat_tap_",
    "stats_tree_",
};

[[noreturn]] void give_up(const char* reason, const char* what) {
  std::fprintf(stderr, "fault injection: %s: %s\n", reason, what);
  std::abort();
}

bool is_of_wireshark(const char* function) {
  void* const address = dlsym(RTLD_DEFAULT, function);
  Dl_info where{};
  return address != nullptr && dladdr(address, &where) != 0 &&
         std::strstr(where.dli_fname, "libwireshark.") != nullptr;
}

void replace(void** entry, void* replacement) {
  const auto page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(entry) & ~(page_size - 1);
  if (mprotect(reinterpret_cast<void*>(page), page_size, PROT_READ | PROT_WRITE) != 0) {
    give_up("cannot change the imports", std::strerror(errno));
  }
  *entry = replacement;
}

/// Goes through the functions that a module imports (ELF: DT_JMPREL).
void disturb_imports(const link_map* module) {
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela)* imports = nullptr;
  std::size_t count = 0;
  for (const ElfW(Dyn)* entry = module->l_ld; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols = reinterpret_cast<const ElfW(Sym)*>(entry->d_un.d_ptr);
        break;
      case DT_STRTAB:
        names = reinterpret_cast<const char*>(entry->d_un.d_ptr);
        break;
      case DT_JMPREL:
        imports = reinterpret_cast<const ElfW(Rela)*>(entry->d_un.d_ptr);
        break;
      case DT_PLTRELSZ:
        count = entry->d_un.d_val / sizeof(ElfW(Rela));
        break;
      default:
        break;
    }
  }
  if (symbols == nullptr || names == nullptr || imports == nullptr) give_up("no imports in", module->l_name);
  char* listed = control().functions;
  for (std::size_t i = 0; i < count; ++i) {
    const char* const name = names + symbols[imports[i].r_info >> 32U].st_name;
    if (!is_of_wireshark(name)) continue;
    const auto* const found = std::find_if(kDuringDissection.begin(), kDuringDissection.end(),
                                           [&](const Import& import) { return import.name == name; });
    if (found != kDuringDissection.end()) {
      replace(reinterpret_cast<void**>(module->l_addr + imports[i].r_offset), found->replacement);
      const std::ptrdiff_t left = control().functions + sizeof control().functions - listed;
      listed += std::snprintf(listed, static_cast<std::size_t>(left), "%s\n", name);
      continue;
    }
    const bool elsewhere =
        std::any_of(kAtOtherTimes.begin(), kAtOtherTimes.end(),
                    [&](std::string_view start) { return std::string_view(name).starts_with(start); });
    if (!elsewhere) give_up("a function that is not listed", name);
  }
}

void* allocate(std::size_t size, std::size_t alignment) {
  FaultControl& shared = control();
  if (shared.allocations_until_failure != 0 && --shared.allocations_until_failure == 0) {
    ++shared.failures;
    throw std::bad_alloc();
  }
  void* const memory = alignment == 0
                           ? std::malloc(size)
                           : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  ++shared.live_blocks;
  return memory;
}

void release(void* memory) {
  if (memory != nullptr) --control().live_blocks;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size, 0);
}
void* operator new[](std::size_t size) {
  return allocate(size, 0);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}

/// The first function that a plugin calls, in the place of Wireshark's.
extern "C" {
WS_DLL_PUBLIC void proto_register_plugin(const proto_plugin* plugin) {
  Dl_info where{};
  void* module = nullptr;
  if (dladdr1(plugin, &where, &module, RTLD_DL_LINKMAP) == 0) give_up("whose plugin is", "this");
  if (std::strstr(where.dli_fname, "/pmtu.so") != nullptr) disturb_imports(static_cast<link_map*>(module));
  void* const next = dlsym(RTLD_NEXT, "proto_register_plugin");
  reinterpret_cast<decltype(&proto_register_plugin)>(next)(plugin);
}
}
