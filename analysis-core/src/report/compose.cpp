// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/compose.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "report/advice.h"
#include "report/capture_points.h"
#include "report/headlines.h"
#include "report/wording.h"

namespace pmtu::report {
namespace {

// Bounds of what is listed, so that a large capture still gives a report to read. What lies beyond is
// counted.
constexpr std::size_t kGroupsInFull = 20;
constexpr std::size_t kConversations = 200;  ///< of one group
constexpr std::size_t kTimelines = 3;        ///< of one group
constexpr std::size_t kMarksInFull = 12;     ///< of one conversation; the others by number
constexpr std::size_t kChatInFull = 2;       ///< of one conversation and kind
constexpr std::size_t kShortList = 5;        ///< not worth folding
constexpr std::size_t kFramesOfCase = 40;
constexpr std::size_t kListed = 200;

void append(std::vector<Block>& blocks, std::vector<Block> more) {
  for (Block& block : more) blocks.push_back(std::move(block));
}

std::string text_of(const std::vector<Block>& blocks) {
  return to_markdown({"", blocks});
}

/// `text` with another word in the place of each `old`.
std::string with(std::string text, const std::string& old, std::string_view other) {
  for (std::size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += other.size())
    text.replace(at, old.size(), other);
  return text;
}

/// For whom an advice was given in full.
struct Given {
  std::size_t group = 0;  ///< its number
  std::string sender;
  std::string receiver;
};

class Composer {
 public:
  Composer(const Summary& summary, std::span<const Finding> findings, const Provenance& provenance,
           const Illustrate& illustrate)
      : summary_(summary),
        all_findings_(findings),
        provenance_(provenance),
        illustrate_(illustrate),
        findings_(findings),
        groups_(group(summary, findings_)) {}

  Document write() && {
    document_.title = "Path-MTU evidence report";
    conclude();
    overview();
    append(document_.blocks, capture_points(summary_, provenance_));
    append(document_.blocks, changed_on_the_way(summary_));
    std::size_t number = 0;
    for (const Group& group : groups_) {
      if (!asks_for_action(group)) continue;
      if (++number <= kGroupsInFull) in_full(group, number);
    }
    if (number > kGroupsInFull) {
      add(Paragraph{
          "The " + count_of(number - kGroupsInFull, "group") +
          " beyond these are listed above and, conversation by conversation, in the JSON document."});
    }
    nothing_to_do();
    unseen_hints();
    paths();
    limits();
    provenance();
    return std::move(document_);
  }

 private:
  void add(Block block) { document_.blocks.push_back(std::move(block)); }

  [[nodiscard]] bool anybody_has_to_act() const {
    return !groups_.empty() && asks_for_action(groups_.front());
  }

  void conclude() {
    if (anybody_has_to_act()) {
      const Group& worst = groups_.front();
      std::string first = headline(worst) + ": " + count_of(worst.cases.size(), "conversation") + ".";
      first += " " + what_it_cost(worst) + what_else();
      add(Conclusion{{first, remedy(worst), certainty(worst) + what_alike_senders_tell()}});
      return;
    }
    if (!provenance_.filter.empty() && summary_.conversations.empty()) {
      add(Conclusion{
          {"The filter `" + provenance_.filter +
           "` matched no frame of a conversation with a verdict: this report is empty because of it."}});
      return;
    }
    add(Conclusion{nothing_to_blame()});
  }

  /// The groups that have to act besides the worst.
  [[nodiscard]] std::string what_else() const {
    std::set<ConversationId> told;
    for (const Case& one : groups_.front().cases) told.insert(one.row->id);
    const std::size_t of_worst = told.size();
    std::set<IpAddress> senders;
    for (const Group& group : std::span(groups_).subspan(1)) {
      if (!asks_for_action(group)) break;
      for (const Case& one : group.cases) {
        if (told.insert(one.row->id).second) senders.insert(group.sender);
      }
    }
    if (senders.empty()) return {};
    return " The table below has more: " + count_of(told.size() - of_worst, "conversation") + " of " +
           count_of(senders.size(), "sender") + ".";
  }

  /// One stack that ignores hints is a fault; many at once behind one router rather never get them.
  [[nodiscard]] std::string what_alike_senders_tell() const {
    constexpr std::size_t kMany = 3;
    const Group& worst = groups_.front();
    if (worst.verdict != Verdict::probably_ignoring || !worst.reporter) return {};
    std::set<IpAddress> senders;
    for (const Group& group : groups_) {
      if (group.verdict == worst.verdict && group.reporter == worst.reporter) senders.insert(group.sender);
    }
    if (senders.size() < kMany) return {};
    return " " + count_of(senders.size(), "sender") + " at once did not follow hints of " +
           to_string(*worst.reporter) +
           ": that speaks for a filter on the way to them, not for so many faults.";
  }

  /// What users felt of it, in the conversation that most is held against.
  static std::string what_it_cost(const Group& group) {
    std::string worst = story(group, group.worst());
    if (worst.empty()) return {};
    if (group.cases.size() != 1) return "The worst: " + worst + ".";
    if (worst.front() >= 'a' && worst.front() <= 'z')
      worst.front() = static_cast<char>(worst.front() - 'a' + 'A');
    return worst + ".";
  }

  [[nodiscard]] std::vector<std::string> nothing_to_blame() const {
    const LookedAt& seen = summary_.looked_at;
    const std::size_t unseen = summary_.unseen_hints.size();
    if (unseen != 0 && unseen == seen.hints && summary_.conversations.empty()) {
      if (any_hint_cut())
        return {
            "Cannot tell: " + count_of(unseen, "hint") +
                " captured, but the snapshot length cut off what they quote. Nobody is blamed.",
            "See below who sent them, and which MTU they name. To judge the senders, capture more of each "
            "frame: `-s 0`, or at least 128 bytes."};
      return {"Cannot tell: " + count_of(unseen, "hint") +
                  " captured, but no datagram of the conversations that they quote. Nobody is blamed.",
              "See below who sent them, and which MTU they name. To judge the senders, capture their "
              "datagrams as well: "
              "without a capture filter, or with `host ADDRESS or icmp or icmp6`."};
    }
    std::vector<std::string> lines;
    const bool broken = !summary_.changed.empty() && must_not_be(summary_.changed.front().change);
    lines.push_back(
        std::string(broken ? "No host is to blame" : "Nothing to blame") +
        ": no host ignored a hint, and no size of datagram was seen to be lost without a hint while smaller "
        "ones got through, in " +
        count_of(seen.directions, "direction") + " of traffic (" +
        count_of(summary_.coverage.frames, "frame") + ").");
    if (broken) lines.push_back("But not all passed as it was sent. " + told_of(summary_.changed.front()));
    std::string sizes = seen.largest_acknowledged
                            ? "The largest datagram that was acknowledged has " +
                                  number(seen.largest_acknowledged->value()) + " bytes."
                            : std::string("No acknowledgment of a datagram was captured.");
    if (seen.smallest_mss && seen.largest_mss) {
      sizes += " The MSS options say " + number(*seen.smallest_mss);
      if (*seen.smallest_mss != *seen.largest_mss) sizes += " to " + number(*seen.largest_mss);
      sizes += ".";
    }
    if (seen.hints != 0) {
      const bool one = seen.hints == 1;
      const bool told_below = unseen != 0 || !summary_.conversations.empty();
      sizes += " " + count_of(seen.hints, "hint") + (one ? " was" : " were") + " captured; ";
      if (told_below)
        sizes += one ? "see below what came of it." : "see below what came of them.";
      else
        sizes += one ? "the finding in its frame says why nothing follows from it."
                     : "the findings in their frames say why nothing follows from them.";
    } else if (summary_.coverage.any_icmp) {
      sizes += " No hint was captured, although other ICMP was.";
    } else {
      sizes += " No ICMP of any kind was captured: a capture filter may have left hints out.";
    }
    lines.push_back(std::move(sizes));
    lines.push_back(
        "Not visible here: datagrams that took another way through the network, and hints that never passed "
        "this "
        "capture point." +
        cannot_tell());
    return lines;
  }

  /// Of which directions the capture does not show whether large datagrams arrive, and why.
  [[nodiscard]] std::string cannot_tell() const {
    const LookedAt& seen = summary_.looked_at;
    std::string text;
    const auto add = [&](std::uint64_t directions, const std::string& reason) {
      if (directions == 0) return;
      text += " Cannot tell for ";
      // Each point counts for itself.
      text += summary_.points.size() > 1 ? std::string("some directions of TCP at some points")
                                         : count_of(directions, "direction") + " of TCP";
      text += ", because " + reason + ".";
    };
    add(seen.one_sided, "the other direction, which acknowledges, was not captured");
    add(seen.gaps, "large datagrams were acknowledged that were never captured");
    add(seen.rejected, "an ICMP error other than \"packet too big\" quotes what was not acknowledged");
    if (seen.largest_unanswered)
      add(seen.unanswered, "large datagrams, of up to " + number(seen.largest_unanswered->value()) +
                               " bytes, were never acknowledged, and nothing shows why");
    return text;
  }

  [[nodiscard]] bool any_hint_cut() const {
    return std::any_of(summary_.unseen_hints.begin(), summary_.unseen_hints.end(),
                       [&](const UnseenHint& hint) { return is_cut(hint.quoted.path.destination); });
  }
  /// Nothing is sent to no address: the quotation ends before it.
  [[nodiscard]] bool is_cut(const IpAddress& quoted) const {
    return summary_.coverage.truncated_frames != 0 &&
           std::all_of(quoted.bytes.begin(), quoted.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
  }

  /// All groups at a glance, so that nothing of weight is further down than the first screen.
  void overview() {
    Table table{"", {"", "What", "Conversations", "Datagrams", "Longest stall"}, {}};
    std::size_t number_ = 0;
    for (const Group& group : groups_) {
      if (!asks_for_action(group)) continue;
      ++number_;
      if (table.rows.size() >= kListed) continue;
      std::uint64_t datagrams = 0;
      std::optional<Duration> stall;
      for (const Case& one : group.cases) {
        datagrams += one.packets;
        if (one.row->stall) stall = std::max(stall.value_or(Duration{}), *one.row->stall);
      }
      table.rows.push_back({number(number_), headline(group), number(group.cases.size()),
                            datagrams != 0 ? number(datagrams) : "", stall ? spoken(*stall) : ""});
    }
    if (number_ < 2) return;
    add(Heading{2, "What was found"});
    const std::size_t left_out = number_ - table.rows.size();
    add(std::move(table));
    if (left_out != 0) add(Paragraph{"And " + number(left_out) + " more."});
  }

  /// Advice that was given already, be it for other hosts, is only referred to.
  void advise(const std::string& title, std::vector<Block> blocks, const Group& group, std::size_t number_) {
    if (blocks.empty()) return;
    add(Heading{3, title});
    const std::string sender = to_string(group.sender);
    const std::string receiver = to_string(group.row().flow.path.destination);
    const std::string advice = with(with(text_of(blocks), sender, "SENDER"), receiver, "RECEIVER");
    const auto [given, is_new] = given_.emplace(advice, Given{number_, sender, receiver});
    if (is_new) return append(document_.blocks, std::move(blocks));
    const Given& before = given->second;
    std::vector<std::string> others;
    if (sender != before.sender) others.push_back(sender + " for " + before.sender);
    if (receiver != before.receiver) others.push_back(receiver + " for " + before.receiver);
    std::string text = "The same as for " + number(before.group);
    if (!others.empty()) text += ", with " + others.front();
    if (others.size() > 1) text += " and " + others.back();
    add(Paragraph{text + "."});
  }

  void in_full(const Group& group, std::size_t number_) {
    add(Heading{
        2, number(number_) + ". " + headline(group) + ": " + count_of(group.cases.size(), "conversation")});
    evidence(group, number_);
    by_receiver(group);
    if (illustrate_) append(document_.blocks, illustrate_(group));
    append(document_.blocks, between_points(group.row()));
    advise("For the vendor of the sender, " + to_string(group.sender), advice_for_sender(group), group,
           number_);
    advise("For the network team", advice_for_network(group), group, number_);
    advise("Capture the other side", other_side(group), group, number_);
    std::vector<std::string> unknown = limits_of(group, summary_.coverage);
    if (!unknown.empty()) {
      add(Heading{3, "What this capture cannot tell"});
      add(List{std::move(unknown)});
    }
    conversations(group);
    frames(group);
    cut(group);
  }

  /// The argument, in the conversation that most is held against.
  void evidence(const Group& group, std::size_t number_) {
    const Case& one = group.worst();
    const ConversationRow& row = *one.row;
    std::string text = "In " + title(row.flow) + ": ";
    if (is_ignoring(group.verdict)) {
      text += told(group, one) + (one.hints.empty() ? " After that" : " After the first of these") +
              " the sender sent " + count_of(one.packets, "DF datagram");
      if (one.largest != 0) text += " of " + sizes(one.smallest, one.largest);
      text += ", " + number(one.bytes) + " bytes in all.";
      if (one.first != nullptr && one.first->proof != Proof::none) {
        text += " The first is frame " + number(one.first->frame) + ", " + spoken(one.first->since_hint) +
                " after the hint: " + std::string(sentence(one.first->proof)) + ".";
      }
    } else {
      text += row.reason + ".";
    }
    add(Paragraph{text});
    if (number_ != 1) add(Paragraph{certainty(group)});  // of the first the conclusion has said it
    add(List{numbers(group, one)});
  }

  /// Where one group tells of many paths.
  void by_receiver(const Group& group) {
    if (!is_black_hole(group.verdict) || destinations(group).size() < 2) return;
    struct Path {
      std::size_t conversations = 0;
      Bracket bracket;
      std::optional<Duration> stall;
    };
    std::map<IpAddress, Path> paths;
    for (const Case& one : group.cases) {
      Path& path = paths[one.row->flow.path.destination];
      ++path.conversations;
      const Bracket& bracket = one.row->bracket;
      if (bracket.passed) path.bracket.passed = std::max(path.bracket.passed, bracket.passed);
      path.bracket.lost = bracket.lost;
      if (one.row->stall) path.stall = std::max(path.stall.value_or(Duration{}), *one.row->stall);
    }
    Table table{"", {"Receiver", "Conversations", "Got through", "Lost from", "Longest stall"}, {}};
    for (const IpAddress& receiver : destinations(group)) {
      if (table.rows.size() == kListed) break;
      const Path& path = paths[receiver];
      table.rows.push_back({to_string(receiver), number(path.conversations),
                            path.bracket.passed ? number(path.bracket.passed->value()) : "",
                            path.bracket.lost ? number(path.bracket.lost->value()) : "",
                            path.stall ? spoken(*path.stall) : ""});
    }
    const std::size_t more = paths.size() - table.rows.size();
    add(std::move(table));
    if (more != 0) add(Paragraph{"And " + number(more) + " more."});
  }

  static std::string told(const Group& group, const Case& one) {
    std::string text =
        one.hint_frame != FrameNumber{} ? "frame " + number(one.hint_frame) : std::string("a hint");
    text += " (" + std::string(hint_message(group.version()));
    if (one.reporter) text += " from " + to_string(*one.reporter);
    text += ") told " + to_string(group.sender) + " that ";
    if (!one.hints.empty()) {
      text += "the next hop takes " + number(one.hints.front().mtu->value()) + " bytes";
      for (const IgnoredHint& hint : std::span(one.hints).subspan(1))
        text += ", frame " + number(hint.frame) + " that it takes " + number(hint.mtu->value());
      return text + ".";
    }
    return text + (one.mtu ? "the next hop takes " + number(one.mtu->value()) + " bytes."
                           : std::string("its datagram was too big, without naming an MTU."));
  }

  /// Of one who named several MTUs: what was sent after each, in order.
  static std::vector<std::string> by_hint(const Case& one) {
    std::vector<std::string> items;
    for (const IgnoredHint& hint : one.hints) {
      if (hint.packets == 0) continue;
      items.push_back("told " + number(hint.mtu->value()) + " in frame " + number(hint.frame) + ": then " +
                      count_of(hint.packets, "DF datagram") + " of " + sizes(hint.smallest, hint.largest) +
                      (hint.packets == 1 ? ", frame " : ", frames ") +
                      frame_list(hint.frames, kFramesOfCase) +
                      (hint.obeyed_later != FrameNumber{}
                           ? "; from frame " + number(hint.obeyed_later) + " on it kept to that"
                           : std::string()));
    }
    return items;
  }

  static std::vector<std::string> numbers(const Group& group, const Case& one) {
    const ConversationRow& row = *one.row;
    std::vector<std::string> items = by_hint(one);
    if (row.hints != 0)
      items.push_back(count_of(row.hints, "hint") + " in the capture for this conversation");
    if (row.in_flight_packets != 0)
      items.push_back(count_of(row.in_flight_packets, "larger datagram") +
                      " not counted: " + (row.in_flight_packets == 1 ? "it" : "they") +
                      " may have left before the hint arrived");
    if (row.resent_bytes != 0) items.push_back(number(row.resent_bytes) + " bytes sent again");
    if (row.stall)
      items.push_back((row.stage == Stage::icmp_echo ? "unanswered for " : "stalled for ") +
                      spoken(*row.stall));
    if (row.stage != Stage::unknown) items.push_back("passing: " + std::string(text(row.stage)));
    if (is_black_hole(group.verdict)) {
      if (row.bracket.passed)
        items.push_back("largest that got through: " + number(row.bracket.passed->value()) + " bytes");
      if (row.bracket.lost) items.push_back("lost from " + number(row.bracket.lost->value()) + " bytes on");
    }
    if (row.sender_hops && !row.joined) {
      items.push_back(*row.sender_hops == 0
                          ? "no router between the sender and the capture point, by the TTL"
                          : "captured " + count_of(*row.sender_hops, "hop") + " from the sender, by the TTL");
    }
    return items;
  }

  void conversations(const Group& group) {
    std::vector<std::string> items;
    for (const Case& one : group.cases) {
      if (items.size() == kConversations) break;
      std::string line = title(one.row->flow);
      const std::string what = story(group, one);
      if (!what.empty()) line += ": " + what;
      if (!one.frames.empty()) line += "; frames " + frame_list(one.frames, kFramesOfCase);
      items.push_back(std::move(line));
    }
    if (group.cases.size() > kConversations)
      items.push_back("and " + number(group.cases.size() - kConversations) + " more");
    add(Heading{3, "Conversations"});
    if (items.size() <= kShortList) return add(List{std::move(items)});
    add(Folded{"The conversations, those first that most is held against", std::move(items)});
  }

  void frames(const Group& group) {
    add(Heading{3, "Frames"});
    std::size_t told = 0;
    for (const Case& one : group.cases) {
      if (told == kTimelines) break;
      if (one.findings.empty()) continue;
      ++told;
      add(Folded{title(one.row->flow), timeline(one)});
    }
    if (told == 0) document_.blocks.pop_back();
  }

  /// Findings in order of frames. What only accompanies the argument comes twice and is then counted; what
  /// somebody is blamed for always has its frame.
  static std::vector<std::string> timeline(const Case& one) {
    std::vector<std::string> lines;
    std::map<FindingKind, std::vector<FrameNumber>> chat;
    std::map<FindingKind, std::vector<FrameNumber>> more_marks;
    Proof explained = Proof::none;
    std::size_t marks = 0;
    for (const Finding* finding : one.findings) {
      const bool blames = finding->severity >= Severity::warn;
      if (blames && ++marks > kMarksInFull) {
        more_marks[finding->kind].push_back(finding->frame);
        continue;
      }
      if (!blames) {
        std::vector<FrameNumber>& alike = chat[finding->kind];
        alike.push_back(finding->frame);
        if (alike.size() > kChatInFull) continue;
      }
      lines.push_back(line_of(*finding, explained));
    }
    for (const auto& [kind, frames] : more_marks) lines.push_back(also_in(kind, frames, frames.size()));
    for (const auto& [kind, frames] : chat) {
      if (frames.size() <= kChatInFull) continue;
      lines.push_back(also_in(kind, std::span(frames).subspan(kChatInFull), kFramesOfCase));
    }
    return lines;
  }

  static std::string also_in(FindingKind kind, std::span<const FrameNumber> frames, std::size_t most) {
    return "\"" + std::string(summary(kind)) + "\" also in " + (frames.size() == 1 ? "frame " : "frames ") +
           frame_list(frames, most);
  }

  static std::string line_of(const Finding& finding, Proof& explained) {
    std::string text = "frame " + number(finding.frame) + ", " + std::string(name(finding.severity)) + ": " +
                       describe(finding);
    if (finding.proof == Proof::none) return text;
    text += "; proof: " + std::string(name(finding.proof));
    if (finding.proof != explained) text += ", " + std::string(sentence(finding.proof));
    explained = finding.proof;
    return text;
  }

  /// The smallest capture that shows it.
  void cut(const Group& group) {
    const ConversationRow& row = group.row();
    const std::string filter = evidence_filter(row);
    add(Heading{3, "Cut the evidence out of the capture"});
    add(Paragraph{title(row.flow) + ", frames " + number(row.first_frame) + " to " + number(row.last_frame) +
                  ":"});
    add(Code{{filter, "", "tshark -r CAPTURE -Y '" + filter + "' -w evidence.pcapng"}});
  }

  void nothing_to_do() {
    std::vector<std::string> items;
    std::size_t more = 0;
    for (const Group& group : groups_) {
      if (asks_for_action(group)) continue;
      if (items.size() == kListed) {
        ++more;
        continue;
      }
      const Case& one = group.worst();
      items.push_back(headline(group) + ": " + count_of(group.cases.size(), "conversation") + "; " +
                      (group.cases.size() == 1 ? "" : "for example ") + title(one.row->flow) +
                      (one.row->reason.empty() ? "" : ", " + one.row->reason));
    }
    if (items.empty()) return;
    if (more != 0) items.push_back("and " + number(more) + " more");
    add(Heading{2, "Conversations that need no action"});
    add(List{std::move(items)});
  }

  /// Hints of which nothing else was captured: nobody is blamed, and they may be all there is.
  void unseen_hints() {
    using Key = std::tuple<IpAddress, IpAddress, std::optional<Mtu>, PathKey>;
    std::map<Key, std::vector<FrameNumber>> unseen;
    for (const UnseenHint& hint : summary_.unseen_hints)
      unseen[{hint.reporter, hint.addressee, hint.mtu, hint.quoted.path}].push_back(hint.frame);
    if (unseen.empty()) return;
    List list;
    for (const auto& [hint, frames] : unseen) {
      if (list.items.size() == kListed) break;
      const auto& [reporter, addressee, mtu, quoted] = hint;
      list.items.push_back(to_string(reporter) + " told " + to_string(addressee) + " " +
                           (mtu ? "MTU " + number(mtu->value()) : std::string("no MTU")) + " for " +
                           quoted_path(quoted) + ": " + count_of(frames.size(), "hint") + ", " +
                           (frames.size() == 1 ? "frame " : "frames ") + frame_list(frames, kFramesOfCase));
    }
    if (unseen.size() > kListed) list.items.push_back("and " + number(unseen.size() - kListed) + " more");
    add(Heading{2, "Hints for what was not captured"});
    add(Paragraph{
        any_hint_cut()
            ? "The snapshot length cut off what some of these quote, so that nothing can be matched with "
              "them. They blame nobody, but name a path MTU."
            : "No datagram of the conversations that these quote is in the capture: a capture filter, or "
              "another way through the network, may have kept it out, or nobody ever sent one. They blame "
              "nobody, but name a path MTU."});
    add(std::move(list));
  }

  [[nodiscard]] std::string quoted_path(const PathKey& quoted) const {
    if (!is_cut(quoted.destination)) return to_string(quoted.source) + " -> " + to_string(quoted.destination);
    if (is_cut(quoted.source)) return "a datagram that the snapshot length cut off";
    return "a datagram of " + to_string(quoted.source) + ", whose destination the snapshot length cut off";
  }

  void paths() {
    if (summary_.paths.empty()) return;
    Table table{"", {"Source", "Destination", "Path MTU", "Hints", "Reported by"}, {}};
    for (const PathRow& path : summary_.paths) {
      if (table.rows.size() == kListed) break;
      std::string reporters;
      for (const IpAddress& address : path.reporters)
        reporters += (reporters.empty() ? "" : ", ") + to_string(address);
      table.rows.push_back({to_string(path.path.source), to_string(path.path.destination), path_mtu(path),
                            hints_of(path), reporters});
    }
    add(Heading{2, "Paths"});
    add(std::move(table));
    if (summary_.paths.size() > kListed)
      add(Paragraph{"And " + number(summary_.paths.size() - kListed) + " more."});
  }

  /// Hints that could not be used belong to conversations only.
  [[nodiscard]] std::string hints_of(const PathRow& path) const {
    if (path.hints != 0) return number(path.hints);
    std::uint64_t hints = 0;
    for (const ConversationRow& row : summary_.conversations) {
      if (row.flow.path == path.path) hints += row.hints;
    }
    return hints == 0 ? "0" : number(hints) + ", none usable";
  }

  static std::string path_mtu(const PathRow& path) {
    if (path.path_mtu) return number(path.path_mtu->value());
    if (!path.bracket.lost) return "unknown";
    std::string text = "below " + number(path.bracket.lost->value());
    if (path.bracket.passed) text += ", at least " + number(path.bracket.passed->value());
    return text;
  }

  void limits() {
    const Coverage& coverage = summary_.coverage;
    List list;
    const auto tell = [&](std::uint64_t count, const char* what) {
      if (count != 0) list.items.push_back(number(count) + " " + what);
    };
    tell(coverage.opaque_frames,
         "frames have a link type that is not read; what they hold is not in this report.");
    tell(coverage.truncated_frames, "frames were cut by the snapshot length before the end of a header.");
    tell(coverage.evicted_flows, "connections were forgotten to bound memory (preference max_flows).");
    tell(coverage.evicted_paths, "paths were forgotten to bound memory (preference max_paths).");
    tell(coverage.evicted_conversations,
         "rows that blamed nobody, or the oldest, were given up to bound memory.");
    tell(coverage.dropped_findings, "findings were dropped to bound memory.");
    tell(coverage.unjoined_datagrams,
         "datagrams were not compared between capture points, to bound memory; each point was judged "
         "by itself.");
    if (coverage.crowded_points)
      list.items.emplace_back(
          "The capture has more capture points than can be told apart: those beyond the first 31 count as "
          "one.");
    if (coverage.offload) {
      list.items.emplace_back(
          "The capture holds segments that were never on a wire in that size (segmentation offload); they "
          "are not judged. "
          "For sizes on the wire capture after `ethtool -K INTERFACE tso off gso off gro off lro off`.");
    }
    if (list.items.empty()) return;
    add(Heading{2, "What limits this report"});
    add(std::move(list));
  }

  void provenance() {
    const Coverage& coverage = summary_.coverage;
    List list;
    const auto tell = [&](const std::string& what, const std::string& value) {
      if (!value.empty()) list.items.push_back(what + ": " + value);
    };
    tell("File", provenance_.file);
    for (const CapturePoint& point : summary_.points) {
      if (point.section < provenance_.section_files.size())
        tell("Capture point " + number(point.id.value()), provenance_.section_files[point.section]);
    }
    tell("SHA-256", provenance_.sha256);
    if (provenance_.begin && provenance_.end)
      tell("Captured", utc_text(*provenance_.begin) + " to " + utc_text(*provenance_.end));
    list.items.push_back("Read: " + count_of(coverage.frames, "frame") + ", " +
                         count_of(coverage.datagrams, "IP datagram"));
    tell("Display filter", provenance_.filter);
    tell("Path-MTU analyser", provenance_.pmtu_version);
    tell("Wireshark", provenance_.wireshark_version);
    add(Heading{2, "Where this comes from"});
    add(std::move(list));
  }

  const Summary& summary_;
  std::span<const Finding> all_findings_;
  const Provenance& provenance_;
  const Illustrate& illustrate_;
  FindingsByConversation findings_;
  std::vector<Group> groups_;
  std::map<std::string, Given> given_;  ///< by the advice without its hosts
  Document document_;
};

}  // namespace

Document compose(const Summary& summary, std::span<const Finding> findings, const Provenance& provenance,
                 const Illustrate& illustrate) {
  return Composer(summary, findings, provenance, illustrate).write();
}

}  // namespace pmtu::report
