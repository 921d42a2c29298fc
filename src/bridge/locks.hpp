// Table locks and advisory locks.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"

namespace hotswap::bridge {

// Takes the lock on every relation, in OID order whatever the order given, so that two lockers never wait for each other.
// mode is PostgreSQL's wording ("ACCESS EXCLUSIVE"). Waits at most lock_timeout for each (55P03).
void lock_relations(std::vector<unsigned> relations, const std::string &mode);

// A queue for those that want to start something on a table: until the end of the transaction. Not alone: beside others that do not either.
void lock_table_queue(Sql &sql, unsigned relation, bool alone);

// Session-level advisory locks that say which hotswap process lives: never waited for, gone with the process.
bool try_lock_conductor(Sql &sql);
void unlock_conductor(Sql &sql);
int conductor_pid(Sql &sql);                                 // 0 when none lives
bool try_lock_stream(Sql &sql, int migration_number, int stream);
std::vector<int> stream_pids(Sql &sql, int migration_number);   // living executors of a migration

}  // namespace hotswap::bridge
