// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan/merged_captures.h"

#include <sys/resource.h>

namespace pmtu::scan {
namespace {

/// Programs may usually open far more files than they are given at first.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

MergedCaptures::MergedCaptures(const std::vector<Source>& sources) {
  allow_many_files();
  for (const Source& source : sources) {
    Input& input = inputs_.emplace_back();
    input.path = source.path;
    origins_.emplace_back(files_.size(), 0);
    files_.push_back(source.path);
    if (!source.error.empty()) {
      errors_.push_back({source.path, source.error});
    } else if (!input.capture.open(source.path)) {
      errors_.push_back({source.path, input.capture.error()});
    } else {
      advance(inputs_.size() - 1);
    }
  }
}

void MergedCaptures::advance(std::size_t index) {
  Input& input = inputs_[index];
  const auto frame = input.capture.next();
  if (frame) {
    input.frame = *frame;
    turns_.emplace(frame->time.nanoseconds(), index);
  } else if (!input.capture.error().empty()) {
    errors_.push_back({input.path, input.capture.error()});
  }
}

/// The first section of each file has the file's number, further ones follow.
std::uint32_t MergedCaptures::section_of(std::size_t index, std::uint32_t section) {
  if (section == 0) return static_cast<std::uint32_t>(index);
  const auto next = static_cast<std::uint32_t>(files_.size());
  const auto [place, is_new] = further_sections_.emplace(Origin(index, section), next);
  if (is_new) {
    origins_.emplace_back(index, section);
    files_.push_back(inputs_[index].path);
  }
  return place->second;
}

std::string MergedCaptures::interface_name(std::uint32_t section, std::uint32_t number) const {
  const auto& [input, own_section] = origins_[section];
  return inputs_[input].capture.interface_name(own_section, number);
}

std::optional<Frame> MergedCaptures::next() {
  if (given_) advance(*given_);
  given_.reset();
  if (turns_.empty()) return std::nullopt;
  given_ = turns_.top().second;
  turns_.pop();
  Frame frame = inputs_[*given_].frame;
  frame.number = FrameNumber(++frames_);
  frame.section = section_of(*given_, frame.section);
  return frame;
}

}  // namespace pmtu::scan
