// The steps of online_rewrite, in the order in which a plan has them. docs/online-rewrite.md tells the story.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/outcome.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

Ended run_twin_create(const StepContext &context);     // twin_create.cpp; undo: drop what it made
Ended run_copy(const StepContext &context);            // copy_step.cpp
Ended run_twin_index(const StepContext &context);      // twin_index.cpp
Ended run_catch_up(const StepContext &context);        // catch_up.cpp
Ended run_twin_verify(const StepContext &context);     // twin_verify.cpp
Ended run_switch(const StepContext &context);          // switch_step.cpp; undo: the switch back
Ended run_twin_drop(const StepContext &context);       // twin_create.cpp
// While the migration waits: what the change log has goes to the twins, or after the switch to previous. Ends when little is left.
Ended keep_current(const StepContext &context);       // catch_up.cpp

}  // namespace hotswap::engine
