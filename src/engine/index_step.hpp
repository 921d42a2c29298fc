// Steps that build or drop an index without blocking writers.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// index_build forward and index_drop backward build; the other two drop. The work commits inside, so the journal is the step's
// state: an index that is there but not valid, after the intent was recorded, is a left-over of ours and is dropped first.
// REQUIRES: outside a transaction.
Ended run_index(const StepContext &context);

}  // namespace hotswap::engine
