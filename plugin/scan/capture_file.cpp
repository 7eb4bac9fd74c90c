// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/capture_file.h"

#include <glib.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>
#include <wsutil/wslog.h>

#include <cstdarg>
#include <cstdio>

#include "capture_record.h"

namespace pmtu::scan {
namespace {

/// Of the file library, about a file that it reads all the same.
void print_message(const char* format, std::va_list values) {
  std::fputs("pmtu-scan: ", stderr);
  std::vfprintf(stderr, format, values);
  std::fputc('\n', stderr);
}

/// Takes over `details`.
std::string message_of(int error, char* details) {
  std::string text =
      error == WTAP_ERR_SHORT_READ ? "the file ends in the middle of a record" : wtap_strerror(error);
  if (details != nullptr) text.append(": ").append(details);
  g_free(details);
  return text;
}

}  // namespace

void start_file_library(const char* program) {
  // Until then everything is logged, and slowly.
  ws_log_set_level(LOG_LEVEL_WARNING);
  init_process_policies();
  // Finds the folder of file readers that are plugins; without it there are the built-in ones.
  plugin::compat::find_folders(program);
  static report_message_routines routines{};
  routines.vreport_failure = print_message;
  routines.vreport_warning = print_message;
  init_report_message("pmtu-scan", &routines);
  wtap_init(true);
}

bool CaptureFile::open(const std::string& path) {
  int error = 0;
  char* details = nullptr;
  records_ = 0;
  error_.clear();
  file_.reset(wtap_open_offline(path.c_str(), WTAP_TYPE_AUTO, &error, &details, false));
  if (!file_) error_ = message_of(error, details);
  return file_ != nullptr;
}

std::optional<Frame> CaptureFile::next() {
  int error = 0;
  char* details = nullptr;
  while (record_.read(file_.get(), &error, &details)) {
    ++records_;
    const wtap_rec& record = record_.record();
    if (record.rec_type == REC_TYPE_PACKET)
      return plugin::frame_of_record(record, FrameNumber(records_), record.ts, record_.bytes());
  }
  if (error != 0) error_ = message_of(error, details);
  return std::nullopt;
}

std::string CaptureFile::interface_name(std::uint32_t section, std::uint32_t number) const {
  const char* const name = plugin::compat::interface_name_in(file_.get(), number, section);
  return name != nullptr ? name : "";
}

void CaptureFile::expect_more() {
  wtap_cleareof(file_.get());
}

}  // namespace pmtu::scan
