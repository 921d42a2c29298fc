// The lock that PostgreSQL 15 takes on each relation for each operation, where the server does not say it itself
// (AlterTableGetLockLevel). See rules.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <string_view>

namespace hotswap::core {

namespace {

enum Does { nothing, scans, rewrites };

struct Rule {
    std::string_view operation;   // ends in '*': all that begin so
    Role role;
    LockMode lock;
    Does does = nothing;
};

constexpr LockMode kAS = LockMode::access_share, kRS = LockMode::row_share, kRX = LockMode::row_exclusive,
                   kSUX = LockMode::share_update_exclusive, kS = LockMode::share, kSRX = LockMode::share_row_exclusive,
                   kX = LockMode::exclusive, kAX = LockMode::access_exclusive;

// The first that fits counts.
constexpr Rule kRules[] = {
    // indexes
    {"CREATE_INDEX", Role::target, kS, scans},
    {"CREATE_INDEX", Role::child, kS, scans},
    {"CREATE_INDEX_CONCURRENTLY", Role::target, kSUX, scans},
    {"DROP_INDEX", Role::index, kAX},
    {"DROP_INDEX", Role::table, kAX},
    {"DROP_INDEX", Role::child, kAX},
    {"DROP_INDEX_CONCURRENTLY", Role::index, kSUX},
    {"DROP_INDEX_CONCURRENTLY", Role::table, kSUX},
    {"REINDEX_CONCURRENTLY", Role::table, kSUX, scans},
    {"REINDEX_CONCURRENTLY", Role::target, kSUX},
    {"REINDEX_CONCURRENTLY", Role::child, kSUX},
    {"REINDEX_CONCURRENTLY", Role::index, kSUX},
    {"REINDEX", Role::table, kS, scans},
    {"REINDEX", Role::target, kS},
    {"REINDEX", Role::child, kS},
    {"REINDEX", Role::index, kAX, rewrites},
    {"ATTACH_INDEX", Role::table, kAS},
    {"RENAME_INDEX", Role::index, kSUX},
    {"*_INDEX", Role::index, kAX},
    {"CLUSTER", Role::target, kAX, rewrites},
    {"CLUSTER", Role::child, kAX, rewrites},
    {"CLUSTER", Role::parent, kAX},
    {"CLUSTER", Role::index, kAX, rewrites},
    // new relations
    {"CREATE_TABLE_PARTITION", Role::parent, kAX},
    {"CREATE_TABLE_PARTITION", Role::sibling, kAX, scans},
    {"CREATE_TABLE*", Role::parent, kSUX},
    {"CREATE_*", Role::referenced, kSRX},
    {"CREATE_*", Role::referencing, kSRX},
    {"CREATE_SEQUENCE", Role::table, kAS},
    {"REFRESH_MATERIALIZED_VIEW_CONCURRENTLY", Role::target, kX, scans},
    {"REFRESH_MATERIALIZED_VIEW", Role::target, kAX},
    {"ALTER_SEQUENCE*", Role::target, kSRX},
    {"ALTER_SEQUENCE*", Role::table, kAS},
    // parts of tables
    {"TRIGGER_DEPENDS_ON_EXTENSION", Role::target, kAS},
    {"CREATE_TRIGGER", Role::target, kSRX},
    {"CREATE_TRIGGER", Role::child, kSRX},
    {"CREATE_STATISTICS", Role::target, kSUX},
    {"DROP_STATISTICS", Role::table, kSUX},
    {"*PUBLICATION*", Role::target, kSUX},
    {"*PUBLICATION*", Role::child, kSUX},
    {"COMMENT", Role::target, kSUX},
    {"COMMENT", Role::table, kAS},
    {"SECURITY_LABEL", Role::target, kSUX},
    // foreign keys
    {"ADD_FOREIGN_KEY*", Role::referenced, kSRX},
    {"ADD_COLUMN", Role::referenced, kSRX},
    {"VALIDATE_CONSTRAINT", Role::referenced, kRS},
    {"SET_LOGGED", Role::referenced, kAS},
    {"SET_LOGGED", Role::referencing, kAS},
    {"SET_UNLOGGED", Role::referenced, kAS},
    {"SET_UNLOGGED", Role::referencing, kAS},
    // partitions and inheritance
    {"ATTACH_PARTITION", Role::parent, kSUX},
    {"ATTACH_PARTITION", Role::target, kAX},
    {"ATTACH_PARTITION", Role::sibling, kAX},
    {"ATTACH_PARTITION", Role::referenced, kSRX},
    {"ATTACH_PARTITION", Role::referencing, kSRX},
    {"DETACH_PARTITION_CONCURRENTLY", Role::parent, kSUX},
    {"DETACH_PARTITION_FINALIZE", Role::parent, kSUX},
    {"DETACH_PARTITION_CONCURRENTLY", Role::referencing, kAX, scans},
    {"DETACH_PARTITION*", Role::parent, kAX},
    {"DETACH_PARTITION*", Role::referenced, kSRX},
    {"DETACH_PARTITION*", Role::referencing, kAX, scans},
    {"DETACH_PARTITION*", Role::source, kAS},
    {"NO_INHERIT", Role::parent, kAS},
    {"INHERIT", Role::parent, kSUX},
    {"INHERIT", Role::child, kAS},
    // types
    {"ALTER_DOMAIN*", Role::user, kS, scans},
    // maintenance
    {"ANALYZE", Role::target, kSUX},
    {"ANALYZE", Role::child, kSUX},
    {"VACUUM_FULL", Role::target, kAX, rewrites},
    {"VACUUM_FULL", Role::child, kAX, rewrites},
    {"VACUUM", Role::target, kSUX},
    {"VACUUM", Role::child, kSUX},
    {"GRANT", Role::target, LockMode::none},
    {"REVOKE", Role::target, LockMode::none},
    // owned sequences of an altered table
    {"ALTER_COLUMN_TYPE", Role::sequence, kAS},
    {"*_IDENTITY", Role::sequence, kSRX},
    // everywhere
    {"*", Role::read, kAS},
    {"*", Role::source, kAS},
    {"*", Role::written, kRX},
    {"*", Role::row_locked, kRS},
    {"*", Role::target, kAX},
    {"*", Role::child, kAX},
    {"*", Role::parent, kAX},
    {"*", Role::sibling, kAX},
    {"*", Role::referenced, kAX},
    {"*", Role::referencing, kAX},
    {"*", Role::sequence, kAX},
    {"*", Role::table, kAX},
    {"*", Role::index, kAX},
    {"*", Role::fallen, kAX},
    {"*", Role::bereft, kAX},
    {"*", Role::user, kAX},
};

bool fits(std::string_view pattern, std::string_view name)
{
    const bool open_end = pattern.ends_with('*'), open_start = pattern.starts_with('*');
    if (pattern == "*")
        return true;
    if (open_start && open_end)
        return name.find(pattern.substr(1, pattern.size() - 2)) != std::string_view::npos;
    if (open_end)
        return name.starts_with(pattern.substr(0, pattern.size() - 1));
    if (open_start)
        return name.ends_with(pattern.substr(1));
    return name == pattern;
}

}  // namespace

Touch touch_of(const Operation &operation, const Party &party)
{
    Touch touch{party.relation.oid, party.relation.name, party.relation.kind, LockMode::none, party.rewritten, party.scanned};
    if (party.rehearsed)
        touch.lock = party.lock;
    if (party.relation.fresh)   // what the script made is empty
        touch.rewrites = touch.scans = false;
    if (party.untouched || party.rehearsed)
        return touch;
    // What is there, or is not, is found out under the lock; a new relation is looked for without one.
    const bool unseen = party.relation.oid == 0 || (operation.name.starts_with("CREATE_") && !operation.name.starts_with("CREATE_INDEX"));
    if (operation.skipped && unseen)
        return touch;
    for (const Rule &rule : kRules) {
        if (rule.role != party.role || !fits(rule.operation, operation.name))
            continue;
        touch.lock = rule.lock;
        // A relation without storage of its own has nothing to read or write anew.
        const bool stored = party.relation.kind != 'p' && party.relation.kind != 'I' && party.relation.kind != 'v' && !party.relation.fresh;
        touch.rewrites = stored && !operation.skipped && (touch.rewrites || rule.does == rewrites);
        touch.scans = stored && !operation.skipped && (touch.scans || rule.does == scans);
        break;
    }
    if (party.lock != LockMode::none)
        touch.lock = party.lock;
    return touch;
}

}  // namespace hotswap::core
