// One look at what the server counts for this database.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "core/health_sample.hpp"

namespace hotswap::engine {

// A transaction of its own; a few milliseconds at most, so that the conductor can do it between two rounds.
core::Counters read_counters();

}  // namespace hotswap::engine
