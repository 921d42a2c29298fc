// See throttle.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/throttle.hpp"

#include <thread>

#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/pace.hpp"
#include "core/progress.hpp"

namespace hotswap::engine {

std::optional<std::string> throttled(const StepContext &context)
{
    if (!context.options.max_replication_lag_ms)
        return std::nullopt;
    bridge::Transaction transaction;
    std::optional<std::string> reason;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        // replay_lag is null while a standby has nothing to replay.
        const bridge::Rows rows = sql.run("SELECT application_name, extract(epoch FROM replay_lag) * 1000 AS lag_ms FROM pg_stat_replication"
                                          " WHERE replay_lag IS NOT NULL ORDER BY replay_lag DESC LIMIT 1");
        if (!rows.empty() && rows[0].number("lag_ms") > *context.options.max_replication_lag_ms)
            reason = "throttled: replication lag of standby \"" + rows[0].text("application_name") + "\" is " +
                     core::duration_text(rows[0].number("lag_ms") / 1000) + ", the limit is " +
                     core::duration_text(*context.options.max_replication_lag_ms / 1000);
    }
    transaction.commit();
    return reason;
}

double Pace::rest_after(double chunk_ms)
{
    double sample = 0;
    bridge::Transaction transaction;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        sample = static_cast<double>(sql.run("SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'")[0]
                                         .integer("n"));
    }
    transaction.commit();
    active_clients_ = core::smooth_load(active_clients_, sample);
    const core::Load load = {.active_clients = active_clients_, .processors = static_cast<int>(std::thread::hardware_concurrency())};
    return core::rest_ms(chunk_ms, load, bridge::settings().busy_share / 100.0);
}

}  // namespace hotswap::engine
