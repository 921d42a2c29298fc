// A step whose work is one short transaction under locks that others wait for: the lock policy as a loop.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/outcome.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

struct LockedWork {
    // Before each attempt, outside a transaction: whatever can be done while nobody waits. A value ends the step with it.
    std::function<std::optional<Ended>()> before;
    // Under the locks, in their transaction. True: commit, the step is done. False: roll back and try again later.
    std::function<bool()> inside;
    std::function<std::string()> why_postponed;   // what to tell meanwhile
    std::function<bool()> is_over_time;           // a cancellation (57014) was our own deadline's
};

// Locks the step's relation and further locks in OID order, runs the work, records the outcome, commits; tries again with
// longer and longer pauses while others are in the way, and pauses the migration when the budget is used up.
Ended run_locked(const StepContext &context, const LockedWork &work);

}  // namespace hotswap::engine
