// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "pmtu/analyzer.h"
#include "pmtu/preferences.h"
#include "pmtu/units.h"

namespace pmtu::test {

/// What holds of an analysis whatever was observed: one sentence for each promise that is broken. Asks every
/// query there is, so that they run as well. `frames`: the numbers of the frames observed were 1 to `frames`.
/// Concludes the analysis.
[[nodiscard]] std::vector<std::string> broken_promises(Analyzer& analyzer, const Preferences& preferences,
                                                       FrameNumber frames);

}  // namespace pmtu::test
