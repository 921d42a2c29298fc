// The verify step: an independent query counts the rows whose sides do not agree. Nothing is concluded from the backfill's
// own bookkeeping.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Done at zero. Rows that differ send the backfill around again (three times, then the migration pauses with the count);
// rows in _migration_rejects pause it at once. REQUIRES: outside a transaction.
Ended run_verify(const StepContext &context);

}  // namespace hotswap::engine
