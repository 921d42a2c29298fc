// By which strategy a statement would be carried out: what the planner takes, without making a plan, because that costs more than all
// the rules together. The test of the plan asks both and compares. See rules.hpp.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "core/facts.hpp"
#include "core/rules.hpp"

namespace hotswap::core {

namespace {

// What an operation looks like from afar.
struct Outline {
    bool rewrites = false, scans = false;
    bool table = false;      // it is about a table that has rows of its own, or partitions that have
    bool fresh = false;
    int heaps = 0;           // that it is about
    std::int64_t bytes = 0;
};

Outline outline_of(const Operation &operation)
{
    Outline outline;
    for (const Party &party : operation.parties) {
        const Relation &relation = party.relation;
        const Touch touch = touch_of(operation, party);
        outline.fresh = outline.fresh || (relation.fresh && party.role == Role::target);
        outline.rewrites = outline.rewrites || touch.rewrites;
        outline.scans = outline.scans || touch.scans;
        outline.table = outline.table || relation.kind == 'r' || relation.kind == 'p';
        if ((party.role == Role::target || party.role == Role::child || party.role == Role::written) && relation.kind == 'r') {
            ++outline.heaps;
            outline.bytes += relation.heap_bytes;
        }
    }
    return outline;
}

std::string strategy_of(const Operation &operation)
{
    const std::string &name = operation.name;
    const Outline outline = outline_of(operation);
    if (operation.skipped || outline.fresh)
        return "direct";
    if (is_one_of(name, {"VACUUM_FULL", "CLUSTER"}))
        return "online_rewrite";
    if (!outline.table)
        return "direct";
    if (begins(name, "CREATE_INDEX") || begins(name, "DROP_INDEX") || begins(name, "REINDEX"))
        return "online_index";
    if (is_one_of(name, {"UPDATE", "DELETE"}))
        return operation.mass && !(outline.heaps == 1 && outline.bytes < kSmallBlocks * kBlockBytes) ? "batched" : "direct";
    if (name == "RENAME_COLUMN")
        return "dual_write";
    if (name == "ALTER_COLUMN_TYPE")
        return outline.rewrites || outline.scans ? "online_rewrite" : "direct";
    if (is_one_of(name, {"SET_NOT_NULL", "ADD_CHECK", "ADD_CHECK_NOT_VALID", "ADD_FOREIGN_KEY", "ADD_FOREIGN_KEY_NOT_VALID", "ADD_UNIQUE", "ADD_PRIMARY_KEY",
                         "ADD_CONSTRAINT_USING_INDEX", "ALTER_CONSTRAINT", "VALIDATE_CONSTRAINT", "DROP_CONSTRAINT"}))
        return "online_constraint";
    if (name == "ADD_COLUMN" && operation.stepwise)
        return "online_constraint";
    if (name == "ADD_COLUMN")
        return outline.rewrites ? "online_rewrite" : outline.scans && !operation.wants_empty ? "online_constraint" : "direct";
    if (is_one_of(name, {"SET_LOGGED", "SET_UNLOGGED", "SET_TABLESPACE", "SET_ACCESS_METHOD"}))
        return outline.rewrites ? "online_rewrite" : "direct";
    return "direct";
}

}  // namespace

std::vector<std::string> strategies_of(const std::vector<Operation> &statement)
{
    std::vector<std::string> strategies;
    for (const Operation &operation : statement)
        strategies.push_back(strategy_of(operation));
    // The copy is made by the statement as a whole.
    if (std::find(strategies.begin(), strategies.end(), "online_rewrite") != strategies.end())
        std::fill(strategies.begin(), strategies.end(), "online_rewrite");
    return strategies;
}

}  // namespace hotswap::core
