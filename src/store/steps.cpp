// See steps.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/steps.hpp"

#include "store/events.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

constexpr const char *kSelect =
    "SELECT most_blocks, step_no, phase, kind, title, relation, locks, lock_mode, action, undo, index_schema, index_name, deployment, wait_for,"
    "       verify_sql, repetition, irreversible, caller_path, statement, after, populate, undo_populate, member, part_path, part_options::text AS part_options,"
    "       part_strategy, part_outline, part_is_new, keep, keeps, point_id, unasked, state, attempts, confirmed,"
    "       extract(epoch FROM clock_timestamp() - started_at) * 1000 AS age_ms"
    "  FROM hotswap._migration_steps WHERE migration_id = $1";

StepRow step_of(const Row &row)
{
    StepRow s;
    s.number = static_cast<int>(row.integer("step_no"));
    s.step.phase = core::phase_from_text(row.text("phase"));
    s.step.kind = core::step_kind_from_text(row.text("kind"));
    s.step.title = row.text("title");
    s.step.relation = row.text("relation");
    s.step.locks = row.array("locks");
    s.step.lock_mode = row.text("lock_mode");
    s.step.action = row.array("action");
    s.step.undo = row.array("undo");
    s.step.index_schema = row.text("index_schema");
    s.step.index_name = row.text("index_name");
    s.step.deployment = row.text("deployment");
    s.step.wait_for = row.text("wait_for");
    s.step.verify_sql = row.text("verify_sql");
    s.step.repetition = row.text("repetition");
    s.step.irreversible = row.boolean("irreversible");
    s.step.caller_path = row.boolean("caller_path");
    s.step.statement = row.text("statement");
    s.step.after = row.array("after");
    s.step.populate = row.array("populate");
    s.step.undo_populate = row.array("undo_populate");
    s.step.member = static_cast<int>(row.integer("member"));
    s.step.part_path = row.text("part_path");
    s.step.part_options = row.text("part_options");
    s.step.part_strategy = row.text("part_strategy");
    s.step.part_outline = row.text("part_outline");
    s.step.part_is_new = row.boolean("part_is_new");
    s.step.keep = row.text("keep");
    s.step.keeps = row.array("keeps");
    s.step.point = row.integer("point_id");
    s.step.unasked = row.boolean("unasked");
    s.state = row.text("state");
    s.attempts = static_cast<int>(row.integer("attempts"));
    s.confirmed = row.text("confirmed");
    s.most_blocks = row.integer("most_blocks");
    s.age_ms = row.number("age_ms");
    return s;
}

std::int64_t big(int number)
{
    return number;
}

}  // namespace

void insert_steps(Sql &sql, const std::string &migration, const std::vector<core::Step> &steps)
{
    int number = 0;
    for (const core::Step &s : steps) {
        ++number;
        sql.run("INSERT INTO hotswap._migration_steps (migration_id, step_no, phase, kind, title, relation, locks, lock_mode, action, undo,"
                "  index_schema, index_name, deployment, wait_for, verify_sql, irreversible, caller_path, statement, after, populate, undo_populate, member,"
                "  part_path, part_options, part_strategy, part_is_new, repetition, part_outline, keep, keeps, point_id, unasked)"
                " VALUES ($1, $2::integer, $3, $4, $5, nullif($6, ''), $7, nullif($8, ''), $9, $10, nullif($11, ''), nullif($12, ''),"
                "  nullif($13, ''), nullif($14, ''), nullif($15, ''), $16, $17, nullif($18, ''), $19, $20, $21, nullif($22::integer, 0),"
                "  nullif($23, ''), nullif($24, '')::jsonb, nullif($25, ''), $26, nullif($27, ''), nullif($28, ''), nullif($29, ''), $30, nullif($31, 0), $32)",
                {migration, big(number), std::string(core::to_text(s.phase)), std::string(core::to_text(s.kind)), s.title, s.relation,
                 s.locks, s.lock_mode, s.action, s.undo, s.index_schema, s.index_name, s.deployment, s.wait_for, s.verify_sql,
                 s.irreversible, s.caller_path, s.statement, s.after, s.populate, s.undo_populate, big(s.member),
                 s.part_path, s.part_options, s.part_strategy, s.part_is_new, s.repetition, s.part_outline,
                 s.keep, s.keeps, s.point, s.unasked});
    }
}

std::vector<StepRow> load_steps(Sql &sql, const std::string &migration)
{
    const Rows rows = sql.run(std::string(kSelect) + " ORDER BY step_no", {migration});
    std::vector<StepRow> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(step_of(rows[i]));
    return result;
}

std::optional<StepRow> load_step(Sql &sql, const std::string &migration, int number, bool lock)
{
    const Rows rows =
        sql.run(std::string(kSelect) + " AND step_no = $2::integer" + (lock ? " FOR UPDATE" : ""), {migration, big(number)});
    return rows.empty() ? std::nullopt : std::optional<StepRow>(step_of(rows[0]));
}

void step_begins(Sql &sql, const std::string &migration, int number, bool undo)
{
    sql.run("UPDATE hotswap._migration_steps SET state = $3, attempts = attempts + 1, error = NULL,"
            "  started_at = CASE WHEN state IN ('running', 'undoing') THEN started_at ELSE clock_timestamp() END, finished_at = NULL"
            " WHERE migration_id = $1 AND step_no = $2::integer",
            {migration, big(number), std::string(undo ? "undoing" : "running")});
}

void step_done(Sql &sql, const std::string &migration, int number, bool undo, double lock_held_ms)
{
    const Rows rows = sql.run("UPDATE hotswap._migration_steps SET state = $3, finished_at = clock_timestamp(), error = NULL, attempts = 0,"
                              "  started_at = coalesce(started_at, clock_timestamp()), lock_held_ms = coalesce(nullif($4, 0), lock_held_ms)"
                              " WHERE migration_id = $1 AND step_no = $2::integer RETURNING title",
                              {migration, big(number), std::string(undo ? "undone" : "done"), lock_held_ms});
    add_event(sql, migration, undo ? "step undone" : "step done", number, rows.empty() ? "" : rows[0].text("title"));
}

void undo_is(Sql &sql, const std::string &migration, int number, const std::vector<std::string> &undo)
{
    sql.run("UPDATE hotswap._migration_steps SET undo = $3 WHERE migration_id = $1 AND step_no = $2::integer", {migration, static_cast<std::int64_t>(number), undo});
}

void step_left_orderly(Sql &sql, const std::string &migration, int number)
{
    sql.run("UPDATE hotswap._migration_steps SET attempts = 0 WHERE migration_id = $1 AND step_no = $2::integer AND attempts > 0",
            {migration, big(number)});
}

void step_failed(Sql &sql, const std::string &migration, int number, const std::string &error)
{
    sql.run("UPDATE hotswap._migration_steps SET error = $3 WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(number), error});
    add_event(sql, migration, "step failed", number, error);
}

void forget_attempts(Sql &sql, const std::string &migration)
{
    sql.run("UPDATE hotswap._migration_steps SET attempts = 0 WHERE migration_id = $1 AND state IN ('pending', 'running', 'undoing')", {migration});
}

void step_pending(Sql &sql, const std::string &migration, int number)
{
    sql.run("UPDATE hotswap._migration_steps SET state = 'pending', finished_at = NULL WHERE migration_id = $1 AND step_no = $2::integer",
            {migration, big(number)});
}

void step_confirmed(Sql &sql, const std::string &migration, int number, const std::string &by)
{
    sql.run("UPDATE hotswap._migration_steps SET confirmed = $3 WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(number), by});
    add_event(sql, migration, "confirmed", number, by);
}

void step_need_not_wait(Sql &sql, const std::string &migration, int number, const std::string &by)
{
    sql.run("UPDATE hotswap._migration_steps SET confirmed = $3 WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(number), by});
}

void step_undo_noted(Sql &sql, const std::string &migration, int number, const std::vector<std::string> &undo)
{
    sql.run("UPDATE hotswap._migration_steps SET undo = $3 WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(number), undo});
}

bool wait_is_over_within(Sql &sql, const std::string &migration, int number, double ms)
{
    return !sql.run("SELECT 1 AS over FROM hotswap._migration_steps WHERE migration_id = $1 AND step_no = $2::integer"
                    "   AND wait_for IS NOT NULL AND started_at + wait_for::interval <= clock_timestamp() + $3 * interval '1 millisecond'",
                    {migration, big(number), ms})
                .empty();
}

bool wait_is_over(Sql &sql, const std::string &migration, int number)
{
    return wait_is_over_within(sql, migration, number, 0);
}

}  // namespace hotswap::store
