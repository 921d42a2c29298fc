// See old_snapshots.hpp.
//
// backend_xmin alone would name everybody while any long transaction writes anywhere: it is the oldest running transaction when
// the snapshot was taken, not the snapshot's own age. So a holder is one that has a snapshot and whose transaction began before
// the moment asked for. A READ COMMITTED session drops its snapshot between two statements and is let go then.
// SPDX-License-Identifier: PostgreSQL
#include "engine/old_snapshots.hpp"

#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "core/progress.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

bridge::Rows holders(bridge::Sql &sql, double age_ms, const std::string &horizon)
{
    return sql.run(
        "SELECT a.pid, coalesce(a.usename, a.backend_type) AS usename, coalesce(a.state, '') AS state,"
        "       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.backend_start)) AS age,"
        "       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120) AS query"
        "  FROM pg_stat_activity a"
        " WHERE a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid()"
        "   AND (a.datname = current_database() OR a.backend_type = 'walsender')"
        "   AND a.backend_type NOT IN ('autovacuum worker', 'hotswap conductor', 'hotswap executor')"
        "   AND coalesce(a.xact_start, a.backend_start) < clock_timestamp() - $1 * interval '1 millisecond'"
        "   AND (a.backend_type <> 'walsender' OR age(a.backend_xmin) > age($2::xid))"
        "   AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)"
        "   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index i WHERE i.pid = a.pid)"
        " ORDER BY a.xact_start",
        {age_ms, horizon});
}

std::optional<std::string> holder(bridge::Sql &sql, double age_ms, const std::string &horizon)
{
    const bridge::Rows rows = holders(sql, age_ms, horizon);
    if (rows.empty())
        return std::nullopt;
    const bridge::Row row = rows[0];
    return "pid " + row.text("pid") + " (user " + row.text("usename") + ", " + row.text("state") + ", transaction " +
           core::duration_text(row.number("age")) + " old): " + row.text("query");
}

}  // namespace

std::string next_xid()
{
    std::string xid;
    store::in_transaction([&](bridge::Sql &sql) {
        xid = sql.run("SELECT pg_snapshot_xmax(pg_current_snapshot())::xid AS xid")[0].text("xid");
    });
    return xid;
}

std::vector<int> snapshot_holders(bridge::Sql &sql, double age_ms, const std::string &horizon)
{
    const bridge::Rows rows = holders(sql, age_ms, horizon);
    std::vector<int> pids;
    for (std::size_t i = 0; i < rows.size(); ++i)
        pids.push_back(static_cast<int>(rows[i].integer("pid")));
    return pids;
}

std::optional<std::string> wait_for_old_snapshots(double now_ms, double limit_ms, const std::string &horizon)
{
    for (;;) {
        std::optional<std::string> found;
        const double elapsed = bridge::now_ms() - now_ms;
        store::in_transaction([&](bridge::Sql &sql) { found = holder(sql, elapsed, horizon); });
        if (!found || elapsed > limit_ms)
            return found;
        bridge::wait_ms(2);
    }
}

}  // namespace hotswap::engine
