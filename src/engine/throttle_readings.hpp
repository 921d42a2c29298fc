// What the throttle reads of the server.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

#include "bridge/sql.hpp"
#include "core/throttle.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

// Every budget that has a limit, with what is observed of it. REQUIRES: a transaction, store authority.
// clock is fed with the position of the WAL and used for the lag of standbys, seen with those there are.
std::vector<core::Budget> read_budgets(bridge::Sql &sql, const StepContext &context, core::LagClock *clock, core::SeenStandbys *seen);

}  // namespace hotswap::engine
