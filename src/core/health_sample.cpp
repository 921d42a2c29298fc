// See health_sample.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/health_sample.hpp"

#include <algorithm>

namespace hotswap::core {

std::optional<Sample> sample_between(const Counters &before, const Counters &now)
{
    const double period = now.at_ms - before.at_ms;
    const auto all = static_cast<double>(now.commits + now.rollbacks - before.commits - before.rollbacks);
    if (period <= 0 || now.reset_at != before.reset_at || all < 0 || now.active_ms < before.active_ms)
        return std::nullopt;
    Sample sample;
    sample.period_ms = period;
    const double seconds = period / 1000;
    // Sessions report about once a second and a long transaction only at its end, so that a figure may be late; never is one lost.
    const auto others = [](std::int64_t grown, std::int64_t own) { return std::max(0.0, static_cast<double>(grown - own)); };
    const double commits = others(now.commits - before.commits, now.own_commits - before.own_commits);
    const double rollbacks = others(now.rollbacks - before.rollbacks, now.own_rollbacks - before.own_rollbacks);
    const double transactions = commits + rollbacks;
    const double active = now.active_ms - before.active_ms;
    const bool traffic = transactions >= 1 && active > 0;
    sample.values["tps"] = transactions / seconds;
    sample.values["commit_rate"] = commits / seconds;
    sample.values["rollback_rate"] = rollbacks / seconds;
    if (traffic) {
        sample.values["transaction_latency"] = active / transactions;
        sample.values["rollback_ratio"] = rollbacks / transactions;
    }
    if (now.statements && before.statements && *now.statements > *before.statements && now.statement_ms >= before.statement_ms && traffic)
        sample.values["statement_latency"] = (now.statement_ms - before.statement_ms) / static_cast<double>(*now.statements - *before.statements);
    const auto blocks = static_cast<double>(now.blocks_hit + now.blocks_read - before.blocks_hit - before.blocks_read);
    if (blocks > 0)
        sample.values["cache_hit_ratio"] = static_cast<double>(now.blocks_hit - before.blocks_hit) / blocks;
    sample.values["temp_bytes"] = static_cast<double>(now.temp_bytes - before.temp_bytes) / seconds;
    sample.values["deadlocks"] = static_cast<double>(now.deadlocks - before.deadlocks) / seconds;
    sample.values["connections"] = static_cast<double>(now.connections);
    sample.values["lock_waits"] = static_cast<double>(now.lock_waits);
    if (now.replication_lag_ms)
        sample.values["replication_lag"] = *now.replication_lag_ms;
    if (now.probe_ms)
        sample.values["probe_latency"] = *now.probe_ms;
    return sample;
}

}  // namespace hotswap::core
