// DROP COLUMN and DROP CONSTRAINT with CASCADE: what depends on it is dropped first, each thing by its own name and with its own
// way back. What comes to depend on it later stops the migration instead of being dropped unasked.
// SPDX-License-Identifier: PostgreSQL
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

// Named so that turned_round says "drop".
Step making(const Planning &planning, const Fallen &fallen)
{
    Step step = make_step(planning, Phase::switch_, StepKind::ddl, "create " + fallen.words, kAccessExclusive);
    step.action = fallen.again;
    step.undo = {fallen.drop};
    step.relation = fallen.locks.empty() ? planning.relation : fallen.locks[0];
    step.locks = fallen.locks;
    return step;
}

// A column that the same statement drops, too.
bool is_dropped_itself(const Fallen &fallen, const Planning &planning, const Changes &changes)
{
    for (const Change *change : changes)
        if (change->kind == ChangeKind::drop_column && fallen.table == planning.table.oid && fallen.column == change->column)
            return true;
    return false;
}

}  // namespace

void plan_cascade(Planning &planning, const Changes &changes, Phase phase)
{
    Steps steps;
    std::set<std::string> seen;
    std::vector<std::string> names, lost, views;
    for (const Change *change : changes) {
        if (!change->cascade)
            continue;
        for (const Fallen &fallen : *change->cascade) {
            if (!seen.insert(fallen.words).second || is_dropped_itself(fallen, planning, changes))
                continue;
            if (fallen.drop.empty())
                throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot drop {} as part of CASCADE", fallen.words), {},
                            "Drop it first, as a migration of its own.", change->position);
            if (fallen.again.empty() && !fallen.validation.empty())
                throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot drop {} as part of CASCADE", fallen.words),
                            "A foreign key of a partitioned table cannot be added NOT VALID again.",
                            "Drop it first, as a migration of its own: that has a way back.", change->position);
            names.push_back(fallen.words);
            steps.push_back(making(planning, fallen));
            steps.back().irreversible = fallen.again.empty();
            if (fallen.again.empty())
                lost.push_back(fallen.words);
            if (fallen.is_view)
                views.push_back(fallen.words);
            if (fallen.validation.empty() || fallen.again.empty())
                continue;
            Step proof = make_step(planning, phase, StepKind::validate, "validate " + fallen.words, kShareUpdateExclusive);
            proof.relation = fallen.locks[0];
            proof.locks = {fallen.locks[0]};
            proof.action = {fallen.validation};
            steps.push_back(std::move(proof));
        }
    }
    if (names.empty())
        return;
    planning.warn(fmt::format("CASCADE also drops {}", comma_list(names)));
    if (!views.empty())
        planning.warn(fmt::format("clients that read {} fail from then on", comma_list(views)));
    if (!lost.empty())
        planning.warn(fmt::format("nothing brings back {}", comma_list(lost)));
    append(planning, turned_round(steps, phase));
}

}  // namespace hotswap::core
