// Applies change logs: for every key in the log the table's current row replaces whatever the copy has for it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/twin_flow.hpp"

namespace hotswap::engine {

struct Round {
    bool wanted = true;          // false: the migration was paused or taken back meanwhile
    bool whole = true;           // false: something was in the way, some entries are left
    std::int64_t entries = 0;    // of the log that were worked off
    double elapsed_ms = 0;
};

// One pass over the log of one table, in transactions of its own; rows that cannot be converted go to _migration_rejects.
// REQUIRES: outside a transaction. wanted() is asked before each batch, inside a transaction with store authority.
Round apply_round(const StepContext &context, const TwinFlow &flow, const std::function<bool(bridge::Sql &)> &wanted);

// Everything that is in the log, in the current transaction, in which nobody else can write to the table.
// Returns false when there is more than most_entries. ERRORS: what a conversion raises.
bool drain(const TwinFlow &flow, std::int64_t most_entries);

// Puts the keys of all rejected rows back into the log: they are tried again whenever somebody starts the step again.
// REQUIRES: outside a transaction.
void retry_rejects(const StepContext &context, const std::vector<TwinFlow> &flows);

// Whether a log has anything for the other side: the twins before the switch, previous after it. REQUIRES: a transaction with store
// authority.
bool logs_lag(bridge::Sql &sql, const store::Migration &migration);

}  // namespace hotswap::engine
