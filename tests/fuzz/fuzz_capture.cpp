// SPDX-License-Identifier: GPL-2.0-or-later
// A capture: a byte of preferences, then records of link type (1), interface (1), microseconds since the
// record before (4, signed), length (2) and bytes.
#include <cstdint>
#include <vector>

#include "input.h"
#include "pmtu/analyzer.h"
#include "pmtu/decode.h"
#include "support/analysis_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pmtu::fuzz::Input input({data, size});
  const pmtu::Preferences preferences = pmtu::fuzz::small_preferences(input.u8());
  pmtu::Analyzer analyzer(preferences);
  std::int64_t now = 1'700'000'000'000'000'000;
  std::uint32_t number = 0;
  while (!input.empty()) {
    pmtu::Frame frame;
    frame.link_type = pmtu::fuzz::link_type(input.u8());
    const std::uint8_t dissector = input.u8();
    frame.interface_id = dissector & 3U;
    now += std::int64_t{static_cast<std::int32_t>(input.u32())} * 1000;
    const auto taken = input.take(input.u16());
    const std::vector<std::uint8_t> bytes(taken.begin(), taken.end());
    frame.number = pmtu::FrameNumber(++number);
    frame.time = pmtu::Timestamp(now);
    frame.bytes = bytes;
    if ((dissector & 0x80U) != 0) frame.oracle = {&dissector, pmtu::fuzz::any_payload};
    analyzer.observe(frame);
  }
  pmtu::fuzz::report(pmtu::test::broken_promises(analyzer, preferences, pmtu::FrameNumber(number)));
  return 0;
}
