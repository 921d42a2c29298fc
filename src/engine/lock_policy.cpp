// See lock_policy.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/lock_policy.hpp"

#include <algorithm>
#include <map>

#include "core/progress.hpp"

namespace hotswap::engine {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

// Prepared transactions with the virtual transaction that their locks are shown under: the one they had as a session, or after a
// restart one of their own. The lock on their own id tells.
constexpr const char *kPrepared = "(SELECT p.gid, p.owner, p.prepared, t.virtualtransaction FROM pg_prepared_xacts p"
                                  "   JOIN pg_locks t ON t.locktype = 'transactionid' AND t.transactionid = p.transaction AND t.pid IS NULL) AS x";

// PostgreSQL's table of conflicting lock modes (documentation, "Explicit Locking"), as pg_locks spells them.
std::vector<std::string> conflicting(const std::string &mode)
{
    static constexpr const char *kModes[] = {"AccessShareLock",       "RowShareLock",  "RowExclusiveLock",
                                             "ShareUpdateExclusiveLock", "ShareLock",     "ShareRowExclusiveLock",
                                             "ExclusiveLock",         "AccessExclusiveLock"};
    unsigned mask = 0xff;   // ACCESS EXCLUSIVE
    if (mode == "SHARE UPDATE EXCLUSIVE")
        mask = 0xf8;
    else if (mode == "SHARE")
        mask = 0xec;
    else if (mode == "SHARE ROW EXCLUSIVE")
        mask = 0xfc;
    else if (mode == "EXCLUSIVE")
        mask = 0xfe;
    else if (mode == "ROW EXCLUSIVE")
        mask = 0xf0;
    std::vector<std::string> result;
    for (unsigned i = 0; i < 8; ++i)
        if ((mask & (1u << i)) != 0)
            result.emplace_back(kModes[i]);
    return result;
}

std::vector<std::string> texts(const std::vector<unsigned> &relations)
{
    std::vector<std::string> result;
    for (const unsigned relation : relations)
        result.push_back(std::to_string(relation));
    return result;
}

std::optional<Blocker> blocker_of(const Rows &rows)
{
    if (rows.empty())
        return std::nullopt;
    const Row row = rows[0];
    Blocker b;
    b.pid = static_cast<int>(row.integer("pid"));
    b.age_ms = row.number("age_ms");
    const std::string age = core::duration_text(b.age_ms / 1000);
    const std::string query = row.text("query");
    b.yields = query.rfind("autovacuum: ", 0) == 0 && query.find("(to prevent wraparound)") == std::string::npos;
    if (b.pid == 0)
        b.description = "prepared transaction \"" + row.text("query") + "\" of user " + row.text("usename") + ", " + age + " old";
    else
        b.description = "pid " + row.text("pid") + " (user " + row.text("usename") + ", " + row.text("state") + ", transaction " + age +
                        " old): " + row.text("query");
    return b;
}

}  // namespace

bool blocks_writers(const std::string &mode)
{
    return !mode.empty() && mode != "SHARE UPDATE EXCLUSIVE" && mode != "ROW EXCLUSIVE" && mode != "ROW SHARE" && mode != "ACCESS SHARE";
}

std::optional<Blocker> find_blocker(Sql &sql, const std::vector<unsigned> &relations, const std::string &mode, double min_age_ms)
{
    return blocker_of(sql.run(
        "SELECT coalesce(l.pid, 0) AS pid, coalesce(a.usename, x.owner, a.backend_type, '?') AS usename, coalesce(a.state, 'prepared') AS state,"
        "       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, x.prepared)) * 1000 AS age_ms,"
        "       left(regexp_replace(coalesce(nullif(a.query, ''), x.gid, a.backend_type, ''), '\\s+', ' ', 'g'), 120) AS query"
        "  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
        "  LEFT JOIN " + std::string(kPrepared) + " ON x.virtualtransaction = l.virtualtransaction AND l.pid IS NULL"
        " WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY ($1::oid[]) AND l.mode = ANY ($2)"
        "   AND l.pid IS DISTINCT FROM pg_backend_pid()"
        "   AND coalesce(a.xact_start, x.prepared) < clock_timestamp() - $3 * interval '1 millisecond'"
        " ORDER BY coalesce(a.xact_start, x.prepared) LIMIT 1",
        {texts(relations), conflicting(mode), min_age_ms}));
}

LockHolders lock_holders(Sql &sql, const std::vector<unsigned> &relations, const std::string &mode, double min_age_ms)
{
    const Rows rows = sql.run(
        "SELECT DISTINCT coalesce(a.leader_pid, l.pid) AS pid, x.gid FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
        "  LEFT JOIN " + std::string(kPrepared) + " ON x.virtualtransaction = l.virtualtransaction AND l.pid IS NULL"
        " WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY ($1::oid[]) AND l.mode = ANY ($2)"
        "   AND l.pid IS DISTINCT FROM pg_backend_pid()"
        "   AND coalesce(a.xact_start, x.prepared) < clock_timestamp() - $3 * interval '1 millisecond'",
        {texts(relations), conflicting(mode), min_age_ms});
    LockHolders holders;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].is_null("pid"))
            holders.prepared.push_back(rows[i].text("gid"));
        else
            holders.pids.push_back(static_cast<int>(rows[i].integer("pid")));
    return holders;
}

std::optional<Blocker> find_row_locker(Sql &sql, unsigned relation)
{
    return blocker_of(sql.run(
        "SELECT l.pid, coalesce(a.usename, '?') AS usename, coalesce(a.state, '') AS state,"
        "       extract(epoch FROM clock_timestamp() - a.xact_start) * 1000 AS age_ms,"
        "       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120) AS query"
        "  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'relation' AND l.granted AND l.relation = $1::oid AND l.mode IN ('RowShareLock', 'RowExclusiveLock')"
        "   AND a.backend_type = 'client backend' ORDER BY a.xact_start LIMIT 1",
        {static_cast<std::int64_t>(relation)}));
}

std::optional<Blocker> blocker_of_process(Sql &sql, int pid)
{
    return blocker_of(sql.run("SELECT a.pid, coalesce(a.usename, a.backend_type) AS usename, coalesce(a.state, '') AS state,"
                              "       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.backend_start)) * 1000 AS age_ms,"
                              "       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120) AS query"
                              "  FROM unnest(pg_blocking_pids($1::integer)) AS b(pid) JOIN pg_stat_activity a ON a.pid = b.pid"
                              " ORDER BY a.xact_start LIMIT 1",
                              {static_cast<std::int64_t>(pid)}));
}

void cancel_autovacuum(Sql &sql, const Blocker &blocker)
{
    // Looked at again in the same statement: the pid may be somebody else's by now.
    sql.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1::integer AND backend_type = 'autovacuum worker'"
            "   AND query LIKE 'autovacuum: %' AND query NOT LIKE '%(to prevent wraparound)%'",
            {static_cast<std::int64_t>(blocker.pid)});
}

std::optional<double> observed_p99_ms(Sql &sql, const std::vector<unsigned> &relations)
{
    const Rows rows = sql.run("SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM clock_timestamp() - a.xact_start)) * 1000 AS p99"
                              "  FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL"
                              "   AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.relation = ANY ($1::oid[]))",
                              {texts(relations)});
    if (rows.empty() || rows[0].is_null("p99"))
        return std::nullopt;
    return rows[0].number("p99");
}

}  // namespace hotswap::engine
