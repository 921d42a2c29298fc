// Indexes, concurrently.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

const Index *find_index(const TableFacts &table, const Change &change)
{
    for (const Index &index : table.indexes)
        if (index.name == change.index_name && (change.index_schema.empty() || index.schema == change.index_schema))
            return &index;
    return nullptr;
}

void refuse_partitioned(const Planning &planning, const Change &change, const char *verb)
{
    if (planning.table.kind == 'p')
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot {} an index of partitioned table \"{}\" concurrently", verb, planning.table.name),
                    "PostgreSQL has no CONCURRENTLY for partitioned tables.", "Give one migration for each partition.",
                    change.position);
}

}  // namespace

void plan_create_index(Planning &planning, const Change &change)
{
    refuse_partitioned(planning, change, "create");
    // The undo drops by name: it must never meet an index that was there before.
    if (find_index(planning.table, change))
        throw Error("42P07", fmt::format("index \"{}\" already exists", change.index_name), {},
                    "Choose another name, or drop it first.", change.position);
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
    refuse_partitioned(planning, change, "drop");
    const Index *index = find_index(planning.table, change);
    if (index && !index->constraint.empty())
        throw Error(
            sqlstate::kFeatureNotSupported,
            fmt::format("cannot drop index \"{}\" because constraint \"{}\" needs it", change.index_name, index->constraint), {},
            fmt::format("Use ALTER TABLE {} DROP CONSTRAINT {}.", planning.relation, quote_identifier(index->constraint)),
            change.position);
    if (index && index->replica_identity)
        planning.warn(fmt::format("index \"{}\" is the replica identity: UPDATE and DELETE of a published table fail without it",
                                  change.index_name));
    Step step = make_step(planning, Phase::contract, StepKind::index_drop, fmt::format("drop index {}", change.index_name),
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
