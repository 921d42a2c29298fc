// A type change that leaves the rows as they are still makes PostgreSQL read all of them, under the full lock, where something is
// made again with the new type: a CHECK is checked again; an index is built again that has an expression or a predicate over the
// column, or whose operators or collation are not the same for both types. Such a change is to be carried out as one that rewrites.
//
// Which indexes the server keeps: CheckIndexCompatible in its indexcmds.c. Seen by rehearsing such changes on a server.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "core/planner.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

std::string without_modifier(const std::string &type)
{
    return type.substr(0, type.find('('));
}

// text and varchar have one operator class; another length or precision changes no operator.
bool has_same_operators(const std::string &before, const std::string &after)
{
    const std::string from = without_modifier(before), to = without_modifier(after);
    const auto is_text = [](const std::string &type) { return type == "text" || type == "character varying"; };
    return from == to || (is_text(from) && is_text(to));
}

bool is_built_again(const Index &index, const Column &column, const Change &change)
{
    if (reads(index.predicate_columns, column.number))
        return true;
    return std::any_of(index.keys.begin(), index.keys.end(), [&](const IndexKey &key) {
        return reads(key.columns, column.number) && (key.column == 0 || !has_same_operators(column.type, change.type) || column.collation != change.collation);
    });
}

}  // namespace

void note_readings(Statement *statement, const TableFacts &table)
{
    for (Change &change : statement->changes) {
        if (change.kind != ChangeKind::alter_type || change.is_noop || change.rewrites)
            continue;
        const auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column &one) { return one.name == change.column; });
        if (column == table.columns.end() || is_same_type(table, change))
            continue;
        change.rewrites = std::any_of(table.checks.begin(), table.checks.end(), [&](const Check &check) { return check.validated && reads(check.columns, column->number); }) ||
                          std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &index) { return is_built_again(index, *column, change); });
    }
}

bool is_same_type(const TableFacts &table, const Change &change)
{
    return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column &column) {
        return column.name == change.column && column.type == change.type && column.collation == change.collation && change.using_text.empty();
    });
}

}  // namespace hotswap::core
