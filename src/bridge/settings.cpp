// See settings.hpp. Keep the definitions in alphabetical order.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/settings.hpp"

#include "bridge/compat.hpp"
#include "bridge/window_setting.hpp"

namespace hotswap::bridge {

namespace {
Settings values;   // NOLINT: written by the server's GUC machinery

constexpr config_enum_entry kBake[] = {{"off", bake_off, false}, {"switch", bake_switch, false}, {"all", bake_all, false}, {nullptr, 0, false}};
constexpr config_enum_entry kInconclusive[] = {{"wait", wait_for_evidence, false}, {"pass", go_on, false}, {nullptr, 0, false}};
}

const Settings &settings()
{
    return values;
}

int default_streams()
{
    return values.executors;
}

void define_settings()
{
    DefineCustomStringVariable("hotswap.allowed_operations", "Lists the operations that hotswap.validate accepts.",
                               "Words of hotswap.analyze with commas between them, as in ADD_COLUMN, CREATE_INDEX. Empty accepts all.",
                               &values.allowed_operations, "", PGC_SUSET, GUC_LIST_INPUT, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("hotswap.bake", "Sets which migrations watch the application after their work without the option bake.",
                             "switch: those that give a table another storage or columns by a dual write; all: also those that change a table directly. "
                             "Never on tables under 1 MB, nor without a baseline.", &values.bake, bake_switch, kBake, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.bake_direct", "Sets how long a migration without a switch watches the application.", "Unless option bake has a time.",
                            &values.bake_direct_ms, 120000, 1, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("hotswap.bake_inconclusive", "Sets what becomes of a migration when its bake is over and there was too little traffic to judge.",
                             "wait goes on baking until there are samples enough or a person says hotswap.advance; pass goes on.", &values.bake_inconclusive,
                             wait_for_evidence, kInconclusive, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.bake_switch", "Sets how long a migration watches the application after its switch.", "Unless option bake has a time.",
                            &values.bake_switch_ms, 600000, 1, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.bake_warm_up", "Sets for how long after a switch what the application does is not judged yet.",
                            "Caches are cold and plans are made anew. At most a quarter of the bake; 0 judges from the first moment.", &values.bake_warm_up_ms, 30000, 0,
                            3600000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.baseline_time", "Sets how long the server is watched before the first step of a migration that will bake.",
                            "At least 25 samples; 0 takes no baseline, and a bake is then a wait and nothing else.", &values.baseline_time_ms, 30000, 0, 3600000, PGC_SIGHUP,
                            GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.busy_share", "Sets which part of its time a backfill stream works on a busy server, in percent.",
                            "A server is busy when it has an active client for every processor. 100 never rests.", &values.busy_share, 10, 1,
                            100, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.chunk_size", "Sets the most heap a backfill changes in one transaction.", nullptr,
                            &values.chunk_bytes_kb, 16 * 1024, 8, 1024 * 1024, PGC_SIGHUP, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.chunk_time", "Sets how long one transaction of a backfill should take.", nullptr,
                            &values.chunk_time_ms, 500, 10, 60000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.cpu_limit", "Sets how much CPU time the executors of a migration may use together, in percent of one processor.",
                            "They rest for it between chunks. 0 sets no limit.", &values.cpu_limit, 0, 0, 100000, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.executors", "Sets how many executors work on one backfill.",
                            "The option parallel of hotswap.start overrides it.", &values.executors, 2, 1, 16, PGC_SIGHUP, 0, nullptr,
                            nullptr, nullptr);
    DefineCustomIntVariable("hotswap.io_limit", "Sets how much the executors of a migration may read and write together, in kB a second.",
                            "They rest for it between chunks. 0 sets no limit.", &values.io_limit_kb, 0, 0, 100000000, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.launcher_interval", "Sets how often the launcher looks for databases with unfinished migrations.",
                            "Has an effect only with shared_preload_libraries = 'hotswap'.", &values.launcher_interval_ms, 60000, 100,
                            3600000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.lock_budget", "Sets how long a step tries to get its lock before the migration pauses.",
                            "The option lock_budget of hotswap.start overrides it.", &values.lock_budget_ms, 60000, 100, 86400000,
                            PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.lock_timeout", "Sets how long one attempt may queue for a lock.",
                            "0 takes twice the observed 99th percentile of transaction times, between 5 ms and 500 ms.",
                            &values.lock_timeout_ms, 0, 0, 500, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("hotswap.maintenance_window", "Sets when steps that block writers of a table may begin, from the switch on.",
                               "As in: Mon-Fri 02:00-04:30 Europe/Berlin, Sat 00:00-24:00. Empty: always. The option maintenance_window of hotswap.start overrides it.",
                               &values.maintenance_window, "", PGC_SIGHUP, 0, check_maintenance_window, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_archive_queue", "Sets how many WAL files may wait for archive_command while migrations work.",
                            "0 does not look at them.", &values.max_archive_queue, 42, 0, 1000000, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_commit_latency", "Sets above which latency of commits migrations rest.",
                            "That of the workers' own short transactions. 0 does not look at it.", &values.max_commit_latency_ms, 100, 0, 60000, PGC_SIGHUP,
                            GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_concurrent_migrations", "Sets how many migrations of a database are at work at a time.",
                            "The others wait in the order of their start. 0 sets no limit.", &values.max_concurrent_migrations, 0, 0, 1000, PGC_SIGHUP, 0,
                            nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_lock_time", "Sets how long a switch may hold its locks before it is rolled back and tried again later.",
                            nullptr, &values.max_lock_time_ms, 200, 10, 600000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_lock_waiters", "Sets how many sessions may wait for a lock on a table while a migration works on it.",
                            "-1 does not look at them.", &values.max_lock_waiters, 0, -1, 10000, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_replication_lag", "Sets how far standbys may be behind while migrations work.",
                            "The option max_replication_lag of hotswap.start overrides it. 0 does not look at them.", &values.max_replication_lag_ms, 0, 0,
                            86400000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_slot_wal", "Sets how much WAL replication slots may keep while migrations work, in percent of max_slot_wal_keep_size.",
                            "0 does not look at it.", &values.max_slot_wal, 50, 0, 100, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_snapshot_age", "Sets how old the oldest snapshot of a client may be while migrations work.",
                            "What migrations leave behind cannot be vacuumed meanwhile. 0 does not look at it.", &values.max_snapshot_age_ms, 0, 0, INT_MAX,
                            PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_wal_rate", "Sets above which rate of WAL of the server migrations rest, in MB a second.", "0 sets no limit.",
                            &values.max_wal_rate_mb, 0, 0, 1000000, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.memory_limit", "Sets how much memory the executors of a migration may use together for sorts, index builds and chunks.",
                            "0 sets no limit beside the server's own.", &values.memory_limit_kb, 0, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.metrics_retention", "Sets how long samples of the server's health are kept.", nullptr,
                            &values.metrics_retention_s, 7 * 86400, 60, INT_MAX, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.min_checkpoint_interval", "Sets how often WAL may force a checkpoint before migrations rest.", "0 does not look at it.",
                            &values.min_checkpoint_interval_s, 10, 0, 86400, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.min_free_disk", "Sets how much disk must be free while migrations work.", "0 does not look at it.",
                            &values.min_free_disk_mb, 256, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MB, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.rewrite_rate", "Sets how fast this server writes a table anew, in MB a second, for the estimates of analyze.",
                            "Indexes are counted with it. 0 takes what was measured here.", &values.rewrite_rate, 0, 0, 1000000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("hotswap.rollback_directory", "Sets where files of rollback points are written.",
                               "An absolute path outside the data directory, writable for the server. Empty allows no files.", &values.rollback_directory, "",
                               PGC_SIGHUP, GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("hotswap.rollback_points", "Keeps what a migration drops or deletes, to be had back with hotswap.restore.",
                             "The option rollback_point of hotswap.start overrides it.", &values.rollback_points, true, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.rollback_retention", "Sets how long rollback points are kept.", "After that time the conductor drops them.",
                            &values.rollback_retention_s, 72 * 3600, 1, INT_MAX, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.sample_interval", "Sets how often the conductor takes a sample of the server's health.",
                            "Sessions report to the server's statistics about once a second.", &values.sample_interval_ms, 1000, 100, 60000, PGC_SIGHUP,
                            GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.scan_rate", "Sets how fast this server reads a table, in MB a second, for the estimates of analyze.",
                            "0 takes what was measured here.", &values.scan_rate, 0, 0, 1000000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
#ifdef HOTSWAP_STOP_POINTS
    DefineCustomStringVariable("hotswap.stop_point", "Names the point at which a worker stops and waits.",
                               "Only in test builds: name, or name:N for the Nth arrival in one process.", &values.stop_point, "",
                               PGC_SIGHUP, GUC_NOT_IN_SAMPLE, nullptr, nullptr, nullptr);
#endif
    DefineCustomStringVariable("hotswap.throttle_query", "Sets a query that says how much migrations are to rest.",
                               "One number: 0 works, 1 stops, in between is the ratio of rest. It runs as the owner of the migration.", &values.throttle_query,
                               "", PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.throttle_query_timeout", "Sets how long hotswap.throttle_query may take.", "A query that takes longer stops migrations.",
                            &values.throttle_query_timeout_ms, 500, 1, 60000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.vacuum_stretch", "Sets after which share of the table a backfill vacuums it, in percent.",
                            "0 never vacuums.", &values.vacuum_stretch, 10, 0, 100, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("hotswap.yield_to_autovacuum", "Lets a migration wait while autovacuum works on its table.", nullptr, &values.yield_to_autovacuum,
                             false, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    compat_reserve_prefix("hotswap");
}

}  // namespace hotswap::bridge
