// A script looked at from all sides before anything is done: what each statement would do if it were simply run, what hotswap would
// do instead, and what is wrong with it. For hotswap.validate and hotswap.recommend.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/boundary.hpp"
#include "engine/analysis.hpp"
#include "engine/planning.hpp"

namespace hotswap::engine {

struct ExaminedStatement {
    AnalyzedStatement analyzed;
    std::optional<core::Plan> plan;           // nothing when it cannot be planned, or not before its turn
    std::vector<bridge::Failure> errors;      // why it cannot run, or not online
};

// Changes nothing. REQUIRES: the caller's rights and search_path.
// ERRORS: 42601 and friends when the text does not parse; core::read_script's.
std::vector<ExaminedStatement> examine(const std::string &script, bool with_checks = false);

}  // namespace hotswap::engine
