// Small makers and checks of the planner.
// SPDX-License-Identifier: PostgreSQL
#include "core/planning.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

Step make_step(const Planning &planning, Phase phase, StepKind kind, std::string title, std::string lock_mode)
{
    Step step;
    step.phase = phase;
    step.kind = kind;
    step.title = std::move(title);
    step.relation = planning.relation;
    step.lock_mode = std::move(lock_mode);
    return step;
}

Step make_ddl(const Planning &planning, Phase phase, std::string title, const Moves &moves)
{
    Step step = make_step(planning, phase, StepKind::ddl, std::move(title), kAccessExclusive);
    step.action = moves.action();
    step.undo = moves.undo();
    return step;
}

Step make_await(Phase phase, std::string title, std::string deployment, std::string wait_for)
{
    Step step;
    step.phase = phase;
    step.kind = StepKind::await;
    step.title = std::move(title);
    step.deployment = std::move(deployment);
    step.wait_for = std::move(wait_for);
    return step;
}

std::string alter(const std::string &relation, const std::string &subcommand)
{
    return fmt::format("ALTER TABLE {} {}", relation, subcommand);
}

std::string alter_column(const std::string &relation, const std::string &column, const std::string &subcommand)
{
    return fmt::format("ALTER TABLE {} ALTER COLUMN {} {}", relation, quote_identifier(column), subcommand);
}

std::string default_command(const std::string &default_text)
{
    return default_text.empty() ? "DROP DEFAULT" : fmt::format("SET DEFAULT {}", default_text);
}

std::string type_text(const std::string &type, const std::string &collation)
{
    return collation.empty() ? type : fmt::format("{} COLLATE {}", type, collation);
}

const Column &column_of(const TableFacts &table, const Change &change)
{
    const Column *column = table.find(change.column);
    if (!column)
        throw Error(sqlstate::kUndefinedColumn,
                    fmt::format("column \"{}\" of table \"{}\" does not exist", change.column, table.name), {}, {},
                    change.position);
    return *column;
}

void check_name_is_free(const TableFacts &table, const std::string &name, int position)
{
    for (const char *system : {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
        if (name == system)
            throw Error(sqlstate::kDuplicateColumn, fmt::format("column name \"{}\" conflicts with a system column name", name),
                        {}, "Choose another name.", position);
    if (table.find(name))
        throw Error(sqlstate::kDuplicateColumn, fmt::format("column \"{}\" of table \"{}\" already exists", name, table.name), {},
                    name.starts_with("_hotswap_")
                        ? "It is left over from another migration of this table; undo or clean up that one first."
                        : "",
                    position);
}

void refuse_dependents(const TableFacts &table, const Column &column, const Change &change, const std::string &what)
{
    std::vector<std::string> names;
    for (const Dependent &dependent : table.dependents)
        if (dependent.column == column.number)
            names.push_back(dependent.description);
    if (!names.empty())
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot {} column \"{}\" of table \"{}\" because other objects depend on it", what, column.name,
                                table.name),
                    fmt::format("Depending on it: {}.", comma_list(names)),
                    "Drop these objects first and create them again afterwards.", change.position);
}

void refuse_incoming_keys(const TableFacts &table, const Column &column, const Change &change)
{
    for (const ForeignKey &key : table.incoming)
        if (std::find(key.referenced_columns.begin(), key.referenced_columns.end(), column.name) != key.referenced_columns.end())
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot drop column \"{}\" of table \"{}\" because a foreign key references it", column.name,
                                    table.name),
                        fmt::format("Constraint \"{}\" of table {} references it.", key.name, qualified(key.schema, key.table)),
                        "Drop that constraint first.", change.position);
}

const Index *index_of(const TableFacts &table, const std::string &constraint)
{
    for (const Index &index : table.indexes)
        if (index.constraint == constraint)
            return &index;
    return nullptr;
}

void add_switch_await(Planning &planning, const std::string &what)
{
    if (!planning.options.auto_switch)
        planning.add(make_await(Phase::switch_, "wait for the word to switch",
                                fmt::format("switch of {} to {}", planning.relation, what)));
}

void add_statistics(Planning &planning, Phase phase, const std::string &relation, const std::string &title)
{
    Step step = make_step(planning, phase, StepKind::validate, title, kShareUpdateExclusive);
    step.relation = relation;
    step.action = {fmt::format("ANALYZE {}", relation)};
    planning.add(std::move(step));
}

bool reads(const std::vector<int> &columns, int number)
{
    return std::find(columns.begin(), columns.end(), number) != columns.end();
}

bool index_reads(const Index &index, int number)
{
    auto key_reads = [&](const IndexKey &key) { return key.column == number || reads(key.columns, number); };
    return std::any_of(index.keys.begin(), index.keys.end(), key_reads) || reads(index.include, number) ||
           reads(index.predicate_columns, number);
}

bool in_primary_key(const TableFacts &table, int number)
{
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &index) {
        return index.primary &&
               std::any_of(index.keys.begin(), index.keys.end(), [&](const IndexKey &key) { return key.column == number; });
    });
}

std::string comma_list(const std::vector<std::string> &words)
{
    std::string text;
    for (const std::string &word : words)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
    return text;
}

}  // namespace hotswap::core
