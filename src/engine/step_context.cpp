// See step_context.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/step_context.hpp"

#include <algorithm>

#include "bridge/session.hpp"
#include "core/error.hpp"
#include "engine/gate.hpp"
#include "store/events.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

bool state_fits(const store::Migration &migration, bool undo)
{
    return undo ? migration.state == core::State::rolling_back : migration.state == core::State::running;
}

bool step_fits(const store::StepRow &row, bool undo)
{
    return undo ? row.state != "undone" && row.state != "pending" : row.state == "pending" || row.state == "running";
}

}  // namespace

bool load_context(Sql &sql, int migration_number, int step_no, StepContext *context)
{
    const auto migration = store::find_migration(sql, migration_number);
    if (!migration)
        return false;
    const auto row = store::load_step(sql, migration->id, step_no, false);
    if (!row)
        return false;
    context->migration = *migration;
    context->row = *row;
    context->undo = migration->direction == core::Direction::undo;
    context->options = store::load_options(sql, migration->options_json);
    // Nobody runs an await, nor a step that has to wait for its time, but whoever keeps the logs short does it on its behalf.
    if (waits(*context))
        return still_waiting(sql, *context);
    return state_fits(*migration, context->undo) && step_fits(*row, context->undo);
}

bool still_wanted(Sql &sql, const StepContext &context)
{
    const auto migration = store::find_migration(sql, context.migration.id);
    if (!migration || !state_fits(*migration, context.undo) ||
        (migration->direction == core::Direction::undo) != context.undo)
        return false;
    const auto row = store::load_step(sql, context.migration.id, context.row.number, false);
    return row && step_fits(*row, context.undo);
}

bool waits(const StepContext &context)
{
    return context.step().kind == core::StepKind::await || context.migration.state == core::State::awaiting;
}

bool still_waiting(Sql &sql, const StepContext &context)
{
    const auto migration = store::find_migration(sql, context.migration.id);
    return migration && migration->direction == core::Direction::forward &&
           (migration->state == core::State::awaiting || migration->state == core::State::baking);
}

std::string rejects_reason(const StepContext &context, std::int64_t n)
{
    return std::to_string(n) + (n == 1 ? " row" : " rows") +
           " could not be converted; see hotswap._migration_rejects. Mend them in the table, then type hotswap.retry('" +
           context.migration.id + "'), or hotswap.rollback.";
}

Ended pause(const StepContext &context, const std::string &reason)
{
    store::in_transaction([&](Sql &sql) {
        store::Migration migration = store::lock_migration(sql, context.migration.id);
        store::take_event(sql, &migration, core::Event::trip, reason);
    });
    bridge::log("migration \"" + context.migration.id + "\" paused: " + reason);
    return Ended::paused;
}

Ended fail(const StepContext &context, const bridge::Failure &failure)
{
    tell_breaker(failure.sqlstate);
    std::string text = failure.message + " (SQLSTATE " + failure.sqlstate + ").";
    if (!failure.detail.empty())
        text += " " + failure.detail;
    if (!failure.hint.empty())
        text += " " + failure.hint;
    // Class 53, insufficient resources (disk full, out of memory, too many connections): nothing is wrong with the migration.
    if (failure.sqlstate.compare(0, 2, "53") == 0)
        return pause(context, failure.message + ". Type hotswap.resume('" + context.migration.id + "') once there is room again.");
    const std::string what = context.undo ? "undo of step " : "step ";
    std::string reason;
    store::in_transaction([&](Sql &sql) {
        const auto steps = store::load_steps(sql, context.migration.id);
        const bool one_way = context.undo || std::any_of(steps.begin(), steps.end(), [](const store::StepRow &row) {
                                 return row.state == "done" && row.step.irreversible;
                             });
        reason = what + std::to_string(context.row.number) + " (" + context.step().title + "): " + text +
                                   " Type hotswap.retry('" + context.migration.id + "') after mending the cause" +
                                   (one_way ? "." : ", or hotswap.rollback to take everything back.");
        store::step_failed(sql, context.migration.id, context.row.number, text);
        store::Migration migration = store::lock_migration(sql, context.migration.id);
        store::take_event(sql, &migration, core::Event::fail, reason);
    });
    bridge::log("migration \"" + context.migration.id + "\" failed: " + reason);
    return Ended::failed;
}

void tell(const StepContext &context, const std::string &reason)
{
    store::in_transaction([&](Sql &sql) {
        store::set_reason(sql, context.migration.id, reason);
    });
}

bool tell_if_wanted(const StepContext &context, const std::string &reason)
{
    bool wanted = false;
    store::in_transaction([&](Sql &sql) {
        wanted = still_wanted(sql, context);
        if (wanted)
            store::set_reason(sql, context.migration.id, reason);
    });
    return wanted;
}

void leave_orderly(const StepContext &context)
{
    store::in_transaction([&](Sql &sql) {
        store::step_left_orderly(sql, context.migration.id, context.row.number);
    });
}

void record_done(const StepContext &context)
{
    store::in_transaction([&](Sql &sql) {
        store::step_done(sql, context.migration.id, context.row.number, context.undo, 0);
        store::set_reason(sql, context.migration.id, "");
    });
}

bool begin_step(const StepContext &context)
{
    bool wanted = false;
    store::in_transaction([&](Sql &sql) {
        // Under the step's row lock: another stream may be declaring the step done right now.
        (void)store::load_step(sql, context.migration.id, context.row.number, true);
        wanted = still_wanted(sql, context);
        if (wanted) {
            store::step_begins(sql, context.migration.id, context.row.number, context.undo);
            store::set_phase(sql, context.migration.id, core::to_text(context.step().phase));
        }
    });
    return wanted;
}

unsigned table_owner_oid(const StepContext &context)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const bridge::Rows rows = sql.run("SELECT relowner::bigint AS owner FROM pg_class WHERE oid = $1::oid",
                                      {static_cast<std::int64_t>(context.migration.relation_oid)});
    if (rows.empty())
        throw core::Error(core::sqlstate::kUndefinedTable, "table " + context.migration.relation + " is gone", "",
                          "Take the migration back with hotswap.rollback.");
    return static_cast<unsigned>(rows[0].integer("owner"));
}

unsigned owner_oid(const StepContext &context)
{
    const unsigned role = bridge::role_oid(context.migration.owner);
    if (role == 0)
        throw core::Error(core::sqlstate::kUndefinedObject, "role \"" + context.migration.owner + "\", which owns the migration, is gone", "",
                          "Create the role again, or cancel the migration as a superuser.");
    return role;
}

}  // namespace hotswap::engine
