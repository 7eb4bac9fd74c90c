// SPDX-License-Identifier: GPL-2.0-or-later
// seed_corpus FOLDER FILE…: writes FOLDER/fuzz_decode and FOLDER/fuzz_capture from the frames of traces
// (*.trace) and captures.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/capture_reader.h"
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

struct Seed {
  pmtu::Timestamp time;
  pmtu::LinkType link_type;
  std::uint32_t interface_id;
  Bytes bytes;
};

std::vector<Seed> frames_of(const std::filesystem::path& file) {
  std::vector<Seed> frames;
  if (file.extension() == ".trace") {
    const pmtu::test::Trace trace = pmtu::test::read_trace(file.string());
    for (const pmtu::test::TraceFrame& frame : trace.frames) {
      frames.push_back({frame.time, frame.link_type, frame.interface_id, frame.bytes});
    }
    return frames;
  }
  pmtu::test::CaptureReader reader;
  pmtu::test::CapturedFrame frame;
  if (!reader.open(file.string())) throw std::runtime_error("no capture: " + file.string());
  while (reader.next(frame)) {
    frames.push_back(
        {frame.time, frame.link_type, frame.interface_id, {frame.bytes.begin(), frame.bytes.end()}});
  }
  return frames;
}

void write_seeds(const std::filesystem::path& folder, const std::filesystem::path& file) {
  // The start of a payload tells all that the analysis looks at, and the start of a capture is seed enough.
  constexpr std::size_t kHeadersAndMore = 160;
  constexpr std::size_t kFrames = 48;
  std::vector<Seed> frames = frames_of(file);
  if (frames.size() > kFrames) frames.resize(kFrames);
  const std::string name = file.stem().string();
  Bytes capture{0};
  std::int64_t before = 0;
  unsigned number = 0;
  for (Seed& frame : frames) {
    if (frame.bytes.size() > kHeadersAndMore) frame.bytes.resize(kHeadersAndMore);
    Bytes single;
    put8(single, static_cast<std::uint32_t>(frame.link_type));
    put8(single, 0);
    append(single, frame.bytes);
    write(folder / "fuzz_decode" / (name + '-' + std::to_string(++number)), single);

    put8(capture, static_cast<std::uint32_t>(frame.link_type));
    put8(capture, frame.interface_id & 3U);
    const std::int64_t now = frame.time.nanoseconds() / 1000;
    put32(capture, static_cast<std::uint32_t>(now - before));
    before = now;
    put16(capture, static_cast<std::uint32_t>(frame.bytes.size()));
    append(capture, frame.bytes);
  }
  write(folder / "fuzz_capture" / name, capture);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: seed_corpus FOLDER FILE...\n";
    return 2;
  }
  try {
    const std::filesystem::path folder(argv[1]);
    std::filesystem::create_directories(folder / "fuzz_decode");
    std::filesystem::create_directories(folder / "fuzz_capture");
    for (int i = 2; i < argc; ++i) write_seeds(folder, argv[i]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
