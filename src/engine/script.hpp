// From the text that a caller gave to what is stored: a script becomes a plan with one step a part; a text that comes to a
// single statement is planned as that statement.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"
#include "engine/planning.hpp"

namespace hotswap::engine {

struct ReadScript {
    core::Plan plan;                  // strategy "script": a part for each step, and the awaits between them
    bool single = false;              // there is one part and nothing to wait for: plan_single
    std::string text;                 // single: the statement, at the place where the caller wrote it
    std::vector<std::string> notes;   // what was left out, for the user
};

// Changes nothing. REQUIRES: inside a transaction, with the caller's rights and search_path.
// ERRORS: 42601 with the position; core::read_script's; 22023 for a strategy or options that mean nothing to a script.
ReadScript read_script(const std::string &text, const std::string &strategy, const std::string &options_json);

// ERRORS: as plan_ddl.
PlannedDdl plan_single(const ReadScript &script, const std::string &strategy, const std::string &options_json);

}  // namespace hotswap::engine
