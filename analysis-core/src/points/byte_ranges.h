// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "points/passage.h"

namespace pmtu {

/// Sequence numbers of one stream in a line, however often they wrap.
class Unwrapped {
 public:
  std::int64_t operator()(SequenceNumber sequence) {
    if (!begun_) last_ = sequence;
    begun_ = true;
    position_ += SequenceNumber::distance(last_, sequence);
    last_ = sequence;
    return position_;
  }

 private:
  SequenceNumber last_;
  std::int64_t position_ = 0;
  bool begun_ = false;
};

/// Bytes of one stream that were captured, whatever segments they came in.
class ByteRanges {
 public:
  /// `first`: where both this stream and what is asked of it count from.
  explicit ByteRanges(SequenceNumber first) { (void)place_(first); }

  void add(const Passage& passage) {
    if (passage.payload == 0) return;
    const std::int64_t begin = place_(passage.sequence);
    ranges_.push_back({begin, begin + passage.payload});
  }
  /// To be called once all are added.
  void settle() {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::size_t last = 0;
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
      if (ranges_[i].begin <= ranges_[last].end)
        ranges_[last].end = std::max(ranges_[last].end, ranges_[i].end);
      else
        ranges_[++last] = ranges_[i];
    }
    if (!ranges_.empty()) ranges_.resize(last + 1);
  }
  [[nodiscard]] bool hold(std::int64_t begin, std::uint32_t length) const {
    const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), begin,
                                        [](std::int64_t b, const Range& r) { return b < r.begin; });
    return after != ranges_.begin() && begin + length <= (after - 1)->end;
  }

 private:
  struct Range {
    std::int64_t begin;
    std::int64_t end;
  };
  std::vector<Range> ranges_;
  Unwrapped place_;
};

}  // namespace pmtu
