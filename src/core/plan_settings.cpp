// Subcommands that only touch the catalog, beside others of the same statement that need several steps: together in one short
// transaction, at the beginning where facts know the way back, else at the very end.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

bool has_undo(const Change &change)
{
    return change.kind == ChangeKind::set_statistics || change.kind == ChangeKind::set_storage || change.kind == ChangeKind::set_compression ||
           change.kind == ChangeKind::set_column_options || change.kind == ChangeKind::set_table_options;
}

Step make_settings(const Planning &planning, const Changes &changes, Phase phase)
{
    std::vector<std::string> texts;
    Step step = make_step(planning, phase, StepKind::ddl, "", kAccessExclusive);
    const Tree tree = make_tree(planning.table, true);
    for (const Change *change : changes) {
        texts.push_back(change->definition);
        if (phase == Phase::expand && (change->column.empty() || planning.table.find(change->column)))
            undo_setting(tree, *change, step.undo);
    }
    step.title = comma_list(texts);
    step.action = {alter((planning.statement.only ? "ONLY " : "") + planning.relation, comma_list(texts))};
    step.caller_path = true;
    return step;
}

}  // namespace

void plan_settings(Planning &planning, const Changes &changes)
{
    Changes known, final;
    for (const Change *change : changes)
        if (is_as_written(*change))
            (has_undo(*change) ? known : final).push_back(change);
    if (!known.empty())
        planning.add(make_settings(planning, known, Phase::expand));
    if (final.empty())
        return;
    Step step = make_settings(planning, final, Phase::contract);
    planning.warn(fmt::format("{} is done last: hotswap cannot compose its undo", step.title));
    step.irreversible = true;
    planning.add(std::move(step));
}

}  // namespace hotswap::core
