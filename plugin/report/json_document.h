// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdio>

#include "pmtu/conversations.h"
#include "pmtu/report.h"

namespace pmtu::plugin {

/// Writes the summary as one JSON document (`"schema": 1`), ended by a line feed. What is unknown is null.
void write_json(std::FILE* file, const Summary& summary, const Provenance& provenance);

}  // namespace pmtu::plugin
