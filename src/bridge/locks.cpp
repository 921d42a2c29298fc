// See locks.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/locks.hpp"

#include <algorithm>

#include "bridge/guard.hpp"

namespace hotswap::bridge {

namespace {

// First key of every advisory lock of hotswap; the second is 0 for the conductor, number * 32 + stream for an executor.
constexpr std::int64_t kClass = 0x48535750;   // "HSWP"
constexpr int kStreams = 32;
constexpr std::int64_t kTableClass = 0x48535754;   // "HSWT"; the second key is the table's OID

LOCKMODE mode_of(const std::string &mode)
{
    if (mode == "ACCESS SHARE")
        return AccessShareLock;
    if (mode == "ROW SHARE")
        return RowShareLock;
    if (mode == "ROW EXCLUSIVE")
        return RowExclusiveLock;
    if (mode == "SHARE UPDATE EXCLUSIVE")
        return ShareUpdateExclusiveLock;
    if (mode == "SHARE")
        return ShareLock;
    if (mode == "SHARE ROW EXCLUSIVE")
        return ShareRowExclusiveLock;
    if (mode == "EXCLUSIVE")
        return ExclusiveLock;
    return AccessExclusiveLock;
}

}  // namespace

void lock_relations(std::vector<unsigned> relations, const std::string &mode)
{
    std::sort(relations.begin(), relations.end());
    relations.erase(std::unique(relations.begin(), relations.end()), relations.end());
    const LOCKMODE lock = mode_of(mode);
    for (const unsigned relation : relations)
        guarded([relation, lock] { ::LockRelationOid(relation, lock); });
}

void lock_table_queue(Sql &sql, unsigned relation, bool alone)
{
    sql.run(alone ? "SELECT pg_advisory_xact_lock($1::integer, $2::integer)" : "SELECT pg_advisory_xact_lock_shared($1::integer, $2::integer)",
            {kTableClass, static_cast<std::int64_t>(static_cast<std::int32_t>(relation))});
}

bool try_lock_conductor(Sql &sql)
{
    return sql.run("SELECT pg_try_advisory_lock($1::integer, 0) AS ok", {kClass})[0].boolean("ok");
}

void unlock_conductor(Sql &sql)
{
    sql.run("SELECT pg_advisory_unlock($1::integer, 0)", {kClass});
}

int conductor_pid(Sql &sql)
{
    const Rows rows = sql.run("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1::oid AND objid = 0 AND objsubid = 2"
                              "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                              {kClass});
    return rows.empty() ? 0 : static_cast<int>(rows[0].integer("pid"));
}

bool try_lock_stream(Sql &sql, int migration_number, int stream)
{
    return sql
        .run("SELECT pg_try_advisory_lock($1::integer, $2::integer) AS ok",
             {kClass, static_cast<std::int64_t>(migration_number) * kStreams + stream})[0]
        .boolean("ok");
}

std::vector<int> stream_pids(Sql &sql, int migration_number)
{
    const Rows rows = sql.run("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1::oid AND objsubid = 2"
                              "   AND objid::bigint BETWEEN $2 * 32 AND $2 * 32 + 31"
                              "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                              {kClass, static_cast<std::int64_t>(migration_number)});
    std::vector<int> pids;
    for (std::size_t i = 0; i < rows.size(); ++i)
        pids.push_back(static_cast<int>(rows[i].integer("pid")));
    return pids;
}

}  // namespace hotswap::bridge
