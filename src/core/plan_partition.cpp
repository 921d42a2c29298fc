// Partitions that join and leave. ATTACH reads every row of the partition, and of the default one, under full locks, unless a
// valid CHECK already proves what it looks for; it builds missing indexes and checks foreign keys there as well. All of that is
// done beforehand, beside the writers.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

// A step about other relations than the migration's own: it names all it locks.
Step other_step(const Planning &planning, Phase phase, StepKind kind, std::string title, std::string mode, std::vector<std::string> relations)
{
    Step step = make_step(planning, phase, kind, std::move(title), std::move(mode));
    step.relation = relations.empty() ? "" : relations[0];
    step.locks = std::move(relations);
    return step;
}

std::string drop_constraint(const std::string &relation, const std::string &name)
{
    return alter(relation, "DROP CONSTRAINT IF EXISTS " + quote_identifier(name));
}

// The proof: a CHECK that binds new rows at once, and is held against the old ones beside the writers.
void add_proof(Planning &planning, const std::string &relation, const std::string &name, const std::string &condition)
{
    Step add = other_step(planning, Phase::expand, StepKind::ddl, "bind new rows of " + relation + " to the bound", kAccessExclusive, {relation});
    add.action = {alter(relation, fmt::format("ADD CONSTRAINT {} CHECK ({}) NOT VALID", quote_identifier(name), condition))};
    add.undo = {drop_constraint(relation, name)};
    planning.add(std::move(add));
    Step validate =
        other_step(planning, Phase::migrate, StepKind::validate, "prove the bound for the rows of " + relation, kShareUpdateExclusive, {relation});
    validate.action = {alter(relation, "VALIDATE CONSTRAINT " + quote_identifier(name))};
    planning.add(std::move(validate));
}

void add_index(Planning &planning, const PartitionChange &change, const PartitionChange::MissingIndex &index)
{
    const std::string name = qualified(index.schema, index.name);
    Step build = make_step(planning, Phase::migrate, StepKind::index_build, fmt::format("build index {} on {}", index.name, change.child), kShareUpdateExclusive);
    build.relation = change.child;
    build.action = {fmt::format("CREATE {}INDEX CONCURRENTLY {} ON {} {}", index.unique ? "UNIQUE " : "", quote_identifier(index.name), change.child, index.tail)};
    build.undo = {"DROP INDEX CONCURRENTLY IF EXISTS " + name};
    build.index_schema = index.schema;
    build.index_name = index.name;
    planning.add(std::move(build));
    if (index.constraint.empty())
        return;
    Step constraint = other_step(planning, Phase::migrate, StepKind::ddl, "make index " + index.name + " a constraint", kAccessExclusive, {change.child});
    constraint.action = {alter(change.child, fmt::format("ADD CONSTRAINT {} {}", quote_identifier(index.name), index.constraint))};
    constraint.undo = {drop_constraint(change.child, index.name)};
    planning.add(std::move(constraint));
}

void add_key(Planning &planning, const PartitionChange &change, const PartitionChange::MissingKey &key)
{
    const std::string name = quote_identifier(key.name);
    Step add = other_step(planning, Phase::expand, StepKind::ddl, "add foreign key " + key.name + " to " + change.child, kShareRowExclusive,
                          {change.child, key.referenced});
    add.action = {alter(change.child, fmt::format("ADD CONSTRAINT {} {} NOT VALID", name, key.definition))};
    add.undo = {drop_constraint(change.child, key.name)};
    planning.add(std::move(add));
    Step validate = other_step(planning, Phase::migrate, StepKind::validate, "validate foreign key " + key.name, kShareUpdateExclusive, {change.child});
    validate.action = {alter(change.child, "VALIDATE CONSTRAINT " + name)};
    planning.add(std::move(validate));
}

// The full locks of ATTACH and of a partition's birth: not the parent's, which is locked weakly by ATTACH.
std::vector<std::string> locked_by(const PartitionChange &change, std::vector<std::string> first)
{
    if (!change.default_partition.empty())
        first.push_back(change.default_partition);
    first.insert(first.end(), change.referenced.begin(), change.referenced.end());
    return first;
}

void add_default_proof(Planning &planning, const PartitionChange &change, const std::string &helper, Moves *moves)
{
    if (change.default_check.empty())
        return;
    add_proof(planning, change.default_partition, helper, change.default_check);
    planning.warn(fmt::format("from the first step on, rows that belong into {} are refused by the default partition {}; one that is there already makes the "
                              "validation fail, as it would make the statement",
                              change.child, change.default_partition));
    moves->add(drop_constraint(change.default_partition, helper));
}

void plan_attach(Planning &planning, const PartitionChange &change)
{
    const std::string helper = own_name("bound", change.child_name), default_helper = own_name("unbound", change.default_name);
    Moves moves;
    moves.add(alter(change.parent, fmt::format("ATTACH PARTITION {} {}", change.child, change.bound)),
              alter(change.parent, fmt::format("DETACH PARTITION {}", change.child)));
    if (!change.check.empty()) {
        add_proof(planning, change.child, helper, change.check);
        moves.add(drop_constraint(change.child, helper));
    }
    add_default_proof(planning, change, default_helper, &moves);
    if (change.child_is_partitioned)
        planning.warn(fmt::format("{} is partitioned itself: indexes that it lacks are built while it is attached, under a full lock; give it those of {} first",
                                  change.child, change.parent));
    for (const auto &key : change.keys)
        add_key(planning, change, key);
    for (const auto &index : change.indexes)
        add_index(planning, change, index);
    Step attach = other_step(planning, Phase::switch_, StepKind::ddl, fmt::format("attach {} to {}", change.child, change.parent), kAccessExclusive,
                             locked_by(change, {change.child}));
    attach.action = moves.action();
    attach.undo = moves.undo();
    attach.caller_path = true;   // the bound is as written
    planning.add(std::move(attach));
    // Everything that needs a short lock first, then what takes long.
    std::stable_sort(planning.plan.steps.begin(), planning.plan.steps.end(), [](const Step &left, const Step &right) { return left.phase < right.phase; });
    add_bake(planning, BakeAfter::direct, change.child + " as a partition");
}

void plan_create(Planning &planning, const PartitionChange &change)
{
    const std::string helper = own_name("unbound", change.default_name);
    Moves moves;
    moves.add(change.statement, "DROP TABLE IF EXISTS " + change.child);
    add_default_proof(planning, change, helper, &moves);
    Step create = other_step(planning, Phase::switch_, StepKind::ddl, "create partition " + change.child, kAccessExclusive,
                             locked_by(change, {change.parent}));
    create.action = moves.action();
    create.undo = moves.undo();
    create.caller_path = true;
    planning.add(std::move(create));
    add_bake(planning, BakeAfter::direct, change.child + " as a partition");
}

void plan_detach(Planning &planning, const PartitionChange &change)
{
    const std::string title = fmt::format("detach {} from {}", change.child, change.parent), statement = fmt::format("DETACH PARTITION {}", change.child),
                      attach = alter(change.parent, fmt::format("ATTACH PARTITION {} {}", change.child, change.bound));
    if (change.has_default) {
        // PostgreSQL has no CONCURRENTLY beside a default partition. Only catalogs change, so a short full lock does.
        const std::vector<std::string> locks = locked_by(change, {change.parent, change.child});
        planning.warn(fmt::format("{} has a default partition, so CONCURRENTLY is not possible: ACCESS EXCLUSIVE on {}. Their reads and writes wait while one attempt "
                                  "queues (hotswap.lock_timeout) and for the change of the catalogs; no row is read",
                                  change.parent, comma_list(locks)));
        if (change.default_partition.empty()) {
            planning.warn("undoing the DETACH reads the default partition under a full lock");
        } else {
            planning.warn(fmt::format("undoing the DETACH reads {} and the default partition {} under a full lock", change.child, change.default_partition));
            planning.warn(fmt::format("to keep readers going, first empty the default partition {} and detach it in a migration of its own: without it CONCURRENTLY is "
                                      "possible, and the way back reads nothing",
                                      change.default_partition));
        }
        Moves moves;
        moves.add(alter(change.parent, statement), attach);
        Step step = other_step(planning, Phase::switch_, StepKind::ddl, title, kAccessExclusive, locks);
        step.action = moves.action();
        step.undo = moves.undo();
        planning.add(std::move(step));
        add_bake(planning, BakeAfter::direct, change.child + " on its own");
        return;
    }
    Step step = other_step(planning, Phase::switch_, StepKind::detach, title, kAccessExclusive, locked_by(change, {change.child}));
    step.action = {alter(change.parent, statement + " CONCURRENTLY"), alter(change.parent, statement + " FINALIZE")};
    // The CHECK that CONCURRENTLY leaves behind proves the way back.
    step.undo = {attach, drop_constraint(change.child, change.left_check)};
    planning.add(std::move(step));
    add_bake(planning, BakeAfter::direct, change.child + " on its own");
    Step last = other_step(planning, Phase::contract, StepKind::ddl, "drop the check that proved the bound", kAccessExclusive, {change.child});
    last.action = {drop_constraint(change.child, change.left_check)};
    planning.add(std::move(last));
}

}  // namespace

void plan_partition(Planning &planning, const Change &change)
{
    switch (change.partition->verb) {
    case PartitionChange::Verb::attach:
        return plan_attach(planning, *change.partition);
    case PartitionChange::Verb::detach:
        return plan_detach(planning, *change.partition);
    case PartitionChange::Verb::create:
        return plan_create(planning, *change.partition);
    }
}

}  // namespace hotswap::core
