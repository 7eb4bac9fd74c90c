// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/fields.h"

#include <epan/tfs.h>
#include <epan/unit_strings.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "wireshark_compat.h"

namespace pmtu::plugin::fields {
namespace {

/// A field that Wireshark knows by the number it gives at registration. Each one is declared right above the
/// function that writes it and enters itself into the list of all, so there is no table to keep in step.
class Field {
 public:
  Field(const char* filter_name, const char* title, ftenum type, int display, const void* strings,
        const char* blurb)
      : info_{&id_, {title, filter_name, type, display, strings, 0, blurb, HFILL}} {
    all().push_back(&info_);
  }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  static void register_all(int protocol) {
    for (hf_register_info* info : all()) proto_register_field_array(protocol, info, 1);
  }
  [[nodiscard]] int id() const { return id_; }

 private:
  static std::vector<hf_register_info*>& all() {
    static std::vector<hf_register_info*> list;
    return list;
  }
  int id_ = -1;
  hf_register_info info_;
};

proto_item* add(const Place& place, const Field& field, unsigned value) {
  proto_item* const item = proto_tree_add_uint(place.tree, field.id(), place.tvb, 0, 0, value);
  proto_item_set_generated(item);
  return item;
}

void add(const Place& place, const Field& field, const char* text) {
  proto_item_set_generated(proto_tree_add_string(place.tree, field.id(), place.tvb, 0, 0, text));
}

/// For filters, columns and scripts only: the line beside it says the same to people.
void add_unseen(const Place& place, const Field& field, std::string_view text) {
  proto_item* const item = proto_tree_add_string(place.tree, field.id(), place.tvb, 0, 0, text.data());
  proto_item_set_generated(item);
  proto_item_set_hidden(item);
}

/// A link to another frame. An earlier one is part of the evidence and stays with this one when frames are
/// exported; Wireshark allows no dependence on later ones.
void add_frame(const Place& place, const Field& field, FrameNumber frame) {
  if (frame.value() == 0) return;
  add(place, field, frame.value());
  if (frame.value() < place.pinfo->num) compat::depend_on_frame(place.pinfo, frame.value());
}

/// The machine names of an enumeration, as Wireshark wants them; they are what filters compare with.
template <class Enum, std::size_t kCount>
class Names {
 public:
  Names() {
    for (std::size_t i = 0; i < kCount; ++i) {
      texts_[i] = name(static_cast<Enum>(i));
      values_[i] = {static_cast<guint32>(i), texts_[i].c_str()};
    }
    values_[kCount] = {0, nullptr};
  }
  [[nodiscard]] const void* strings() const { return VALS(values_.data()); }

 private:
  std::array<std::string, kCount> texts_;
  std::array<value_string, kCount + 1> values_;
};

const Names<FindingKind, kFindingKinds> finding_names;
const Names<HintStatus, 6> status_names;
const Names<Proof, 4> proof_names;
const Names<Verdict, kVerdicts> verdict_names;

int protocol_field = -1;
int finding_subtree = -1;

}  // namespace

void register_fields(int protocol) noexcept {
  protocol_field = protocol;
  Field::register_all(protocol);
  static int* const subtrees[] = {&finding_subtree};
  proto_register_subtree_array(subtrees, 1);
}

// --- the finding itself
// -------------------------------------------------------------------------------------

namespace {
const Field finding_field{
    "pmtu.finding",
    "Finding",
    FT_UINT8,
    BASE_DEC,
    finding_names.strings(),
    "What the analysis says of this frame; the filter name of the expert item without its "
    "prefix"};
const Field finding_name{"pmtu.finding.name",
                         "Finding in words",
                         FT_STRING,
                         BASE_NONE,
                         nullptr,
                         "The same as pmtu.finding, for scripts and columns: those print numbers for it"};
}  // namespace

FindingLine add_finding(const Place& place, FindingKind kind, const char* sentence) {
  proto_item* const item = proto_tree_add_uint_format(place.tree, finding_field.id(), place.tvb, 0, 0,
                                                      static_cast<unsigned>(kind), "%s", sentence);
  proto_item_set_generated(item);
  const Place below{proto_item_add_subtree(item, finding_subtree), place.tvb, place.pinfo};
  add_unseen(below, finding_name, name(kind));
  return {item, below};
}

// --- frames that carry a hint
// -------------------------------------------------------------------------------

namespace {
const Field hint_reporter{"pmtu.hint.reporter",
                          "Reported by",
                          FT_STRING,
                          BASE_NONE,
                          nullptr,
                          "Who sent the hint: a router, a tunnel end or the destination itself"};
const Field hint_mtu{
    "pmtu.hint.mtu", "MTU of the next hop",
    FT_UINT32,       BASE_DEC,
    nullptr,         "The MTU that the hint names (RFC 1191 section 4, RFC 4443 section 3.2)"};
const Field hint_status{"pmtu.hint.status", "Status of the hint",   FT_UINT8,
                        BASE_DEC,           status_names.strings(), "Whether the hint could be believed"};
const Field hint_remark{
    "pmtu.hint.remark", "Remark", FT_STRING,
    BASE_NONE,          nullptr,  "Why the hint was refused, or what else there is to say about it"};
const Field hint_quoted_frame{"pmtu.hint.quoted_frame",
                              "Quotes the datagram in frame",
                              FT_FRAMENUM,
                              BASE_NONE,
                              FRAMENUM_TYPE(FT_FRAMENUM_REQUEST),
                              "The datagram that was too big, where it was captured"};
const Field hint_quoted_length{
    "pmtu.hint.quoted_length", "Length of the quoted datagram",    FT_UINT32, BASE_DEC | BASE_UNIT_STRING,
    &units_byte_bytes,         "Total length in the quoted header"};
const Field hint_explanation{
    "pmtu.hint.explanation",
    "Would explain it",
    FT_STRING,
    BASE_NONE,
    nullptr,
    "An encapsulation that leaves this MTU of 1500 bytes: a candidate, never certainty"};
const Field hint_ignored_in{
    "pmtu.hint.ignored_in",
    "Ignored first in frame",
    FT_FRAMENUM,
    BASE_NONE,
    FRAMENUM_TYPE(FT_FRAMENUM_RETRANS_NEXT),
    "The first later datagram of the conversation that was too big although the sender "
    "could have known"};
const Field hint_honoured_in{"pmtu.hint.honoured_in",
                             "Honoured first in frame",
                             FT_FRAMENUM,
                             BASE_NONE,
                             FRAMENUM_TYPE(FT_FRAMENUM_ACK),
                             "The first later datagram of the conversation that kept to the path MTU"};
}  // namespace

void add_hint(const Place& place, const Finding& hint, const char* reporter, const char* remark) {
  add(place, hint_reporter, reporter);
  if (hint.hint_mtu) add(place, hint_mtu, hint.hint_mtu->value());
  add(place, hint_status, static_cast<unsigned>(*hint.hint_status));
  if (remark[0] != '\0') add(place, hint_remark, remark);
  if (hint.quoted_length.value() != 0) add(place, hint_quoted_length, hint.quoted_length.value());
  add_frame(place, hint_quoted_frame, hint.quoted_frame);
}

void add_explanation(const Place& place, const char* candidate) {
  add(place, hint_explanation, candidate);
}

void add_reaction(const Place& place, FindingKind kind, FrameNumber frame) {
  add_frame(place, kind == FindingKind::honoured ? hint_honoured_in : hint_ignored_in, frame);
}

// --- datagrams of a hinted path
// -----------------------------------------------------------------------------

namespace {
const Field datagram_length{"pmtu.datagram.length",
                            "Datagram length",
                            FT_UINT32,
                            BASE_DEC | BASE_UNIT_STRING,
                            &units_byte_bytes,
                            "IP total length, header included; never the length of the frame"};
const Field datagram_dont_fragment{"pmtu.datagram.dont_fragment",
                                   "Don't fragment",
                                   FT_BOOLEAN,
                                   BASE_NONE,
                                   TFS(&tfs_set_notset),
                                   "DF bit; always set in IPv6, whose routers never fragment"};
const Field path_mtu_field{
    "pmtu.path.mtu", "Path MTU in force",
    FT_UINT32,       BASE_DEC,
    nullptr,         "What the path from source to destination takes, as the sender was told"};
const Field datagram_excess{"pmtu.datagram.excess",      "Too big by",      FT_UINT32,
                            BASE_DEC | BASE_UNIT_STRING, &units_byte_bytes, "Bytes above the path MTU"};
const Field path_hint_frame{"pmtu.path.hint_frame",
                            "Told by the hint in frame",
                            FT_FRAMENUM,
                            BASE_NONE,
                            FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE),
                            "The ICMP message that named the path MTU in force"};
const Field excuse_field{
    "pmtu.excuse", "Not held against the sender",
    FT_STRING,     BASE_NONE,
    nullptr,       "Why this datagram, although larger than the path MTU, blames nobody"};
const Field source_field{
    "pmtu.source", "Sender",
    FT_STRING,     BASE_NONE,
    nullptr,       "Source of the datagram that is judged; on a hint, of the datagram that it quotes"};
const Field destination_field{
    "pmtu.destination",
    "Receiver",
    FT_STRING,
    BASE_NONE,
    nullptr,
    "Destination of the datagram that is judged; on a hint, of the datagram that it quotes"};
}  // namespace

bool sizes_are_wanted(proto_tree* tree) {
  return proto_field_is_referenced(tree, datagram_length.id()) ||
         proto_field_is_referenced(tree, datagram_dont_fragment.id());
}

void add_size(const Place& place, DatagramLength length, bool dont_fragment) {
  proto_item* const size =
      proto_tree_add_uint(place.tree, datagram_length.id(), place.tvb, 0, 0, length.value());
  proto_item* const flag =
      proto_tree_add_boolean(place.tree, datagram_dont_fragment.id(), place.tvb, 0, 0, dont_fragment ? 1 : 0);
  for (proto_item* const item : {size, flag}) {
    proto_item_set_generated(item);
    proto_item_set_hidden(item);
  }
}

bool path_is_wanted(proto_tree* tree) {
  return proto_field_is_referenced(tree, protocol_field) ||
         proto_field_is_referenced(tree, path_mtu_field.id()) ||
         proto_field_is_referenced(tree, path_hint_frame.id()) ||
         proto_field_is_referenced(tree, datagram_length.id()) ||
         proto_field_is_referenced(tree, datagram_excess.id()) ||
         proto_field_is_referenced(tree, datagram_dont_fragment.id()) ||
         proto_field_is_referenced(tree, excuse_field.id()) ||
         proto_field_is_referenced(tree, source_field.id()) ||
         proto_field_is_referenced(tree, destination_field.id());
}

void add_datagram(const Place& place, DatagramLength length, bool dont_fragment, std::optional<Mtu> path_mtu,
                  FrameNumber hint_frame) {
  if (length.value() != 0) {
    add(place, datagram_length, length.value());
    proto_item_set_generated(proto_tree_add_boolean(place.tree, datagram_dont_fragment.id(), place.tvb, 0, 0,
                                                    dont_fragment ? 1 : 0));
  }
  if (path_mtu) {
    add(place, path_mtu_field, path_mtu->value());
    if (length.value() > path_mtu->value()) add(place, datagram_excess, length.value() - path_mtu->value());
  }
  add_frame(place, path_hint_frame, hint_frame);
}

// --- black holes
// --------------------------------------------------------------------------------------------

namespace {
const Field hole_length{
    "pmtu.hole.length", "Size that vanishes",
    FT_UINT32,          BASE_DEC | BASE_UNIT_STRING,
    &units_byte_bytes,  "IP total length of the datagrams that a black hole swallows; not of this datagram"};
const Field hole_missing{"pmtu.hole.missing", "Bytes that never arrived",
                         FT_UINT32,           BASE_DEC | BASE_UNIT_STRING,
                         &units_byte_bytes,   "Length of the hole in the stream, as its receiver sees it"};
const Field hole_transmissions{"pmtu.hole.transmissions",
                               "Transmissions lost",
                               FT_UINT32,
                               BASE_DEC,
                               nullptr,
                               "How often the same bytes were sent in this size without an answer"};
}  // namespace

void add_black_hole(const Place& place, const Finding& finding) {
  add(place, hole_length, finding.length.value());
  const bool at_receiver = finding.kind == FindingKind::black_hole_receiver;
  if (at_receiver || finding.kind != FindingKind::black_hole_recovered)
    add(place, at_receiver ? hole_missing : hole_transmissions, finding.count);
}

void add_excuse(const Place& place, const char* excuse) {
  add(place, excuse_field, excuse);
}

void add_ends(const Place& place, const char* source, const char* destination) {
  add_unseen(place, source_field, source);
  add_unseen(place, destination_field, destination);
}

// --- knowledge of the sender
// --------------------------------------------------------------------------------

namespace {
const Field since_hint{"pmtu.since_hint", "Time since the hint",
                       FT_RELATIVE_TIME,  BASE_NONE,
                       nullptr,           "From the hint to this datagram, both at the capture point"};
const Field proof_field{
    "pmtu.proof",
    "Proof that the sender could have known",
    FT_UINT8,
    BASE_DEC,
    proof_names.strings(),
    "causal: it had answered something younger than the hint; rtt: the measured round trip was "
    "over; default: the reaction time of the preferences was over"};
const Field proof_name{
    "pmtu.proof.name", "Proof in words",
    FT_STRING,         BASE_NONE,
    nullptr,           "The same as pmtu.proof, for scripts and columns: those print numbers for it"};
}  // namespace

void add_knowledge(const Place& place, const Finding& finding) {
  if (finding.hint_frame.value() == 0) return;
  const std::int64_t nanoseconds = finding.since_hint.nanoseconds();
  nstime_t time;
  time.secs = static_cast<time_t>(nanoseconds / 1'000'000'000);
  time.nsecs = static_cast<int>(nanoseconds % 1'000'000'000);
  proto_item_set_generated(proto_tree_add_time(place.tree, since_hint.id(), place.tvb, 0, 0, &time));
  if (finding.proof == Proof::none) return;
  proto_item* const item = proto_tree_add_uint_format_value(
      place.tree, proof_field.id(), place.tvb, 0, 0, static_cast<unsigned>(finding.proof), "%s, %s",
      name(finding.proof).data(), sentence(finding.proof).data());
  proto_item_set_generated(item);
  add_unseen(place, proof_name, name(finding.proof));
}

// --- further evidence
// ---------------------------------------------------------------------------------------

namespace {
const Field related_frame{"pmtu.related_frame",
                          "See also frame",
                          FT_FRAMENUM,
                          BASE_NONE,
                          FRAMENUM_TYPE(FT_FRAMENUM_NONE),
                          "First transmission, first frame beyond a hole, the other side's SYN"};
}  // namespace

void add_related_frame(const Place& place, FrameNumber frame) {
  add_frame(place, related_frame, frame);
}

// --- the conversation
// ---------------------------------------------------------------------------------------

namespace {
const Field conversation_field{"pmtu.conversation",
                               "Conversation",
                               FT_UINT32,
                               BASE_DEC,
                               nullptr,
                               "Row of the table of affected conversations, from 0"};
const Field verdict_field{
    "pmtu.verdict",
    "Verdict",
    FT_UINT8,
    BASE_DEC,
    verdict_names.strings(),
    "Verdict over this direction of the conversation: as known at this frame on the first "
    "pass, final on any later one"};
const Field verdict_name{"pmtu.verdict.name",
                         "Verdict in words",
                         FT_STRING,
                         BASE_NONE,
                         nullptr,
                         "The same as pmtu.verdict, for scripts and columns: those print numbers for it"};
}  // namespace

void add_conversation(const Place& place, ConversationId conversation, Verdict verdict) {
  add(place, conversation_field, conversation.value());
  proto_item* const item =
      proto_tree_add_uint_format_value(place.tree, verdict_field.id(), place.tvb, 0, 0,
                                       static_cast<unsigned>(verdict), "%s", sentence(verdict).data());
  proto_item_set_generated(item);
  add_unseen(place, verdict_name, name(verdict));
}

// --- captures with several capture points
// -------------------------------------------------------------------

namespace {
const Field capture_point{
    "pmtu.point", "Capture point",
    FT_UINT32,    BASE_DEC,
    nullptr,      "Which of the capture points of this capture the frame was captured at, from 1"};
const Field same_frame{"pmtu.same_frame",
                       "The same datagram at another capture point: frame",
                       FT_FRAMENUM,
                       BASE_NONE,
                       FRAMENUM_TYPE(FT_FRAMENUM_NONE),
                       "The datagram as the next capture point on its way saw it, or the one before"};
const Field lost_after{
    "pmtu.lost_after", "Never arrived; passed last capture point",
    FT_UINT32,         BASE_DEC,
    nullptr,           "The last capture point that a datagram passed which never arrived at the next one"};
}  // namespace

void add_capture_point(const Place& place, PointId point, const FrameAcrossPoints& across) {
  add(place, capture_point, point.value());
  add_frame(place, same_frame, across.same_frame);
  if (across.lost_after != PointId{}) add(place, lost_after, across.lost_after.value());
}

}  // namespace pmtu::plugin::fields
