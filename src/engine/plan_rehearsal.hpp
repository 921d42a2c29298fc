// Option "rehearse": the statements of a plan run up to its irreversible step, down, and up again to the end, on empty clones in a
// subtransaction that is rolled back (bridge/rehearsal). What moves rows (backfill, copy, proof) has no statements, and is left out.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"

namespace hotswap::engine {

struct PlanRehearsal {
    int statements = 0;                     // that ran
    std::vector<std::string> failures;      // "up, step 2 (set not null): ...": the first one of each way
    std::vector<std::string> left_out;      // what a rehearsal cannot run, and why
};

// before: statements after which the plan is made, for a part of a script. REQUIRES: the caller's rights, no Authority in force.
PlanRehearsal rehearse(const core::Plan &plan, const std::vector<std::string> &before = {});

// Statements of a step as they follow each other, without those that its native part stands between.
std::vector<std::string> rehearsable(const core::Step &step);

// "rehearsed up, down and up again: 12 statements"
std::string summary(const PlanRehearsal &rehearsal);

}  // namespace hotswap::engine
