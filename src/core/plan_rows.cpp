// UPDATE and DELETE of many rows, chunk by chunk of heap blocks. It is the user's statement: his triggers fire, and nothing takes
// it back.
//
// Each row at most once. A row version that was there when the job began is met in one place only, because whoever changes it
// makes another version: it is done when its block's turn comes. A version that somebody wrote since may be of a row that is done
// or of one that is not. What to do with it depends on the statement (Repetition):
//   impossible: the new values contradict the condition, so a row that satisfies it is not done. All versions count.
//   harmless:   the new values depend on no column that is set. Versions that the job wrote itself are left alone, others get the
//               values: again, at worst. From the second pass on only rows that lack them count.
//   harmful:    a marker column makes it impossible. Its default keeps rows out that are inserted later.
//   forbidden:  DELETE. A younger version may be a new row: it stays, and their number is told. Also where the condition is volatile:
//               it would give another answer the second time.
//
// The end is not "a pass found nothing": a row can wander past a pass. It is the last look (core/rows_sql.cpp), which sees the table at
// one moment and changes the few rows that are left, as the statement itself would. More than a few: another pass.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planning.hpp"
#include "core/rows_sql.hpp"

namespace hotswap::core {

namespace {

const char *repetition_text(Repetition repetition)
{
    switch (repetition) {
    case Repetition::impossible:
    case Repetition::harmful:   // with its marker
        return "impossible";
    case Repetition::harmless:
        return "harmless";
    case Repetition::forbidden:
        return "forbidden";
    }
    return "forbidden";
}

Step rows_step(const Planning &planning, const RowsChange &rows, const std::string &target, const std::string &marker)
{
    RowsSql parts;
    parts.target = target;
    parts.alias = quote_identifier(rows.alias);
    if (!rows.condition.empty())
        parts.conditions.push_back(fmt::format("({}\n)", rows.condition));
    if (!marker.empty())
        parts.conditions.push_back(fmt::format("{}.{} IS NULL", parts.alias, marker));
    if (!rows.is_delete)
        parts.set_text = fmt::format("{}\n{}", rows.set_text, marker.empty() ? "" : ", " + marker + " = true");
    // From the second pass on only rows that lack the new values count: else whatever the application writes would keep it at work.
    if (rows.repetition == Repetition::harmless)
        parts.still = rows.differs;
    parts.locks_key = rows.sets_key;
    parts.may_ask = !rows.volatile_condition;
    Step step = make_step(planning, Phase::migrate, StepKind::rows, fmt::format("{} {} in chunks", rows.is_delete ? "DELETE from" : "UPDATE", target));
    step.relation = target;
    step.repetition = repetition_text(rows.repetition);
    step.caller_path = true;
    step.action = rows_sql(parts);
    return step;
}

void add_marker(Planning &planning, const RowsChange &rows, const std::string &name)
{
    if (!rows.published.empty())
        throw Error(sqlstate::kFeatureNotSupported, "cannot carry out this UPDATE in chunks",
                    fmt::format("It reads columns that it sets, so a row must not be done twice. The column that would mark rows that are done would break the "
                                "subscribers of publication {}.",
                                quote_list(rows.published)),
                    "Add a condition that no longer holds for a row that is done, for example WHERE version = 1 with SET version = 2.");
    check_name_is_free(planning.table, name, 0);
    planning.warn("the UPDATE reads columns that it sets: until the contract the table has a column that marks the rows that are done. SELECT * shows it, and "
                  "prepared SELECT * fails once when it comes and once when it goes");
    const std::string marker = quote_identifier(name);
    Moves moves;
    // Rows that are there have null. Rows inserted from now on have true: they are not the statement's.
    moves.add(alter(planning.relation, fmt::format("ADD COLUMN {} boolean", marker)),
              alter(planning.relation, fmt::format("DROP COLUMN IF EXISTS {}", marker)));
    moves.add(alter_column(planning.relation, name, "SET DEFAULT true"));
    planning.add(make_ddl(planning, Phase::expand, "add the column that marks rows that are done", moves));
}

}  // namespace

void plan_rows(Planning &planning, const Change &change)
{
    const RowsChange &rows = *change.rows;
    if (rows.is_delete && wants_point(planning))
        planning.warn("rows that are deleted stay deleted, also when it is cancelled half-way; they are kept for a while, and hotswap.restore brings them back");
    else
        planning.warn("rows that are changed stay changed: nothing takes them back, also when it is cancelled half-way");
    if (rows.targets.size() == 1 && planning.table.blocks < kSmallBlocks) {
        Step step = make_step(planning, Phase::migrate, StepKind::ddl, rows.is_delete ? "DELETE as written" : "UPDATE as written");
        step.action = {rows.statement};
        step.caller_path = true;
        step.irreversible = true;
        Step holding;
        const bool kept = plan_kept_rows(planning, rows, &holding);
        if (kept) {
            keep_rows_of(planning, rows, &step);
            planning.add(std::move(holding));
        }
        planning.add(std::move(step));
        if (kept)
            end_kept_rows(planning);
        return;
    }
    planning.plan.strategy = "batched";
    planning.warn("every chunk is a transaction of its own: others see some rows changed and some not yet. Triggers of the table fire");
    if (rows.volatile_condition)
        planning.warn("the condition is volatile: it is asked once of each row, and rows that others write while it runs are left alone");
    else if (rows.repetition == Repetition::forbidden)
        planning.warn("rows that others write while it runs are left alone; their number is told at the end (event \"rows left alone\")");
    if (planning.table.forced_row_security && rows.targets.size() > 1)
        throw Error(sqlstate::kFeatureNotSupported, "cannot carry out this statement in chunks",
                    "The table has FORCE ROW LEVEL SECURITY, and its partitions are visited one by one.", "Give a statement for each partition.");
    const bool marked = rows.repetition == Repetition::harmful;
    const std::string marker = marked ? own_name("done", planning.statement.relation) : "";
    if (marked)
        add_marker(planning, rows, marker);
    Step holding;
    const bool kept = plan_kept_rows(planning, rows, &holding);
    if (kept)
        planning.add(std::move(holding));
    for (const std::string &target : rows.targets) {
        Step &step = planning.add(rows_step(planning, rows, target, marked ? quote_identifier(marker) : ""));
        if (kept)
            keep_rows_of(planning, rows, &step);
    }
    planning.plan.steps.back().irreversible = true;
    if (kept)
        end_kept_rows(planning);
    if (marked) {
        Moves moves;
        moves.add(alter(planning.relation, fmt::format("DROP COLUMN IF EXISTS {}", quote_identifier(marker))));
        planning.add(make_ddl(planning, Phase::contract, "drop the column that marked rows that are done", moves));
    }
}

}  // namespace hotswap::core
