// See history.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/history.hpp"

#include "bridge/error.hpp"
#include "core/error.hpp"
#include "core/history.hpp"

namespace hotswap::store {

namespace {

using bridge::PgError;
using bridge::Row;
using bridge::Rows;
using bridge::Sql;

constexpr const char *kSelect =
    "SELECT history_id, name, state, checksum, script, migration_id, applied_by, applied_at::text AS applied_at, out_of_order"
    "  FROM hotswap._migration_history WHERE direction = 'up' AND state <> 'reverted' ";

Applied applied_of(const Row &row)
{
    Applied applied;
    applied.history_id = row.integer("history_id");
    applied.name = row.text("name");
    applied.state = row.text("state");
    applied.checksum = row.text("checksum");
    applied.script = row.text("script");
    applied.migration_id = row.text("migration_id");
    applied.applied_by = row.text("applied_by");
    applied.applied_at = row.text("applied_at");
    applied.out_of_order = row.boolean("out_of_order");
    return applied;
}

std::int64_t insert(Sql &sql, const std::string &columns, const std::string &values, const std::string &name,
                    std::vector<bridge::Parameter> parameters)
{
    try {
        return sql
            .run("INSERT INTO hotswap._migration_history (name, " + columns + ") VALUES ($1, " + values +
                     ") RETURNING history_id",
                 parameters)[0]
            .integer("history_id");
    } catch (const PgError &error) {
        if (error.constraint_name != "_migration_history_one_a_name")
            throw;
        throw core::Error(core::sqlstate::kWrongState, "script \"" + name + "\" is already applied",
                          "Another session was faster.", "SELECT * FROM hotswap.history() shows all that were applied.");
    }
}

}  // namespace

std::string checksum(Sql &sql, const std::string &normalized)
{
    return sql.run("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') AS checksum", {normalized}, true)[0].text("checksum");
}

std::optional<Applied> find_applied(Sql &sql, const std::string &name)
{
    const Rows same = sql.run(std::string(kSelect) + "AND name = $1", {name});
    if (!same.empty())
        return applied_of(same[0]);
    // What was taken back was there after all, whatever a baseline said.
    if (sql.run("SELECT EXISTS (SELECT FROM hotswap._migration_history WHERE name = $1 AND state = 'reverted') AS taken_back",
                {name})[0]
            .boolean("taken_back"))
        return std::nullopt;
    const Rows baselines = sql.run(std::string(kSelect) + "AND state = 'baseline' ORDER BY history_id", {});
    for (std::size_t i = 0; i < baselines.size(); ++i) {
        const std::string up_to = baselines[i].text("name");
        if (core::in_one_series(name, up_to) && core::compare_names(name, up_to) <= 0)
            return applied_of(baselines[i]);
    }
    return std::nullopt;
}

std::optional<std::string> later_applied(Sql &sql, const std::string &name)
{
    const Rows names = sql.run("SELECT name FROM hotswap._migration_history WHERE direction = 'up' AND state <> 'reverted'", {});
    std::optional<std::string> last;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string other = names[i].text("name");
        if (core::in_one_series(name, other) && core::compare_names(last.value_or(name), other) < 0)
            last = other;
    }
    return last;
}

std::int64_t insert_applied(Sql &sql, const AppliedScript &script)
{
    const std::optional<std::string> migration =
        script.migration_id.empty() ? std::nullopt : std::optional<std::string>(script.migration_id);
    return insert(sql, "state, direction, checksum, script, statements, migration_id, applied_by, execution_ms, out_of_order",
                  "'applied', 'up', $2, $3, $4::integer, $5, $6, $7, $8", script.name,
                  {script.name, script.checksum, script.script, static_cast<std::int64_t>(script.statements), migration,
                   script.applied_by, script.execution_ms, later_applied(sql, script.name).has_value()});
}

std::int64_t insert_baseline(Sql &sql, const std::string &name, const std::string &description, const std::string &applied_by)
{
    return insert(sql, "state, direction, description, applied_by", "'baseline', 'up', nullif($2, ''), $3", name,
                  {name, description, applied_by});
}

void mark_reverted(Sql &sql, std::int64_t history_id, const std::string &migration_id, const std::string &applied_by,
                   double execution_ms)
{
    const std::optional<std::string> migration = migration_id.empty() ? std::nullopt : std::optional<std::string>(migration_id);
    sql.run("WITH up AS (UPDATE hotswap._migration_history SET state = 'reverted' WHERE history_id = $1 AND state = 'applied'"
            "            RETURNING name, checksum, script)"
            " INSERT INTO hotswap._migration_history (name, state, direction, checksum, script, migration_id, applied_by, "
            "execution_ms)"
            " SELECT name, 'applied', 'down', checksum, script, $2, $3, $4 FROM up",
            {history_id, migration, applied_by, execution_ms});
}

void keep_script(Sql &sql, std::int64_t history_id, const std::string &script)
{
    sql.run("UPDATE hotswap._migration_history SET script = $2 WHERE history_id = $1 AND script <> $2", {history_id, script});
}

}  // namespace hotswap::store
