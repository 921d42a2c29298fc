// See recipe.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/recipe.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

// What a step does, said of the step that does the opposite.
std::string opposite(const std::string &title, bool does_nothing_yet)
{
    static constexpr const char *kVerbs[][2] = {{"build ", "drop "}, {"add ", "drop "}, {"create ", "drop "}, {"drop ", "build "}};
    if (does_nothing_yet)
        return fmt::format("{}, when the migration is taken back", title);
    for (const auto &[verb, other] : kVerbs)
        if (title.starts_with(verb))
            return other + title.substr(std::string(verb).size());
    return title;
}

bool blocks_writers(const std::string &mode)
{
    return mode == "SHARE" || mode == kShareRowExclusive || mode == "EXCLUSIVE" || mode == kAccessExclusive;
}

}  // namespace

Steps turned_round(const Steps &steps, Phase phase)
{
    Steps result;
    for (auto at = steps.rbegin(); at != steps.rend(); ++at) {
        Step step = *at;
        std::swap(step.action, step.undo);
        step.title = opposite(step.title, step.action.empty());
        step.phase = phase;
        if (step.kind == StepKind::index_build)
            step.kind = StepKind::index_drop;
        else if (step.kind == StepKind::index_drop)
            step.kind = StepKind::index_build;
        if (blocks_writers(step.lock_mode))
            step.lock_mode = kAccessExclusive;
        result.push_back(std::move(step));
    }
    return result;
}

void append(Planning &planning, Steps steps)
{
    for (Step &step : steps)
        planning.add(std::move(step));
}

std::vector<std::string> tables_below(const TableFacts &table)
{
    std::vector<std::string> names;
    for (const TableFacts &below : table.descendants)
        names.push_back(qualified(below.schema, below.name));
    return names;
}

std::vector<std::string> with(std::vector<std::string> names, const std::string &name)
{
    if (std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
    return names;
}

Step make_validation(const Planning &planning, const std::string &relation, const std::string &constraint, Phase phase)
{
    Step step = make_step(planning, phase, StepKind::validate, fmt::format("validate constraint {} of {}", constraint, relation),
                          kShareUpdateExclusive);
    if (relation != planning.relation) {
        step.relation = relation;
        step.locks = {relation};
    }
    step.action = {alter(relation, fmt::format("VALIDATE CONSTRAINT {}", quote_identifier(constraint)))};
    return step;
}

bool is_replaced(const Planning &planning, const std::string &constraint)
{
    const auto &changes = planning.statement.changes;
    return std::any_of(changes.begin(), changes.end(), [&](const Change &change) {
        return change.kind == ChangeKind::drop_constraint && !change.is_noop && change.new_name == constraint;
    });
}

}  // namespace hotswap::core
