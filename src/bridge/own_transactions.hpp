// How many transactions hotswap's own workers have made in this database, as far as the server's statistics know of them.
//
// The server counts them in pg_stat_database like those of any client. What is said of the application must be without them: a
// conductor makes ten a second, and beside few slow clients these would look like fast ones.
// Each worker sends its counts to the statistics by itself, at least once a second, and tells the number here in the same moment.
// Lifetime: from the first worker until the server stops; a crash of the server empties it. Only differences mean something.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>

namespace hotswap::bridge {

struct OwnTransactions {
    std::int64_t commits = 0, rollbacks = 0;
};

// A worker's part, both from become_worker only: before it connects, and as soon as it has a database.
void count_own_transactions();
void publish_own_transactions();

// After a commit: lets the statistics know, at most once a second unless now. REQUIRES: no transaction.
void report_statistics(bool now = false);

OwnTransactions own_transactions();   // of all workers of this database, reported so far

}  // namespace hotswap::bridge
