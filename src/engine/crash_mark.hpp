// An unlogged table is empty after a crash of the server; its logged counterpart is not. Where one side of a copy is unlogged, a row
// in an unlogged table of our own tells that it happened.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Before the switch: the log has been worked off in part and cannot say what the lost side held, so everything begins again with
// new twins. True: that is what is to happen, and the step ends. REQUIRES: a transaction with store authority.
bool begin_again_after_crash(bridge::Sql &sql, const StepContext &context);

// After the switch: previous is to hold what the table holds now. True: the logs were told to carry over everything.
// REQUIRES: a transaction with store authority.
bool carry_all_back_after_crash(bridge::Sql &sql, const StepContext &context);

}  // namespace hotswap::engine
