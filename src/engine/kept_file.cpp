// The end of keeping: the rollback point is complete. With "file" its rows go from the hold table into a file on the server, and come
// back into the hold before anything else of a restore.
//
// The file's name is in the tables before the file is there, so a crash leaves no file that nobody knows. It has 128 bits that nobody
// can guess, and mode 0600. COPY runs as the migration's owner, who must be a member of pg_write_server_files, or
// pg_read_server_files for the way back: no check or type of the user's runs with more rights than his.
// SPDX-License-Identifier: PostgreSQL
#include <functional>

#include "bridge/error.hpp"
#include "bridge/held_file.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/hold.hpp"
#include "engine/keep_rights.hpp"
#include "engine/keep_step.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Rows;
using bridge::Sql;
using bridge::Transaction;

std::vector<store::RollbackPoint> points_of(const StepContext &context)
{
    std::vector<store::RollbackPoint> points;
    store::in_transaction([&](Sql &sql) {
        const Rows rows = sql.run("SELECT point_id FROM hotswap._migration_rollback_points WHERE migration_id = $1 AND state IN ('keeping', 'kept') ORDER BY point_id",
                                  {context.migration.id});
        for (std::size_t i = 0; i < rows.size(); ++i)
            points.push_back(*store::find_point(sql, rows[i].integer("point_id"), false));
    });
    return points;
}

void name_file(store::RollbackPoint *point)
{
    store::in_transaction([&](Sql &sql) {
        const bridge::Row row = sql.run("SELECT format('/hotswap_%s_%s_%s_%s.copy', (pg_control_system()).system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()),"
                                        " $1::bigint, replace(gen_random_uuid()::text, '-', '')) AS name",
                                        {point->id})[0];
        point->file = bridge::settings().rollback_directory + row.text("name");
        store::point_file_is(sql, point->id, point->file);
    });
}

std::string columns_of(Sql &sql, const store::RollbackPoint &point)
{
    return core::quote_list(hold_columns(sql, point));
}

void empty_into(Sql &sql, const StepContext &context, const store::RollbackPoint &point)
{
    bridge::create_private_file(point.file);
    const std::string columns = columns_of(sql, point);
    {
        const Authority owner = Authority::of_role(owner_oid(context));
        Sql own;
        own.run("COPY (SELECT " + columns + " FROM " + point.hold + ") TO " + core::quote_literal(point.file) + " WITH (FORMAT binary)");
    }
    bridge::sync_file(point.file);
    empty_hold(context, point);
}

// Count, file, empty the hold: one transaction. Once more after a crash writes the same file again.
void write_file(const StepContext &context, store::RollbackPoint point)
{
    if (point.file.empty())
        name_file(&point);
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const auto now = store::find_point(sql, point.id, true);
        if (now && now->state == "keeping")
            measure_and_keep(sql, context, point, RowsBy::hold);
        sql.run("LOCK TABLE " + point.hold + " IN ACCESS EXCLUSIVE MODE");
        if (has_rows(context, point))
            empty_into(sql, context, point);
        else if (!bridge::file_exists(point.file))   // else it is done already, and the file must stay
            store::point_file_is(sql, point.id, "");
    }
    HOTSWAP_STOP("keep_file_written");
    transaction.commit();
}

Ended guarded_step(const StepContext &context, const std::function<void()> &work)
{
    if (!begin_step(context))
        return Ended::stopped;
    try {
        work();
    } catch (const bridge::PgError &error) {
        return error.is_cancel() ? Ended::stopped : fail(context, bridge::describe(error));
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
    record_done(context);
    return Ended::done;
}

}  // namespace

Ended run_kept(const StepContext &context)
{
    return guarded_step(context, [&] {
        const bool file = !context.step().keeps.empty() && context.step().keeps[0] == "file";
        for (const store::RollbackPoint &point : points_of(context)) {
            if (file)
                write_file(context, point);
            if (point.state == "keeping" && !file)
                store::in_transaction([&](Sql &sql) { measure_and_keep(sql, context, point, RowsBy::hold); });
        }
    });
}

Ended run_fetch(const StepContext &context)
{
    return guarded_step(context, [&] {
        Transaction transaction;
        {
            const Authority authority = Authority::of_store();
            Sql sql;
            const auto point = store::find_point(sql, context.step().point, true);
            if (!point || point->state != "kept" || point->file.empty())
                return;
            const std::string columns = columns_of(sql, *point);
            empty_hold(context, *point);
            bridge::set_local("session_replication_role", "replica");   // the rows were through the table's triggers once
            {
                const Authority owner = Authority::of_role(owner_oid(context));
                Sql own;
                own.run("COPY " + point->hold + " (" + columns + ") FROM " + core::quote_literal(point->file) + " WITH (FORMAT binary)");
            }
        }
        HOTSWAP_STOP("keep_file_read");
        transaction.commit();
    });
}

void check_file_rights(Sql &sql, const core::Plan &plan, unsigned caller)
{
    for (const core::Step &step : plan.steps) {
        const bool writes = step.keep == "kept" && !step.keeps.empty() && step.keeps[0] == "file", reads = step.keep == "fetch";
        if (!writes && !reads)
            continue;
        const std::string role = writes ? "pg_write_server_files" : "pg_read_server_files";
        if (!sql.run("SELECT pg_has_role($1::oid, $2::name, 'USAGE') AS ok", {static_cast<std::int64_t>(caller), role})[0].boolean("ok"))
            throw core::Error(core::sqlstate::kInsufficientPrivilege, writes ? "permission denied to keep a rollback point in a file" : "permission denied to read the file of a rollback point",
                              "Only members of " + role + " may do so.", writes ? "Leave option \"rollback_point\" out, or give \"table\"." : "Let a member of that role restore it.");
        if (writes && !bridge::is_directory(bridge::settings().rollback_directory))
            throw core::Error(core::sqlstate::kWrongState, "there is no directory for the files of rollback points",
                              std::string("hotswap.rollback_directory is \"") + bridge::settings().rollback_directory + "\".",
                              "Set it to the absolute path of a directory outside the data directory, or give \"table\".");
    }
}

}  // namespace hotswap::engine
