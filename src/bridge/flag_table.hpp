// Rows of hotswap._migration_feature_flags and _migration_flag_assignments as the server stores them, read without SQL and without
// asking for rights: whoever may call check_feature_flag gets an answer.
// For src/bridge only: it speaks of tuples and snapshots.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/flag.hpp"

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

// Rows as text, in memory of the server. Made of plain pointers, so that no C++ object lives while the server works.
struct PlainFlag {
    const char *name, *percentage, *rules, *variants, *salt;
    const char **allow, **deny;
    int allow_count, deny_count, hash_version;
    bool enabled, sticky;
};

// REQUIRES: inside guarded. Columns are found by their names.
PlainFlag plain_flag(HeapTuple tuple, TupleDesc shape);
core::FlagRow flag_row(const PlainFlag &flag);

struct FlagRows {
    Oid relation = InvalidOid;           // none: the extension is not here
    bool is_latest = false;              // nothing had been committed between the snapshot and the reading
    std::vector<core::FlagRow> rows;
};

// What a snapshot sees. REQUIRES: the snapshot is active.
FlagRows read_flags(Snapshot snapshot);

// The variant stored for a key ("" where the flag had none), as the active snapshot sees it.
std::optional<std::string> find_assignment(const std::string &flag, std::string_view key);

// The same transactions are visible.
inline bool same_transactions(const SnapshotData *left, const SnapshotData *right)
{
    return left->xmin == right->xmin && left->xmax == right->xmax && left->xcnt == right->xcnt && left->subxcnt == right->subxcnt;
}

}  // namespace hotswap::bridge
