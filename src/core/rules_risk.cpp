// How dangerous an operation is, and whether it can be had online. See rules.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <algorithm>
#include <string_view>

namespace hotswap::core {

namespace {

// What is gone cannot be had back.
bool loses_data(const Operation &operation)
{
    return is_one_of(operation.name, {"DROP_TABLE", "DROP_COLUMN", "DROP_SCHEMA", "DROP_ATTRIBUTE", "DROP_MATERIALIZED_VIEW", "DROP_OWNED", "TRUNCATE"});
}

// Applications that run now stop working.
bool breaks_clients(const Operation &operation)
{
    return is_one_of(operation.name, {"RENAME_TABLE", "RENAME_COLUMN", "RENAME_VIEW", "RENAME_SCHEMA", "RENAME_ATTRIBUTE", "RENAME_VALUE",
                                      "RENAME_SEQUENCE", "SET_SCHEMA", "DROP_VIEW", "DROP_FUNCTION", "DROP_TYPE", "DROP_SEQUENCE", "DROP_DOMAIN",
                                      "DROP_DEFAULT", "DROP_IDENTITY", "DISABLE_TRIGGER", "DETACH_PARTITION"});
}

}  // namespace

std::string risk_of(const Operation &operation, const std::vector<Touch> &touches, const Touch &touch, const Relation &relation)
{
    const auto fresh = relation.fresh;
    if (operation.skipped || fresh)
        return "LOW";
    bool works = false;
    for (const Touch &other : touches)
        works = works || other.rewrites || other.scans;
    const std::string_view blocks = blocked_by(touch.lock);
    if (blocks != "nothing" && works)
        return "HIGH";
    if (touch.lock != LockMode::none && loses_data(operation) && relation.kind != 'v')
        return "HIGH";
    if (operation.mass)
        return "HIGH";
    if (breaks_clients(operation))
        return begins(operation.name, "RENAME_TABLE") || begins(operation.name, "RENAME_COLUMN") ? "HIGH" : "MEDIUM";
    if (blocks == "nothing")
        return touch.rewrites || operation.failing ? "MEDIUM" : "LOW";
    // Short, but two tables at once, or the writers of a table that the statement does not even name.
    const auto blocked = std::count_if(touches.begin(), touches.end(), [](const Touch &t) { return t.lock >= LockMode::share; });
    if (blocked > 1 || begins(operation.name, "LOCK"))
        return "MEDIUM";
    if (begins(operation.name, "DROP_INDEX") || begins(operation.name, "DROP_CONSTRAINT") || begins(operation.name, "REINDEX"))
        return "MEDIUM";
    return operation.failing ? "MEDIUM" : "LOW";
}

std::string migration_type_of(const Operation &operation, const std::string &risk)
{
    if (risk == "LOW")
        return "safe";
    const bool no_way = is_one_of(operation.name, {"ADD_EXCLUDE", "TRUNCATE", "REFRESH_MATERIALIZED_VIEW", "LOCK_TABLE", "DROP_SCHEMA", "DROP_OWNED",
                                                   "DETACH_PARTITION"}) ||
                        (begins(operation.name, "ALTER_DOMAIN") && risk == "HIGH");
    return no_way && risk == "HIGH" ? "maintenance" : "risky";
}

}  // namespace hotswap::core
