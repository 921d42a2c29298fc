// See keep_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/keep_step.hpp"

#include "bridge/session.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rollback_point.hpp"
#include "engine/hold.hpp"
#include "engine/locked_step.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Rows;
using bridge::Sql;

// Goes with the columns, and is a person's to make again.
constexpr const char *kLost =
    "SELECT coalesce(array_agg(text ORDER BY place, text), '{}')::text[] AS lost FROM ("
    "  SELECT 1, pg_get_indexdef(d.objid) FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('i', 'I') JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
    "   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND a.attname = ANY ($2::text[])"
    "  UNION SELECT 2, format('ALTER TABLE %s ADD CONSTRAINT %I %s', $3::text, k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)"
    "   WHERE k.conrelid = $1::oid AND k.conparentid = 0 AND a.attname = ANY ($2::text[])"
    "  UNION SELECT 3, format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY', $3::text, a.attname, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END) FROM pg_attribute a"
    "   WHERE a.attrelid = $1::oid AND a.attidentity <> '' AND a.attname = ANY ($2::text[])) AS l (place, text)";

void make_hold(Sql &sql, const StepContext &context)
{
    const auto &keeps = context.step().keeps;
    store::RollbackPoint point;
    point.kind = keeps.at(0);
    point.relation = keeps.at(1);
    point.key = bridge::parse_text_array(keeps.at(2));
    point.columns = bridge::parse_text_array(keeps.at(3));
    const bridge::Row row = sql.run("SELECT to_regclass($1)::oid::bigint AS oid", {point.relation})[0];
    if (row.is_null("oid"))
        throw core::Error(core::sqlstate::kUndefinedTable, "table " + point.relation + " is gone", "", "Take the migration back with hotswap.rollback.");
    const auto relation = static_cast<unsigned>(row.integer("oid"));
    if (keeps.size() > 4) {
        point.again = bridge::parse_text_array(keeps[4]);
        point.lost = sql.run(kLost, {row.integer("oid"), point.columns, point.relation})[0].array("lost");
        // Where rows come without a value, a NOT NULL that comes back would stop the application.
        for (std::size_t i = 0; i < point.columns.size(); ++i)
            if (point.again.at(3 * i).empty() && !point.again.at(3 * i + 2).empty())
                point.lost.push_back("ALTER TABLE " + point.relation + " ALTER COLUMN " + core::quote_identifier(point.columns[i]) + " SET NOT NULL");
    }
    open_point(sql, context, relation, &point);
    create_hold(sql, relation, &point);
}

// Deleted rows stay deleted, so they stay kept.
void give_up_hold(Sql &sql, const StepContext &context)
{
    const auto point = store::point_of(sql, context.migration.id, context.step().keeps.at(0));
    if (!point || (point->state != "keeping" && point->state != "kept"))
        return;
    if (point->kind == "rows") {
        if (point->state == "kept")
            return;
        if (has_rows(context, *point))
            return measure_and_keep(sql, context, *point, RowsBy::hold);
    }
    drop_hold(sql, *point);
    if (point->file.empty())
        store::forget_point(sql, point->id);
    else
        store::point_ends(sql, *point, "dropped");
}

void run_all(const StepContext &context)
{
    // Away into a schema where only hotswap may make something; back as the owner.
    const Authority authority = context.undo ? Authority::of_store() : Authority::of_role(owner_oid(context));
    Sql sql;
    for (const std::string &statement : context.undo ? context.step().undo : context.step().action)
        sql.run(statement);
}

void end_restore(Sql &sql, const StepContext &context)
{
    const auto point = store::find_point(sql, context.step().point, true);
    if (!point || point->state != "kept")
        return;
    // Rows whose key is taken are still nowhere else.
    const Rows back = sql.run("SELECT coalesce(sum(c.rows_seen - c.rows_changed), 0)::bigint AS n FROM hotswap._migration_chunks c JOIN hotswap._migration_steps s USING (migration_id, step_no)"
                              " WHERE migration_id = $1 AND s.keep = 'rows_back'",
                              {context.migration.id});
    if (point->kind == "rows" && back[0].integer("n") > 0)
        return;
    drop_hold(sql, *point);
    store::point_ends(sql, *point, "restored");
}

Ended locked(const StepContext &context, void (*inside)(Sql &, const StepContext &))
{
    return run_locked(context, {.inside = [&context, inside] {
        const Authority authority = Authority::of_store();
        Sql sql;
        inside(sql, context);
        return true;
    }});
}

Ended nothing_to_undo(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    record_done(context);
    return Ended::done;
}

}  // namespace

Ended run_keep(const StepContext &context)
{
    const std::string &keep = context.step().keep;
    if (keep == core::kKeepHold)
        return locked(context, context.undo ? give_up_hold : make_hold);
    if (keep == core::kBringBack)
        return run_locked(context, {.inside = [&context] {
            run_all(context);
            return true;
        }});
    if (context.undo)
        return nothing_to_undo(context);
    if (keep == core::kKeepTable)
        return run_keep_table(context);
    if (keep == core::kKeepTruncated)
        return run_keep_truncated(context);
    if (keep == core::kKeepCopy || keep == core::kRowsBack)
        return run_keep_copy(context);
    if (keep == core::kKeepKept)
        return run_kept(context);
    if (keep == core::kFetch)
        return run_fetch(context);
    return locked(context, end_restore);
}

}  // namespace hotswap::engine
