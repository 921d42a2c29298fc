// How fast this server reads a table and writes one anew, for the estimates of analyze: as the settings say, else measured.
// What was measured is kept for ten minutes by each backend.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

#include "core/rules.hpp"

namespace hotswap::engine {

// operations: those to be judged. The largest of their tables may be tried, for 5 ms once in ten minutes.
core::Rates rates_for(const std::vector<core::Operation> &operations);

}  // namespace hotswap::engine
