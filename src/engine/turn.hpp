// When a step that the application notices may begin: at the time of switch_at, in a maintenance window, after those before it in
// its group. The way back never waits.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/maintenance_window.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

// The step that switch_at and a group hold back: the first of the phase switch that blocks writers; without one, the first step that
// blocks them; without any, the first step. Null: no step is left for it.
const store::StepRow *turn_of(const std::vector<store::StepRow> &steps);
// Blocks writers, and is not what only prepares a switch: maintenance windows are for these.
bool is_for_windows(const std::vector<store::StepRow> &steps, const store::StepRow &step);

struct TurnWait {
    std::string reason;          // and what to type
    bool date_is_near = false;   // worth staying for
};

// What the step waits for now. REQUIRES: a transaction, store authority, as all here.
std::optional<TurnWait> look_at_turn(bridge::Sql &sql, const store::Migration &migration, const std::vector<store::StepRow> &steps,
                                     const store::StepRow &step, const core::Options &options);

// The member of its group that has to switch before this one, in words; empty: none.
std::string before_in_group(bridge::Sql &sql, const store::Migration &migration, const std::string &group);

// How long a step may try to get its lock: lock_budget, or what is left of the window.
struct Patience {
    double ms = 0;
    bool cut = false;     // by the end of the window: then it waits for the next one
};
Patience patience(const StepContext &context);   // REQUIRES: outside a transaction

}  // namespace hotswap::engine
