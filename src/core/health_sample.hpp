// From what the server counts to what can be judged: two readings of its counters make one sample.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hotswap::core {

// One reading. Counters grow until somebody resets them; gauges are of the moment.
struct Counters {
    double at_ms = 0;
    std::string reset_at;                 // when the database's counters began
    std::int64_t commits = 0, rollbacks = 0;
    std::int64_t own_commits = 0, own_rollbacks = 0;   // of hotswap's workers, which are among them
    double active_ms = 0;                 // sessions running statements
    std::int64_t blocks_hit = 0, blocks_read = 0, temp_bytes = 0, deadlocks = 0;
    std::optional<std::int64_t> statements;      // pg_stat_statements, where installed
    double statement_ms = 0;
    std::int64_t connections = 0, lock_waits = 0;
    std::optional<double> replication_lag_ms;
    std::optional<double> probe_ms;              // what an own statement and its commit took last
};

struct Sample {
    double period_ms = 0;
    std::map<std::string, double> values;   // by metric of core/health.hpp; what cannot be said is not there
};

// Nothing when the counters were reset in between or no time has passed.
std::optional<Sample> sample_between(const Counters &before, const Counters &now);

}  // namespace hotswap::core
