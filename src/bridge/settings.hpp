// The settings (GUCs) of hotswap, alphabetical. Read through settings(); defined once in settings.cpp.
// SPDX-License-Identifier: PostgreSQL
#pragma once

namespace hotswap::bridge {

// What becomes of a migration whose bake is over without a verdict.
enum Inconclusive { wait_for_evidence, go_on };

// Which migrations bake without having been asked to.
enum UnaskedBake { bake_off, bake_switch, bake_all };

struct Settings {
    char *allowed_operations;  // hotswap.allowed_operations, empty = all
    int bake;                  // hotswap.bake, an UnaskedBake
    int bake_direct_ms;        // hotswap.bake_direct
    int bake_inconclusive;     // hotswap.bake_inconclusive, an Inconclusive
    int bake_switch_ms;        // hotswap.bake_switch
    int bake_warm_up_ms;       // hotswap.bake_warm_up
    int baseline_time_ms;      // hotswap.baseline_time, 0 = no baseline
    int busy_share;            // hotswap.busy_share, percent
    int chunk_bytes_kb;        // hotswap.chunk_size
    int chunk_time_ms;         // hotswap.chunk_time
    int cpu_limit;             // hotswap.cpu_limit, percent of one processor; 0 = no limit
    int executors;             // hotswap.executors
    int io_limit_kb;           // hotswap.io_limit, kB a second; 0 = no limit
    int launcher_interval_ms;  // hotswap.launcher_interval
    int lock_budget_ms;        // hotswap.lock_budget
    int lock_timeout_ms;       // hotswap.lock_timeout, 0 = from the observed transaction times
    char *maintenance_window;  // hotswap.maintenance_window, empty = always
    int max_archive_queue;     // hotswap.max_archive_queue, files; 0 = not looked at
    int max_commit_latency_ms; // hotswap.max_commit_latency, 0 = not looked at
    int max_concurrent_migrations;   // hotswap.max_concurrent_migrations, 0 = no limit
    int max_lock_time_ms;      // hotswap.max_lock_time
    int max_lock_waiters;      // hotswap.max_lock_waiters, -1 = not looked at
    int max_replication_lag_ms;   // hotswap.max_replication_lag, 0 = not looked at
    int max_slot_wal;          // hotswap.max_slot_wal, percent of max_slot_wal_keep_size; 0 = not looked at
    int max_snapshot_age_ms;   // hotswap.max_snapshot_age, 0 = not looked at
    int max_wal_rate_mb;       // hotswap.max_wal_rate, MB a second; 0 = not looked at
    int memory_limit_kb;       // hotswap.memory_limit, 0 = no limit
    int metrics_retention_s;   // hotswap.metrics_retention
    int min_checkpoint_interval_s;   // hotswap.min_checkpoint_interval, 0 = not looked at
    int min_free_disk_mb;      // hotswap.min_free_disk, 0 = not looked at
    int rewrite_rate;          // hotswap.rewrite_rate, MB a second, 0 = measured
    char *rollback_directory;  // hotswap.rollback_directory, empty = no files
    bool rollback_points;      // hotswap.rollback_points
    int rollback_retention_s;  // hotswap.rollback_retention
    int sample_interval_ms;    // hotswap.sample_interval
    int scan_rate;             // hotswap.scan_rate, MB a second, 0 = measured
    char *stop_point;          // hotswap.stop_point, test builds only
    char *throttle_query;      // hotswap.throttle_query, empty = none
    int throttle_query_timeout_ms;   // hotswap.throttle_query_timeout
    int vacuum_stretch;        // hotswap.vacuum_stretch, percent of the table, 0 = never
    bool yield_to_autovacuum;  // hotswap.yield_to_autovacuum
};

const Settings &settings();
int default_streams();         // hotswap.executors
void define_settings();        // from _PG_init only

}  // namespace hotswap::bridge
