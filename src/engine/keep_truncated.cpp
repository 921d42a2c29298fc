// The rows that a TRUNCATE takes away go to holds: storage is exchanged, not copied, whatever its size. See keep_step.hpp.
//
// Under the locks, for each table with rows: an empty table of exactly the same shape is made, the two exchange heap, TOAST and
// indexes, and the new one goes to the point's schema, without its indexes: nobody needs them there, and they would keep functions
// and operators from being dropped. Then the statement itself runs, on tables that are empty already: it asks for the rights, the
// foreign keys, fires the triggers, sets the sequences back, and tells subscribers. If it refuses, all of it is rolled back.
// A trigger BEFORE TRUNCATE would find no rows: with one the plan keeps nothing (bridge/truncated_tables.cpp).
// SPDX-License-Identifier: PostgreSQL
#include "bridge/heap_storage.hpp"
#include "bridge/locks.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/truncated_tables.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/hold.hpp"
#include "engine/keep_step.hpp"
#include "engine/locked_step.hpp"
#include "engine/switch_ddl.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::HeapShape;
using bridge::Row;
using bridge::Rows;
using bridge::Sql;

// RESTART IDENTITY: rows that come back have numbers that the sequence would give again.
constexpr const char *kSequences =
    "SELECT format('%I.%I', n.nspname, s.relname) AS name, pg_sequence_last_value(s.oid) AS last FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace"
    " WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') ORDER BY 1";

std::vector<std::string> numbers_again(Sql &sql, std::int64_t table)
{
    std::vector<std::string> statements;
    const Rows sequences = sql.run(kSequences, {table});
    for (std::size_t i = 0; i < sequences.size(); ++i) {
        const std::string name = sequences[i].text("name");
        if (!sequences[i].is_null("last"))
            statements.push_back("SELECT setval(" + core::quote_literal(name) + ", greatest(" + sequences[i].text("last") + ", (SELECT last_value FROM " + name + ")))");
    }
    return statements;
}

void drop_indexes(Sql &sql, unsigned hold)
{
    const Rows rows = sql.run("SELECT format('%I.%I', n.nspname, x.relname) AS name, k.conname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
                              " JOIN pg_namespace n ON n.oid = x.relnamespace LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.conrelid = i.indrelid WHERE i.indrelid = $1::oid ORDER BY 1",
                              {static_cast<std::int64_t>(hold)});
    const std::string table = sql.run("SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid",
                                      {static_cast<std::int64_t>(hold)})[0].text("name");
    for (std::size_t i = 0; i < rows.size(); ++i)
        sql.run(rows[i].is_null("conname") ? "DROP INDEX " + rows[i].text("name") : "ALTER TABLE " + table + " DROP CONSTRAINT " + core::quote_identifier(rows[i].text("conname")));
}

// more: what else is lost; taken when a point is made.
void put_aside(Sql &sql, const StepContext &context, const bridge::TruncatedTable &table, std::vector<std::string> *more)
{
    const auto oid = static_cast<std::int64_t>(table.oid);
    const Row found = sql.run("SELECT c.relname,"
                              " CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE pg_stat_get_live_tuples(c.oid) END AS rows, pg_relation_size(c.oid) = 0 AS empty FROM pg_class c WHERE c.oid = $1::oid", {oid})[0];
    if (found.boolean("empty"))
        return;
    store::RollbackPoint point;
    point.kind = "rows";
    point.relation = table.name;
    point.columns = sql.run("SELECT coalesce(array_agg(attname ORDER BY attnum)::text[], '{}') AS names FROM pg_attribute"
                            " WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", {oid})[0].array("names");
    if (!context.step().keeps.at(1).empty())
        point.lost = numbers_again(sql, oid);
    point.lost.insert(point.lost.end(), more->begin(), more->end());
    more->clear();
    open_point(sql, context, table.oid, &point);

    // Its rows have passed every CHECK, and nobody writes them any more.
    const HeapShape shape = HeapShape::of(table.oid, {}, HeapShape::of(table.oid, {}, {}).checks());
    const std::string name = "held_" + std::to_string(point.id);
    const unsigned hold = shape.create(name, 0, true);
    bridge::copy_missing_values(table.oid, hold);
    bridge::swap_storage(table.oid, hold, indexes_of(table.oid, shape.index_names()), own_indexes_of(hold, name, shape.index_names().size()));
    drop_indexes(sql, hold);
    sql.run("ALTER EXTENSION hotswap DROP TABLE hotswap." + name);
    sql.run("ALTER TABLE hotswap." + name + " SET SCHEMA " + core::quote_identifier(point.hold_schema));
    point.hold = core::qualified(point.hold_schema, found.text("relname"));
    if (found.text("relname") != name)
        sql.run("ALTER TABLE " + core::qualified(point.hold_schema, name) + " RENAME TO " + core::quote_identifier(found.text("relname")));
    store::describe_point(sql, point);
    const std::int64_t bytes = sql.run("SELECT pg_total_relation_size($1::oid) AS bytes", {static_cast<std::int64_t>(hold)})[0].integer("bytes");
    store::point_is_kept(sql, point.id, found.integer("rows"), bytes, bridge::settings().rollback_retention_s);
    HOTSWAP_STOP("keep_storage_exchanged");
}

void keep(Sql &sql, const StepContext &context)
{
    const auto &keeps = context.step().keeps;
    core::Truncation truncation;
    truncation.cascade = !keeps.at(0).empty();
    truncation.tables = bridge::parse_text_array(keeps.at(2));
    truncation.only = bridge::parse_text_array(keeps.at(3));
    const std::vector<bridge::TruncatedTable> tables = bridge::truncated_tables(sql, truncation, owner_oid(context));
    std::vector<unsigned> all;
    for (const bridge::TruncatedTable &table : tables) {
        if (!table.not_kept.empty())
            throw core::Error(core::sqlstate::kWrongState, "cannot keep the rows for a while", table.not_kept + ".",
                              "Start it again, with option \"rollback_point\" \"none\" if they need not be kept.");
        all.push_back(table.oid);
    }
    // Those that have come since the step was planned: the others are locked.
    bridge::lock_relations(all, "ACCESS EXCLUSIVE");
    std::vector<std::string> of_partitioned;
    for (const bridge::TruncatedTable &table : tables)
        if (!table.has_rows && !keeps.at(1).empty())
            for (const std::string &statement : numbers_again(sql, table.oid))
                of_partitioned.push_back(statement);
    for (const bridge::TruncatedTable &table : tables)
        if (table.has_rows)
            put_aside(sql, context, table, &of_partitioned);
}

}  // namespace

Ended run_keep_truncated(const StepContext &context)
{
    return run_locked(context, {.inside = [&context] {
        {
            const Authority authority = Authority::of_store();
            Sql sql;
            keep(sql, context);
        }
        const Authority authority = Authority::of_role(owner_oid(context), context.step().caller_path ? context.migration.search_path : "");
        Sql sql;
        for (const std::string &statement : context.step().action)
            sql.run(statement);
        // Deferred triggers of the user's own statement: at commit they would run as nobody's.
        sql.run("SET CONSTRAINTS ALL IMMEDIATE");
        return true;
    }});
}

}  // namespace hotswap::engine
