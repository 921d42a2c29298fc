// The first and the last step of online_rewrite: making and dropping what stands beside the table.
//
// The shape of the twin is not computed but observed: in a subtransaction that is rolled back, the table is emptied by a swap,
// the very DDL of the switch runs on it (and the DDL of the way back after that), and what PostgreSQL made of it is read. What
// would fail at the switch fails here, before anything has been copied.
//
// Why the log misses nothing: the triggers are made under ACCESS EXCLUSIVE on the table. Every transaction that wrote to it
// without them has ended, and the snapshot taken under the lock says which ones these are (row_age.hpp).
// SPDX-License-Identifier: PostgreSQL
#include "bridge/error.hpp"
#include "bridge/heap_storage.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/disk_space.hpp"
#include "engine/locked_step.hpp"
#include "engine/rewrite.hpp"
#include "engine/switch_ddl.hpp"
#include "store/chunks.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::HeapShape;
using bridge::Sql;
using bridge::Transaction;

std::vector<std::string> changed_columns(const store::TwinRow &row)
{
    std::vector<std::string> names;
    for (const core::TwinColumn &column : row.twin.columns)
        names.push_back(column.name);
    return names;
}

// Empty tables of the old shape, made while nobody waits: a lock that keeps others from changing the shape is enough.
void create_previous(const StepContext &context)
{
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (still_wanted(sql, context))
            for (store::TwinRow &row : store::load_twins(sql, context.migration.id)) {
                const std::string name = core::previous_name(context.migration.number, row.member);
                if (bridge::own_relation(name) != 0)
                    continue;
                const HeapShape shape = HeapShape::of(row.twin.oid, {}, {});
                const unsigned previous = shape.create(name, row.twin.oid, true);
                bridge::copy_missing_values(row.twin.oid, previous);
                row.old_indexes = shape.index_names();
                store::twin_begins(sql, context.migration.id, row);
            }
    }
    transaction.commit();
    HOTSWAP_STOP("previous_created");
}

std::vector<HeapShape> rehearse(const StepContext &context, const std::vector<store::TwinRow> &rows, const core::Step &step)
{
    std::vector<HeapShape> shapes;
    std::vector<std::vector<std::string>> known;
    for (const store::TwinRow &row : rows)
        known.push_back(HeapShape::of(row.twin.oid, {}, {}).checks());
    const bridge::Subtransaction rolled_back;
    for (const store::TwinRow &row : rows)
        swap_previous(context, row);
    run_between(context, step, false);
    // Every CHECK that is new, or reads a value that changes, has to hold for the copied rows; the DDL sees none of them.
    for (std::size_t i = 0; i < rows.size(); ++i)
        shapes.push_back(HeapShape::of(rows[i].twin.oid, changed_columns(rows[i]), known[i]));
    HOTSWAP_STOP("switch_rehearsed");
    if (step.irreversible)
        return shapes;
    // The way back must end in a table that takes its old storage again.
    run_between(context, step, true);
    for (const store::TwinRow &row : rows)
        swap_previous(context, row);
    return shapes;
}

std::vector<int> key_numbers(Sql &sql, const store::TwinRow &row)
{
    std::vector<int> result;
    for (const std::string &column : row.twin.key)
        result.push_back(static_cast<int>(sql.run("SELECT attnum FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2",
                                                  {static_cast<std::int64_t>(row.twin.oid), column})[0]
                                              .integer("attnum")));
    return result;
}

// Idempotent: what is not there needs no dropping. The table's lock comes first, as writers take them.
void drop_all_but_previous(const StepContext &context, const std::vector<store::TwinRow> &rows)
{
    for (const store::TwinRow &row : rows) {
        if (!row.twin.name.empty()) {
            const Authority authority = Authority::of_role(owner_oid(context));
            Sql sql;
            for (const std::string &statement : core::drop_log_trigger_sql(core::qualified(row.twin.schema, row.twin.name)))
                sql.run(statement);
        }
        const int number = context.migration.number;
        for (const std::string &name : {core::change_log_name(number, row.member), core::change_log_back_name(number, row.member),
                                        core::crash_mark_name(number, row.member), core::order_name(number, row.member),
                                        core::twin_name(number, row.member)})
            bridge::drop_own_relation(name);
    }
}

void create_twins(const StepContext &context)
{
    std::vector<store::TwinRow> rows;
    core::Step step;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        rows = store::load_twins(sql, context.migration.id);
        step = switch_of(sql, context);
    }
    drop_all_but_previous(context, rows);   // what a crash made worthless
    const std::vector<HeapShape> shapes = rehearse(context, rows, step);
    const int number = context.migration.number;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        store::TwinRow &row = rows[i];
        const unsigned twin = shapes[i].create(core::twin_name(number, row.member), row.twin.oid, false);
        (void)bridge::create_change_log(core::change_log_name(number, row.member), row.twin.oid, row.twin.key);
        (void)bridge::create_change_log(core::change_log_back_name(number, row.member), twin, row.twin.key);
        if (bridge::is_unlogged(row.twin.oid) || bridge::is_unlogged(twin))
            bridge::create_crash_mark(core::crash_mark_name(number, row.member), row.twin.oid);
        row.new_indexes = shapes[i].index_names();
        std::vector<std::string> triggers;
        {
            const Authority authority = Authority::of_store();
            Sql sql;
            triggers = core::log_trigger_sql(core::qualified(row.twin.schema, row.twin.name), core::change_log_name(number, row.member),
                                             key_numbers(sql, row));
        }
        // As the store's owner: nobody else may make a trigger of hotswap.log_change.
        const Authority authority = Authority::of_store();
        Sql sql;
        for (const std::string &statement : triggers)
            sql.run(statement);
    }
    HOTSWAP_STOP("twins_created");
    const std::string now = bridge::snapshot_text();
    const Authority authority = Authority::of_store();
    Sql sql;
    for (store::TwinRow &row : rows) {
        row.began_at = now;
        row.filenode = bridge::filenode_of(row.twin.oid);
        store::twin_begins(sql, context.migration.id, row);
    }
}

void drop_all(const StepContext &context)
{
    std::vector<store::TwinRow> rows;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        rows = store::load_twins(sql, context.migration.id);
    }
    drop_all_but_previous(context, rows);
    for (const store::TwinRow &row : rows)
        bridge::drop_own_relation(core::previous_name(context.migration.number, row.member));
}
}  // namespace

Ended run_twin_create(const StepContext &context)
{
    if (context.undo)
        return run_twin_drop(context);
    bool late = false;
    return run_locked(context, {.before = [&]() -> std::optional<Ended> {
                                    if (const auto reason = lacks_room(context))
                                        return pause(context, *reason);
                                    create_previous(context);
                                    return std::nullopt;
                                },
                                .inside = [&] {
                                    const bridge::Deadline deadline(bridge::settings().max_lock_time_ms);
                                    late = false;
                                    try {
                                        create_twins(context);
                                    } catch (const bridge::PgError &error) {
                                        if (!error.is_cancel() || !deadline.passed())
                                            throw;
                                    }
                                    late = deadline.passed();
                                    return !late;
                                },
                                .why_postponed = [&] {
                                    return late ? "rehearsing the switch took longer than hotswap.max_lock_time (" +
                                                      std::to_string(bridge::settings().max_lock_time_ms) + " ms)"
                                                : std::string();
                                }});
}

Ended run_twin_drop(const StepContext &context)
{
    return run_locked(context, {.inside = [&] {
        drop_all(context);
        HOTSWAP_STOP("twins_dropped");
        return true;
    }});
}

}  // namespace hotswap::engine
