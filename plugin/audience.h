// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>
#include <epan/tap.h>

#include <cstdint>

namespace pmtu::plugin {

/// Whether anybody will see what is found in the open file. Where nobody can, nothing is analysed:
/// `tshark -q -z conv,tcp`, in a script over thousands of captures, never asks.
///
/// At once a tree shows it, columns do, or a listener of our tap or of the one for expert items. Later it
/// can be asked for only where frames are kept: by Wireshark, sharkd and `tshark -2`, but not by tshark
/// alone. Wireshark does not say to a plugin which of them it runs in, but their ways show it. A program that
/// forgets its frames keeps what it knows of each in one and the same place, and hands each to taps as it
/// comes; those that keep them do not do the one or not do the other. It has also got all its listeners
/// before it begins to read. So the first two frames decide, and are analysed.
class Audience {
 public:
  /// To be asked when a frame is dissected for the first time.
  [[nodiscard]] bool absent(packet_info* pinfo, const proto_tree* tree) {
    if (tree != nullptr || pinfo->cinfo != nullptr) return false;
    if (somebody_ == Somebody::unknown) [[unlikely]]
      watch(pinfo);
    return somebody_ == Somebody::never;
  }

  /// To be called before the file is closed.
  void leave() noexcept;

 private:
  /// Whether somebody asks without a tree and columns.
  enum class Somebody : std::uint8_t { unknown, maybe, never };

  void watch(const packet_info* pinfo);
  static tap_packet_status handed_to_taps(void* audience, packet_info*, epan_dissect_t*, const void*,
                                          tap_flags_t) noexcept;

  const frame_data* first_ = nullptr;  ///< where the first frame is described, once there was one
  Somebody somebody_ = Somebody::unknown;
  bool listening_ = false;
  bool heard_ = false;  ///< of the first frame, by way of the tap
};

}  // namespace pmtu::plugin
