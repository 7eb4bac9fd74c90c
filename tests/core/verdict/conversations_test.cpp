// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/conversations.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace pmtu {
namespace {

TEST(Conversations, EveryVerdictHasANameAndASentence) {
  std::set<std::string_view> names;
  for (std::size_t verdict = 0; verdict < kVerdicts; ++verdict) {
    names.insert(name(static_cast<Verdict>(verdict)));
    EXPECT_NE(sentence(static_cast<Verdict>(verdict)), "");
  }
  EXPECT_EQ(names.size(), kVerdicts);
}

TEST(Conversations, StagesReadLikeAPersonSaysThem) {
  EXPECT_EQ(text(Stage::unknown), "");
  EXPECT_EQ(text(Stage::tls_certificate), "TLS handshake: Certificate");
  for (int stage = 1; stage <= static_cast<int>(Stage::tunnel_payload); ++stage) {
    EXPECT_NE(text(static_cast<Stage>(stage)), "") << stage;
  }
}

// RFC 9293 §3.7.1: the MSS option is the MTU less the fixed headers, whatever options follow.
TEST(Recommend, TakesTheFixedHeadersOff) {
  const Recommendation recommended = recommend(Mtu{1446});
  EXPECT_EQ(recommended.mss_v4, 1406);
  EXPECT_EQ(recommended.mss_v6, 1386);
  EXPECT_EQ(recommended.mtu, Mtu{1446});
}

// RFC 8200 §5: no link below 1280 carries IPv6, so there is no IPv6 MSS to recommend for one.
TEST(Recommend, OffersNoIpv6MssBelowTheIpv6Minimum) {
  const Recommendation recommended = recommend(Mtu{1279});
  EXPECT_EQ(recommended.mss_v4, 1239);
  EXPECT_FALSE(recommended.mss_v6);
  EXPECT_EQ(recommend(Mtu{1280}).mss_v6, 1220);
}

TEST(Recommend, StaysSilentWhereNoMssFollows) {
  EXPECT_FALSE(recommend(Mtu{0}).mss_v4);
  EXPECT_FALSE(recommend(Mtu{67}).mtu);
  EXPECT_EQ(recommend(Mtu{68}).mss_v4, 28);
  EXPECT_FALSE(recommend(Mtu{100'000}).mss_v4);
  EXPECT_EQ(recommend(Mtu{100'000}).mtu, Mtu{100'000});
}

}  // namespace
}  // namespace pmtu
