// SET NOT NULL without a scan under the exclusive lock: a check, validated beside the writers, stands for the scan.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

// The text of a condition without parentheses and with single spaces: enough to know "(c IS NOT NULL)" again, and a
// text that is not known again only costs a validation.
std::string loosely(const std::string &text)
{
    std::string result;
    for (char c : text) {
        if (c == '(' || c == ')')
            continue;
        if (std::isspace(static_cast<unsigned char>(c)) && (result.empty() || result.back() == ' '))
            continue;
        result += c;
    }
    while (!result.empty() && result.back() == ' ')
        result.pop_back();
    return result;
}

bool has_proof(const TableFacts &table, const Column &column)
{
    return std::any_of(table.checks.begin(), table.checks.end(), [&](const Check &check) {
        std::string text = loosely(check.expression);
        return check.validated && !check.no_inherit && check.columns == std::vector<int>{column.number} &&
               (text == column.name + " IS NOT NULL" || text == quote_identifier(column.name) + " IS NOT NULL");
    });
}

bool is_added(const Planning &planning, const std::string &name)
{
    const auto &changes = planning.statement.changes;
    return std::any_of(changes.begin(), changes.end(), [&](const Change &change) {
        return change.kind == ChangeKind::add_column && change.column == name && !change.is_noop;
    });
}

std::vector<std::string> nullable(const Planning &planning, const Changes &changes)
{
    std::vector<std::string> columns;
    for (const Change *change : changes)
        if (is_added(planning, change->column) || !column_of(planning.table, *change).not_null)
            columns.push_back(change->column);
    return columns;
}

// Dropping NOT NULL of a table drops it from all tables below, also where it was before.
void add_drop(const Planning &planning, const std::string &column, Moves &moves)
{
    for (const TableFacts &below : planning.table.descendants)
        if (const Column *own = below.find(column); own && own->not_null)
            moves.on_undo(alter_column(qualified(below.schema, below.name), column, "SET NOT NULL"));
    moves.add(alter_column(planning.relation, column, "SET NOT NULL"), alter_column(planning.relation, column, "DROP NOT NULL"));
}

}  // namespace

void prove_not_null(Planning &planning, const std::vector<std::string> &names, Phase adding)
{
    Moves expand, finish;
    std::vector<Step> validations;
    for (const std::string &column : names) {
        const Column *found = planning.table.find(column);
        const bool has_it = found ? found->not_null : std::any_of(planning.statement.changes.begin(), planning.statement.changes.end(),
                                                                  [&](const Change &change) {
                                                                      return change.kind == ChangeKind::add_column &&
                                                                             change.column == column && change.not_null;
                                                                  });
        if (has_it || std::find(planning.not_null.begin(), planning.not_null.end(), column) != planning.not_null.end())
            continue;
        planning.not_null.push_back(column);
        std::string name = quote_identifier(column);
        std::string check = quote_identifier(own_name("not_null", column));
        bool proven = found && has_proof(planning.table, *found);
        add_drop(planning, column, finish);
        if (proven)
            continue;
        expand.add(alter(planning.relation, fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", check, name)),
                   alter(planning.relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", check)));
        Step step = make_step(planning, Phase::migrate, StepKind::validate, fmt::format("check that no row has null in {}", column),
                              kShareUpdateExclusive);
        step.action = {alter(planning.relation, fmt::format("VALIDATE CONSTRAINT {}", check))};
        validations.push_back(std::move(step));
        // A statement of its own: within one ALTER TABLE the drop would come before the proof is used.
        finish.add(alter(planning.relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", check)));
    }
    if (finish.empty())
        return;
    const std::vector<std::string> below = tables_below(planning.table);
    if (!expand.empty())
        planning.add(make_ddl(planning, adding, "refuse new nulls", expand)).locks = below;
    for (Step &step : validations)
        planning.add(std::move(step));
    planning.add(make_ddl(planning, Phase::switch_, "set not null", finish)).locks = below;
}

bool plan_not_null(Planning &planning, const Changes &changes)
{
    const std::vector<std::string> columns = nullable(planning, changes);
    prove_not_null(planning, columns);
    return !columns.empty();
}

bool plan_plain_not_null(Planning &planning, const Changes &changes)
{
    Moves moves;
    for (const std::string &column : nullable(planning, changes))
        add_drop(planning, column, moves);
    if (moves.empty())
        return false;
    planning.warn(
        "SET NOT NULL run directly scans the whole table under an ACCESS EXCLUSIVE lock; strategy online_constraint does not");
    planning.add(make_ddl(planning, Phase::expand, "set not null", moves));
    return true;
}

}  // namespace hotswap::core
