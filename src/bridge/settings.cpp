// See settings.hpp. Keep the definitions in alphabetical order.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/settings.hpp"

#include "bridge/compat.hpp"

namespace hotswap::bridge {

namespace {
Settings values;   // NOLINT: written by the server's GUC machinery

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
    DefineCustomEnumVariable("hotswap.bake_inconclusive", "Sets what becomes of a migration when its bake is over and there was too little traffic to judge.",
                             "wait goes on baking until there are samples enough or a person says hotswap.advance; pass goes on.", &values.bake_inconclusive,
                             wait_for_evidence, kInconclusive, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
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
    DefineCustomIntVariable("hotswap.executors", "Sets how many executors work on one backfill.",
                            "The option parallel of hotswap.start overrides it.", &values.executors, 2, 1, 16, PGC_SIGHUP, 0, nullptr,
                            nullptr, nullptr);
    DefineCustomIntVariable("hotswap.launcher_interval", "Sets how often the launcher looks for databases with unfinished migrations.",
                            "Has an effect only with shared_preload_libraries = 'hotswap'.", &values.launcher_interval_ms, 60000, 100,
                            3600000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.lock_budget", "Sets how long a step tries to get its lock before the migration pauses.",
                            "The option lock_budget of hotswap.start overrides it.", &values.lock_budget_ms, 60000, 100, 86400000,
                            PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.lock_timeout", "Sets how long one attempt may queue for a lock.",
                            "0 takes twice the observed 99th percentile of transaction times, between 5 ms and 500 ms.",
                            &values.lock_timeout_ms, 0, 0, 500, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.max_lock_time", "Sets how long a switch may hold its locks before it is rolled back and tried again later.",
                            nullptr, &values.max_lock_time_ms, 200, 10, 600000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.metrics_retention", "Sets how long samples of the server's health are kept.", nullptr,
                            &values.metrics_retention_s, 7 * 86400, 60, INT_MAX, PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hotswap.rewrite_rate", "Sets how fast this server writes a table anew, in MB a second, for the estimates of analyze.",
                            "Indexes are counted with it. 0 takes what was measured here.", &values.rewrite_rate, 0, 0, 1000000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
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
    DefineCustomIntVariable("hotswap.vacuum_stretch", "Sets after which share of the table a backfill vacuums it, in percent.",
                            "0 never vacuums.", &values.vacuum_stretch, 10, 0, 100, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    compat_reserve_prefix("hotswap");
}

}  // namespace hotswap::bridge
