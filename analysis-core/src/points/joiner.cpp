// SPDX-License-Identifier: GPL-2.0-or-later
#include "points/joiner.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "points/byte_ranges.h"

namespace pmtu {
namespace {

PathKey undirected(const PathKey& path) {
  return path.destination < path.source ? PathKey{path.destination, path.source} : path;
}

PathKey path_of(const PassageLog& log, const Passage& passage) {
  return log.flow(passage.lane).path;
}

struct ByLane {
  bool operator()(const HintPassage& a, const HintPassage& b) const { return a.lane < b.lane; }
  bool operator()(const HintPassage& a, PassageLog::Lane lane) const { return a.lane < lane; }
  bool operator()(PassageLog::Lane lane, const HintPassage& b) const { return lane < b.lane; }
};

/// Whether its size was one on a wire.
bool has_wire_size(const Passage& passage) {
  return !passage.fragment && !passage.super_segment && passage.length != 0;
}

/// rule: offload. Datagrams without sequence numbers were put together before they were captured here, or are
/// cut behind it: none of them is what another point has.
bool holds_super_datagrams(const Station& station) {
  return std::any_of(station.passages.begin(), station.passages.end(),
                     [](const Passage& passage) { return passage.super_segment; });
}

/// 0: none so far. What has no size on a wire counts as large.
void note_smallest(std::uint32_t& smallest, std::uint32_t length) {
  const std::uint32_t size = length != 0 ? length : std::numeric_limits<std::uint32_t>::max();
  smallest = smallest == 0 ? size : std::min(smallest, size);
}

/// The nearest station before one, by place; those in between may lie on either side of it. Empty: none is
/// known to.
std::optional<std::size_t> station_before(const Way& way, std::size_t station) {
  for (std::size_t before = station; before-- > 0;) {
    const auto first = way.ordered.begin() + static_cast<std::ptrdiff_t>(before);
    const auto end = way.ordered.begin() + static_cast<std::ptrdiff_t>(station);
    if (std::find(first, end, true) != end) return before;
  }
  return std::nullopt;
}

}  // namespace

const FrameAcrossPoints* JoinedCapture::frame(FrameNumber number) const {
  const auto found = std::lower_bound(frames.begin(), frames.end(), number,
                                      [](const FrameAcrossPoints& f, FrameNumber n) { return f.frame < n; });
  return found != frames.end() && found->frame == number ? &*found : nullptr;
}

JoinedCapture Joiner::join() {
  sort_by_lane();
  JoinedCapture result;
  const auto groups = group_by_translation(log_, order_, begin_);
  const auto each_pair_of_ways = [&](auto&& use) {
    for (const std::vector<ConversationName>& names : groups) {
      std::vector<Lane> forth;
      std::vector<Lane> back;
      for (const ConversationName& name : names) {
        forth.push_back(name.conversation * 2 + (name.turned ? 1U : 0U));
        back.push_back(forth.back() ^ 1U);
      }
      Way one = way_of(forth);
      Way other = way_of(back);
      if (one.stations.size() < 2 && other.stations.size() < 2) continue;
      line_up(one, other);
      line_up(other, one);
      use(one);
      use(other);
    }
  };
  // Clocks first: they tell when both points captured.
  each_pair_of_ways([&](const Way& way) {
    note_presence(way);
    for (std::size_t from = 0; from < way.ordered.size(); ++from) {
      bool ordered = false;
      for (std::size_t to = from + 1; to < way.stations.size(); ++to) {
        ordered = ordered || way.ordered[to - 1];
        if (ordered) compare_clocks(way.stations[from], way.stations[to]);
      }
    }
  });
  settle_clocks(result);
  each_pair_of_ways([&](const Way& way) { tell(way, result); });
  judge_arrival(result.directions);
  std::stable_sort(result.frames.begin(), result.frames.end(),
                   [](const FrameAcrossPoints& a, const FrameAcrossPoints& b) { return a.frame < b.frame; });
  const auto same = [](const FrameAcrossPoints& a, const FrameAcrossPoints& b) { return a.frame == b.frame; };
  result.frames.erase(std::unique(result.frames.begin(), result.frames.end(), same), result.frames.end());
  return result;
}

void Joiner::sort_by_lane() {
  const std::size_t lanes = log_.conversations().size() * 2;
  begin_.assign(lanes + 1, 0);
  const auto& passages = log_.passages();
  for (std::uint32_t place = 0; place < passages.used(); ++place) ++begin_[passages[place].lane + 1];
  for (std::size_t i = 1; i <= lanes; ++i) begin_[i] += begin_[i - 1];
  order_.resize(passages.used());
  std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
  hints_ = log_.hints();
  std::stable_sort(hints_.begin(), hints_.end(), ByLane{});
  for (std::uint32_t place = 0; place < passages.used(); ++place)
    order_[next[passages[place].lane]++] = place;
}

Way Joiner::way_of(const std::vector<Lane>& lanes) const {
  Way way;
  way.lanes = lanes;
  for (const Lane lane : lanes) {
    const std::uint32_t count = begin_[lane + 1] - begin_[lane];
    for (std::uint32_t i = begin_[lane]; i < begin_[lane + 1]; ++i) {
      const Passage& passage = log_.passages()[order_[i]];
      auto station = std::find_if(way.stations.begin(), way.stations.end(),
                                  [&](const Station& s) { return s.point == passage.point; });
      if (station == way.stations.end()) {
        station = way.stations.insert(station, Station{passage.point, {}});
        station->passages.reserve(count);
      }
      station->passages.push_back(passage);
    }
  }
  return way;
}

void Joiner::note_presence(const Way& way) {
  for (const Station& station : way.stations) {
    const auto [earliest, latest] =
        std::minmax_element(station.passages.begin(), station.passages.end(),
                            [](const Passage& a, const Passage& b) { return a.time < b.time; });
    const PathKey pair = undirected(path_of(log_, station.passages.front()));
    const auto [found, added] =
        presence_.try_emplace({pair, station.point}, Span{earliest->time, latest->time});
    if (added) continue;
    found->second.begin = std::min(found->second.begin, earliest->time);
    found->second.end = std::max(found->second.end, latest->time);
  }
}

void Joiner::compare_clocks(const Station& from, const Station& to) {
  const std::vector<Match> matches = match_passages(from.passages, to.passages);
  const bool forward = from.point < to.point;
  ClockComparison& clocks =
      clocks_[forward ? PointPair{from.point, to.point} : PointPair{to.point, from.point}];
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (matches[i].fate != Fate::arrived) continue;
    const Timestamp sent = from.passages[i].time;
    const Timestamp arrived = to.passages[matches[i].other].time;
    if (forward)
      clocks.forward(sent, arrived);
    else
      clocks.backward(arrived, sent);
  }
}

std::optional<ClockOffset> Joiner::offset(PointNumber from, PointNumber to) const {
  const auto found = clocks_.find(from < to ? PointPair{from, to} : PointPair{to, from});
  if (found == clocks_.end()) return std::nullopt;
  std::optional<ClockOffset> result = found->second.offset();
  if (!result || from < to) return result;
  const Duration zero;
  result->offset = zero - result->offset;
  result->drift = zero - result->drift;
  return result;
}

/// Along chains of points: not every pair of them shares datagrams.
void Joiner::settle_clocks(JoinedCapture& result) const {
  result.clocks[1] = ClockOffset{};
  for (bool settled_one = true; settled_one;) {
    settled_one = false;
    for (const auto& [pair, comparison] : clocks_) {
      for (const auto& [known, other] : {pair, PointPair{pair.second, pair.first}}) {
        if (!result.clocks[known] || result.clocks[other]) continue;
        const std::optional<ClockOffset> step = offset(known, other);
        if (!step) continue;
        const ClockOffset& base = *result.clocks[known];
        result.clocks[other] = ClockOffset{base.offset + step->offset, base.uncertainty + step->uncertainty,
                                           base.drift + step->drift};
        settled_one = true;
      }
    }
  }
}

Joiner::Span Joiner::captured_by_both(const Station& from, const Station& to, const Leg& leg) const {
  const auto clock = offset(from.point, to.point);
  const auto there = presence_.find({undirected(path_of(log_, to.passages.front())), to.point});
  if (clock && there != presence_.end()) {
    const Duration zero;
    const Duration drift = std::max(clock->drift, zero - clock->drift);
    const Duration doubt = clock->uncertainty + drift;
    return {there->second.begin + (zero - clock->offset) + doubt,
            there->second.end + (zero - clock->offset) + (zero - doubt)};
  }
  // Datagrams that passed both are all that is known of two clocks.
  Span span{Timestamp(std::numeric_limits<std::int64_t>::max()),
            Timestamp(std::numeric_limits<std::int64_t>::min())};
  for (std::size_t i = 0; i < leg.matches.size(); ++i) {
    if (leg.matches[i].fate != Fate::arrived) continue;
    span.begin = std::min(span.begin, from.passages[i].time);
    span.end = std::max(span.end, from.passages[i].time);
  }
  return span;
}

Joiner::Leg Joiner::leg(const Way& way, std::size_t from, std::size_t to) const {
  const Station& here = way.stations[from];
  const Station& there = way.stations[to];
  Leg leg;
  // rule: fragmented-despite-df. Fragments are kept apart: later ones have no ports. Those that passed the
  // first point as fragments were made before it.
  std::unordered_set<std::uint16_t> made_before;
  const FlowKey flow = log_.flow(there.passages.front().lane);
  const auto lane = log_.find({flow.path, 0, 0, flow.protocol});
  if (lane && flow.path.source.version == IpVersion::v4) {
    for (std::uint32_t i = begin_[*lane]; i < begin_[*lane + 1]; ++i) {
      const Passage& passage = log_.passages()[order_[i]];
      if (!passage.fragment) continue;
      if (passage.point == there.point) leg.fragments.push_back(passage);
      if (passage.point == here.point) made_before.insert(passage.identification);
    }
  }
  std::erase_if(leg.fragments, [&](const Passage& one) { return made_before.contains(one.identification); });
  leg.matches = match_passages(here.passages, there.passages, leg.fragments);
  leg.both = captured_by_both(here, there, leg);
  leg.dropped = smallest_dropped(way, here, there, leg);
  return leg;
}

/// Of what was acknowledged, and so passed the second point.
std::uint32_t Joiner::smallest_dropped(const Way& way, const Station& from, const Station& to,
                                       const Leg& leg) const {
  std::optional<SequenceNumber> acknowledged;
  for (const Lane lane : way.lanes) {
    const auto& highest = log_.conversations()[lane / 2].acknowledged[lane % 2];
    if (highest && (!acknowledged || highest->after(*acknowledged))) acknowledged = highest;
  }
  if (!acknowledged) return 0;
  const SequenceNumber first = from.passages.front().sequence;
  ByteRanges captured(first);
  for (const Passage& passage : to.passages) captured.add(passage);
  captured.settle();
  Unwrapped place;
  (void)place(first);
  std::uint32_t smallest = 0;
  for (std::size_t i = 0; i < leg.matches.size(); ++i) {
    const Passage& sent = from.passages[i];
    const bool acknowledged_whole = sent.payload > 0 && !sent.end().after(*acknowledged);
    if (!acknowledged_whole) continue;
    const std::int64_t begin = place(sent.sequence);
    if (leg.matches[i].fate != Fate::missing || !leg.both.contains(sent.time)) continue;
    if (!captured.hold(begin, sent.payload)) note_smallest(smallest, sent.length);
  }
  return smallest;
}

/// What a later station has and an earlier one lacks, the capture of the earlier one dropped.
void Joiner::find_drops(const Way& way, std::vector<Leg>& legs) const {
  for (std::size_t from = 0; from + 2 < way.stations.size(); ++from) {
    for (std::size_t to = from + 2; to < way.stations.size(); ++to) {
      const auto further = match_passages(way.stations[from].passages, way.stations[to].passages);
      for (std::size_t i = 0; i < further.size(); ++i) {
        if (further[i].fate == Fate::arrived && legs[from].matches[i].fate == Fate::missing)
          note_smallest(legs[from].dropped, way.stations[from].passages[i].length);
      }
    }
  }
}

void Joiner::tell(const Way& way, JoinedCapture& result) {
  if (way.stations.empty()) return;
  JoinedDirection direction;
  direction.flow = log_.flow(way.stations.front().passages.front().lane);
  for (const Lane lane : way.lanes) {
    const FlowKey name = log_.flow(lane);
    if (name != direction.flow) direction.other_names.push_back(name);
  }
  for (const Station& station : way.stations) direction.points.push_back(PointId(station.point));
  direction.ordered = way.ordered;
  std::vector<Leg> legs;
  for (std::size_t i = 0; i + 1 < way.stations.size(); ++i) legs.push_back(leg(way, i, i + 1));
  find_drops(way, legs);
  link_frames(way, legs, result.frames);
  const auto place = static_cast<std::uint32_t>(result.directions.size());
  for (std::size_t i = 0; i < legs.size(); ++i) {
    if (!way.ordered[i]) continue;
    note_changes(way, i, legs[i], direction);
    account(way, i, legs[i], place);
  }
  judge_hints(way, direction);
  result.directions.push_back(std::move(direction));
}

void Joiner::account(const Way& way, std::size_t station, const Leg& leg, std::uint32_t direction) {
  const Station& from = way.stations[station];
  const Station& to = way.stations[station + 1];
  const bool shows_bytes = log_.flow(way.lanes.front()).protocol == ip_protocol::tcp;
  if (!shows_bytes && (holds_super_datagrams(from) || holds_super_datagrams(to))) return;
  Traffic& traffic = traffic_[{path_of(log_, from.passages.front()), {from.point, to.point}}];
  for (std::size_t i = 0; i < leg.matches.size(); ++i) {
    if (leg.matches[i].fate == Fate::arrived)
      traffic.captured = std::max(traffic.captured, from.passages[i].length);
  }
  if (leg.dropped != 0) {
    note_smallest(traffic.dropped, leg.dropped);
    return;
  }
  std::vector<bool> known(to.passages.size(), false);
  bool lost_before = false;
  for (std::size_t i = 0; i < leg.matches.size(); ++i) {
    const Passage& sent = from.passages[i];
    const Match& match = leg.matches[i];
    if (match.fate == Fate::arrived) known[match.other] = true;
    const bool arrived = match.fate == Fate::arrived;
    if (!has_wire_size(sent) || (!arrived && match.fate != Fate::missing)) continue;
    if (!arrived && !leg.both.contains(sent.time)) continue;
    traffic.sent.push_back({sent.frame, sent.length, direction, arrived, sent.dont_fragment});
    if (!sent.dont_fragment) continue;
    if (!arrived)
      traffic.lost[direction].push_back(
          {sent.frame, sent.length, sent.sequence, sent.payload > 0, lost_before});
    lost_before = !arrived;
  }
  // Segmented late at the first point: the second one has the sizes of the wire.
  for (std::size_t i = 0; i < known.size(); ++i) {
    const Passage& piece = to.passages[i];
    if (!known[i] && has_wire_size(piece) && piece.payload > 0 && piece.dont_fragment)
      traffic.sent.push_back({FrameNumber{}, piece.length, direction, true, true});
  }
}

void Joiner::link_frames(const Way& way, const std::vector<Leg>& legs,
                         std::vector<FrameAcrossPoints>& frames) const {
  std::vector<FrameAcrossPoints> of_next;
  for (std::size_t k = way.stations.size(); k-- > 0;) {
    const Station& station = way.stations[k];
    std::vector<FrameAcrossPoints> mine(station.passages.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      mine[i].frame = station.passages[i].frame;
      if (k >= legs.size()) continue;
      const Match& match = legs[k].matches[i];
      if (match.fate == Fate::arrived) {
        FrameAcrossPoints& other = of_next[match.other];
        mine[i].same_frame = other.frame;
        mine[i].lost_after = other.lost_after;
        if (other.same_frame == FrameNumber{}) other.same_frame = mine[i].frame;
      } else if (match.fate == Fate::missing && way.ordered[k] && legs[k].dropped == 0 &&
                 legs[k].both.contains(station.passages[i].time)) {
        mine[i].lost_after = PointId(station.point);
      }
    }
    for (const FrameAcrossPoints& one : of_next) {
      if (one.same_frame != FrameNumber{} || one.lost_after != PointId{}) frames.push_back(one);
    }
    of_next = std::move(mine);
  }
  for (const FrameAcrossPoints& one : of_next) {
    if (one.same_frame != FrameNumber{} || one.lost_after != PointId{}) frames.push_back(one);
  }
}

void Joiner::note_changes(const Way& way, std::size_t station, const Leg& leg,
                          JoinedDirection& direction) const {
  const Station& from = way.stations[station];
  const Station& to = way.stations[station + 1];
  const auto note = [&](ChangeKind kind, FrameNumber frame, std::uint32_t before, std::uint32_t after,
                        bool kept_df = false) {
    const std::uint32_t kept = kept_df ? 1 : 0;
    for (ChangeOnTheWay& known : direction.changes) {
      if (known.kind != kind || known.from != PointId(from.point)) continue;
      ++known.count;
      known.kept_df += kept;
      return;
    }
    direction.changes.push_back(
        {kind, PointId(from.point), PointId(to.point), frame, 1, before, after, kept});
  };
  for (std::size_t i = 0; i < leg.matches.size(); ++i) {
    const Passage& sent = from.passages[i];
    if (leg.matches[i].fate == Fate::fragmented && sent.dont_fragment)
      note(ChangeKind::fragmented_despite_df, sent.frame, 0, 0,
           leg.fragments[leg.matches[i].other].dont_fragment);
    if (leg.matches[i].fate != Fate::arrived) continue;
    const Passage& other = to.passages[leg.matches[i].other];
    if (sent.mss != 0 && other.mss != 0 && sent.mss != other.mss)
      note(ChangeKind::mss_rewritten, other.frame, sent.mss, other.mss);
    if (sent.dont_fragment && !other.dont_fragment) note(ChangeKind::df_cleared, other.frame, 0, 0);
    if (log_.flow(sent.lane) != log_.flow(other.lane)) note(ChangeKind::translated, other.frame, 0, 0);
  }
}

/// Whose ports were cut off counts for every direction of its addressee: where none came, this one's did not.
std::vector<Joiner::SeenHint> Joiner::hints_about(const Way& way) const {
  std::vector<SeenHint> seen;
  for (const Lane lane : way.lanes) {
    const auto [begin, end] = std::equal_range(hints_.begin(), hints_.end(), lane, ByLane{});
    for (auto hint = begin; hint != end; ++hint) seen.push_back({hint->point, hint->frame, hint->time, 1});
    const IpAddress sender = log_.flow(lane).path.source;
    const auto& cut = log_.cut_hints();
    for (auto hints = cut.lower_bound({sender, std::uint8_t{0}});
         hints != cut.end() && hints->first.first == sender; ++hints) {
      const auto& [first, last, count] = hints->second;
      seen.push_back({hints->first.second, first.frame, first.time, std::max(count, 2U) - 1});
      if (count > 1) seen.push_back({hints->first.second, last.frame, last.time, 1});
    }
  }
  return seen;
}

void Joiner::judge_hints(const Way& way, JoinedDirection& direction) const {
  std::vector<SeenHint> hints = hints_about(way);
  const auto station_of = [&](const SeenHint& hint) {
    return std::find_if(way.stations.begin(), way.stations.end(),
                        [&](const Station& s) { return s.point == hint.point; });
  };
  auto nearest = way.stations.end();  // to the sender, of those that saw one
  for (const SeenHint& hint : hints) nearest = std::min(nearest, station_of(hint));
  if (nearest == way.stations.end()) return;
  const auto before = station_before(way, static_cast<std::size_t>(nearest - way.stations.begin()));
  if (!before) return;
  const Station& nearer = way.stations[*before];
  // That point captured this direction when the hints passed the other one: before and after them.
  Span both{Timestamp(std::numeric_limits<std::int64_t>::max()),
            Timestamp(std::numeric_limits<std::int64_t>::min())};
  for (const Match& match : match_passages(nearer.passages, nearest->passages)) {
    if (match.fate != Fate::arrived) continue;
    both.begin = std::min(both.begin, nearest->passages[match.other].time);
    both.end = std::max(both.end, nearest->passages[match.other].time);
  }
  std::erase_if(hints,
                [&](const SeenHint& hint) { return station_of(hint) != nearest || hint.time < both.begin; });
  if (hints.empty() || hints.front().time >= both.end) return;
  FilteredHint filtered{PointId(nearest->point),          PointId(nearer.point), 0, hints.front().frame, {},
                        log_.saw_icmp_error(nearer.point)};
  for (const SeenHint& hint : hints) {
    filtered.hints += hint.count;
    if (filtered.frames.size() < kListedFrames) filtered.frames.push_back(hint.frame);
  }
  direction.hint_way = HintWay::filtered;
  direction.filtered = filtered;
}

void Joiner::judge_arrival(std::vector<JoinedDirection>& directions) const {
  for (const auto& [between, traffic] : traffic_) {
    std::vector<Sent> sent = traffic.sent;
    std::stable_sort(sent.begin(), sent.end(),
                     [](const Sent& a, const Sent& b) { return a.frame < b.frame; });
    const PointId from(between.second.first);
    const PointId to(between.second.second);
    std::map<std::uint32_t, std::vector<Sent>> by_direction;
    for (const Sent& one : sent) by_direction[one.direction].push_back(one);
    for (const auto& [place, own] : by_direction)
      directions[place].stretches.push_back({from, to, arrival_by_size(own)});
    const auto sizes = vanishing_sizes(sent);
    if (!sizes || traffic.capture_misses_large()) continue;
    for (const auto& [place, lost] : traffic.lost) {
      const auto vanish = insistent_losses(lost, sizes->bracket.lost->value());
      if (!vanish || directions[place].vanish) continue;
      directions[place].vanish =
          VanishBetween{from,          to,           sizes->bracket,         vanish->count,
                        vanish->first, vanish->last, sizes->smaller_arrived, vanish->datagrams};
    }
  }
}

}  // namespace pmtu
