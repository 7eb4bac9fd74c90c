// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>

// These presume the header above.
#include <epan/conversation_filter.h>
#include <epan/epan.h>
#include <epan/prefs.h>
#include <epan/stat_tap_ui.h>
#include <wiretap/wtap.h>
#include <ws_symbol_export.h>
#include <ws_version.h>
#include <wsutil/buffer.h>
#include <wsutil/filesystem.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <tuple>
#include <type_traits>

extern "C" {
WS_DLL_PUBLIC void register_seq_analysis(const char* name, const char* title, const int protocol,
                                         const char* tap, unsigned tap_flags, tap_packet_cb tap_function);
}

/// What differs between the Wireshark versions that the plugin builds with: 4.0, 4.2, 4.4 and 4.6. Version
/// conditions stand here and nowhere else. Where only a type changed it is read off the SDK's own
/// declaration, so that no table of versions can be wrong about it.
namespace pmtu::plugin::compat {

template <class Function>
struct Signature;
template <class Result, class... Parameters>
struct Signature<Result (*)(Parameters...)> {
  using result = Result;
  using last_parameter = std::tuple_element_t<sizeof...(Parameters) - 1, std::tuple<Parameters...>>;
};

/// The captured bytes of a buffer. Lengths are signed up to 4.6 and announced to be unsigned after it.
template <class GetBytes = decltype(&tvb_get_ptr)>
std::span<const std::uint8_t> captured_bytes(tvbuff_t* tvb, GetBytes get = &tvb_get_ptr) {
  const std::size_t length = tvb_captured_length(tvb);
  if (length == 0) return {};
  return {get(tvb, 0, static_cast<typename Signature<GetBytes>::last_parameter>(length)), length};
}

/// What a boolean preference is kept in: `gboolean` in 4.0, `bool` in 4.4.
using PreferenceBool =
    std::remove_pointer_t<Signature<decltype(&prefs_register_bool_preference)>::last_parameter>;

/// Keeps an earlier frame where frames that this one depends on are kept, as when displayed frames are
/// exported. The dependence is noted in the packet in 4.0, in the frame in 4.4.
template <class Mark = decltype(&mark_frame_as_depended_upon)>
void depend_on_frame(packet_info* pinfo, std::uint32_t earlier_frame,
                     Mark mark = &mark_frame_as_depended_upon) {
  if constexpr (std::is_invocable_v<Mark, packet_info*, std::uint32_t>) {
    mark(pinfo, earlier_frame);
  } else {
    mark(pinfo->fd, earlier_frame);
  }
}

/// What the interface of a packet is called in the capture file; nullptr where nobody knows. Later series
/// take the section, too.
template <class Get = decltype(&epan_get_interface_name)>
const char* interface_name(const packet_info* pinfo, std::uint32_t interface_id, std::uint32_t section,
                           Get get = &epan_get_interface_name) {
  if constexpr (std::is_invocable_v<Get, const epan_t*, std::uint32_t, unsigned>) {
    return get(pinfo->epan, interface_id, section);
  } else {
    // Numbers begin anew in each section, and only those of the first are known by name.
    return section == 0 ? get(pinfo->epan, interface_id) : nullptr;
  }
}

/// The same of an open file. Later series number interfaces in each section, and can tell which is meant.
template <class File>
const char* interface_name_in(File* file, std::uint32_t interface_id, std::uint32_t section) {
  std::uint32_t place = interface_id;
  if constexpr (requires { wtap_file_get_shb_global_interface_id(file, section, interface_id); })
    place = wtap_file_get_shb_global_interface_id(file, section, interface_id);
  wtapng_iface_descriptions_t* const all = wtap_file_get_idb_info(file);
  const GArray* const interfaces = all->interface_data;
  char* name = nullptr;
  if (place < interfaces->len) {
    wtap_block* const interface = g_array_index(interfaces, wtap_block_t, place);
    for (const unsigned option :
         std::initializer_list<unsigned>{OPT_IDB_NAME, OPT_IDB_DESCRIPTION, OPT_IDB_HARDWARE}) {
      if (wtap_block_get_string_option_value(interface, option, &name) == WTAP_OPTTYPE_SUCCESS) break;
    }
  }
  g_free(all);
  return name;
}

/// Has Wireshark's library find its folders, from where `program` lies. Up to 4.4 it is also told whose they
/// are.
template <class Begin = decltype(&configuration_init)>
void find_folders(const char* program, Begin begin = &configuration_init) {
  if constexpr (std::is_invocable_v<Begin, const char*>) {
    g_free(begin(program));
  } else {
    g_free(begin(program, nullptr));
  }
}

/// Gives a function of a packet the signature that the SDK wants: from 4.4 on, callbacks of conversation
/// filters have a parameter for user data.
template <auto kFunction, class Wanted>
struct ForPacket;
template <auto kFunction, class Result, class... Rest>
struct ForPacket<kFunction, Result (*)(packet_info*, Rest...)> {
  static Result call(packet_info* pinfo, Rest...) { return kFunction(pinfo); }
};

/// Adds an entry to Conversation Filter in the context menu of packets.
template <auto kIsValid, auto kBuild, class Register = decltype(&register_conversation_filter)>
void add_conversation_filter(const char* protocol, const char* title,
                             Register add = &register_conversation_filter) {
  constexpr is_filter_valid_func kValid = ForPacket<kIsValid, is_filter_valid_func>::call;
  constexpr build_filter_string_func kText = ForPacket<kBuild, build_filter_string_func>::call;
  if constexpr (std::is_invocable_v<Register, const char*, const char*, is_filter_valid_func,
                                    build_filter_string_func>) {
    add(protocol, title, kValid, kText);
  } else {
    add(protocol, title, kValid, kText, nullptr);
  }
}

/// Start of Wireshark's flow graph item, as far as the plugin fills it; the SDK has the functions but not the
/// header (epan/sequence_analysis.h). Only the kind of its booleans has changed since 4.0.
struct FlowGraphItem {
  std::uint32_t frame_number;
  address source;
  std::uint16_t source_port;
  address destination;
  std::uint16_t destination_port;
  char* label;
  char* time;
  char* comment;
  std::uint16_t conversation;
  unsigned foreground;
  unsigned background;
  PreferenceBool has_color;
  PreferenceBool display;
};

/// Start of Wireshark's flow graph.
struct FlowGraph {
  const char* name;
  PreferenceBool any_address;
  int conversations;
  GQueue* items;
};

/// What the callback that starts a `-z` statistic returns: nothing, or from 4.6 on whether it could start.
using TapInitResult = Signature<stat_tap_init_cb>::result;

/// The statistic could not start, and the user was told why. Where the callback cannot say so, the program
/// ends here, as it does for the statistics that come with Wireshark.
template <class Result>
Result refuse_tap() {
  if constexpr (std::is_void_v<Result>) {
    std::exit(EXIT_FAILURE);
  } else {
    return false;
  }
}

template <class Result>
Result accept_tap() {
  if constexpr (!std::is_void_v<Result>) return true;
}

/// A record of a capture file with its bytes. From 4.6 on Wireshark keeps both in one structure.
template <class Record = wtap_rec>
class RecordBuffer {
 public:
  RecordBuffer() {
    constexpr std::size_t kUsualBytes = 1514;  // a full Ethernet frame; grows where it must
    if constexpr (kHoldsItsBytes) {
      wtap_rec_init(&record_, kUsualBytes);
    } else {
      initialize(wtap_rec_init);
      ws_buffer_init(&bytes_, kUsualBytes);
    }
  }
  ~RecordBuffer() {
    wtap_rec_cleanup(&record_);
    if constexpr (!kHoldsItsBytes) ws_buffer_free(&bytes_);
  }
  RecordBuffer(const RecordBuffer&) = delete;
  RecordBuffer& operator=(const RecordBuffer&) = delete;

  /// The next record of the file. False at its end, and where `error` is not 0.
  bool read(wtap* file, int* error, char** details) { return read_by(wtap_read, file, error, details); }

  [[nodiscard]] const Record& record() const { return record_; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    const std::size_t captured = record_.rec_header.packet_header.caplen;
    if constexpr (kHoldsItsBytes) {
      return {ws_buffer_start_ptr(&record_.data), captured};
    } else {
      return {ws_buffer_start_ptr(&bytes_), captured};
    }
  }

 private:
  static constexpr bool kHoldsItsBytes = requires(Record & record) { record.data; };

  template <class Initialize>
  void initialize(Initialize initialize_record) {
    initialize_record(&record_);
  }
  template <class Read>
  bool read_by(Read read_record, wtap* file, int* error, char** details) {
    wtap_rec_reset(&record_);
    gint64 offset = 0;
    if constexpr (kHoldsItsBytes) {
      return read_record(file, &record_, error, details, &offset);
    } else {
      return read_record(file, &record_, &bytes_, error, details, &offset);
    }
  }

  Record record_{};
  struct None {};
  std::conditional_t<kHoldsItsBytes, None, Buffer> bytes_{};
};

/// What `plugin_describe` answers; not asked before 4.2. The SDK's names for the bits (dissector, tap
/// listener) are in a header that 4.0 lacks.
inline constexpr std::uint32_t kPluginDescription = 1U << 0 | 1U << 4;

}  // namespace pmtu::plugin::compat
