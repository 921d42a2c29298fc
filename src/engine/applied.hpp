// What the end of a migration means for the history of scripts.
// REQUIRES: inside a transaction, with bridge::Authority::of_store() in force.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "store/migrations.hpp"

namespace hotswap::engine {

// Completed: under a name it is a line of the history; as the way down of another it takes that one's line back.
void record_completed(bridge::Sql &sql, const store::Migration &migration);

// Taken back after its end: so is its line.
void record_taken_back(bridge::Sql &sql, const store::Migration &migration);

}  // namespace hotswap::engine
