// SPDX-License-Identifier: GPL-2.0-or-later
#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "candidates.h"
#include "pmtu/observation.h"
#include "session.h"
#include "statistics/row_selection.h"
#include "statistics/row_text.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"
#include "wireshark_compat.h"

namespace pmtu::plugin {
namespace {

/// Rows shown at most; a row that says how many were left out follows.
constexpr std::size_t kMaxRows = 1'000;
constexpr std::size_t kMaxColumns = 20;
constexpr auto kNoRow = static_cast<std::size_t>(-1);

/// Cells are numbers or strings: Wireshark's window shows every real number with six decimals.
using Cell = std::variant<unsigned, std::string>;
using Row = std::vector<Cell>;

/// Column 0 of every table: Wireshark's window sorts by it when it opens, and so shows the worst first. The
/// formats are those of tshark, which puts " | " between cells and prints titles as they are.
constexpr stat_tap_table_item kRank{TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "#", "%u"};

constexpr stat_tap_table_item text_column(const char* name, const char* format = "%s") {
  return {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, name, format};
}
constexpr stat_tap_table_item right_column(const char* name, const char* format = "%s") {
  return {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, name, format};
}
constexpr stat_tap_table_item number_column(const char* name) {
  return {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, name, "%u"};
}

/// What a table shows: its columns and how the rows come out of a summary.
struct Content {
  const char* title;
  const char* option;
  std::span<stat_tap_table_item> columns;
  std::vector<Row> (*rows)(const Summary& summary);
  /// Row of the table that a row of `Summary::conversations` belongs to.
  std::vector<std::size_t> (*row_of_conversation)(const Summary& summary);
};

/// One table of Statistics and of `tshark -z`. Wireshark gives tables no moment at which all frames have been
/// seen: in later passes, where all is known, rows come with the first frame that belongs to them; in the
/// only pass of tshark a listener of our own fills the table just before it is printed.
class Table {
 public:
  explicit Table(const Content& content) : content_(content) {}

  void begin(stat_tap_table_ui* ui) {
    table_ = stat_tap_find_table(ui, content_.title);
    if (table_ == nullptr) {
      table_ = stat_tap_init_table(content_.title, static_cast<int>(content_.columns.size()), 0, nullptr);
      stat_tap_add_table(ui, table_);
    }
    reset();
  }

  /// Drops rows and what they are made of.
  void reset() {
    for (unsigned row = 0; row < table_->num_elements; ++row) g_free(table_->elements[row]);
    table_->num_elements = 0;
    seen_.clear();
    prepared_ = false;
    rows_.clear();
  }

  void take(FrameNumber frame, bool first_visit) {
    if (first_visit) {
      seen_.add(frame);
      fill_before_printing();
      return;
    }
    if (!prepared_) prepare();
    for (const RowsByFrame::Entry& entry : rows_by_frame_.of(frame)) {
      if (select(table_row_[entry.row])) write(table_row_[entry.row]);
    }
  }

  void fill() {
    prepare();
    for (const RowsByFrame::Entry& entry : rows_by_frame_.all()) {
      if (seen_.contains(entry.frame)) select(table_row_[entry.row]);
    }
    write(0);
  }

 private:
  void fill_before_printing() {
    if (!std::exchange(waits_for_printing_, true)) draw_before_the_others(this, draw);
  }

  static void draw(void* table) noexcept {
    try {
      static_cast<Table*>(table)->fill();
    } catch (const std::bad_alloc&) {
      std::fputs("tshark: out of memory, the table of path-MTU discovery is incomplete\n", stderr);
    }
  }

  void prepare() {
    prepared_ = true;
    rows_.clear();
    Session* const session = current_session();
    if (session == nullptr) return;
    session->conclude();
    const Summary summary = session->summary();
    rows_ = content_.rows(summary);
    table_row_ = content_.row_of_conversation(summary);
    rows_by_frame_ = RowsByFrame(summary, session->findings());
    selected_.assign(rows_.size(), false);
  }

  /// Whether the row is new among the selected.
  bool select(std::size_t row) {
    if (row == kNoRow || selected_[row]) return false;
    selected_[row] = true;
    return true;
  }

  /// Writes the selected rows anew, from row `first` on.
  void write(std::size_t first) {
    const auto begin = selected_.begin() + static_cast<std::ptrdiff_t>(first);
    auto position = static_cast<std::size_t>(std::count(selected_.begin(), begin, true));
    for (std::size_t row = first; row < rows_.size(); ++row) {
      if (!selected_[row]) continue;
      if (position < kMaxRows) set_row(position, rows_[row]);
      ++position;
    }
    if (position <= kMaxRows) return;
    left_out_.assign(content_.columns.size(), std::string());
    left_out_[0] = static_cast<unsigned>(rows_.size() + 1);
    left_out_[1] = "and " + std::to_string(position - kMaxRows) + " more";
    set_row(kMaxRows, left_out_);
  }

  void set_row(std::size_t position, const Row& row) {
    std::array<stat_tap_table_item_type, kMaxColumns> items{};
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (const auto* const number = std::get_if<unsigned>(&row[column])) {
        items[column].type = TABLE_ITEM_UINT;
        items[column].value.uint_value = *number;
      } else {
        items[column].type = TABLE_ITEM_STRING;
        items[column].value.string_value = std::get<std::string>(row[column]).c_str();
      }
    }
    stat_tap_init_table_row(table_, static_cast<unsigned>(position), static_cast<unsigned>(row.size()),
                            items.data());
  }

  const Content& content_;
  stat_tap_table* table_ = nullptr;
  FrameSelection seen_;  ///< frames that passed the filter, in tshark's only pass
  bool waits_for_printing_ = false;
  bool prepared_ = false;
  std::vector<Row> rows_;               ///< all rows, worst first; the table points to their strings
  std::vector<std::size_t> table_row_;  ///< by row of the summary
  RowsByFrame rows_by_frame_;
  std::vector<bool> selected_;  ///< by row
  Row left_out_;                ///< says how many rows are not shown
};

// --- affected conversations
// ---------------------------------------------------------------------------------

// What decides comes first: a window shows some ten columns before it has to be scrolled.
std::array conversation_columns{
    kRank,
    text_column("Verdict", "%-20s"),
    text_column("Sender", "%-21s"),
    text_column("Receiver", "%-21s"),
    right_column("Path MTU"),
    number_column("Ignored"),
    text_column("Reported by", "%-15s"),
    right_column("Advised MSS"),
    right_column("Stall (s)"),
    number_column("First frame"),
    text_column("Seen at"),
    text_column("Vanishes between"),
    text_column("Protocol"),
    number_column("Largest"),
    number_column("In flight"),
    number_column("Hints"),
    text_column("Hint delivered"),
    text_column("Stage"),
    number_column("Conversation"),
};

template <class Number>
std::string text_of(const std::optional<Number>& number) {
  if (!number) return "";
  if constexpr (requires { number->value(); }) {
    return std::to_string(number->value());
  } else {
    return std::to_string(*number);
  }
}

/// For the sender's address family; empty where there is no TCP to clamp.
std::string advised_mss(const ConversationRow& row) {
  if (row.flow.protocol != ip_protocol::tcp) return "";
  const bool v4 = row.flow.path.source.version == IpVersion::v4;
  return text_of(v4 ? row.recommended.mss_v4 : row.recommended.mss_v6);
}

/// "3, 2, 1": the capture points that a conversation passes; empty where the capture has one.
std::string points_text(const ConversationRow& row) {
  std::string text;
  if (!row.joined) return text;
  for (const PointId point : row.joined->points)
    text += (text.empty() ? "" : ", ") + std::to_string(point.value());
  return text;
}

std::string between(PointId from, PointId to) {
  return std::to_string(from.value()) + " and " + std::to_string(to.value());
}

/// Capture points between which datagrams vanish by size, or hints do.
std::string lost_between_text(const ConversationRow& row) {
  if (!row.joined) return "";
  if (const auto& vanish = row.joined->vanish) return between(vanish->from, vanish->to);
  if (const auto& hint = row.joined->filtered) return "hints: " + between(hint->seen_at, hint->missing_at);
  return "";
}

std::vector<Row> conversation_rows(const Summary& summary) {
  std::vector<Row> rows;
  rows.reserve(summary.conversations.size());
  for (const ConversationRow& row : summary.conversations) {
    rows.push_back({
        static_cast<unsigned>(rows.size() + 1),
        std::string(name(row.verdict)),
        endpoint(row.flow.path.source, row.flow.source_port),
        endpoint(row.flow.path.destination, row.flow.destination_port),
        path_mtu_text(row.path_mtu, row.bracket),
        row.ignored_packets,
        row.reporter ? to_string(*row.reporter) : std::string(),
        advised_mss(row),
        row.stall ? seconds_text(*row.stall) : std::string(),
        row.first_frame.value(),
        points_text(row),
        lost_between_text(row),
        protocol_name(row.flow.protocol),
        row.largest_datagram.value(),
        row.in_flight_packets,
        row.hints,
        std::string(name(row.delivered)),
        std::string(text(row.stage)),
        row.id.value(),
    });
  }
  return rows;
}

std::vector<std::size_t> conversation_of_conversation(const Summary& summary) {
  std::vector<std::size_t> rows(summary.conversations.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

// --- paths
// --------------------------------------------------------------------------------------------------

std::array path_columns{
    kRank,
    text_column("Source"),
    text_column("Destination"),
    right_column("Path MTU"),
    number_column("Hints"),
    text_column("Reported by"),
    text_column("Would explain it"),
};

/// Without the arithmetic, which would make the widest column of all.
std::string names_of_candidates(std::string_view explanation) {
  std::string names;
  for_each_candidate(explanation, [&](std::string_view candidate) {
    names += (names.empty() ? "" : "; ") + std::string(candidate.substr(0, candidate.find(" (")));
  });
  return names;
}

std::vector<Row> path_rows(const Summary& summary) {
  std::vector<Row> rows;
  rows.reserve(summary.paths.size());
  for (const PathRow& row : summary.paths) {
    std::string reporters;
    for (const IpAddress& address : row.reporters)
      reporters += (reporters.empty() ? "" : ", ") + to_string(address);
    rows.push_back({static_cast<unsigned>(rows.size() + 1), to_string(row.path.source),
                    to_string(row.path.destination), path_mtu_text(row.path_mtu, row.bracket), row.hints,
                    reporters, names_of_candidates(row.explanation)});
  }
  return rows;
}

std::vector<std::size_t> path_of_conversation(const Summary& summary) {
  std::map<PathKey, std::size_t> row_of_path;
  for (const PathRow& row : summary.paths) row_of_path.emplace(row.path, row_of_path.size());
  std::vector<std::size_t> rows;
  rows.reserve(summary.conversations.size());
  for (const ConversationRow& row : summary.conversations) {
    const auto path = row_of_path.find(row.flow.path);
    rows.push_back(path == row_of_path.end() ? kNoRow : path->second);
  }
  return rows;
}

// --- registration
// -------------------------------------------------------------------------------------------

constexpr Content kConversations{"Path MTU", "pmtu,conv", conversation_columns, conversation_rows,
                                 conversation_of_conversation};
constexpr Content kPaths{"Path MTU Paths", "pmtu,paths", path_columns, path_rows, path_of_conversation};
static_assert(conversation_columns.size() <= kMaxColumns && path_columns.size() <= kMaxColumns);

template <const Content& kContent>
Table& table() {
  static Table instance(kContent);
  return instance;
}

template <const Content& kContent>
void begin(stat_tap_table_ui* ui) {
  table<kContent>().begin(ui);
}

template <const Content& kContent>
tap_packet_status take(void*, packet_info* pinfo, epan_dissect_t*, const void* data, tap_flags_t) noexcept {
  try {
    table<kContent>().take(FrameNumber(pinfo->num), static_cast<const TapFrame*>(data)->first_visit);
  } catch (const std::bad_alloc&) {
    return TAP_PACKET_FAILED;
  }
  return TAP_PACKET_REDRAW;
}

template <const Content& kContent>
void reset(stat_tap_table*) {
  table<kContent>().reset();
}

/// Wireshark takes whatever begins with the option for this statistic.
template <const Content& kContent>
void check_argument(const char* argument, const char**, char** error) {
  const char next = argument[std::strlen(kContent.option)];
  if (next == '\0' || next == ',') return;
  *error = g_strdup_printf("Invalid -z argument \"%s\"; it must be \"%s\" or \"%s,<display filter>\".",
                           argument, kContent.option, kContent.option);
}

template <const Content& kContent>
void register_table() {
  static tap_param filter{PARAM_FILTER, "filter", "Filter", nullptr, TRUE};
  static stat_tap_table_ui ui;
  ui.group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
  ui.title = kContent.title;
  ui.tap_name = kTapName;
  ui.cli_string = kContent.option;
  ui.stat_tap_init_cb = begin<kContent>;
  ui.packet_func = take<kContent>;
  ui.stat_tap_reset_table_cb = reset<kContent>;
  ui.stat_filter_check_cb = check_argument<kContent>;
  ui.nfields = kContent.columns.size();
  ui.fields = kContent.columns.data();
  ui.nparams = 1;
  ui.params = &filter;
  register_stat_tap_table_ui(&ui);
}

}  // namespace

void register_tables() noexcept {
  register_table<kConversations>();
  register_table<kPaths>();
}

}  // namespace pmtu::plugin
