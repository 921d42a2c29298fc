// The gauges that steer: how much WAL the server writes, how soon that forces the next checkpoint, how long a commit takes.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

#include "bridge/sql.hpp"
#include "core/throttle.hpp"

namespace hotswap::engine {

// Those with a limit; a ratio of 0 where all is well. clock: fed by read_budgets. REQUIRES: a transaction, store authority.
std::vector<core::Restraint> read_gauges(bridge::Sql &sql, const core::LagClock &clock);

}  // namespace hotswap::engine
