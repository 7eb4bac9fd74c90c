// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "pmtu/decode.h"
#include "pmtu/preferences.h"

/// How fuzz targets read their input.
namespace pmtu::fuzz {

/// Takes numbers and bytes from the front of the input; zeros past its end.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint8_t u8() {
    if (bytes_.empty()) return 0;
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8U | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16U | u16();
  }
  std::span<const std::uint8_t> take(std::size_t size) {
    const auto taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Every link type there is, so that one byte of input names one.
inline LinkType link_type(std::uint8_t byte) {
  return static_cast<LinkType>(byte % (static_cast<unsigned>(LinkType::pflog) + 1U));
}

/// Small bounds, so that short inputs reach them.
inline Preferences small_preferences(std::uint8_t byte) {
  Preferences preferences;
  if ((byte & 1U) != 0) preferences.max_flows = 2;
  if ((byte & 2U) != 0) preferences.max_paths = preferences.max_conversations = 2;
  if ((byte & 4U) != 0) preferences.max_findings = 6;
  if ((byte & 8U) != 0) preferences.max_listed_frames = 2;
  if ((byte & 16U) != 0) preferences.reaction_time = Duration{};
  if ((byte & 32U) != 0) preferences.processing_slack = Duration{};
  if ((byte & 64U) != 0) preferences.hint_full_age = preferences.hint_max_age = Duration::seconds(1);
  if ((byte & 128U) != 0) preferences.black_hole_transmissions = 2;
  return preferences;
}

/// Answers of a dissector that is wrong as often as right, the same for the same frame.
inline Encapsulation any_payload(const void* context, unsigned ordinal) noexcept {
  const auto answer = *static_cast<const std::uint8_t*>(context) + ordinal;
  return static_cast<Encapsulation>(answer % (static_cast<unsigned>(Encapsulation::quic) + 1U));
}

/// Stops the fuzzer with the promises that an input broke.
inline void report(const std::vector<std::string>& broken) {
  if (broken.empty()) return;
  for (const std::string& promise : broken) std::fprintf(stderr, "broken: %s\n", promise.c_str());
  std::abort();
}

}  // namespace pmtu::fuzz
