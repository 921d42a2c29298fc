// Warnings that follow from an operation and its touches alone; those that need the catalogs come from the survey.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <fmt/format.h>

namespace hotswap::core {

namespace {

std::string span(double ms)
{
    if (ms < 1000)
        return fmt::format("{:.0f} ms", ms);
    return ms < 120000 ? fmt::format("{:.0f} s", ms / 1000) : fmt::format("{:.0f} min", ms / 60000);
}

// Its own columns change, or only those of a table beside it?
bool has_shape(const Operation &operation, const Relation &relation)
{
    for (const Party &party : operation.parties)
        if (party.relation.oid == relation.oid && party.relation.name == relation.name)
            return party.role == Role::target || party.role == Role::user;
    return false;
}

}  // namespace

std::vector<std::string> warnings_of(const Operation &operation, const Touch &touch, const Relation &relation, double lock_ms)
{
    std::vector<std::string> warnings;
    if (operation.skipped || relation.fresh || relation.name.empty())
        return warnings;
    const bool reshaped = operation.reshapes && has_shape(operation, relation);
    if (reshaped && touch.lock == LockMode::access_exclusive && (relation.kind == 'r' || relation.kind == 'p'))
        warnings.push_back(fmt::format(
            "the columns of {} change: a prepared SELECT * or RETURNING * of a running session fails once with \"cached plan must not change result type\"",
            touch.relation));
    if (!warnings.empty())
        for (const std::string &query : relation.star_queries)
            warnings.push_back(fmt::format("pg_stat_statements knows one that reads all columns of {}: {}", touch.relation, query));
    const bool other = touch.lock >= LockMode::share;
    if (other) {
        // The roles that people overlook.
        for (const Party &party : operation.parties) {
            if (party.relation.oid != relation.oid || party.relation.name != relation.name)
                continue;
            if (party.role == Role::target || party.role == Role::table)
                break;   // nobody overlooks it
            if (party.role == Role::referenced || party.role == Role::referencing)
                warnings.push_back(fmt::format("{} is locked too ({}): it is the other side of a foreign key", touch.relation, to_text(touch.lock)));
            else if (party.role == Role::sibling)
                warnings.push_back(fmt::format("the default partition {} is locked and read in full: it must not hold rows of the new partition",
                                               touch.relation));
            else if (party.role == Role::parent && touch.lock == LockMode::access_exclusive)
                warnings.push_back(fmt::format("{} is locked: no query can go through it to any partition", touch.relation));
            else if (party.role == Role::bereft && (relation.kind == 'r' || relation.kind == 'p'))
                warnings.push_back(fmt::format("{} is locked too ({}): a constraint, trigger, column or default of it goes", touch.relation, to_text(touch.lock)));
            else
                continue;
            break;
        }
        if (lock_ms >= 1 && relation.calls_per_second * lock_ms / 1000 >= 0.5)
            warnings.push_back(fmt::format("about {:.0f} requests would wait up to {}", relation.calls_per_second * lock_ms / 1000, span(lock_ms)));
    }
    if (relation.published && touch.rewrites)
        warnings.push_back(fmt::format("{} is published: the rows written anew are not sent, and the same change has to be made at the subscribers",
                                       touch.relation));
    else if (relation.published && reshaped && touch.lock == LockMode::access_exclusive)
        warnings.push_back(fmt::format("{} is published, and DDL is not replicated: make the change at the subscribers too, new columns there first",
                                       touch.relation));
    return warnings;
}

}  // namespace hotswap::core
