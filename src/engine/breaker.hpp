// Circuit breakers at work: rules from the table, kept by each session until somebody changes them; counts in shared memory.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/breaker.hpp"
#include "store/breakers.hpp"
#include "store/holds.hpp"

namespace hotswap::engine {

struct BreakerLook {
    store::BreakerRow row;     // its rules
    core::Breaker now;         // state and counts of this moment
};

// All REQUIRE a transaction; the caller's rights do not matter. ERRORS: 42704 no such breaker.
// A breaker that this transaction has set by hand, and not committed yet, counts nothing and answers by what was set.
struct BreakerAnswer {
    core::BreakerState state = core::BreakerState::closed;
    bool allowed = true;
    bool changed = false;      // the state is another one than before
};
BreakerAnswer record_call(const std::string &breaker, bool success, std::optional<double> duration_ms);
BreakerAnswer ask(const std::string &breaker);             // counts as a trial call where that matters
void give_back(const std::string &breaker);                // the call was not made after all
std::vector<BreakerLook> look_at_breakers();

// Why hotswap's workers may not begin anything now; nothing when they may. Counts as nothing.
inline constexpr const char *kBreakerSignal = "waiting for the circuit breaker migration_executor";
std::optional<store::Hold> breaker_hold();

// Writes what has changed to the table, each in a transaction of its own. REQUIRES: a worker, outside a transaction.
bool write_breakers();         // true: the table has them all
void breakers_changed();       // by a trigger of the table
bool breakers_are_shared();    // false on a standby, whose table cannot be written

}  // namespace hotswap::engine
