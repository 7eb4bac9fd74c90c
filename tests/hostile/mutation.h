// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "support/capture_reader.h"
#include "support/datagram_builder.h"

/// Damage that captures suffer, by accident or on purpose.
namespace pmtu::test {

/// What a mutation leaves of a capture's meaning.
enum class Meaning : std::uint8_t {
  kept,      ///< every verdict stays as it was
  lost,      ///< much may be lost, but nobody may be accused who was not
  doubtful,  ///< what would acquit may be gone: an accusation more says "probably"
  altered,   ///< chance may make evidence, too: one damaged byte turns a forged number into one that was sent
};

struct Mutation {
  std::string name;
  Meaning meaning = Meaning::lost;
  bool is_random = false;  ///< worth trying more than once
  std::function<void(LooseCapture& capture, std::mt19937& random)> apply;
};

[[nodiscard]] const std::vector<Mutation>& mutations();

}  // namespace pmtu::test
