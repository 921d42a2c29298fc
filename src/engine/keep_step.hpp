// Steps of kind keep: what a destructive step takes away goes to a rollback point, and comes back from it.
// The words of Step::keep: core/rollback_point.hpp.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/outcome.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

Ended run_keep(const StepContext &context);

// Its parts.
Ended run_keep_table(const StepContext &context);   // keep_table.cpp: a table goes to its hold in place of being dropped
Ended run_keep_truncated(const StepContext &context);   // keep_truncated.cpp: the storage of tables goes to holds before they are truncated
Ended run_keep_copy(const StepContext &context);    // keep_copy.cpp: values into the hold, or rows out of it, in chunks
Ended run_kept(const StepContext &context);         // kept_file.cpp: the point is complete, its rows perhaps in a file
Ended run_fetch(const StepContext &context);        // kept_file.cpp: they come back

}  // namespace hotswap::engine
