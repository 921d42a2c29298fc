// UPDATE or DELETE of many rows in chunks of heap blocks, several executors at once.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// One stream, as run_backfill. REQUIRES: outside a transaction.
Ended run_rows(const StepContext &context);

}  // namespace hotswap::engine
