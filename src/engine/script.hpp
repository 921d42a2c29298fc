// From a script as it was read to what is stored: a plan with one step a part. A text that comes to a single statement is planned
// as that statement.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "core/plan.hpp"
#include "engine/planning.hpp"
#include "engine/script_reading.hpp"

namespace hotswap::engine {

struct ScriptPlan {
    core::Plan plan;       // strategy "script": its parts, and the awaits between them; no steps for a script of comments
    bool single = false;   // there is one part and nothing to wait for: plan_single
    std::string text;      // single: the statement, at the place where the caller wrote it
    std::string time_zone; // what the script sets before its first statement; empty: the session's
};

enum class Way { up, down };

// Changes nothing. REQUIRES: inside a transaction, with the caller's rights and search_path.
// ERRORS: 22023 for a strategy or options that mean nothing to a script.
ScriptPlan plan_script(const ReadScript &script, Way way, const std::string &strategy, const std::string &options_json);

// ERRORS: 22023 when there is nothing to do.
void refuse_empty(const ScriptPlan &script);

// ERRORS: as plan_ddl.
PlannedDdl plan_single(const ScriptPlan &script, const std::string &strategy, const std::string &options_json, Origin origin);

}  // namespace hotswap::engine
