// Changes that only touch the catalog: one short transaction under the lock policy, with an undo where facts know one.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

// Subcommands of one ALTER TABLE and of the one that takes them back.
struct Subcommands {
    std::vector<std::string> action;
    std::vector<std::string> undo;  // in the order of action; run in reverse
    bool irreversible = false;
};

std::string on_column(const std::string &column, const std::string &what)
{
    return fmt::format("ALTER COLUMN {} {}", quote_identifier(column), what);
}

void add_column(Planning &planning, const Change &change, Subcommands &commands)
{
    if (change.volatile_default)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot add column \"{}\" with a default that is computed for each row", change.column),
                    "PostgreSQL would rewrite the table under an ACCESS EXCLUSIVE lock.",
                    "Add the column without the default, set the default in a second migration, then fill the existing rows.",
                    change.position);
    if (change.not_null && change.default_text.empty())
        planning.warn(fmt::format("column \"{}\" is NOT NULL without a default: this fails on a table with rows", change.column));
    std::string text = fmt::format("ADD COLUMN {} {}", quote_identifier(change.column), type_text(change.type, change.collation));
    if (!change.default_text.empty())
        text += fmt::format(" DEFAULT {}", change.default_text);
    if (change.not_null)
        text += " NOT NULL";
    commands.action.push_back(text);
    commands.undo.push_back(fmt::format("DROP COLUMN IF EXISTS {}", quote_identifier(change.column)));
}

void alter_type(Planning &planning, const Change &change, const Column *column, Subcommands &commands)
{
    std::string text = on_column(change.column, "TYPE " + type_text(change.type, change.collation));
    if (!change.using_text.empty())
        text += fmt::format(" USING {}", change.using_text);
    commands.action.push_back(text);
    if (!change.new_to_old_assignable || !column) {
        commands.irreversible = true;
        planning.warn(fmt::format("the type change of column \"{}\" cannot be undone: there is no cast back", change.column));
        return;
    }
    commands.undo.push_back(on_column(change.column, "TYPE " + type_text(column->type, column->collation)));
    planning.warn(
        fmt::format("undoing the type change of column \"{}\" may scan or rewrite the table under an ACCESS EXCLUSIVE lock, "
                    "and fails on values that {} cannot hold",
                    change.column, column->type));
}

void add_cheap(Planning &planning, const Change &change, Subcommands &commands)
{
    // A column that the same statement adds is not in facts: dropping it undoes everything about it.
    const Column *column = planning.table.find(change.column);
    switch (change.kind) {
    case ChangeKind::add_column:
        add_column(planning, change, commands);
        break;
    case ChangeKind::alter_type:
        alter_type(planning, change, column, commands);
        break;
    case ChangeKind::set_default:
    case ChangeKind::drop_default:
        commands.action.push_back(on_column(change.column, default_command(change.default_text)));
        if (column)
            commands.undo.push_back(on_column(change.column, default_command(column->default_text)));
        break;
    case ChangeKind::drop_not_null:
        commands.action.push_back(on_column(change.column, "DROP NOT NULL"));
        if (column && column->not_null) {
            commands.undo.push_back(on_column(change.column, "SET NOT NULL"));
            planning.warn(
                fmt::format("undoing DROP NOT NULL of column \"{}\" scans the table under an ACCESS EXCLUSIVE lock, and fails "
                            "once a row holds null",
                            change.column));
        }
        break;
    default:
        break;
    }
}

// Of two locks the one that comes later in PostgreSQL's table of lock modes.
std::string stronger(const std::string &left, const std::string &right)
{
    static constexpr const char *kModes[] = {
        "",      "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
        "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};
    for (const char *mode : kModes) {
        if (left == mode)
            return right;
        if (right == mode)
            return left;
    }
    return left;
}

}  // namespace

bool is_cheap(const Change &change)
{
    switch (change.kind) {
    case ChangeKind::set_default:
    case ChangeKind::drop_default:
    case ChangeKind::drop_not_null:
        return true;
    case ChangeKind::add_column:
        return change.sequence.empty();
    case ChangeKind::alter_type:
        return !change.rewrites;
    default:
        return false;
    }
}

void plan_cheap(Planning &planning, const Changes &changes)
{
    Subcommands commands;
    std::vector<std::string> columns;
    for (const Change *change : changes) {
        add_cheap(planning, *change, commands);
        columns.push_back(change->column);
    }
    Moves moves;
    moves.add(alter(planning.relation, comma_list(commands.action)));
    Step step = make_ddl(planning, Phase::expand, fmt::format("change {}", comma_list(columns)), moves);
    step.irreversible = commands.irreversible;
    if (!commands.irreversible && !commands.undo.empty())
        step.undo = {alter(planning.relation, comma_list({commands.undo.rbegin(), commands.undo.rend()}))};
    keep_views(planning, changes, step);
    planning.add(std::move(step));
}

void plan_as_written(Planning &planning, const Changes &changes)
{
    std::string lock_mode;
    std::vector<std::string> titles;
    for (const Change *change : changes) {
        lock_mode = stronger(lock_mode, is_as_written(*change) ? change->lock_mode : kAccessExclusive);
        if (change->kind == ChangeKind::add_column && change->volatile_default) {
            Subcommands unused;
            add_column(planning, *change, unused);
        }
        if (!change->title.empty())
            titles.push_back(change->title);
    }
    Step step = make_step(planning, Phase::expand, StepKind::ddl,
                          titles.empty() ? "the statement as written" : comma_list(titles), lock_mode);
    for (const Change *change : changes)
        if (step.action.empty() && !change->statement.empty())
            step.action.push_back(change->statement);
    if (step.action.empty() && !planning.statement.text.empty())
        step.action.push_back(planning.statement.text);
    if (step.action.empty())
        throw Error(sqlstate::kInternal, "a statement that is to run as written has no text");
    step.caller_path = true;
    keep_views(planning, changes, step);
    bool all_undone = true;
    std::string why_final = "hotswap cannot compose its undo";
    for (const Change *change : changes) {
        step.locks.insert(step.locks.end(), change->locks.begin(), change->locks.end());
        step.undo.insert(step.undo.begin(), change->undo.begin(), change->undo.end());
        all_undone = all_undone && !change->undo.empty();
        if (!change->why_final.empty())
            why_final = change->why_final;
        for (const std::string &warning : change->warnings)
            planning.warn(warning);
    }
    const bool kept = changes.size() == 1 && changes[0]->truncation && plan_kept_truncation(planning, *changes[0]->truncation, &step);
    if (!all_undone) {
        step.undo.clear();
        step.irreversible = true;
    }
    if (!all_undone && !kept)
        planning.warn(fmt::format("the statement is run as written and cannot be taken back: {}", why_final));
    planning.add(std::move(step));
    end_kept_tables(planning);
}

}  // namespace hotswap::core
