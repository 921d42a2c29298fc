// From a caller's DDL text to a plan: shared by hotswap.plan (shows it), hotswap.start (stores it) and the executor of a script,
// where a statement is planned when its turn comes. The caller is the current role; a worker makes it the migration's owner first.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "core/change.hpp"
#include "core/plan.hpp"

namespace hotswap::engine {

struct PlannedDdl {
    core::Statement statement;
    core::Plan plan;
    std::string relation;      // qualified, quoted; empty when the statement is about none
    std::string fingerprint;   // of the relation's columns now
};

// REQUIRES: inside a transaction.
// Reads the DDL under the caller's rights and search_path, checks the options and plans. Changes nothing.
// ERRORS: see bridge::read_ddl, core::parse_options, core::make_plan.
// Origin::script: a rewrite for which no way back is known is planned without one, because files are to run unchanged.
enum class Origin { statement, script };
PlannedDdl plan_ddl(const std::string &ddl, const std::string &strategy, const std::string &options_json, Origin origin);

// A rewrite without DDL: rows in another order, or only closer together. fillfactor: a storage option to set with it.
// ERRORS: as plan_ddl, and the server's own for the expressions of order_by.
PlannedDdl plan_compaction(unsigned relation, const std::string &order_by, std::optional<int> fillfactor, const std::string &options_json);

}  // namespace hotswap::engine
