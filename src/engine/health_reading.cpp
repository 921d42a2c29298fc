// See health_reading.hpp.
//
// The latency of transactions is the server's own account: time that sessions of clients were active, divided by transactions.
// It needs no extension, counts every statement of every client, and includes the time spent waiting for locks.
// SPDX-License-Identifier: PostgreSQL
#include "engine/health_reading.hpp"

#include "bridge/error.hpp"
#include "bridge/own_transactions.hpp"
#include "bridge/session.hpp"
#include "core/identifier.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

void read_database(Sql &sql, core::Counters *counters)
{
    const bridge::Row row = sql.run("SELECT xact_commit, xact_rollback, active_time, blks_hit, blks_read, temp_bytes, deadlocks, stats_reset::text AS reset"
                                    "  FROM pg_stat_database WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())")[0];
    counters->reset_at = row.text("reset");
    counters->commits = row.integer("xact_commit");
    counters->rollbacks = row.integer("xact_rollback");
    counters->active_ms = row.number("active_time");
    counters->blocks_hit = row.integer("blks_hit");
    counters->blocks_read = row.integer("blks_read");
    counters->temp_bytes = row.integer("temp_bytes");
    counters->deadlocks = row.integer("deadlocks");
}

void read_sessions(Sql &sql, core::Counters *counters)
{
    const bridge::Row row = sql.run("SELECT count(*) AS connections, count(*) FILTER (WHERE wait_event_type = 'Lock') AS lock_waits FROM pg_stat_activity"
                                    " WHERE backend_type = 'client backend' AND datname = current_database()")[0];
    counters->connections = row.integer("connections");
    counters->lock_waits = row.integer("lock_waits");
    const bridge::Row lag = sql.run("SELECT (extract(epoch FROM max(replay_lag)) * 1000)::float8 AS ms, count(*) AS standbys FROM pg_stat_replication")[0];
    if (lag.integer("standbys") > 0)
        counters->replication_lag_ms = lag.number("ms");   // null while a standby has nothing to replay
}

// Installed does not say that it is loaded, so this may fail; without the texts of the statements it reads no file.
void read_statements(Sql &sql, core::Counters *counters)
{
    const bridge::Rows place = sql.run("SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
                                       " WHERE e.extname = 'pg_stat_statements'");
    if (place.empty())
        return;
    try {
        bridge::Subtransaction attempt;
        const bridge::Row row = sql.run("SELECT coalesce(sum(calls), 0)::bigint AS calls, coalesce(sum(total_exec_time), 0)::float8 AS ms FROM " +
                                        core::qualified(place[0].text("schema"), "pg_stat_statements") +
                                        "(false) WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())")[0];
        counters->statements = row.integer("calls");
        counters->statement_ms = row.number("ms");
        attempt.commit();
    } catch (const bridge::PgError &error) {
        if (error.sqlstate.starts_with("57"))   // somebody wants us to stop
            throw;
        counters->statements.reset();   // rolled back with the subtransaction; the metric is then not there
    }
}

}  // namespace

core::Counters read_counters()
{
    core::Counters counters;
    bridge::report_statistics(true);   // else what we have done is subtracted in one sample and counted in another
    store::in_transaction([&](Sql &sql) {
        read_database(sql, &counters);
        read_sessions(sql, &counters);
        read_statements(sql, &counters);
        counters.at_ms = bridge::now_ms();
        const bridge::OwnTransactions own = bridge::own_transactions();
        counters.own_commits = own.commits;
        counters.own_rollbacks = own.rollbacks;
    });
    return counters;
}

}  // namespace hotswap::engine
