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
    const double own = static_cast<double>(now.own_transactions - before.own_transactions);
    const double transactions = std::max(0.0, all - own);
    const double active = now.active_ms - before.active_ms;
    const bool traffic = transactions >= 1 && active > 0;
    sample.values["tps"] = transactions / seconds;
    if (traffic) {
        sample.values["transaction_latency"] = active / transactions;
        sample.values["rollback_ratio"] = std::min(1.0, static_cast<double>(now.rollbacks - before.rollbacks) / transactions);
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
    return sample;
}

}  // namespace hotswap::core
