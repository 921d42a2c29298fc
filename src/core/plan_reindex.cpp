// REINDEX, concurrently: of a partitioned table or index partition by partition, so that a broken-off one loses little.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

void add_reindex(Planning &planning, const Change &change, const TableFacts &table, const char *what, const std::string &name)
{
    Step step = make_step(planning, Phase::migrate, StepKind::reindex, fmt::format("build {} again", name), kShareUpdateExclusive);
    step.relation = qualified(table.schema, table.name);
    step.action = {fmt::format("REINDEX {}{} CONCURRENTLY {}", change.definition, what, name)};
    planning.add(std::move(step));
}

[[noreturn]] void refuse_exclusion(const Index &index, const Change &change)
{
    throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot build index \"{}\" again as an online migration", index.name),
                "PostgreSQL has no CONCURRENTLY for the index of an EXCLUDE constraint.",
                "Run REINDEX by itself in a maintenance window.", change.position);
}

void reindex_index(Planning &planning, const Change &change)
{
    const TableFacts &table = planning.table;
    const TableFacts *on = &table;
    for (const Index &index : table.indexes) {
        if (index.name != change.index_name || index.schema != change.index_schema)
            continue;
        if (index.exclusion)
            refuse_exclusion(index, change);
        if (table.kind != 'p')
            return add_reindex(planning, change, *on, "INDEX", qualified(index.schema, index.name));
        const TreeIndex whole = index_in(table, index);
        for (const TableFacts &below : table.descendants)
            if (const auto found = whole.below.find(below.oid); below.kind != 'p' && found != whole.below.end())
                add_reindex(planning, change, below, "INDEX", qualified(below.schema, found->second));
        return;
    }
    throw Error(sqlstate::kUndefinedObject, fmt::format("index \"{}\" does not exist", change.index_name), {}, {}, change.position);
}

void reindex_table(Planning &planning, const Change &change, const TableFacts &table)
{
    for (const Index &index : table.indexes)
        if (index.exclusion)
            planning.warn(fmt::format("index \"{}\" of an EXCLUDE constraint is left as it is: PostgreSQL cannot build it again online", index.name));
    if (table.kind == 'r')
        add_reindex(planning, change, table, "TABLE", qualified(table.schema, table.name));
}

}  // namespace

void plan_reindex(Planning &planning, const Change &change)
{
    planning.warn("REINDEX has no undo: the new indexes hold the same as the old ones");
    if (!change.index_name.empty())
        return reindex_index(planning, change);
    reindex_table(planning, change, planning.table);
    if (planning.table.kind == 'p')
        for (const TableFacts &below : planning.table.descendants)
            reindex_table(planning, change, below);
}

}  // namespace hotswap::core
