// The lock policy: look who is in the way before queueing, queue shortly, stand back with jitter, give up with a reason.
// Never cancels or kills anybody.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"

namespace hotswap::engine {

// Whether a session that waits for the mode makes writers of the table wait behind it.
bool blocks_writers(const std::string &mode);

struct Blocker {
    int pid = 0;
    double age_ms = 0;         // of its transaction
    std::string description;   // "pid 4711 (app, idle in transaction for 12 s): SELECT ..."
};

// The oldest transaction, older than min_age_ms, that holds a lock in conflict with the mode on one of the relations.
std::optional<Blocker> find_blocker(bridge::Sql &sql, const std::vector<unsigned> &relations, const std::string &mode, double min_age_ms);

// Whoever keeps rows of the relation locked longest.
std::optional<Blocker> find_row_locker(bridge::Sql &sql, unsigned relation);

// The 99th percentile of the ages of the transactions that hold a lock on the relations right now, in ms.
std::optional<double> observed_p99_ms(bridge::Sql &sql, const std::vector<unsigned> &relations);

}  // namespace hotswap::engine
