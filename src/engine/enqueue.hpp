// From a plan to a stored migration that a conductor will find: for hotswap.start, and for a worker that starts a migration
// on behalf of another one.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "engine/planning.hpp"

namespace hotswap::engine {

// Where in a script a migration belongs.
struct Place {
    std::string script;   // id; empty: it is nobody's part
    int part = 0;
};

// Stores the plan as a migration of the current role, with the search_path in force, and wakes the conductor at commit.
// Returns its id. REQUIRES: inside a transaction; what was planned was planned in it.
// ERRORS: see store::insert_migration.
std::string store_migration(const PlannedDdl &planned, const std::string &ddl, const std::string &name, const std::string &options_json,
                            const Place &place = {});

}  // namespace hotswap::engine
