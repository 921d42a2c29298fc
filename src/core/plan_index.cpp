// Indexes, concurrently.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

const Index *find_index(const TableFacts &table, const Change &change)
{
    for (const Index &index : table.indexes)
        if (index.name == change.index_name && (change.index_schema.empty() || index.schema == change.index_schema))
            return &index;
    return nullptr;
}

// A mark of an index that is gone would not come back with it.
void restore_marks(Planning &planning, const Index &index, Phase phase)
{
    TreeIndex marks = index_in(planning.table, index);
    Steps steps = index_recipe(planning, marks);
    for (Step &step : turned_round(steps, phase))
        if (step.kind == StepKind::ddl)
            planning.add(std::move(step));
}

}  // namespace

void plan_create_index(Planning &planning, const Change &change)
{
    // The undo drops by name: it must never meet an index that was there before.
    if (find_index(planning.table, change))
        throw Error("42P07", fmt::format("index \"{}\" already exists", change.index_name), {},
                    "Choose another name, or drop it first.", change.position);
    if (planning.table.kind == 'p') {
        TreeIndex index;
        index.schema = change.index_schema;
        index.name = change.index_name;
        index.below = change.names_below;
        index.tail = change.definition;
        index.unique = change.unique;
        Steps steps = index_recipe(planning, index);
        return append(planning, std::move(steps));
    }
    Step step = make_step(planning, Phase::migrate, StepKind::index_build, fmt::format("build index {}", change.index_name),
                          kShareUpdateExclusive);
    step.action = {change.index_sql};
    step.undo = {fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(change.index_schema, change.index_name))};
    step.index_schema = change.index_schema;
    step.index_name = change.index_name;
    planning.add(std::move(step));
}

void plan_drop_index(Planning &planning, const Change &change)
{
    const Index *index = find_index(planning.table, change);
    if (index && !index->constraint.empty())
        throw Error(
            sqlstate::kFeatureNotSupported,
            fmt::format("cannot drop index \"{}\" because constraint \"{}\" needs it", change.index_name, index->constraint), {},
            fmt::format("Use ALTER TABLE {} DROP CONSTRAINT {}.", planning.relation, quote_identifier(index->constraint)),
            change.position);
    if (index && !index->parent.empty())
        throw Error("2BP01", fmt::format("cannot drop index \"{}\" because index {} requires it", change.index_name, index->parent), {},
                    fmt::format("Drop index {} instead: it goes with all of its partitions.", index->parent), change.position);
    if (index && index->replica_identity)
        planning.warn(fmt::format("index \"{}\" is the replica identity: UPDATE and DELETE of a published table fail without it",
                                  change.index_name));
    const Phase phase = will_bake(planning, BakeAfter::direct) ? Phase::switch_ : Phase::contract;
    if (index && planning.table.kind == 'p')
        return append(planning, turned_round(index_recipe(planning, index_in(planning.table, *index)), phase));
    if (index && !change.index_sql.empty())
        restore_marks(planning, *index, phase);
    Step step = make_step(planning, phase, StepKind::index_drop, fmt::format("drop index {}", change.index_name),
                          kShareUpdateExclusive);
    step.action = {fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(change.index_schema, change.index_name))};
    if (change.index_sql.empty()) {
        step.irreversible = true;
        planning.warn(fmt::format("dropping index \"{}\" cannot be undone: its definition is not known", change.index_name));
    } else {
        step.undo = {change.index_sql};
    }
    step.index_schema = change.index_schema;
    step.index_name = change.index_name;
    planning.add(std::move(step));
}

}  // namespace hotswap::core
