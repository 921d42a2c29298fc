// The backfill: fills the new columns of every existing row, chunk by chunk of heap blocks, several executors at once.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// One stream. Ends done when the last stream finds nothing left; a stream that finds nothing for itself while others still
// work ends stopped. REQUIRES: outside a transaction.
Ended run_backfill(const StepContext &context);

}  // namespace hotswap::engine
