// Steps that are statements in one transaction: ddl and validate, and the undo of every step that has SQL to undo with.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Takes the locks by the lock policy, runs the statements as the migration's owner and records the outcome, all in one
// transaction: after a crash the step is either done or not begun. REQUIRES: outside a transaction.
Ended run_ddl(const StepContext &context);

}  // namespace hotswap::engine
