// SPDX-License-Identifier: GPL-2.0-or-later
// seed_corpus FOLDER TRACE…: writes FOLDER/fuzz_decode and FOLDER/fuzz_capture from the frames of traces.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "support/trace.h"

namespace {

using pmtu::test::Bytes;
using pmtu::test::put16;
using pmtu::test::put32;
using pmtu::test::put8;

void write(const std::filesystem::path& file, const Bytes& bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void write_seeds(const std::filesystem::path& folder, const pmtu::test::Trace& trace) {
  // The start of a payload tells all that the analysis looks at.
  constexpr std::size_t kHeadersAndMore = 160;
  Bytes capture{0};
  std::int64_t before = 0;
  for (const pmtu::test::TraceFrame& frame : trace.frames) {
    Bytes bytes = frame.bytes;
    if (bytes.size() > kHeadersAndMore) bytes.resize(kHeadersAndMore);
    Bytes single;
    put8(single, static_cast<std::uint32_t>(frame.link_type));
    put8(single, 0);
    append(single, bytes);
    write(folder / "fuzz_decode" / (trace.name + '-' + std::to_string(frame.number.value())), single);

    put8(capture, static_cast<std::uint32_t>(frame.link_type));
    put8(capture, frame.interface_id & 3U);
    const std::int64_t now = frame.time.nanoseconds() / 1000;
    put32(capture, static_cast<std::uint32_t>(now - before));
    before = now;
    put16(capture, static_cast<std::uint32_t>(bytes.size()));
    append(capture, bytes);
  }
  write(folder / "fuzz_capture" / trace.name, capture);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: seed_corpus FOLDER TRACE...\n";
    return 2;
  }
  try {
    const std::filesystem::path folder(argv[1]);
    std::filesystem::create_directories(folder / "fuzz_decode");
    std::filesystem::create_directories(folder / "fuzz_capture");
    for (int i = 2; i < argc; ++i) write_seeds(folder, pmtu::test::read_trace(argv[i]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
