// Runs a step of kind reindex: one REINDEX ... CONCURRENTLY. It needs no transaction block and has nothing to take back,
// but a broken-off try leaves invalid indexes behind, which are removed here.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/outcome.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

Ended run_reindex(const StepContext &context);

}  // namespace hotswap::engine
