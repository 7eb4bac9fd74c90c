// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/worker_pool.h"

#include <poll.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace pmtu::scan {
namespace {

/// Answers that wait for an earlier one are kept in memory: above this no further capture is begun.
constexpr std::size_t kMostBytesWaiting = std::size_t{64} << 20;

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_ = -1;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  Descriptor out;
  Descriptor in;
};

/// False at the end of the file, and on an error.
bool read_all(int descriptor, void* buffer, std::size_t size) {
  auto* next = static_cast<char*>(buffer);
  while (size != 0) {
    const ssize_t got = read(descriptor, next, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    next += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int descriptor, const void* buffer, std::size_t size) {
  const auto* next = static_cast<const char*>(buffer);
  while (size != 0) {
    const ssize_t put = write(descriptor, next, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    next += put;
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

/// An answer on its way from process to process: its length, then its parts.
class Packer {
 public:
  void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(const std::string& text) {
    number(text.size());
    bytes_ += text;
  }
  [[nodiscard]] std::string packet() const {
    const std::uint64_t size = bytes_.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + bytes_;
  }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const std::size_t size = number();
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view rest_;
};

std::string packed(const Answer& answer) {
  Packer packer;
  packer.text(answer.output);
  packer.text(answer.complaint);
  packer.number(answer.verdicts.to_ullong());
  packer.number(answer.failed ? 1 : 0);
  packer.number(answer.frames);
  packer.number(answer.tallies.size());
  for (const Tally& tally : answer.tallies) {
    packer.number(static_cast<std::uint64_t>(tally.verdict));
    packer.text(tally.sender);
    packer.text(tally.reporter);
    packer.number(tally.directions);
  }
  return packer.packet();
}

/// Empty while bytes are missing.
std::optional<Answer> unpacked(const std::string& bytes) {
  std::uint64_t size = 0;
  if (bytes.size() < sizeof size) return std::nullopt;
  Unpacker unpacker(bytes);
  size = unpacker.number();
  if (bytes.size() - sizeof size < size) return std::nullopt;
  Answer answer;
  answer.output = unpacker.text();
  answer.complaint = unpacker.text();
  answer.verdicts = VerdictSet(unpacker.number());
  answer.failed = unpacker.number() != 0;
  answer.frames = unpacker.number();
  for (std::uint64_t left = unpacker.number(); left != 0; --left) {
    Tally& tally = answer.tallies.emplace_back();
    tally.verdict = static_cast<Verdict>(unpacker.number());
    tally.sender = unpacker.text();
    tally.reporter = unpacker.text();
    tally.directions = unpacker.number();
  }
  return answer;
}

/// A process that scans the captures whose indexes it is sent, one at a time.
struct Worker {
  pid_t process = -1;
  Descriptor tasks;
  Descriptor answers;
  std::optional<std::size_t> task;  ///< index of the capture that it is at
  std::string received;             ///< of the answer
};

class Pool {
 public:
  explicit Pool(const Work& work) : work_(work) {}
  ~Pool() {
    for (Worker& worker : workers_) end(worker);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  Ending run(int stop) {
    while (delivered_ < work_.sources.size()) {
      hand_out();
      if (wait_for_answers(stop)) return Ending::interrupted;
      if (!deliver()) return Ending::unwanted;
    }
    return Ending::done;
  }

 private:
  void start_worker();
  [[noreturn]] void serve(int tasks, int answers) const;
  void hand_out();
  [[nodiscard]] bool wait_for_answers(int stop);
  void receive(Worker& worker);
  void bury(Worker& worker);
  [[nodiscard]] bool deliver();
  static void end(Worker& worker);

  const Work& work_;
  std::list<Worker> workers_;
  std::map<std::size_t, Answer> waiting_;  ///< by index of the capture
  std::size_t waiting_bytes_ = 0;
  std::size_t next_ = 0;  ///< the capture to be handed out next
  std::size_t delivered_ = 0;
};

/// The life of a worker: ends when the other side of the pipe has gone.
void Pool::serve(int tasks, int answers) const {
  // What ends the program goes to all its processes; what becomes of this one is decided by its parent, to
  // whom a worker that ended first would look like one that crashed.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  std::size_t task = 0;
  while (read_all(tasks, &task, sizeof task)) {
    const Source& source = work_.sources[task];
    std::string answer;
    try {
      answer = packed(work_.scan(source));
    } catch (const std::bad_alloc&) {
      answer = packed(work_.lost(source, "out of memory"));
    }
    if (!write_all(answers, answer.data(), answer.size())) break;
  }
  _exit(0);
}

void Pool::start_worker() {
  Pipe tasks;
  Pipe answers;
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
#endif
    tasks.in = Descriptor();
    for (const Worker& other : workers_) {  // or none of them would see its pipe end
      close(other.tasks.get());
      close(other.answers.get());
    }
    serve(tasks.out.get(), answers.in.get());
  }
  workers_.push_back({process, std::move(tasks.in), std::move(answers.out), std::nullopt, {}});
}

void Pool::hand_out() {
  while (next_ < work_.sources.size() && (waiting_bytes_ < kMostBytesWaiting || next_ == delivered_)) {
    auto idle =
        std::find_if(workers_.begin(), workers_.end(), [](const Worker& worker) { return !worker.task; });
    if (idle == workers_.end()) {
      if (workers_.size() >= work_.jobs) return;
      try {
        start_worker();
      } catch (const std::system_error&) {
        if (workers_.empty()) throw;
        return;  // those that there are go on
      }
      idle = std::prev(workers_.end());
    }
    idle->task = next_++;
    // If the process is gone, its answer is: that there is none.
    (void)write_all(idle->tasks.get(), &*idle->task, sizeof *idle->task);
  }
}

/// Whether `stop` became readable.
bool Pool::wait_for_answers(int stop) {
  std::vector<pollfd> descriptors{{stop, POLLIN, 0}};
  std::vector<Worker*> busy;
  for (Worker& worker : workers_) {
    if (!worker.task) continue;
    descriptors.push_back({worker.answers.get(), POLLIN, 0});
    busy.push_back(&worker);
  }
  if (poll(descriptors.data(), descriptors.size(), -1) < 0) return false;  // a signal: asked again
  if (descriptors[0].revents != 0) return true;
  for (std::size_t i = 0; i < busy.size(); ++i) {
    if (descriptors[i + 1].revents != 0) receive(*busy[i]);
  }
  return false;
}

void Pool::receive(Worker& worker) {
  std::array<char, 65536> bytes;
  const ssize_t got = read(worker.answers.get(), bytes.data(), bytes.size());
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) return bury(worker);
  worker.received.append(bytes.data(), static_cast<std::size_t>(got));
  auto answer = unpacked(worker.received);
  if (!answer) return;
  worker.received.clear();
  waiting_bytes_ += answer->output.size();
  waiting_.emplace(*std::exchange(worker.task, std::nullopt), std::move(*answer));
}

/// The process has ended in mid-work: what it was at is lost, and another one takes its place.
void Pool::bury(Worker& worker) {
  int status = 0;
  while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) continue;
  std::string error = "the process that read it ended";
  if (WIFSIGNALED(status)) error += std::string(": ") + strsignal(WTERMSIG(status));
  waiting_.emplace(*worker.task, work_.lost(work_.sources[*worker.task], error));
  workers_.remove_if([&](const Worker& other) { return &other == &worker; });
}

bool Pool::deliver() {
  for (auto first = waiting_.begin(); first != waiting_.end() && first->first == delivered_;
       first = waiting_.erase(first)) {
    waiting_bytes_ -= std::min(waiting_bytes_, first->second.output.size());
    if (!work_.deliver(work_.sources[delivered_++], first->second)) return false;
  }
  return true;
}

/// Nothing of an unfinished answer is wanted any more. Who has nothing to do ends with its pipe.
void Pool::end(Worker& worker) {
  if (worker.task) kill(worker.process, SIGKILL);
  worker.tasks = Descriptor();
  while (waitpid(worker.process, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace

Ending share_out(const Work& work, int stop) {
  return Pool(work).run(stop);
}

}  // namespace pmtu::scan
