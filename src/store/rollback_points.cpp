// See rollback_points.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/rollback_points.hpp"

#include "store/events.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

constexpr const char *kSelect =
    "SELECT p.point_id, p.migration_id, p.kind, p.relation, p.columns, p.key_columns, p.hold_schema, p.hold, p.file, p.state, p.owner, p.again, p.away,"
    "       p.keys, p.lost, p.restored_by, p.rows FROM hotswap._migration_rollback_points p ";
constexpr const char *kNotBusy =
    " AND NOT EXISTS (SELECT FROM hotswap._migrations m WHERE m.migration_id = p.restored_by AND m.state NOT IN ('completed', 'cancelled', 'rolled_back'))";

RollbackPoint point_from(const Row &row)
{
    RollbackPoint point;
    point.id = row.integer("point_id");
    point.migration = row.text("migration_id");
    point.kind = row.text("kind");
    point.relation = row.text("relation");
    point.columns = row.array("columns");
    point.key = row.array("key_columns");
    point.hold_schema = row.text("hold_schema");
    point.hold = row.text("hold");
    point.file = row.text("file");
    point.state = row.text("state");
    point.owner = row.text("owner");
    point.again = row.array("again");
    point.away = row.array("away");
    point.keys = row.array("keys");
    point.lost = row.array("lost");
    point.restored_by = row.text("restored_by");
    point.rows = row.integer("rows");
    return point;
}

std::vector<RollbackPoint> points(const Rows &rows)
{
    std::vector<RollbackPoint> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(point_from(rows[i]));
    return result;
}

std::optional<RollbackPoint> one(const Rows &rows)
{
    return rows.empty() ? std::nullopt : std::optional<RollbackPoint>(point_from(rows[0]));
}

void tell(Sql &sql, const RollbackPoint &point, const std::string &event, const std::string &detail)
{
    if (!point.migration.empty())
        add_event(sql, point.migration, event, 0, detail);
}

}  // namespace

void insert_point(Sql &sql, RollbackPoint *point)
{
    // After DROP EXTENSION and CREATE EXTENSION numbers begin again, and what was kept before is still there.
    const Row row = sql.run("WITH number AS (SELECT nextval('hotswap._migration_rollback_points_point_id_seq') AS n)"
                            " INSERT INTO hotswap._migration_rollback_points (point_id, migration_id, kind, relation, columns, key_columns, hold_schema, hold, owner)"
                            " OVERRIDING SYSTEM VALUE SELECT n, nullif($1, ''), $2, $3, $4, $5, s.name, '', $6 FROM number"
                            " CROSS JOIN LATERAL (SELECT format('hotswap_held_%s%s', n, suffix) AS name FROM"
                            "   (SELECT 0, '' UNION ALL SELECT i, format('_%s', i) FROM generate_series(2, 1000) AS i) AS s (place, suffix)"
                            "   WHERE to_regnamespace(format('hotswap_held_%s%s', n, suffix)) IS NULL ORDER BY place LIMIT 1) AS s RETURNING point_id, hold_schema",
                            {point->migration, point->kind, point->relation, point->columns, point->key, point->owner})[0];
    point->id = row.integer("point_id");
    point->hold_schema = row.text("hold_schema");
    point->state = "keeping";
}

void describe_point(Sql &sql, const RollbackPoint &point)
{
    sql.run("UPDATE hotswap._migration_rollback_points SET hold = $2, again = $3, away = $4, keys = $5, lost = $6 WHERE point_id = $1",
            {point.id, point.hold, point.again, point.away, point.keys, point.lost});
}

void point_is_kept(Sql &sql, std::int64_t id, std::int64_t rows, std::int64_t bytes, double retention_s)
{
    const Rows found = sql.run("UPDATE hotswap._migration_rollback_points p SET state = 'kept', rows = $2, bytes = $3,"
                               " expires_at = clock_timestamp() + make_interval(secs => $4) WHERE p.point_id = $1"
                               " RETURNING p.migration_id, p.relation, p.kind",
                               {id, rows, bytes, retention_s});
    if (!found.empty() && !found[0].is_null("migration_id"))
        add_event(sql, found[0].text("migration_id"), "kept", 0,
                  "rollback point " + std::to_string(id) + ": " + (found[0].text("kind") == "table" ? "table " : found[0].text("kind") + " of ") + found[0].text("relation"));
}

void point_file_is(Sql &sql, std::int64_t id, const std::string &file)
{
    sql.run("UPDATE hotswap._migration_rollback_points SET file = nullif($2, '') WHERE point_id = $1", {id, file});
}

void point_ends(Sql &sql, const RollbackPoint &point, const std::string &state)
{
    sql.run("UPDATE hotswap._migration_rollback_points SET state = $2 WHERE point_id = $1", {point.id, state});
    tell(sql, point, state, "rollback point " + std::to_string(point.id));
}

void forget_point(Sql &sql, std::int64_t id)
{
    sql.run("DELETE FROM hotswap._migration_rollback_points WHERE point_id = $1", {id});
}

void postpone_expiry(Sql &sql, const RollbackPoint &point, const std::string &why)
{
    sql.run("UPDATE hotswap._migration_rollback_points SET expires_at = clock_timestamp() + interval '1 hour' WHERE point_id = $1", {point.id});
    tell(sql, point, "not dropped", "rollback point " + std::to_string(point.id) + ": " + why);
}

void point_restored_by(Sql &sql, std::int64_t id, const std::string &migration)
{
    sql.run("UPDATE hotswap._migration_rollback_points SET restored_by = $2 WHERE point_id = $1", {id, migration});
}

std::optional<RollbackPoint> find_point(Sql &sql, std::int64_t id, bool lock)
{
    return one(sql.run(std::string(kSelect) + "WHERE p.point_id = $1" + (lock ? " FOR UPDATE" : ""), {id}));
}

std::optional<RollbackPoint> point_of(Sql &sql, const std::string &migration, const std::string &kind)
{
    return one(sql.run(std::string(kSelect) + "WHERE p.migration_id = $1 AND p.kind = $2 ORDER BY p.point_id DESC LIMIT 1", {migration, kind}));
}

std::vector<RollbackPoint> expired_points(Sql &sql)
{
    return points(sql.run(std::string(kSelect) + "WHERE p.state = 'kept' AND p.expires_at <= clock_timestamp()" + kNotBusy +
                          " AND NOT EXISTS (SELECT FROM hotswap._migrations m WHERE m.migration_id = p.migration_id AND m.state NOT IN ('completed', 'cancelled', 'rolled_back'))"
                          " ORDER BY p.point_id FOR UPDATE SKIP LOCKED"));
}

std::vector<RollbackPoint> points_with_dead_files(Sql &sql)
{
    return points(sql.run(std::string(kSelect) + "WHERE p.state NOT IN ('keeping', 'kept') AND p.file IS NOT NULL ORDER BY p.point_id FOR UPDATE SKIP LOCKED"));
}

bool is_being_restored(Sql &sql, const RollbackPoint &point)
{
    return sql.run(std::string(kSelect) + "WHERE p.point_id = $1" + kNotBusy, {point.id}).empty();
}

}  // namespace hotswap::store
