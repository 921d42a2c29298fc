// The bake of a migration seen from outside its worker: what the settings say of it, and how another migration ends one.
//
// A bake that nobody asked for must not hold up anybody. Where it is the last thing that a migration has to do, the next migration of
// the table ends it: the former is then complete, and can be taken back like any other. One that somebody asked for keeps the table.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "bridge/sql.hpp"
#include "core/options.hpp"
#include "store/migrations.hpp"
#include "store/table_use.hpp"

namespace hotswap::engine {

// The options of a migration that is to be planned now, by this session.
// REQUIRES everywhere: a transaction, store authority.
core::Options planning_options(bridge::Sql &sql, const std::string &options_json);

// Whether a migration has nothing left to do but a bake that nobody asked for.
bool gives_way(bridge::Sql &sql, const std::string &migration);

// Completes what is in the way of a new migration, of the role `by`, only for that.
void end_bakes_in_the_way(bridge::Sql &sql, const store::TableUse &use, const std::string &strategy, const std::string &by);

// Lets the bake of a script's part end, if nobody asked for it and no word is needed after it: true. Its conductor does what is left.
bool cut_bake_short(bridge::Sql &sql, const store::Migration &part);

}  // namespace hotswap::engine
