// Dual write: expand, fill, prove, switch, contract. All groups of a statement share one trigger and one pass of the
// backfill, so the steps of its parts are merged phase by phase here.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/conversion.hpp"
#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

void refuse_table(const TableFacts &table, const std::string &detail, const std::string &hint)
{
    throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot carry out a dual write on \"{}\"", table.name), detail, hint);
}

void check_table(const TableFacts &table)
{
    if (table.kind == 'p')
        refuse_table(table, "It is a partitioned table.", "A rename can be done at once with strategy => 'direct'.");
    if (table.kind != 'r')
        refuse_table(table, "It is not an ordinary table.", "Only ordinary tables can be migrated by dual write.");
    if (table.has_parents)
        refuse_table(table, "It is a partition or an inheritance child: its columns are those of its parent.",
                     "A rename can be done at once on the parent with strategy => 'direct'.");
    if (table.has_children)
        refuse_table(table, "Other tables inherit from it.", "A rename can be done at once with strategy => 'direct'.");
    if (table.forced_row_security)
        refuse_table(table,
                     "FORCE ROW LEVEL SECURITY hides rows from the table's owner, as whom the rows are filled and verified.",
                     fmt::format("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY for the time of the migration.",
                                 qualified(table.schema, table.name)));
    if (!table.late_triggers.empty())
        refuse_table(
            table,
            fmt::format("These BEFORE ROW triggers would fire after the one of hotswap and could change what it wrote: {}.",
                        quote_list(table.late_triggers)),
            fmt::format("Rename them so that they sort before \"{}\" (ALTER TRIGGER ... RENAME TO).", kTriggerName));
}

void check_changes(const Changes &changes)
{
    std::set<std::string> seen;
    for (const Change *change : changes) {
        bool fits = change->kind == ChangeKind::alter_type || change->kind == ChangeKind::rename_column ||
                    change->kind == ChangeKind::add_column || change->kind == ChangeKind::drop_column;
        if (!fits)
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot change column \"{}\" this way together with a dual write", change->column), {},
                        "Give it as a migration of its own.", change->position);
        if (!seen.insert(change->column).second)
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot carry out two changes of column \"{}\" in one dual write", change->column), {},
                        "Give them as two migrations, one after the other.", change->position);
    }
}

// Adds or drops without the other half, beside a type change.
void check_reshape(const Changes &added, const Changes &dropped)
{
    if (added.empty() == dropped.empty())
        return;
    const Change &change = *(added.empty() ? dropped : added).front();
    throw Error(sqlstate::kFeatureNotSupported,
                fmt::format("cannot {} column \"{}\" together with a dual write of other columns", added.empty() ? "drop" : "add",
                            change.column),
                {}, "Give it as a migration of its own.", change.position);
}

DualWriteDraft make_draft(Planning &planning, const Changes &changes)
{
    DualWriteDraft draft{planning, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    Changes added, dropped;
    for (const Change *change : changes) {
        if (change->kind == ChangeKind::alter_type)
            draft_type_change(draft, *change, changes.size() == 1);
        else if (change->kind == ChangeKind::rename_column)
            draft_column_rename(draft, *change);
        else
            (change->kind == ChangeKind::add_column ? added : dropped).push_back(change);
    }
    check_reshape(added, dropped);
    if (!added.empty())
        draft_reshape(draft, added, dropped);
    carry_checks(draft);
    carry_indexes(draft);
    carry_keys(draft);
    if (!draft.swaps.empty())
        draft_switch(draft);
    return draft;
}

// T3: column, trigger and checks in one transaction; on the way back the trigger goes first.
void add_expand(Planning &planning, const DualWriteDraft &draft)
{
    Step step =
        make_step(planning, Phase::expand, StepKind::ddl, "add the new columns and the dual-write trigger", kAccessExclusive);
    step.action = draft.expand.action();
    for (const std::string &statement : create_trigger_sql(planning.relation, draft.before))
        step.action.push_back(statement);
    step.action.insert(step.action.end(), draft.checks.action().begin(), draft.checks.action().end());
    step.undo = {drop_trigger_sql(planning.relation)};
    step.undo.insert(step.undo.end(), draft.checks.undo().begin(), draft.checks.undo().end());
    step.undo.insert(step.undo.end(), draft.expand.undo().begin(), draft.expand.undo().end());
    planning.add(std::move(step));
}

// Backfill before indexes: an index on the new column would make each filled row a non-HOT update (T18).
void add_migrate(Planning &planning, DualWriteDraft &draft)
{
    add_backfill(planning, draft.before);
    for (Step &step : draft.indexes)
        planning.add(std::move(step));
    for (const std::string &constraint : draft.validations) {
        Step step = make_step(planning, Phase::migrate, StepKind::validate, fmt::format("validate {}", constraint),
                              kShareUpdateExclusive);
        step.action = {alter(planning.relation, fmt::format("VALIDATE CONSTRAINT {}", quote_identifier(constraint)))};
        planning.add(std::move(step));
    }
    if (!draft.not_null.empty())
        planning.add(make_ddl(planning, Phase::migrate, "set the new columns not null", draft.not_null));
    for (Step &step : draft.keys)
        planning.add(std::move(step));
    // Else the first queries after the switch are planned blindly.
    add_statistics(planning, Phase::migrate, planning.relation, "collect statistics of the new columns");
}

void add_verify(Planning &planning, const DualWriteDraft &draft)
{
    Step step = make_step(planning, Phase::verify, StepKind::verify, "prove that no row differs");
    step.verify_sql = verify_sql(planning.relation, draft.before);
    planning.add(std::move(step));
}

void add_switch(Planning &planning, const DualWriteDraft &draft)
{
    if (draft.swaps.empty())
        return;
    add_switch_await(planning, "the new columns");
    Step step = make_step(planning, Phase::switch_, StepKind::ddl, "switch to the new columns", kAccessExclusive);
    step.locks = draft.switch_locks;
    step.action = {drop_trigger_sql(planning.relation)};
    step.undo = step.action;
    step.action.insert(step.action.end(), draft.switch_.action().begin(), draft.switch_.action().end());
    step.undo.insert(step.undo.end(), draft.switch_.undo().begin(), draft.switch_.undo().end());
    for (const std::string &statement : create_trigger_sql(planning.relation, draft.after))
        step.action.push_back(statement);
    for (const std::string &statement : create_trigger_sql(planning.relation, draft.before))
        step.undo.push_back(statement);
    planning.add(std::move(step));
    add_bake(planning, BakeAfter::switch_, "the new columns have proved themselves");
}

void add_contract(Planning &planning, const DualWriteDraft &draft)
{
    if (!planning.options.auto_contract) {
        if (draft.deployments.empty())
            planning.add(make_await(Phase::contract, "keep the way back open", "nobody needs the way back any more",
                                    planning.options.keep_previous));
        else  // a deployment is a fact, not a matter of time
            planning.add(
                make_await(Phase::contract, "wait for the deployment", fmt::format("{}", fmt::join(draft.deployments, "; "))));
    }
    Step step = make_step(planning, Phase::contract, StepKind::ddl, "drop the trigger and the old columns", kAccessExclusive);
    step.locks = draft.contract_locks;
    step.action = {drop_trigger_sql(planning.relation)};
    step.action.insert(step.action.end(), draft.contract.begin(), draft.contract.end());
    step.irreversible = true;
    planning.add(std::move(step));
}

}  // namespace

bool DualWriteDraft::is_swapped(int number) const
{
    return std::any_of(swaps.begin(), swaps.end(), [&](const Swap &swap) { return swap.column->number == number; });
}

bool DualWriteDraft::is_swapped(const std::string &column) const
{
    return std::any_of(swaps.begin(), swaps.end(), [&](const Swap &swap) { return swap.column->name == column; });
}

std::string DualWriteDraft::copy_of(int number) const
{
    if (auto found = copies.find(number); found != copies.end())
        return found->second;
    const Column *column = planning.table.find(number);
    if (!column)
        throw Error(sqlstate::kInternal, fmt::format("table \"{}\" has no column number {}", planning.table.name, number));
    return column->name;
}

std::string DualWriteDraft::copy_of(const std::string &column) const
{
    for (const Swap &swap : swaps)
        if (swap.column->name == column)
            return swap.copy;
    return column;
}

Conflict conflict_of(const Options &options)
{
    return options.conflict == "new_wins" ? Conflict::new_wins : Conflict::error;
}

void plan_dual_write(Planning &planning, const Changes &changes)
{
    check_table(planning.table);
    check_changes(changes);
    check_expressions("up", planning.options.up, changes, ChangeKind::add_column);
    check_expressions("down", planning.options.down, changes, ChangeKind::drop_column);
    DualWriteDraft draft = make_draft(planning, changes);
    add_expand(planning, draft);
    add_migrate(planning, draft);
    add_verify(planning, draft);
    add_switch(planning, draft);
    add_contract(planning, draft);
    planning.plan.dual_writes = draft.before;
    const bool only_renames = std::all_of(changes.begin(), changes.end(),
                                          [](const Change *change) { return change->kind == ChangeKind::rename_column; });
    planning.warn(only_renames
                      ? "until the contract the table has a column more: COPY without a column list and readers of SELECT * "
                        "by position see it"
                      : "columns are in another order afterwards: INSERT and COPY without a column list, and readers of "
                        "SELECT * by position, see the difference");
    planning.warn(
        "a prepared SELECT * fails once with \"cached plan must not change result type\" when columns are added, switched or "
        "dropped; most drivers prepare it again");
}

}  // namespace hotswap::core
