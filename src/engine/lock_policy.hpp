// The lock policy: look who is in the way before queueing, queue shortly, stand back with jitter, give up with a reason.
// Cancels and kills nobody but an autovacuum that would yield; whoever asked for more gets it from forced_switch.
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
    bool yields = false;       // an autovacuum the server itself would cancel for anybody who waits
    std::string description;   // "pid 4711 (app, idle in transaction for 12 s): SELECT ..."
};

// The oldest transaction, older than min_age_ms, that holds a lock in conflict with the mode on one of the relations.
std::optional<Blocker> find_blocker(bridge::Sql &sql, const std::vector<unsigned> &relations, const std::string &mode, double min_age_ms);

// Everybody who holds such a lock and is as old: sessions (leaders, of parallel workers), and prepared transactions by their names.
struct LockHolders {
    std::vector<int> pids;
    std::vector<std::string> prepared;
};
LockHolders lock_holders(bridge::Sql &sql, const std::vector<unsigned> &relations, const std::string &mode, double min_age_ms);

// Whoever keeps rows of the relation locked longest.
std::optional<Blocker> find_row_locker(bridge::Sql &sql, unsigned relation);

// Whom a process of ours waits for in a lock queue right now (an index build waits for old transactions this way).
std::optional<Blocker> blocker_of_process(bridge::Sql &sql, int pid);

// Asks an autovacuum to stop, as the server does when a lock request has waited deadlock_timeout behind one; doing it at once
// spares the application that second behind our request. Never one that prevents wraparound, never anybody else.
void cancel_autovacuum(bridge::Sql &sql, const Blocker &blocker);

// The 99th percentile of the ages of the transactions that hold a lock on the relations right now, in ms.
std::optional<double> observed_p99_ms(bridge::Sql &sql, const std::vector<unsigned> &relations);

}  // namespace hotswap::engine
