// A part of a script: planned and stored as a migration of its own when its turn comes, in the state that the parts before it
// left. How that migration fares is the conductor's to watch (worker/script).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "engine/outcome.hpp"
#include "engine/planning.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

// script_options: those of the whole script; the part's own win. REQUIRES, ERRORS: as plan_ddl.
PlannedDdl plan_part(const core::Step &part, const std::string &script_options, bridge::Rehearsal *clones = nullptr);

// Undefined table, column, object, schema, function or type; a name that is taken; what others depend on, such as an old type that
// the previous storage of a rewrite still has. An earlier statement may change that.
bool rests_on_others(const std::string &sqlstate);

Ended run_script_part(const StepContext &context);

}  // namespace hotswap::engine
