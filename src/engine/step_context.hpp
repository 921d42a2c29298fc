// What every kind of step needs to run in an executor: which migration, which step, which direction, and the few moves that
// all of them make (may I go on? pause with a reason. fail with an error.).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>

#include "bridge/boundary.hpp"
#include "bridge/sql.hpp"
#include "core/options.hpp"
#include "engine/outcome.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"

namespace hotswap::engine {

struct StepContext {
    store::Migration migration;
    store::StepRow row;
    core::Options options;
    bool undo = false;
    int stream = 1;      // of a backfill
    int streams = 1;

    const core::Step &step() const { return row.step; }
};

// Reads migration and step. Nothing when the step is not (or no longer) to be run: a start is only a promise.
// REQUIRES: a transaction, store authority.
bool load_context(bridge::Sql &sql, int migration_number, int step_no, StepContext *context);

// Whether the migration still wants this step run in this direction. REQUIRES: a transaction, store authority.
bool still_wanted(bridge::Sql &sql, const StepContext &context);

// Whether the executor was started to keep the logs of a migration short that waits, and not for the step itself.
bool waits(const StepContext &context);

// Whether the migration still waits (awaiting, baking) at this step, or has just been left waiting with it.
bool still_waiting(bridge::Sql &sql, const StepContext &context);

// Why a migration with rows in _migration_rejects pauses, and what to type.
std::string rejects_reason(const StepContext &context, std::int64_t rejects);

// Each in a transaction of its own. REQUIRES: outside a transaction.
Ended pause(const StepContext &context, const std::string &reason);
Ended fail(const StepContext &context, const bridge::Failure &failure);
bool tell_if_wanted(const StepContext &context, const std::string &reason);   // false, and nothing told: no longer wanted
void tell(const StepContext &context, const std::string &reason);       // what it waits for, shown by hotswap.status
void leave_orderly(const StepContext &context);                          // the last act of an executor
void record_done(const StepContext &context);                           // for steps whose work cannot be in a transaction
bool begin_step(const StepContext &context);                            // commits the intent; false: no longer wanted

// The table's owner: as whom rows are read and written, so that expressions, checks and index functions never run with more
// rights than the table's own, whoever started the migration. REQUIRES: a transaction.
unsigned table_owner_oid(const StepContext &context);
unsigned owner_oid(const StepContext &context);   // of the role the migration runs as; raises 42704 when it is gone

}  // namespace hotswap::engine
