// SPDX-License-Identifier: GPL-2.0-or-later
// trace_to_pcap FOLDER TRACE…: writes each trace as FOLDER/NAME.pcapng.
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "support/capture_file.h"
#include "support/trace.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: trace_to_pcap FOLDER TRACE...\n";
    return 2;
  }
  try {
    for (int i = 2; i < argc; ++i) {
      const pmtu::test::Trace trace = pmtu::test::read_trace(argv[i]);
      std::ofstream out(std::string(argv[1]) + "/" + trace.name + ".pcapng", std::ios::binary);
      pmtu::test::write_capture_file(trace, out);
      if (!out.flush()) {
        std::cerr << "cannot write the capture of " << trace.name << '\n';
        return 1;
      }
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
