// CLUSTER and VACUUM FULL: a rewrite of the table without DDL, in an order or as the rows lie. CLUSTER also leaves its mark on the
// index, which is set before: the copy takes it along.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

Plan plan_maintenance(const Planning &planning, const Change &change)
{
    Plan plan = make_compaction(planning.statement, planning.table, {change.default_text, std::nullopt}, planning.options);
    if (change.index_name.empty())
        return plan;
    const auto &indexes = planning.table.indexes;
    const auto marked = std::find_if(indexes.begin(), indexes.end(), [](const Index &index) { return index.clustered; });
    if (marked != indexes.end() && marked->name == change.index_name)
        return plan;
    Step step = make_step(planning, Phase::expand, StepKind::ddl, "mark index " + change.index_name + " as the one to cluster by", kShareUpdateExclusive);
    step.action = {alter(planning.relation, "CLUSTER ON " + quote_identifier(change.index_name))};
    step.undo = {alter(planning.relation, marked == indexes.end() ? "SET WITHOUT CLUSTER" : "CLUSTER ON " + quote_identifier(marked->name))};
    plan.steps.insert(plan.steps.begin(), std::move(step));
    return plan;
}

}  // namespace hotswap::core
