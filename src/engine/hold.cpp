// See hold.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/hold.hpp"

#include <algorithm>

#include "bridge/disk.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rollback_point.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Row;
using bridge::Rows;
using bridge::Sql;
using core::quote_identifier;

constexpr std::int64_t kAlwaysLeft = std::int64_t{256} * 1024 * 1024;

}  // namespace

void open_point(Sql &sql, const StepContext &context, unsigned relation, store::RollbackPoint *point)
{
    const auto oid = static_cast<std::int64_t>(relation);
    const Rows rows = sql.run("SELECT pg_get_userbyid(c.relowner) AS owner, pg_has_role($2::name, c.relowner, 'USAGE') AS owned FROM pg_class c WHERE c.oid = $1::oid",
                              {oid, context.migration.owner});
    if (rows.empty() || !rows[0].boolean("owned"))
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "must be owner of table " + point->relation, "It is to be kept for a while.",
                          "Start the migration as its owner.");
    point->migration = context.migration.id;
    point->owner = rows[0].text("owner");
    store::insert_point(sql, point);
    const std::string schema = quote_identifier(point->hold_schema);
    sql.run("CREATE SCHEMA " + schema);
    sql.run("GRANT USAGE ON SCHEMA " + schema + " TO " + quote_identifier(point->owner));
    sql.run("COMMENT ON SCHEMA " + schema + " IS " + core::quote_literal("rollback point " + std::to_string(point->id) + " of hotswap"));
}

void create_hold(Sql &sql, unsigned relation, store::RollbackPoint *point)
{
    const Row row = sql.run("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid",
                            {static_cast<std::int64_t>(relation)})[0];
    std::vector<std::string> names = point->key;
    names.insert(names.end(), point->columns.begin(), point->columns.end());
    point->hold = core::qualified(point->hold_schema, row.text("relname"));
    // Types, collations and lengths as they are. Without data nothing of the user's is computed.
    sql.run("CREATE TABLE " + point->hold + " AS SELECT " + core::quote_list(names) + " FROM ONLY " + core::qualified(row.text("nspname"), row.text("relname")) +
            " WITH NO DATA");
    if (!point->key.empty())
        sql.run("ALTER TABLE " + point->hold + " ADD PRIMARY KEY (" + core::quote_list(point->key) + ")");
    sql.run("ALTER TABLE " + point->hold + " OWNER TO " + quote_identifier(point->owner));
    store::describe_point(sql, *point);
}

void drop_hold(Sql &sql, const store::RollbackPoint &point)
{
    if (!point.hold.empty() && !sql.run("SELECT to_regclass($1) IS NULL AS gone", {point.hold})[0].boolean("gone"))
        sql.run("DROP TABLE " + point.hold);
    sql.run("DROP SCHEMA IF EXISTS " + quote_identifier(point.hold_schema));
}

std::vector<std::string> hold_columns(Sql &sql, const store::RollbackPoint &point)
{
    return sql.run("SELECT coalesce(array_agg(attname ORDER BY attnum)::text[], '{}') AS names FROM pg_attribute"
                   " WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                   {point.hold})[0].array("names");
}

bool has_rows(const StepContext &context, const store::RollbackPoint &point)
{
    const Authority authority = Authority::of_role(owner_oid(context));
    Sql sql;
    return sql.run("SELECT EXISTS (SELECT FROM " + point.hold + ") AS some")[0].boolean("some");
}

void empty_hold(const StepContext &context, const store::RollbackPoint &point)
{
    const Authority authority = Authority::of_role(owner_oid(context));
    Sql sql;
    sql.run("TRUNCATE " + point.hold);
}

namespace {

std::int64_t count_rows(const StepContext &context, const store::RollbackPoint &point)
{
    const Authority authority = Authority::of_role(owner_oid(context));
    Sql sql;
    return sql.run("SELECT count(*) AS n FROM " + point.hold)[0].integer("n");
}

}  // namespace

void measure_and_keep(Sql &sql, const StepContext &context, const store::RollbackPoint &point, RowsBy by)
{
    const Row size = sql.run("SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes, greatest(sum(c.reltuples), 0)::bigint AS rows FROM pg_class c"
                             " WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r'",
                             {quote_identifier(point.hold_schema)})[0];
    const std::int64_t rows = by == RowsBy::hold ? count_rows(context, point) : size.integer("rows");
    store::point_is_kept(sql, point.id, rows, size.integer("bytes"), bridge::settings().rollback_retention_s);
}

std::string keeping_rows(const StepContext &context, const std::string &deletion)
{
    std::optional<store::RollbackPoint> point;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        point = store::point_of(sql, context.migration.id, "rows");
    }
    if (!point || point->hold.empty())
        throw core::Error(core::sqlstate::kWrongState, "the table that keeps deleted rows is gone", "", "Take the migration back with hotswap.rollback.");
    const auto &keeps = context.step().keeps;
    return "WITH gone AS (" + deletion + "\n RETURNING " + keeps.at(0) + ") INSERT INTO " + point->hold + " (" + keeps.at(1) + ") SELECT * FROM gone";
}

std::optional<std::string> lacks_room_for_hold(const StepContext &context, unsigned relation, const std::vector<std::string> &columns)
{
    std::optional<std::string> reason;
    store::in_transaction([&](Sql &sql) {
        // What the statistics say of the columns, with the headers of a row and of two index entries; never more than the table.
        const Row row = sql.run("SELECT least(pg_table_size(c.oid)::double precision, greatest(c.reltuples, 0) * (60 + coalesce((SELECT sum(s.stawidth) FROM pg_statistic s"
                                " JOIN pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum WHERE s.starelid = c.oid AND a.attname = ANY ($2::text[]) AND NOT s.stainherit), 32)))::bigint AS bytes"
                                " FROM pg_class c WHERE c.oid = $1::oid",
                                {static_cast<std::int64_t>(relation), columns})[0];
        const bridge::Room room = bridge::room_in(0);
        if (room.free_bytes >= 0 && room.free_bytes < row.integer("bytes") + kAlwaysLeft)
            reason = "not enough room on the disk of " + room.directory + ": what is to be kept needs about " + std::to_string(row.integer("bytes") / (1024 * 1024)) +
                     " MB and " + std::to_string(kAlwaysLeft / (1024 * 1024)) + " MB are always left, " + std::to_string(room.free_bytes / (1024 * 1024)) +
                     " MB are free. Type hotswap.resume('" + context.migration.id + "') once there is room";
    });
    return reason;
}

}  // namespace hotswap::engine
