// See throttle.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/throttle.hpp"

#include <thread>

#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/pace.hpp"
#include "core/progress.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

std::optional<store::Hold> throttled(const StepContext &context)
{
    if (!context.options.max_replication_lag_ms)
        return std::nullopt;
    std::optional<store::Hold> hold;
    store::in_transaction([&](bridge::Sql &sql) {
        // replay_lag is null while a standby has nothing to replay.
        const bridge::Rows rows = sql.run("SELECT application_name, extract(epoch FROM replay_lag) * 1000 AS lag_ms FROM pg_stat_replication"
                                          " WHERE replay_lag IS NOT NULL ORDER BY replay_lag DESC LIMIT 1");
        if (!rows.empty() && rows[0].number("lag_ms") > *context.options.max_replication_lag_ms)
            hold = {"throttled: replication lag of standby \"" + rows[0].text("application_name") + "\"", ""};
        if (hold)
            hold->text = hold->signal + " is " + core::duration_text(rows[0].number("lag_ms") / 1000) + ", the limit is " +
                         core::duration_text(*context.options.max_replication_lag_ms / 1000);
    });
    return hold;
}

namespace {
core::Load load_of(double active_clients)
{
    return {.active_clients = active_clients, .processors = static_cast<int>(std::thread::hardware_concurrency())};
}
}  // namespace

void Pace::look()
{
    double sample = 0;
    store::in_transaction([&](bridge::Sql &sql) {
        // Clients at work: those that run a statement, and those between two short ones (a look that catches only what runs in
        // this very instant misses most of a client that sends thousands a second). Sleeping is not work.
        sample = static_cast<double>(sql.run("SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'"
                                             "   AND ((state = 'active' AND wait_event_type IS DISTINCT FROM 'Timeout')"
                                             "        OR state_change > clock_timestamp() - interval '20 milliseconds')")[0]
                                         .integer("n"));
    });
    // The first look counts in full: a busy server should not be surprised by a first large chunk.
    active_clients_ = active_clients_ < 0 ? sample : core::smooth_load(active_clients_, sample);
}

double Pace::rest_ms(double chunk_ms) const
{
    return core::rest_ms(chunk_ms, load_of(active_clients_), bridge::settings().busy_share / 100.0);
}

double Pace::chunk_target_ms() const
{
    return core::chunk_target_ms(bridge::settings().chunk_time_ms, load_of(active_clients_));
}

}  // namespace hotswap::engine
