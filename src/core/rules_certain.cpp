// Which statements need no rehearsal: those that it would not run, and those whose effect depends on nothing but the catalogs.
// All others are tried, because something beside the lock can go another way: values, casts, functions, dependents. See rules.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <algorithm>
#include <string_view>

namespace hotswap::core {

namespace {

constexpr std::string_view kCertain[] = {
    "ALTER_POLICY", "ALTER_PUBLICATION", "ALTER_SEQUENCE", "ANALYZE", "BEGIN", "CLUSTER", "CLUSTER_ON", "COMMENT", "COMMIT", "COPY_FROM", "COPY_TO",
    "CREATE_POLICY", "CREATE_PUBLICATION", "CREATE_STATISTICS", "DECLARE_CURSOR", "DELETE", "DISABLE_ROW_SECURITY", "DISABLE_RULE", "DISABLE_TRIGGER",
    "DROP_DEFAULT", "DROP_INDEX_CONCURRENTLY", "DROP_NOT_NULL", "ENABLE_ROW_SECURITY", "ENABLE_RULE", "ENABLE_TRIGGER", "EXPLAIN",
    "FORCE_ROW_SECURITY", "GRANT", "INSERT", "INSERT_SELECT", "LOCK_TABLE", "MERGE", "NO_FORCE_ROW_SECURITY", "PREPARE", "REFRESH_MATERIALIZED_VIEW",
    "REFRESH_MATERIALIZED_VIEW_CONCURRENTLY", "REINDEX", "REINDEX_CONCURRENTLY", "RENAME_CONSTRAINT", "RENAME_INDEX", "RENAME_TRIGGER",
    "REPLICA_IDENTITY", "RESET_COLUMN_OPTIONS", "RESET_OPTIONS", "REVOKE", "ROLLBACK", "SAVEPOINT", "SECURITY_LABEL", "SELECT", "SET_COLUMN_OPTIONS",
    "SET_COMPRESSION", "SET_OPTIONS", "SET_STATISTICS", "SET_STORAGE", "SET_WITHOUT_CLUSTER", "TRUNCATE", "UPDATE", "VACUUM", "VACUUM_FULL",
};

}  // namespace

bool rules_suffice(const std::vector<Operation> &operations)
{
    return std::all_of(operations.begin(), operations.end(), [](const Operation &operation) {
        if (operation.of_another)
            return false;   // whether it may is for the server to say
        return operation.certain || operation.failing || std::find(std::begin(kCertain), std::end(kCertain), operation.name) != std::end(kCertain);
    });
}

}  // namespace hotswap::core
