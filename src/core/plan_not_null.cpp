// SET NOT NULL without a scan under the exclusive lock: a check, validated beside the writers, stands for the scan.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/planning.hpp"

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

std::vector<const Column *> nullable(const Planning &planning, const Changes &changes)
{
    std::vector<const Column *> columns;
    for (const Change *change : changes)
        if (const Column &column = column_of(planning.table, *change); !column.not_null)
            columns.push_back(&column);
    return columns;
}

}  // namespace

bool plan_not_null(Planning &planning, const Changes &changes)
{
    std::vector<const Column *> columns = nullable(planning, changes);
    if (columns.empty())
        return false;
    Moves expand, finish;
    std::vector<Step> validations;
    for (const Column *column : columns) {
        std::string name = quote_identifier(column->name);
        std::string check = quote_identifier(own_name("not_null", column->name));
        bool proven = has_proof(planning.table, *column);
        finish.add(alter_column(planning.relation, column->name, "SET NOT NULL"),
                   alter_column(planning.relation, column->name, "DROP NOT NULL"));
        if (proven)
            continue;
        expand.add(alter(planning.relation, fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", check, name)),
                   alter(planning.relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", check)));
        Step step = make_step(planning, Phase::migrate, StepKind::validate,
                              fmt::format("check that no row has null in {}", column->name), kShareUpdateExclusive);
        step.action = {alter(planning.relation, fmt::format("VALIDATE CONSTRAINT {}", check))};
        validations.push_back(std::move(step));
        // A statement of its own: within one ALTER TABLE the drop would come before the proof is used.
        finish.add(alter(planning.relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", check)));
    }
    if (!expand.empty())
        planning.add(make_ddl(planning, Phase::expand, "refuse new nulls", expand));
    for (Step &step : validations)
        planning.add(std::move(step));
    planning.add(make_ddl(planning, Phase::switch_, "set not null", finish));
    return true;
}

bool plan_plain_not_null(Planning &planning, const Changes &changes)
{
    std::vector<const Column *> columns = nullable(planning, changes);
    Moves moves;
    for (const Column *column : columns)
        moves.add(alter_column(planning.relation, column->name, "SET NOT NULL"),
                  alter_column(planning.relation, column->name, "DROP NOT NULL"));
    if (moves.empty())
        return false;
    planning.warn(
        "SET NOT NULL run directly scans the whole table under an ACCESS EXCLUSIVE lock; strategy online_constraint does not");
    planning.add(make_ddl(planning, Phase::expand, "set not null", moves));
    return true;
}

}  // namespace hotswap::core
