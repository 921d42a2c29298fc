// See gauges.hpp.
//
// The latency of commits is that of our own short ones: PostgreSQL counts none (pg_stat_wal has the time of flushes only with
// track_wal_io_timing), and ours wait for the same disk, and for the same synchronous standbys, as the application's do.
// SPDX-License-Identifier: PostgreSQL
#include "engine/gauges.hpp"

#include <fmt/format.h>

#include "bridge/own_use.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/progress.hpp"

namespace hotswap::engine {

namespace {

using core::Restraint;

constexpr double kMegabyte = 1024.0 * 1024;

Restraint of_wal_rate(double bytes_a_second, double limit_mb)
{
    const double rate = bytes_a_second / kMegabyte;
    return {"WAL rate", core::restraint_of_rate(rate, limit_mb), fmt::format("WAL rate is {:.1f} MB/s, the limit is {:.0f} MB/s", rate, limit_mb)};
}

// As the server reckons when it forces one; one that is due by time costs no more than usual.
Restraint of_checkpoints(bridge::Sql &sql, double bytes_a_second, double least_s)
{
    const bridge::Row row = sql.run("SELECT pg_size_bytes(current_setting('max_wal_size'))::float8 AS most, current_setting('checkpoint_completion_target')::float8 AS target")[0];
    const double distance = core::checkpoint_distance(row.number("most"), row.number("target"));
    const std::string every = bytes_a_second > 0 ? core::duration_text(distance / bytes_a_second) : "";
    return {"checkpoint pressure", core::restraint_of_rate(bytes_a_second, distance / least_s),
            "checkpoint pressure: WAL forces a checkpoint every " + every + ", the limit is " + core::duration_text(least_s)};
}

Restraint of_commits(double ms, double limit_ms)
{
    return {"commit latency", core::restraint_of_rate(ms, limit_ms), fmt::format("commit latency is {:.1f} ms, the limit is {:.0f} ms", ms, limit_ms)};
}

}  // namespace

std::vector<Restraint> read_gauges(bridge::Sql &sql, const core::LagClock &clock)
{
    const bridge::Settings &settings = bridge::settings();
    const double rate = clock.bytes_a_second(bridge::now_ms());
    std::vector<Restraint> gauges;
    if (settings.max_wal_rate_mb > 0)
        gauges.push_back(of_wal_rate(rate, settings.max_wal_rate_mb));
    if (settings.min_checkpoint_interval_s > 0)
        gauges.push_back(of_checkpoints(sql, rate, settings.min_checkpoint_interval_s));
    if (const auto latency = bridge::commit_latency_ms(); latency && settings.max_commit_latency_ms > 0)
        gauges.push_back(of_commits(*latency, settings.max_commit_latency_ms));
    return gauges;
}

}  // namespace hotswap::engine
