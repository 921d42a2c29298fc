// See throttle_readings.hpp. Limits come from the settings; the replication lag also from the migration's option.
// SPDX-License-Identifier: PostgreSQL
#include "engine/throttle_readings.hpp"

#include <algorithm>
#include <cmath>

#include "bridge/disk.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/progress.hpp"
#include "store/twins.hpp"

namespace hotswap::engine {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;
using core::Budget;

constexpr double kMegabyte = 1024.0 * 1024;
constexpr double kOnItsWay = 16 * kMegabyte;
constexpr double kStaleMs = 15000;   // a standby reports at least each wal_receiver_status_interval, 10 s

std::string megabytes(double bytes)
{
    return std::to_string(static_cast<std::int64_t>(std::floor(bytes / kMegabyte))) + " MB";
}

Budget of_time(const std::string &signal, double ms, double limit_ms)
{
    return {.signal = signal, .observed = ms, .limit = limit_ms, .observed_text = core::duration_text(ms / 1000), .limit_text = core::duration_text(limit_ms / 1000)};
}

Budget of_count(const std::string &signal, double n, double limit)
{
    return {.signal = signal, .observed = n, .limit = limit, .observed_text = std::to_string(static_cast<std::int64_t>(n)),
            .limit_text = std::to_string(static_cast<std::int64_t>(limit))};
}

Budget graded(Budget budget)
{
    budget.is_graded = true;
    return budget;
}

// What was behind before this worker looked first may be behind for hours, and says so only if it replays. A little is what is just
// on its way.
bool is_unknown(const core::LagClock &clock, double position, double written, double lag_ms, double limit_ms)
{
    return lag_ms <= limit_ms && !clock.knows(position) && written - position > kOnItsWay;
}

Budget lag_budget(const std::string &who, bool unknown, double lag_ms, double limit_ms)
{
    Budget budget = of_time("replication lag of " + who, lag_ms, limit_ms);
    budget.is_graded = true;
    if (unknown)
        budget.observed.reset();
    return budget;
}

// A standby that is not connected: where it was, by its slot, or for a while by what we saw of it.
void read_missing(Sql &sql, double now, double written, double limit_ms, core::LagClock *clock, core::SeenStandbys *seen, double *slowest, std::vector<Budget> *budgets)
{
    std::vector<std::pair<std::string, double>> missing;
    for (const auto &[name, replayed] : seen->missing(now))
        missing.emplace_back("standby \"" + name + "\", which is gone", replayed);
    const Rows rows = sql.run("SELECT slot_name, pg_wal_lsn_diff(restart_lsn, '0/0') AS position FROM pg_replication_slots"
                              " WHERE slot_type = 'physical' AND NOT active AND restart_lsn IS NOT NULL ORDER BY 1");
    for (std::size_t i = 0; i < rows.size(); ++i)
        missing.emplace_back("slot \"" + rows[i].text("slot_name") + "\", whose standby is not connected", rows[i].number("position"));
    for (const auto &[who, position] : missing) {
        *slowest = *slowest < 0 ? position : std::min(*slowest, position);
        const double lag = clock->lag_ms(now, position);
        budgets->push_back(lag_budget(who + ",", is_unknown(*clock, position, written, lag, limit_ms), lag, limit_ms));
    }
}

// The worst of three: what the standby measured, how long ago it should have been where it is, and how long it has been silent.
// Who only receives WAL (pg_receivewal, pg_basebackup) replays none, and is where it has flushed, or at least written.
void read_standbys(Sql &sql, double written, double limit_ms, core::LagClock *clock, core::SeenStandbys *seen, std::vector<Budget> *budgets)
{
    const Rows rows = sql.run("SELECT application_name, extract(epoch FROM replay_lag) * 1000 AS lag_ms, replay_lsn IS NOT NULL AS replays,"
                              "       pg_wal_lsn_diff(coalesce(replay_lsn, flush_lsn, write_lsn, sent_lsn), '0/0') AS replayed,"
                              "       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS written, extract(epoch FROM clock_timestamp() - reply_time) * 1000 AS silent_ms"
                              "  FROM pg_stat_replication WHERE state IN ('streaming', 'catchup') AND NOT EXISTS ("
                              "       SELECT FROM pg_replication_slots s WHERE s.active_pid = pid AND s.slot_type = 'logical') ORDER BY application_name");
    const double now = bridge::now_ms();
    double slowest = -1;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const double replayed = row.number("replayed"), silent = row.number("silent_ms");
        const bool behind = replayed < row.number("written");
        double lag = std::max(row.number("lag_ms"), clock->lag_ms(now, replayed));
        if (behind && silent > kStaleMs)
            lag = std::max(lag, silent);
        slowest = slowest < 0 ? replayed : std::min(slowest, replayed);
        if (row.boolean("replays"))
            seen->saw(row.text("application_name"), now, replayed);
        const bool unknown = row.is_null("lag_ms") && is_unknown(*clock, replayed, row.number("written"), lag, limit_ms);
        budgets->push_back(lag_budget("standby \"" + row.text("application_name") + "\"", unknown, behind ? lag : 0, limit_ms));
    }
    read_missing(sql, now, written, limit_ms, clock, seen, &slowest, budgets);
    if (slowest >= 0)
        clock->all_replayed(slowest);
}

void read_slots(Sql &sql, double share, std::vector<Budget> *budgets)
{
    // The setting is in MB; below 0 a slot may keep as much as it likes.
    const Rows rows = sql.run("SELECT s.slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) AS kept, k.setting::float8 AS most_mb"
                              "  FROM pg_replication_slots s, pg_settings k"
                              " WHERE k.name = 'max_slot_wal_keep_size' AND k.setting::int >= 0 AND s.restart_lsn IS NOT NULL ORDER BY 1");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double kept = rows[i].number("kept"), limit = rows[i].number("most_mb") * kMegabyte * share;
        budgets->push_back({.signal = "WAL kept by replication slot \"" + rows[i].text("slot_name") + "\"", .observed = kept, .limit = limit, .is_graded = true,
                            .observed_text = megabytes(kept), .limit_text = megabytes(limit)});
    }
}

void read_archive(Sql &sql, int limit, std::vector<Budget> *budgets)
{
    const Rows rows = sql.run("SELECT CASE WHEN current_setting('archive_mode') <> 'off' THEN"
                              "  (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') END AS waiting");
    if (!rows[0].is_null("waiting"))
        budgets->push_back(graded(of_count("number of WAL files waiting for archive_command", rows[0].number("waiting"), limit)));
}

// All that the migration works on, as an array of OIDs: its table, the other members of a rewrite, their partitions and children, and
// the TOAST tables, which autovacuum takes by themselves.
std::string tables_of(Sql &sql, const StepContext &context)
{
    std::string members = "{" + std::to_string(context.migration.relation_oid);
    for (const store::TwinRow &row : store::load_twins(sql, context.migration.id))
        members += "," + std::to_string(row.twin.oid);
    return sql.run("WITH RECURSIVE t (oid) AS (SELECT unnest($1::oid[]) UNION SELECT i.inhrelid FROM t JOIN pg_inherits i ON i.inhparent = t.oid)"
                   " SELECT array_agg(x.oid)::text AS oids FROM (SELECT oid FROM t UNION SELECT c.reltoastrelid FROM t JOIN pg_class c USING (oid)) x",
                   {members + "}"})[0].text("oids");
}

void read_disk(Sql &sql, const std::string &tables, double limit, std::vector<Budget> *budgets)
{
    const Rows rows = sql.run("SELECT DISTINCT reltablespace::bigint AS space FROM pg_class WHERE oid = ANY ($1::oid[]) AND reltablespace <> 0 ORDER BY 1", {tables});
    std::vector<unsigned> spaces = {0};
    for (std::size_t i = 0; i < rows.size(); ++i)
        spaces.push_back(static_cast<unsigned>(rows[i].integer("space")));
    for (const unsigned space : spaces) {
        const bridge::Room room = bridge::room_in(space);
        Budget budget = {.signal = "free disk of " + room.directory, .observed = {}, .limit = limit, .is_floor = true, .observed_text = {}, .limit_text = megabytes(limit)};
        if (room.free_bytes >= 0) {
            budget.observed = static_cast<double>(room.free_bytes);
            budget.observed_text = megabytes(*budget.observed);
        }
        budgets->push_back(budget);
    }
}

void read_snapshots(Sql &sql, double limit_ms, std::vector<Budget> *budgets)
{
    const Rows rows = sql.run("SELECT a.pid, coalesce(a.usename, a.backend_type) AS who, extract(epoch FROM clock_timestamp() - a.xact_start) * 1000 AS age_ms"
                              "  FROM pg_stat_activity a WHERE a.backend_xmin IS NOT NULL AND a.xact_start IS NOT NULL AND a.backend_type = 'client backend'"
                              "   AND a.datname = current_database() ORDER BY a.xact_start LIMIT 1");
    if (!rows.empty())
        budgets->push_back(of_time("age of the oldest snapshot, of pid " + rows[0].text("pid") + " (user " + rows[0].text("who") + ")", rows[0].number("age_ms"), limit_ms));
}

void read_waiters(Sql &sql, const std::string &tables, int limit, std::vector<Budget> *budgets)
{
    const Rows rows = sql.run("SELECT count(*) AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'relation' AND NOT l.granted"
                              "   AND l.relation = ANY ($1::oid[]) AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                              "   AND a.backend_type = 'client backend'",
                              {tables});
    budgets->push_back(of_count("number of sessions waiting for a lock on the table", rows[0].number("n"), limit));
}

void read_autovacuum(Sql &sql, const std::string &tables, std::vector<Budget> *budgets)
{
    const Rows rows = sql.run("SELECT count(*) AS n FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)"
                              " WHERE a.backend_type = 'autovacuum worker' AND v.relid = ANY ($1::oid[])",
                              {tables});
    budgets->push_back(of_count("number of autovacuum workers on the table", rows[0].number("n"), 0));
}

}  // namespace

std::vector<Budget> read_budgets(Sql &sql, const StepContext &context, core::LagClock *clock, core::SeenStandbys *seen)
{
    const bridge::Settings &settings = bridge::settings();
    const double written = sql.run("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS p")[0].number("p");
    clock->wrote(bridge::now_ms(), written);
    std::vector<Budget> budgets;
    // Reading harms neither standbys nor slots, the archive or a disk.
    const bool writes = context.step().kind != core::StepKind::twin_verify;
    const std::string tables = tables_of(sql, context);
    const double lag = context.options.max_replication_lag_ms.value_or(settings.max_replication_lag_ms);
    if (lag > 0 && writes)
        read_standbys(sql, written, lag, clock, seen, &budgets);
    if (settings.max_slot_wal > 0 && writes)
        read_slots(sql, settings.max_slot_wal / 100.0, &budgets);
    if (settings.max_archive_queue > 0 && writes)
        read_archive(sql, settings.max_archive_queue, &budgets);
    if (settings.min_free_disk_mb > 0 && writes)
        read_disk(sql, tables, settings.min_free_disk_mb * kMegabyte, &budgets);
    if (settings.max_snapshot_age_ms > 0)
        read_snapshots(sql, settings.max_snapshot_age_ms, &budgets);
    if (settings.max_lock_waiters >= 0)
        read_waiters(sql, tables, settings.max_lock_waiters, &budgets);
    if (settings.yield_to_autovacuum)
        read_autovacuum(sql, tables, &budgets);
    return budgets;
}

}  // namespace hotswap::engine
