// DETACH PARTITION CONCURRENTLY, and the way back.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Forward and back. REQUIRES: outside a transaction.
Ended run_detach(const StepContext &context);

}  // namespace hotswap::engine
