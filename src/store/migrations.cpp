// See migrations.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/migrations.hpp"

#include "bridge/error.hpp"
#include "core/error.hpp"
#include "store/events.hpp"
#include "store/option_values.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

constexpr const char *kSelect =
    "SELECT migration_id, number, name, ddl, strategy, options::text AS options, owner, search_path, time_zone, relation,"
    "       relation_oid::bigint AS relation_oid, fingerprint, state, phase, direction, undo_asked_by, reason, running_ms, warnings, script_id, part_no, reverts"
    "  FROM hotswap._migrations ";

Migration migration_of(const Row &row)
{
    Migration m;
    m.id = row.text("migration_id");
    m.number = static_cast<int>(row.integer("number"));
    m.name = row.text("name");
    m.ddl = row.text("ddl");
    m.strategy = row.text("strategy");
    m.options_json = row.text("options");
    m.owner = row.text("owner");
    m.search_path = row.text("search_path");
    m.time_zone = row.text("time_zone");
    m.relation = row.text("relation");
    m.relation_oid = static_cast<unsigned>(row.integer("relation_oid"));
    m.fingerprint = row.text("fingerprint");
    m.state = core::state_from_text(row.text("state"));
    m.phase = row.text("phase");
    m.direction = row.text("direction") == "undo" ? core::Direction::undo : core::Direction::forward;
    m.undo_asked_by = row.text("undo_asked_by") == "cancel" ? core::Event::cancel : core::Event::rollback;
    m.reason = row.text("reason");
    m.running_ms = row.number("running_ms");
    m.warnings = row.array("warnings");
    m.script = row.text("script_id");
    m.part = static_cast<int>(row.integer("part_no"));
    m.reverts = row.text("reverts");
    return m;
}

// Letters, digits and underscores of the table's name: an id that can be typed without quoting anything.
std::string slug(const std::string &name)
{
    std::string result;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (plain && result.size() < 40)
            result += c;
    }
    return result.empty() ? "migration" : result;
}

}  // namespace

void insert_migration(Sql &sql, Migration *m, const TableUse &use)
{
    m->number = static_cast<int>(sql.run("SELECT nextval('hotswap._migration_numbers') AS number")[0].integer("number"));
    const auto dot = m->relation.rfind('.');
    const std::string about = dot == std::string::npos ? m->name : m->relation.substr(dot + 1);
    m->id = slug(about.empty() && is_script(*m) ? "script" : about) + "_" + std::to_string(m->number);
    if (m->name.empty())
        m->name = m->id;
    const std::optional<std::string> relation = m->relation.empty() ? std::nullopt : std::optional<std::string>(m->relation);
    const std::optional<std::string> oid =
        m->relation_oid == 0 ? std::nullopt : std::optional<std::string>(std::to_string(m->relation_oid));
    queue_up(sql, use);
    if (const auto other = occupied(sql, use, m->strategy))
        raise(*other);
    try {
        sql.run("INSERT INTO hotswap._migrations (migration_id, number, name, ddl, strategy, options, owner, search_path, relation,"
                "  relation_oid, fingerprint, state, reason, warnings, script_id, part_no, reverts, time_zone, index_oids)"
                " VALUES ($1, $2::integer, $3, $4, $5,"
                // A time without a zone means the caller's.
                "  $6::jsonb || coalesce((SELECT jsonb_build_object('switch_at', ($6::jsonb ->> 'switch_at')::timestamptz) WHERE $6::jsonb ->> 'switch_at' IS NOT NULL), '{}'), $7, $8, $9, $10::oid, $11, 'planned', $12, $13, nullif($14, ''), nullif($15::integer, 0), nullif($16, ''), $17,"
                "  coalesce((SELECT array_agg(indexrelid) FROM pg_index WHERE indrelid = $10::oid), '{}'))",
                {m->id, static_cast<std::int64_t>(m->number), m->name, m->ddl, m->strategy, m->options_json, m->owner, m->search_path,
                 relation, oid, m->fingerprint, m->reason, m->warnings, m->script, static_cast<std::int64_t>(m->part), m->reverts, m->time_zone});
    } catch (const bridge::PgError &error) {
        // Two starts at the same moment: the unique index decides, here the later one learns why.
        if (error.constraint_name == "_migrations_one_a_relation")
            throw core::Error(core::sqlstate::kObjectInUse, "table " + m->relation + " is already in a migration",
                              "Another session started one at the same time.", "See hotswap.status() and try again when it is finished.");
        throw;
    }
    note_use(sql, m->id, use);
    sql.run("INSERT INTO hotswap._migration_progress (migration_id) VALUES ($1)", {m->id});
    add_event(sql, m->id, "planned", 0, m->ddl);
}

std::optional<Migration> find_migration(Sql &sql, const std::string &id)
{
    const Rows rows = sql.run(std::string(kSelect) + "WHERE migration_id = $1", {id});
    return rows.empty() ? std::nullopt : std::optional<Migration>(migration_of(rows[0]));
}

std::optional<Migration> find_migration(Sql &sql, int number)
{
    const Rows rows = sql.run(std::string(kSelect) + "WHERE number = $1::integer", {static_cast<std::int64_t>(number)});
    return rows.empty() ? std::nullopt : std::optional<Migration>(migration_of(rows[0]));
}

Migration lock_migration(Sql &sql, const std::string &id)
{
    const Rows rows = sql.run(std::string(kSelect) + "WHERE migration_id = $1 FOR UPDATE", {id});
    if (rows.empty())
        throw core::Error(core::sqlstate::kUndefinedObject, "migration \"" + id + "\" does not exist", "",
                          "SELECT migration_id, state FROM hotswap.status() lists all migrations.");
    return migration_of(rows[0]);
}

std::vector<Migration> unfinished_migrations(Sql &sql)
{
    const Rows rows =
        sql.run(std::string(kSelect) + "WHERE state NOT IN ('completed', 'cancelled', 'rolled_back') ORDER BY number", {});
    std::vector<Migration> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(migration_of(rows[i]));
    return result;
}

std::int64_t migrations_at_work(Sql &sql)
{
    return sql.run("SELECT count(*) AS n FROM hotswap._migrations WHERE state IN ('running', 'rolling_back') AND script_id IS NULL")[0].integer("n");
}

std::optional<Migration> find_under_way(Sql &sql, const std::string &name)
{
    const Rows rows = sql.run(std::string(kSelect) + "WHERE name = $1 AND state NOT IN ('completed', 'cancelled', 'rolled_back') ORDER BY number LIMIT 1", {name});
    return rows.empty() ? std::nullopt : std::optional<Migration>(migration_of(rows[0]));
}

double running_time_ms(Sql &sql, const std::string &id)
{
    return sql.run("SELECT coalesce(extract(epoch FROM clock_timestamp() - started_at) * 1000, 0)::float8 AS ms FROM hotswap._migrations WHERE migration_id = $1",
                   {id})[0].number("ms");
}

std::vector<Migration> parts_of(Sql &sql, const std::string &script)
{
    const Rows rows = sql.run(std::string(kSelect) + "WHERE script_id = $1 AND part_no IS NOT NULL ORDER BY part_no", {script});
    std::vector<Migration> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(migration_of(rows[i]));
    return result;
}

void plan_part_again(Sql &sql, const Migration &part)
{
    sql.run("UPDATE hotswap._migrations SET part_no = NULL WHERE migration_id = $1", {part.id});
    sql.run("UPDATE hotswap._migration_steps SET state = 'pending', started_at = NULL, finished_at = NULL WHERE migration_id = $1 AND step_no = $2::integer",
            {part.script, static_cast<std::int64_t>(part.part)});
}

bool take_event(Sql &sql, Migration *m, core::Event event, const std::string &reason)
{
    const auto next = core::next_state(m->state, event, m->direction, event == core::Event::undone ? m->undo_asked_by : event);
    if (!next)
        return false;
    const bool undo_begins = event == core::Event::cancel || event == core::Event::rollback;
    if (undo_begins) {
        m->direction = core::Direction::undo;
        m->undo_asked_by = event;
    }
    if (core::is_final(m->state))
        if (const auto other = occupied(sql, m->id, false))
            raise(*other);
    m->state = *next;
    m->reason = reason;
    const std::string state = core::to_text(*next);
    const bool final_state = core::is_final(*next);
    sql.run("UPDATE hotswap._migrations SET state = $2, reason = nullif($3, ''), direction = $4,"
            "  undo_asked_by = CASE WHEN $5 THEN $6 ELSE undo_asked_by END,"
            "  started_at = CASE WHEN $2 <> 'planned' THEN coalesce(started_at, clock_timestamp()) END,"
            "  finished_at = CASE WHEN $7 THEN clock_timestamp() END"
            " WHERE migration_id = $1",
            {m->id, state, reason, std::string(m->direction == core::Direction::undo ? "undo" : "forward"), undo_begins,
             std::string(event == core::Event::cancel ? "cancel" : "rollback"), final_state});
    sql.run("UPDATE hotswap._migration_progress SET status = $2, updated_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())"
            " WHERE migration_id = $1 AND status IS DISTINCT FROM $2",
            {m->id, state});
    if (final_state)
        sql.run("UPDATE hotswap._migration_twins SET active = false WHERE migration_id = $1 AND active", {m->id});
    if (final_state)
        sql.run("DELETE FROM hotswap._migration_deprecations WHERE migration_id = $1", {m->id});
    add_event(sql, m->id, core::to_text(event), 0, reason.empty() ? state : state + ": " + reason);
    return true;
}

void announce_removal(Sql &sql, const Migration &migration, const std::string &table, const std::string &column, const std::string &after)
{
    // What a person has announced before stays the person's.
    sql.run("INSERT INTO hotswap._migration_deprecations (table_name, column_name, removal_date, migration_id)"
            " VALUES ($1, $2, clock_timestamp() + nullif($3, '')::interval, $4) ON CONFLICT (table_name, column_name) DO NOTHING",
            {table, column, after, migration.id});
}

void set_reason(Sql &sql, const std::string &id, const std::string &reason)
{
    // An executor that was just ending does not take away why the migration rests.
    sql.run("UPDATE hotswap._migrations SET reason = nullif($2, '') WHERE migration_id = $1 AND reason IS DISTINCT FROM nullif($2, '')"
            "   AND ($2 <> '' OR state NOT IN ('awaiting', 'baking', 'paused', 'failed'))",
            {id, reason});
}

void set_phase(Sql &sql, const std::string &id, const std::string &phase)
{
    sql.run("UPDATE hotswap._migrations SET phase = $2 WHERE migration_id = $1 AND phase <> $2", {id, phase});
    sql.run("UPDATE hotswap._migration_progress SET phase = $2 WHERE migration_id = $1 AND phase <> $2", {id, phase});
}

void set_fingerprint(Sql &sql, const std::string &id, const std::string &fingerprint)
{
    sql.run("UPDATE hotswap._migrations SET fingerprint = $2 WHERE migration_id = $1", {id, fingerprint});
}

void add_running_ms(Sql &sql, const std::string &id, double ms)
{
    sql.run("UPDATE hotswap._migrations SET running_ms = running_ms + $2 WHERE migration_id = $1", {id, ms});
}

void reset_running_ms(Sql &sql, const std::string &id)
{
    sql.run("UPDATE hotswap._migrations SET running_ms = 0 WHERE migration_id = $1", {id});
}

core::Options load_options(Sql &sql, const std::string &options_json)
{
    if (const std::string type = json_type(sql, options_json); type != "object")
        throw core::Error(core::sqlstate::kInvalidParameter, "options must be a JSON object", "Found a JSON " + type + ".",
                          "Write them as in: options => '{\"parallel\": 4, \"delay_ms\": 50}'.");
    return core::parse_options(option_values(sql, options_json));
}

}  // namespace hotswap::store
