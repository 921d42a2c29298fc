// Which statements need no rehearsal: those that it would not run, and those whose effect depends on nothing but the catalogs.
// All others are tried, because something beside the lock can go another way: values, casts, functions, dependents. See rules.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <algorithm>
#include <string_view>

namespace hotswap::core {

namespace {

constexpr std::string_view kCertain[] = {
    "ANALYZE", "BEGIN", "COMMENT", "COMMIT", "COPY_FROM", "COPY_TO", "DECLARE_CURSOR", "DELETE", "EXPLAIN", "INSERT", "INSERT_SELECT", "LOCK_TABLE",
    "MERGE", "PREPARE", "ROLLBACK", "SAVEPOINT", "SELECT", "TRUNCATE", "UPDATE", "VACUUM",
};

}  // namespace

bool rules_suffice(const std::vector<Operation> &operations)
{
    return std::all_of(operations.begin(), operations.end(), [](const Operation &operation) {
        return operation.certain || operation.failing || std::find(std::begin(kCertain), std::end(kCertain), operation.name) != std::end(kCertain);
    });
}

}  // namespace hotswap::core
