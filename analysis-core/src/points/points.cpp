// SPDX-License-Identifier: GPL-2.0-or-later
#include "pmtu/points.h"

namespace pmtu {

std::string_view name(HintWay way) noexcept {
  switch (way) {
    case HintWay::unknown:
      return "unknown";
    case HintWay::delivered:
      return "delivered";
    case HintWay::filtered:
      return "filtered";
  }
  return "";
}

std::string_view name(ChangeKind kind) noexcept {
  switch (kind) {
    case ChangeKind::mss_rewritten:
      return "mss_rewritten";
    case ChangeKind::df_cleared:
      return "df_cleared";
    case ChangeKind::fragmented_despite_df:
      return "fragmented_despite_df";
    case ChangeKind::translated:
      return "translated";
  }
  return "";
}

}  // namespace pmtu
