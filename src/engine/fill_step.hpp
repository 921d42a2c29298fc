// Fills one new column of the rows that are there, in small transactions, until no row is left that has none.
// Unlike a backfill it needs no trigger: whatever is written meanwhile gets its value from the column's default.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// REQUIRES: outside a transaction. Right to run again at any point: it looks for rows without a value.
Ended run_fill(const StepContext &context);

}  // namespace hotswap::engine
