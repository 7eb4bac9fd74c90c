// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/live_input.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace pmtu::scan {
namespace {

constexpr std::size_t kBytesAtATime = 65536;
/// The library may look back so far: it has to find a record that it began to read.
constexpr std::uint64_t kLookBack = std::uint64_t{1} << 20;
constexpr std::uint64_t kDropAtATime = std::uint64_t{16} << 20;

}  // namespace

LiveInput::LiveInput() {
#ifdef __linux__
  file_ = memfd_create("pmtu-scan", MFD_CLOEXEC);
  path_ = "/proc/self/fd/" + std::to_string(file_);
#else
  path_ = "/tmp/pmtu-scan.XXXXXX";
  file_ = mkstemp(path_.data());
#endif
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "file for standard input");
}

LiveInput::~LiveInput() {
  close(file_);
#ifndef __linux__
  if (!open_) unlink(path_.c_str());
#endif
}

void LiveInput::keep(std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t put = pwrite(file_, pending_.data() + done, bytes - done, static_cast<off_t>(kept_));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw std::system_error(errno, std::generic_category(), "file for standard input");
    done += static_cast<std::size_t>(put);
    kept_ += static_cast<std::uint64_t>(put);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

bool LiveInput::take(int descriptor) {
  const std::size_t before = pending_.size();
  pending_.resize(before + kBytesAtATime);
  ssize_t got = 0;
  do got = read(descriptor, pending_.data() + before, kBytesAtATime);
  while (got < 0 && errno == EINTR);
  const bool ended = got <= 0;
  pending_.resize(before + (ended ? 0 : static_cast<std::size_t>(got)));
  // At the end, or in no known format, let the library say what is wrong.
  const std::size_t whole = splitter_.whole_records(pending_);
  keep(ended || splitter_.is_lost() ? pending_.size() : whole);
  if (!open_ && kept_ != 0 && (ended || splitter_.any_packet() || splitter_.is_lost())) {
    open_ = capture_.open(path_);
#ifndef __linux__
    if (open_) unlink(path_.c_str());
#endif
  }
  if (open_) capture_.expect_more();
  return !ended && capture_.error().empty();
}

std::optional<Frame> LiveInput::next() {
  if (!open_ || !capture_.error().empty()) return std::nullopt;
  auto frame = capture_.next();
  if (!frame) drop_what_was_read();
  return frame;
}

void LiveInput::drop_what_was_read() {
#ifdef __linux__
  // All that was kept has been read: next() gave everything.
  if (kept_ < dropped_ + kDropAtATime + kLookBack) return;
  const std::uint64_t bytes = (kept_ - kLookBack - dropped_) / kDropAtATime * kDropAtATime;
  if (fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(dropped_),
                static_cast<off_t>(bytes)) == 0)
    dropped_ += bytes;
#endif
}

std::string LiveInput::error_at_end() const {
  return capture_.error();
}

}  // namespace pmtu::scan
