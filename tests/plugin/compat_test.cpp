// SPDX-License-Identifier: GPL-2.0-or-later
// What the plugin takes from Wireshark's declarations, against declarations of earlier and of announced
// kinds: a series that changes one of them needs no change here.
#include "wireshark_compat.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <type_traits>

namespace pmtu::plugin::compat {
namespace {

constexpr std::array<std::uint8_t, 3> kBytes{1, 2, 3};

template <class Number>
const std::uint8_t* bytes_of(tvbuff_t*, Number offset, Number length) {
  EXPECT_EQ(length, Number{3});
  return kBytes.data() + offset;
}

/// A buffer of Wireshark's that holds these bytes.
tvbuff_t* buffer(std::size_t length) {
  return tvb_new_real_data(kBytes.data(), static_cast<unsigned>(length), static_cast<int>(length));
}

TEST(Compat, BytesComeWithSignedAndWithUnsignedLengths) {
  tvbuff_t* const tvb = buffer(kBytes.size());
  EXPECT_EQ(captured_bytes(tvb, &bytes_of<int>).data(), kBytes.data());
  EXPECT_EQ(captured_bytes(tvb, &bytes_of<unsigned>).size(), kBytes.size());
  EXPECT_EQ(captured_bytes(tvb).data(), kBytes.data());
  tvb_free(tvb);
}

char* begin_in_46(const char* program) {
  EXPECT_STREQ(program, "/bin/pmtu-scan");
  return nullptr;
}
char* begin_in_40(const char* program, const char* whose) {
  EXPECT_EQ(whose, nullptr);
  return begin_in_46(program);
}

TEST(Compat, FoldersAreFoundWithAndWithoutTheNameOfTheirOwner) {
  find_folders("/bin/pmtu-scan", &begin_in_46);
  find_folders("/bin/pmtu-scan", &begin_in_40);
}

TEST(Compat, NoBytesAreAskedForOfAnEmptyBuffer) {
  tvbuff_t* const tvb = buffer(0);
  EXPECT_TRUE(captured_bytes(tvb, &bytes_of<unsigned>).empty());
  tvb_free(tvb);
}

packet_info* marked_packet = nullptr;
frame_data* marked_frame = nullptr;
void mark_packet(packet_info* pinfo, std::uint32_t) {
  marked_packet = pinfo;
}
void mark_frame(frame_data* frame, std::uint32_t) {
  marked_frame = frame;
}

TEST(Compat, DependenceIsNotedInThePacketOrInTheFrame) {
  packet_info packet{};
  frame_data frame{};
  packet.fd = &frame;
  depend_on_frame(&packet, 1, &mark_packet);
  depend_on_frame(&packet, 1, &mark_frame);
  EXPECT_EQ(marked_packet, &packet);
  EXPECT_EQ(marked_frame, &frame);
}

unsigned added_filters = 0;
void add_without_data(const char*, const char*, is_filter_valid_func, build_filter_string_func) {
  ++added_filters;
}
void add_with_data(const char*, const char*, is_filter_valid_func, build_filter_string_func, void*) {
  ++added_filters;
}
bool is_valid(packet_info*) {
  return true;
}
char* no_filter(packet_info*) {
  return nullptr;
}

TEST(Compat, ConversationFiltersAreAddedWithAndWithoutUserData) {
  add_conversation_filter<is_valid, no_filter>("pmtu", "Path MTU", &add_without_data);
  add_conversation_filter<is_valid, no_filter>("pmtu", "Path MTU", &add_with_data);
  EXPECT_EQ(added_filters, 2U);
}

const char* name_without_section(const epan_t*, std::uint32_t) {
  return "eth0";
}
const char* name_with_section(const epan_t*, std::uint32_t, unsigned section) {
  return section == 1 ? "eth1" : nullptr;
}

TEST(Compat, InterfacesAreNamedWithAndWithoutSections) {
  const packet_info pinfo{};
  EXPECT_STREQ(interface_name(&pinfo, 0, 0, &name_without_section), "eth0");
  EXPECT_EQ(interface_name(&pinfo, 0, 1, &name_without_section), nullptr);
  EXPECT_STREQ(interface_name(&pinfo, 0, 1, &name_with_section), "eth1");
}

TEST(Compat, StatisticsStartWithAndWithoutAnAnswer) {
  static_assert(std::is_void_v<decltype(accept_tap<void>())>);
  EXPECT_TRUE(accept_tap<bool>());
  EXPECT_FALSE(refuse_tap<bool>());
}

}  // namespace
}  // namespace pmtu::plugin::compat
